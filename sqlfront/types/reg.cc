#include "sqlfront/types/reg.h"

#include <algorithm>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/catalog/relation_index.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"
#include "sqlfront/types/type_names.h"

namespace vecino::sql {
namespace {

struct NamedOid {
  std::string_view name;
  Oid oid;
};
constexpr NamedOid kCollations[] = {{"default", 100}, {"C", 950}, {"POSIX", 951}, {"ucs_basic", 962}};
constexpr NamedOid kConfigs[] = {{"simple", 3748}};
constexpr NamedOid kDictionaries[] = {{"simple", 3765}};

std::span<const NamedOid> fixed_names(RegKind kind) {
  if (kind == RegKind::kCollation) return kCollations;
  if (kind == RegKind::kConfig) return kConfigs;
  return kDictionaries;
}

[[noreturn]] void throw_missing(SqlState code, std::string_view what, std::string_view name) {
  throw SqlError(code, std::string(what) + " \"" + std::string(name) + "\" does not exist");
}

std::vector<Oid> search_path(CallContext& context) { return context.env->search_path(); }

NameScope name_scope(CallContext& context) { return NameScope(context.env->catalog(), search_path(context)); }

struct QualifiedName {
  std::string schema, name;
};
QualifiedName qualified(CallContext& context, std::string_view text, std::string_view shown) {
  std::vector<std::string> parts = split_qualified_name(text);
  if (parts.size() == 3) {
    if (parts[0] != context.env->current_database()) {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "cross-database references are not implemented: \"" + std::string(shown) + "\"");
    }
    return {parts[1], parts[2]};
  }
  if (parts.size() > 3) {
    throw SqlError(sqlstate::kSyntaxError, "improper qualified name (too many dotted names): " + std::string(shown));
  }
  return parts.size() == 2 ? QualifiedName{parts[0], parts[1]} : QualifiedName{"", parts[0]};
}

std::string join(const QualifiedName& name) { return name.schema.empty() ? name.name : name.schema + "." + name.name; }

std::optional<Oid> find_class(CallContext& context, std::string_view text) {
  QualifiedName name = qualified(context, text, text);
  std::vector<Oid> path = search_path(context);
  if (SchemaPtr schema = name.schema.empty() ? nullptr : context.env->catalog().find_schema(name.schema)) {
    if (!(Privileges(context.env->catalog(), context.env->current_role()).on_schema(*schema) & acl::kUsage)) {
      throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for schema " + name.schema);
    }
  }
  RelationPtr relation = lookup_relation(context.env->catalog(), path, name.schema, name.name);
  return relation ? std::optional(relation->oid) : std::nullopt;
}

// All overloads a name can mean.
std::vector<const FunctionDef*> overloads(CallContext& context, std::string_view text) {
  QualifiedName name = qualified(context, text, text);
  const NameScope names = name_scope(context);
  std::vector<const FunctionDef*> out;
  for (const FunctionDef* function : functions_named(name.name)) {
    if (names.finds(name.schema, function->schema)) out.push_back(function);
  }
  return out;
}

std::optional<Oid> find_proc(CallContext& context, std::string_view text) {
  auto found = overloads(context, text);
  if (found.empty()) return std::nullopt;
  if (found.size() > 1) {
    throw SqlError(sqlstate::kAmbiguousFunction, "more than one function named \"" + std::string(text) + "\"");
  }
  return found[0]->oid;
}

// name(type, ...) -> name and types. NONE stands for a missing operand of an operator.
struct Signature {
  std::string name;
  std::vector<Oid> types;
};
Signature parse_signature(CallContext& context, std::string_view text) {
  const NameScope names = name_scope(context);
  size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos) throw SqlError(sqlstate::kInvalidTextRepresentation, "expected a left parenthesis");
  if (close == std::string_view::npos || !trim_spaces(text.substr(close + 1)).empty()) {
    throw SqlError(sqlstate::kInvalidTextRepresentation, "expected a right parenthesis");
  }
  Signature out{std::string(trim_spaces(text.substr(0, open))), {}};
  std::string_view rest = trim_spaces(text.substr(open + 1, close - open - 1));
  while (!rest.empty()) {
    size_t end = 0;
    int depth = 0;
    while (end < rest.size() && (rest[end] != ',' || depth > 0)) {
      depth += rest[end] == '(' ? 1 : rest[end] == ')' ? -1 : 0;
      ++end;
    }
    std::string_view name = trim_spaces(rest.substr(0, end));
    if (equals_ignore_case(name, "none")) {
      out.types.push_back(kInvalidOid);
    } else if (auto type = parse_type_name(name, names)) {
      out.types.push_back(type->id);
    } else {
      throw_missing(sqlstate::kUndefinedObject, "type", name);
    }
    rest = end < rest.size() ? trim_spaces(rest.substr(end + 1)) : std::string_view();
  }
  return out;
}

