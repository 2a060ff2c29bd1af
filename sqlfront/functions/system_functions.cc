#include "sqlfront/functions/system_functions.h"

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/analyze/deparse.h"
#include "sqlfront/catalog/constraint_comments.h"
#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/catalog/relation_index.h"
#include "sqlfront/catalog/stored_expression.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/functions/io_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/reg.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

RowList::RowList(std::vector<Oid> column_types) {
  for (Oid type : column_types) kinds_.push_back(type_info(type).kind);
}
RowList& RowList::null() {
  cells_.push_back(Datum::null());
  return *this;
}
RowList& RowList::number(int64_t value) {
  if (kinds_[cells_.size() % kinds_.size()] == PhysicalKind::kBytes) return text(std::to_string(value));
  cells_.push_back(Datum::from_int(value));
  return *this;
}
RowList& RowList::real(double value) {
  cells_.push_back(Datum::from_float(value));
  return *this;
}
RowList& RowList::text(std::string_view value) {
  cells_.push_back(Datum::from_bytes(arena_.copy(value)));
  return *this;
}
RowList& RowList::datum(const Datum& value) {
  if (value.is_null || kinds_[cells_.size() % kinds_.size()] != PhysicalKind::kBytes) {
    cells_.push_back(value);
    return *this;
  }
  return text(value.bytes());
}
RowList& RowList::strings(std::span<const std::string> values) {
  cells_.push_back(make_text_array(arena_, values));
  return *this;
}
RowList& RowList::oids(Oid element_type, std::span<const Oid> values) {
  std::vector<Datum> elements;
  for (Oid value : values) elements.push_back(Datum::from_int(value));
  cells_.push_back(make_array(arena_, element_type, elements));
  return *this;
}
bool RowList::next(CallContext& context, std::span<Datum> out) {
  if (position_ + kinds_.size() > cells_.size()) return false;
  for (size_t i = 0; i < kinds_.size(); ++i) {
    const Datum& cell = cells_[position_ + i];
    const bool bytes = kinds_[i] == PhysicalKind::kBytes && !cell.is_null;
    out[i] = bytes ? Datum::from_bytes(context.copy(cell.bytes())) : cell;
  }
  position_ += kinds_.size();
  return true;
}

Datum text_or_null(CallContext& context, const std::optional<std::string>& text) {
  return text ? context.text(*text) : Datum::null();
}

std::optional<ConstraintOwner> find_constraint(const Catalog& catalog, Oid constraint) {
  const auto index = relation_index(catalog);
  auto found = index->by_constraint.find(constraint);
  if (found == index->by_constraint.end()) return std::nullopt;
  const RelationPtr& table = found->second;
  for (Oid oid : table->indexes) {
    RelationPtr key = catalog.find_relation(oid);
    if (key && key->index->constraint == constraint) return ConstraintOwner{table, key};
  }
  for (const auto& check : table->checks) {
    if (check.oid == constraint) return ConstraintOwner{table, nullptr, &check, nullptr};
  }
  for (const auto& key : table->foreign_keys) {
    if (key.oid == constraint) return ConstraintOwner{table, nullptr, nullptr, &key};
  }
  return std::nullopt;
}

Oid catalog_class(const Catalog& catalog, std::string_view name) {
  RelationPtr relation = catalog.find_relation(well_known_oid::kPgCatalog, name);
  return relation ? relation->oid : kInvalidOid;
}

namespace {

std::string relation_comment(const Catalog& catalog, Oid oid, int sub) {
  RelationPtr relation = catalog.find_relation(oid);
  if (!relation) return {};
  auto found = relation->comments.find(sub);
  return found == relation->comments.end() ? std::string() : found->second;
}

}  // namespace

