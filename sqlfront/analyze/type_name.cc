#include <charconv>

#include "sqlfront/analyze/state.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/parse/def_elem.h"

namespace vecino::sql::analysis {

std::string join_name(const ast::Name& name) {
  std::string out;
  for (const std::string& part : name) {
    if (!out.empty()) out += '.';
    out += part;
  }
  return out;
}

void check_written_schema(const AnalyzeContext& context, const std::string& schema, int location) {
  if (context.catalog == nullptr || schema == "pg_catalog") return;
  SchemaPtr found = context.catalog->find_schema(schema);
  if (found == nullptr) {
    throw SqlError(sqlstate::kInvalidSchemaName, "schema \"" + schema + "\" does not exist", location);
  }
  if (context.trusted_names || context.env == nullptr) return;
  if (Privileges(*context.catalog, context.env->current_role()).on_schema(*found) & acl::kUsage) return;
  throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for schema " + schema, location);
}

OperatorName operator_name(const ParseState& state, const ast::Name& name, int location) {
  if (name.size() == 1) return {{}, name[0]};
  if (name.size() == 2) {
    check_written_schema(state.shared.context, name[0], location);
    return {name[0], name[1]};
  }
  throw SqlError(sqlstate::kSyntaxError, "improper qualified name (too many dotted names): " + join_name(name),
                 location);
}

namespace {

std::string spelled(const ast::TypeName& name) {
  std::string out = join_name(name.names);
  for (size_t i = 0; i < name.array_bounds.size(); ++i) out += "[]";
  return out;
}

[[noreturn]] void throw_no_type(const ast::TypeName& name) {
  throw SqlError(sqlstate::kUndefinedObject, "type \"" + spelled(name) + "\" does not exist", name.location);
}

const TypeInfo& named_type(const ast::TypeName& name, const AnalyzeContext& context) {
  if (name.names.empty()) throw_no_type(name);
  if (name.percent_type) {
    throw SqlError(sqlstate::kFeatureNotSupported, "%TYPE is not supported", name.location);
  }
  if (name.names.size() > 2) throw_no_type(name);
  const std::string_view schema = name.names.size() == 2 ? std::string_view(name.names[0]) : std::string_view();
  if (!schema.empty()) check_written_schema(context, name.names[0], name.location);
  const TypeInfo* info = find_type_by_name(name.names.back());
  if (info == nullptr || !name_scope(context).finds(schema, type_schema(info->id))) throw_no_type(name);
  return *info;
}

int64_t typmod_argument(const ast::Node& node, const ast::TypeName& name) {
  if (auto* value = ast::try_as<ast::Const>(&node)) {
    if (value->value_kind == ast::ConstKind::kInteger) return value->integer;
    int32_t number = 0;
    const std::string& text = value->text;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!text.empty() && error == std::errc() && end == text.data() + text.size()) return number;
    if (value->value_kind == ast::ConstKind::kString || value->value_kind == ast::ConstKind::kFloat) {
      if (error == std::errc::result_out_of_range) {
        throw SqlError(sqlstate::kNumericValueOutOfRange, "value \"" + text + "\" is out of range for type integer",
                       name.location);
      }
      throw SqlError(sqlstate::kInvalidTextRepresentation, "invalid input syntax for type integer: \"" + text + "\"",
                     name.location);
    }
  }
  if (auto* column = ast::try_as<ast::ColumnRef>(&node); column != nullptr && column->fields.size() == 1) {
    throw SqlError(sqlstate::kInvalidTextRepresentation,
                   "invalid input syntax for type integer: \"" + column->fields[0] + "\"", name.location);
  }
  throw SqlError(sqlstate::kSyntaxError, "type modifiers must be simple constants or identifiers", name.location);
}

int32_t type_modifier(const ast::TypeName& name, const TypeInfo& info) {
  if (name.typmods.empty()) return name.typmod;
  const TypeInfo& base = is_array_type(info) && info.typmod_in == nullptr && find_type(info.element_id) != nullptr
                             ? *find_type(info.element_id)
                             : info;
  if (base.typmod_in == nullptr) {
    throw SqlError(sqlstate::kSyntaxError, "type modifier is not allowed for type \"" + spelled(name) + "\"",
                   name.location);
  }
  std::vector<int64_t> arguments;
  for (const auto& node : name.typmods) arguments.push_back(typmod_argument(*node, name));
  try {
    return base.typmod_in(arguments);
  } catch (SqlError& error) {
    error.set_location_if_unset(name.location);
    throw;
  }
}

}  // namespace

TypeRef resolve_type(const ast::TypeName& name, const AnalyzeContext& context) {
  const TypeInfo& info = named_type(name, context);
  TypeRef type{info.id, type_modifier(name, info)};
  if (!name.array_bounds.empty() && element_type_of(info.id) == kInvalidOid) {
    TypeId array = info.array_id;
    if (array == kInvalidOid) throw_no_type(name);
    type.id = array;
  }
  return type;
}

TypeRef resolve_type(ParseState& state, const ast::TypeName& name) { return resolve_type(name, state.shared.context); }

}  // namespace vecino::sql::analysis