std::optional<Oid> find_procedure(CallContext& context, std::string_view text) {
  Signature signature = parse_signature(context, text);
  for (const FunctionDef* function : overloads(context, signature.name)) {
    std::span<const Oid> types(function->arg_types.begin(), function->arg_types.size());
    if (std::equal(types.begin(), types.end(), signature.types.begin(), signature.types.end())) return function->oid;
  }
  return std::nullopt;
}

std::string_view operator_symbol(std::string_view text, std::string_view* schema) {
  size_t dot = text.find('.');
  if (dot != std::string_view::npos && dot > 0 && (is_alpha(text[0]) || text[0] == '_' || text[0] == '"')) {
    *schema = text.substr(0, dot);
    return text.substr(dot + 1);
  }
  return text;
}

std::string unquoted(std::string_view schema) {
  return schema.empty() ? std::string() : split_qualified_name(schema).back();
}

std::vector<const OperatorDef*> operator_overloads(CallContext& context, std::string_view text) {
  const NameScope names = name_scope(context);
  std::string_view schema;
  std::string_view symbol = operator_symbol(trim_spaces(text), &schema);
  std::vector<const OperatorDef*> out;
  for (const OperatorDef* op : operators_named(symbol)) {
    if (names.finds(unquoted(schema), op->schema)) out.push_back(op);
  }
  return out;
}

std::optional<Oid> find_oper(CallContext& context, std::string_view text) {
  auto found = operator_overloads(context, text);
  if (found.empty()) return std::nullopt;
  if (found.size() > 1) {
    throw SqlError(sqlstate::kAmbiguousFunction, "more than one operator named " + std::string(text));
  }
  return found[0]->oid;
}

std::optional<Oid> find_operator_signature(CallContext& context, std::string_view text) {
  Signature signature = parse_signature(context, text);
  if (signature.types.size() == 1) throw SqlError(sqlstate::kUndefinedParameter, "missing argument").hint("Use NONE to denote the missing argument of a unary operator.");
  if (signature.types.size() != 2) {
    throw SqlError(sqlstate::kTooManyArguments, "too many arguments").hint("Provide two argument types for operator.");
  }
  for (const OperatorDef* op : operator_overloads(context, signature.name)) {
    if (op->left == signature.types[0] && op->right == signature.types[1]) return op->oid;
  }
  return std::nullopt;
}

std::string single_name(std::string_view text) {
  std::vector<std::string> parts = split_qualified_name(text);
  if (parts.size() != 1) throw SqlError(sqlstate::kInvalidName, "invalid name syntax");
  return parts[0];
}

std::optional<Oid> find_fixed(RegKind kind, std::string_view text) {
  std::string name = split_qualified_name(text).back();
  for (const NamedOid& row : fixed_names(kind)) {
    if (row.name == name) return row.oid;
  }
  return std::nullopt;
}

[[noreturn]] void throw_not_found(CallContext& context, RegKind kind, std::string_view text) {
  switch (kind) {
    case RegKind::kClass: throw_missing(sqlstate::kUndefinedTable, "relation", join(qualified(context, text, text)));
    case RegKind::kType: throw_missing(sqlstate::kUndefinedObject, "type", trim_spaces(text.substr(0, text.find('('))));
    case RegKind::kProc:
    case RegKind::kProcedure: throw_missing(sqlstate::kUndefinedFunction, "function", text);
    case RegKind::kOper:
    case RegKind::kOperator:
      throw SqlError(sqlstate::kUndefinedFunction, "operator does not exist: " + std::string(text));
    case RegKind::kNamespace: throw_missing(sqlstate::kInvalidSchemaName, "schema", single_name(text));
    case RegKind::kRole: throw_missing(sqlstate::kUndefinedObject, "role", single_name(text));
    case RegKind::kCollation:
      throw SqlError(sqlstate::kUndefinedObject, "collation \"" + split_qualified_name(text).back() + "\" for encoding \"UTF8\" does not exist");
    case RegKind::kConfig: throw_missing(sqlstate::kUndefinedObject, "text search configuration", text);
    case RegKind::kDictionary: throw_missing(sqlstate::kUndefinedObject, "text search dictionary", text);
  }
  throw SqlError(sqlstate::kInternalError, "unknown reg type");
}