std::string object_comment(const Catalog& catalog, Oid class_id, Oid object, int sub) {
  switch (class_id) {
    case catalog_oid::kClass: return relation_comment(catalog, object, sub);
    case catalog_oid::kConstraint: {
      auto owner = find_constraint(catalog, object);
      if (!owner) return {};
      return owner->index ? relation_comment(catalog, owner->index->oid, -1)
                          : relation_comment(catalog, owner->table->oid, constraint_comment_key(object));
    }
    case catalog_oid::kNamespace: {
      SchemaPtr schema = catalog.find_schema(object);
      return schema ? schema->comment : std::string();
    }
    case catalog_oid::kDatabase: {
      DatabasePtr database = catalog.find_database(object);
      return database ? database->comment : std::string();
    }
    case catalog_oid::kAuthid: {
      RolePtr role = catalog.find_role(object);
      return role ? role->comment : std::string();
    }
    case catalog_oid::kProc: {
      const FunctionDef* function = find_function(object);
      return function ? std::string(function->description) : std::string();
    }
    case catalog_oid::kExtension:
      for (const ExtensionPtr& extension : listed_extensions(catalog)) {
        if (extension->oid == object && extension->name == "vector") {
          return "vector data type and ivfflat and hnsw access methods";
        }
      }
      return {};
    default: return {};
  }
}

namespace {

std::string describe_relation(CallContext& context, const RelationDesc& relation, int sub) {
  const Catalog& catalog = context.env->catalog();
  std::string kind = relation.kind == 'i' ? "index" : relation.kind == 'S' ? "sequence" : relation.kind == 'v' ? "view" : "table";
  std::string text = kind + " " + relation_reference(catalog, context.env->search_path(), relation);
  if (sub > 0 && static_cast<size_t>(sub) <= relation.columns.size()) {
    return "column " + relation.columns[sub - 1].name + " of " + text;
  }
  return text;
}

NameScope session_names(CallContext& context) {
  return NameScope(context.env->catalog(), context.env->search_path());
}

std::optional<std::string> describe_operator(CallContext& context, Oid oid) {
  if (!find_operator(oid)) return std::nullopt;
  std::string text = "operator ";
  append_reg(context, RegKind::kOperator, oid, text);
  return text;
}

std::optional<std::string> describe_cast(CallContext& context, Oid oid) {
  const Oid base = oid >= kExtensionCasts ? kExtensionCasts : kSystemCasts;
  if (oid < base || oid - base >= all_casts().size()) return std::nullopt;
  const CastDef& cast = *all_casts()[oid - base];
  const NameScope names = session_names(context);
  return "cast from " + format_type(cast.source, names) + " to " + format_type(cast.target, names);
}

std::optional<std::string> describe_routine(CallContext& context, Oid oid) {
  const FunctionDef* function = find_function(oid);
  if (!function) return std::nullopt;
  std::string text = "function ";
  append_reg(context, RegKind::kProcedure, oid, text);
  return text;
}

std::optional<std::string> describe_constraint(CallContext& context, Oid oid) {
  auto owner = find_constraint(context.env->catalog(), oid);
  if (!owner || !owner->table) return std::nullopt;
  std::string name = owner->index ? owner->index->name : owner->check ? owner->check->name : owner->foreign_key->name;
  return "constraint " + name + " on " + describe_relation(context, *owner->table, 0);
}

}  // namespace