bool is_number(std::string_view text) {
  for (char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

void append_class(CallContext& context, Oid oid, std::string& out) {
  const Catalog& catalog = context.env->catalog();
  RelationPtr relation = catalog.find_relation(oid);
  if (!relation) {
    append_unsigned(out, oid);
    return;
  }
  std::vector<Oid> path = search_path(context);
  RelationPtr seen = lookup_relation(catalog, path, "", relation->name);
  if (seen && seen->oid == oid) {
    append_identifier(out, relation->name);
    return;
  }
  SchemaPtr schema = catalog.find_schema(relation->schema);
  out += quote_qualified(schema ? schema->name : "", relation->name);
}

// regproc writes the schema of a name that more than one function in sight has.
bool is_overloaded(const FunctionDef& function, const NameScope& names) {
  const auto all = functions_named(function.name);
  return std::count_if(all.begin(), all.end(), [&](const FunctionDef* other) { return names.visible(other->schema); }) > 1;
}

std::string schema_name(const NameScope& names, std::string_view row_schema) {
  if (row_schema != kExtensionSchema || names.catalog() == nullptr) return std::string(row_schema);
  SchemaPtr schema = names.catalog()->find_schema(extension_schema(*names.catalog()));
  return schema ? schema->name : std::string(row_schema);
}

void append_proc(CallContext& context, Oid oid, std::string& out, RegKind kind) {
  const FunctionDef* function = find_function(oid);
  const NameScope names = name_scope(context);
  if (function == nullptr) {
    append_unsigned(out, oid);
  } else if (kind == RegKind::kProcedure) {
    out += function_signature(*function, names);
  } else if (is_overloaded(*function, names)) {
    out += quote_qualified(schema_name(names, function->schema), function->name);
  } else {
    out += names.qualified(function->schema, function->name);
  }
}

void append_operator(CallContext& context, Oid oid, std::string& out, RegKind kind) {
  const NameScope names = name_scope(context);
  const OperatorDef* op = find_operator(oid);
  if (op == nullptr) {
    append_unsigned(out, oid);
    return;
  }
  const auto all = operators_named(op->name);
  const bool overloaded =
      std::count_if(all.begin(), all.end(), [&](const OperatorDef* other) { return names.visible(other->schema); }) > 1;
  if (!names.visible(op->schema) || (kind == RegKind::kOper && overloaded)) {
    out += quote_identifier(schema_name(names, op->schema)) + ".";
  }
  out += op->name;
  if (kind != RegKind::kOperator) return;
  auto operand = [&](Oid type) { return type == kInvalidOid ? std::string("NONE") : format_type(type, names); };
  out += "(" + operand(op->left) + "," + operand(op->right) + ")";
}

void append_type(CallContext& context, Oid oid, std::string& out) {
  if (find_type(oid) != nullptr) {
    out += format_type(oid, name_scope(context));
    return;
  }
  const auto index = relation_index(context.env->catalog());
  auto found = index->by_row_type.find(oid);
  if (found != index->by_row_type.end()) return append_class(context, found->second->oid, out);
  append_unsigned(out, oid);
}

template <RegKind kKind>
Datum reg_input(CallContext& context, std::string_view text) {
  return Datum::from_int(parse_reg(context, kKind, text));
}
template <RegKind kKind>
void reg_output(CallContext& context, const Datum& value, std::string& out) {
  append_reg(context, kKind, static_cast<Oid>(value.i64), out);
}
Datum reg_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, 4);
  return Datum::from_int(read_network<uint32_t>(bytes));
}
void reg_send(CallContext&, const Datum& value, std::string& out) {
  append_network(out, static_cast<uint32_t>(value.i64));
}

constexpr TypeInfo reg_type(TypeId id, std::string_view name, TypeId array_id, decltype(TypeInfo::input) input,
                            decltype(TypeInfo::output) output) {
  return {id, name, array_id, kInvalidOid, PhysicalKind::kInt, 4, 'b', 'N', false, true,
          'i', 'p', ',', input, output, reg_receive, reg_send, compare_ints, hash_int, {encode_int_key}};
}

constexpr TypeInfo kTypes[] = {
    reg_type(24, "regproc", 1008, reg_input<RegKind::kProc>, reg_output<RegKind::kProc>),
    reg_type(2202, "regprocedure", 2207, reg_input<RegKind::kProcedure>, reg_output<RegKind::kProcedure>),
    reg_type(2203, "regoper", 2208, reg_input<RegKind::kOper>, reg_output<RegKind::kOper>),
    reg_type(2204, "regoperator", 2209, reg_input<RegKind::kOperator>, reg_output<RegKind::kOperator>),
    reg_type(2205, "regclass", 2210, reg_input<RegKind::kClass>, reg_output<RegKind::kClass>),
    reg_type(2206, "regtype", 2211, reg_input<RegKind::kType>, reg_output<RegKind::kType>),
    reg_type(4096, "regrole", 4097, reg_input<RegKind::kRole>, reg_output<RegKind::kRole>),
    reg_type(4089, "regnamespace", 4090, reg_input<RegKind::kNamespace>, reg_output<RegKind::kNamespace>),
    reg_type(4191, "regcollation", 4192, reg_input<RegKind::kCollation>, reg_output<RegKind::kCollation>),
    reg_type(3734, "regconfig", 3735, reg_input<RegKind::kConfig>, reg_output<RegKind::kConfig>),
    reg_type(3769, "regdictionary", 3770, reg_input<RegKind::kDictionary>, reg_output<RegKind::kDictionary>),
};

}  // namespace

std::optional<Oid> find_reg(CallContext& context, RegKind kind, std::string_view name) {
  switch (kind) {
    case RegKind::kClass: return find_class(context, name);
    case RegKind::kType: {
      auto type = parse_type_name(name, name_scope(context));
      return type ? std::optional(type->id) : std::nullopt;
    }
    case RegKind::kProc: return find_proc(context, name);
    case RegKind::kProcedure: return find_procedure(context, name);
    case RegKind::kOper: return find_oper(context, name);
    case RegKind::kOperator: return find_operator_signature(context, name);
    case RegKind::kNamespace: {
      SchemaPtr schema = context.env->catalog().find_schema(single_name(name));
      return schema ? std::optional(schema->oid) : std::nullopt;
    }
    case RegKind::kRole: {
      RolePtr role = context.env->catalog().find_role(single_name(name));
      return role ? std::optional(role->oid) : std::nullopt;
    }
    default: return find_fixed(kind, name);
  }
}

Oid parse_reg(CallContext& context, RegKind kind, std::string_view text) {
  if (text == "-") return kInvalidOid;
  if (is_number(text)) return parse_oid(text);
  if (auto found = find_reg(context, kind, text)) return *found;
  throw_not_found(context, kind, text);
}

void append_reg(CallContext& context, RegKind kind, Oid oid, std::string& out) {
  if (oid == kInvalidOid) {
    out += kind == RegKind::kOper || kind == RegKind::kOperator ? "0" : "-";
    return;
  }
  // Without a session (stored expressions) the number stands for what only a catalog can name; input takes it back.
  if (context.env == nullptr &&
      (kind == RegKind::kClass || kind == RegKind::kNamespace || kind == RegKind::kRole)) {
    append_unsigned(out, oid);
    return;
  }
  if (context.env == nullptr) {  // no catalog to ask (stored expressions keep oids)
    append_unsigned(out, oid);
    return;
  }
  switch (kind) {
    case RegKind::kClass: append_class(context, oid, out); return;
    case RegKind::kType: append_type(context, oid, out); return;
    case RegKind::kProc:
    case RegKind::kProcedure: append_proc(context, oid, out, kind); return;
    case RegKind::kOper:
    case RegKind::kOperator: append_operator(context, oid, out, kind); return;
    case RegKind::kNamespace: {
      SchemaPtr schema = context.env->catalog().find_schema(oid);
      schema ? append_identifier(out, schema->name) : append_unsigned(out, oid);
      return;
    }
    case RegKind::kRole: {
      RolePtr role = context.env->catalog().find_role(oid);
      role ? append_identifier(out, role->name) : append_unsigned(out, oid);
      return;
    }
    default:
      for (const NamedOid& row : fixed_names(kind)) {
        if (row.oid == oid) {
          append_identifier(out, row.name);
          return;
        }
      }
      append_unsigned(out, oid);
  }
}

std::string function_signature(const FunctionDef& function, const NameScope& names) {
  std::string out = names.qualified(function.schema, function.name) + "(";
  for (Oid type : function.arg_types) {
    if (out.back() != '(') out.push_back(',');
    out += format_type(type, names);
  }
  return out + ")";
}

std::span<const TypeInfo> reg_types() { return kTypes; }

}  // namespace vecino::sql