std::optional<std::string> describe_object(CallContext& context, Oid class_id, Oid object, int sub) {
  const Catalog& catalog = context.env->catalog();
  switch (class_id) {
    case catalog_oid::kClass: {
      RelationPtr relation = catalog.find_relation(object);
      if (!relation) return std::nullopt;
      return describe_relation(context, *relation, sub);
    }
    case catalog_oid::kType:
      if (!find_type(object)) return std::nullopt;
      return "type " + format_type(object, session_names(context));
    case catalog_oid::kProc: return describe_routine(context, object);
    case catalog_oid::kOperator: return describe_operator(context, object);
    case catalog_oid::kConstraint: return describe_constraint(context, object);
    case catalog_oid::kNamespace: {
      SchemaPtr schema = catalog.find_schema(object);
      if (!schema) return std::nullopt;
      return "schema " + quote_identifier(schema->name);
    }
    case catalog_oid::kCast: return describe_cast(context, object);
    case catalog_oid::kAm:
      for (const auto& method : index::access_methods()) {
        if (method.oid == object) return "access method " + std::string(method.name);
      }
      return std::nullopt;
    case catalog_oid::kOpclass: {
      const OpclassDef* opclass = find_opclass(object);
      if (!opclass) return std::nullopt;
      return "operator class " + session_names(context).qualified(opclass->schema, opclass->name) + " for access method " + std::string(opclass->access_method);
    }
    case catalog_oid::kOpfamily:
      for (const OpclassDef& opclass : all_opclasses()) {
        if (opclass.family != object) continue;
        return "operator family " + session_names(context).qualified(opclass.schema, opclass.family_name) +
               " for access method " + std::string(opclass.access_method);
      }
      return std::nullopt;
    case catalog_oid::kExtension:
      for (const ExtensionPtr& extension : listed_extensions(catalog)) {
        if (extension->oid == object) return "extension " + extension->name;
      }
      return std::nullopt;
    case catalog_oid::kDatabase: {
      DatabasePtr database = catalog.find_database(object);
      if (!database) return std::nullopt;
      return "database " + database->name;
    }
    case catalog_oid::kAuthid: {
      RolePtr role = catalog.find_role(object);
      if (!role) return std::nullopt;
      return "role " + role->name;
    }
    default: return std::nullopt;
  }
}

namespace {

// What the catalog keeps is what a session sees as long as every schema with static rows is in its sight.
bool shows_as_stored(CallContext& context, std::string_view expression, TextStyle style) {
  if (style == TextStyle::kPretty) return false;
  const NameScope names(context.env->catalog(), context.env->search_path());
  return names.visible(kExtensionSchema) || expression.find_first_of("(:<") == std::string_view::npos;
}

std::vector<ExprPtr> bind_stored(const std::string& text, const RelationDesc* table, const AnalyzeContext& analyze) {
  const TypeRef any{type_id::kUnknown, -1};
  try {
    return {bind_table_expression(text, table, any, analyze, "expression")};
  } catch (const SqlError& error) {
    if (error.info().code != sqlstate::kSyntaxError) throw;
  }
  // pg_index.indexprs of several keys.
  ExprPtr row = bind_table_expression("ROW(" + text + ")", table, any, analyze, "expression");
  return as<RowExpr>(*row).args;
}

}  // namespace

std::string shown_expression(CallContext& context, std::string_view expression, const RelationDesc* table,
                             TextStyle style) {
  EvalEnvironment& env = *context.env;
  if (shows_as_stored(context, expression, style)) return oids_to_names(expression, env.catalog(), env.search_path());
  AnalyzeContext analyze{};
  analyze.catalog = &env.catalog();
  analyze.settings = &env.settings();
  analyze.env = &env;
  std::string out;
  for (const ExprPtr& expr : bind_stored(std::string(expression), table, analyze)) {
    out += (out.empty() ? "" : ", ") + deparse_expr_for(env, expr, table, style == TextStyle::kPretty);
  }
  return out;
}

std::string function_arguments(const FunctionDef& function, bool with_defaults, const NameScope& names) {
  std::string out;
  const size_t count = function.arg_types.size();
  const size_t first_default = count - std::min(count, function.defaults.size());
  auto separate = [&] {
    if (!out.empty()) out += ", ";
  };
  for (size_t i = 0; i < count; ++i) {
    separate();
    if (function.variadic != kInvalidOid && i + 1 == count) out += "VARIADIC ";
    if (i < function.arg_names.size() && !function.arg_names.begin()[i].empty()) {
      append_identifier(out, function.arg_names.begin()[i]);
      out += ' ';
    }
    out += format_type(function.arg_types.begin()[i], names);
    if (with_defaults && i >= first_default) {
      out += " DEFAULT ";
      out += function.defaults.begin()[i - first_default];
    }
  }
  for (const OutputColumn& column : function.columns) {
    separate();
    out += "OUT ";
    append_identifier(out, column.name);
    out += ' ';
    out += format_type(column.type, names);
  }
  return out;
}

std::string function_result(const FunctionDef& function, const NameScope& names) {
  return (function.set ? "SETOF " : "") + format_type(function.result_type, names);
}

}  // namespace vecino::sql
