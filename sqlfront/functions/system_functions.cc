#include "sqlfront/functions/system_functions.h"

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/analyze/deparse.h"
#include "sqlfront/catalog/constraint_comments.h"
#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/catalog/stored_expression.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/functions/io_functions.h"
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
  if (constraint < well_known_oid::kFirstUserOid) return std::nullopt;
  for (const RelationPtr& relation : catalog.relations()) {
    if (relation->index && relation->index->constraint == constraint) {
      return ConstraintOwner{catalog.find_relation(relation->index->table), relation};
    }
    for (const auto& check : relation->checks) {
      if (check.oid == constraint) return ConstraintOwner{relation, nullptr, &check, nullptr};
    }
    for (const auto& key : relation->foreign_keys) {
      if (key.oid == constraint) return ConstraintOwner{relation, nullptr, nullptr, &key};
    }
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
      for (const ExtensionPtr& extension : catalog.extensions()) {
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

std::optional<std::string> describe_operator(Oid oid) {
  const OperatorDef* op = find_operator(oid);
  if (!op) return std::nullopt;
  std::string left = op->left == kInvalidOid ? "NONE" : format_type(op->left);
  return "operator " + std::string(op->name) + "(" + left + "," + format_type(op->right) + ")";
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
      return "type " + format_type(object);
    case catalog_oid::kProc: return describe_routine(context, object);
    case catalog_oid::kOperator: return describe_operator(object);
    case catalog_oid::kConstraint: return describe_constraint(context, object);
    case catalog_oid::kNamespace: {
      SchemaPtr schema = catalog.find_schema(object);
      if (!schema) return std::nullopt;
      return "schema " + quote_identifier(schema->name);
    }
    case catalog_oid::kAm:
      for (const auto& method : index::access_methods()) {
        if (method.oid == object) return "access method " + std::string(method.name);
      }
      return std::nullopt;
    case catalog_oid::kOpclass: {
      const OpclassDef* opclass = find_opclass(object);
      if (!opclass) return std::nullopt;
      return "operator class " + std::string(opclass->name) + " for access method " + std::string(opclass->access_method);
    }
    case catalog_oid::kOpfamily:
      for (const OpclassDef& opclass : all_opclasses()) {
        if (opclass.family != object) continue;
        return "operator family " + std::string(opclass.family_name) + " for access method " +
               std::string(opclass.access_method);
      }
      return std::nullopt;
    case catalog_oid::kExtension:
      for (const ExtensionPtr& extension : catalog.extensions()) {
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

class TableExpressionDeparser final : public ExprDeparser {
 public:
  TableExpressionDeparser(const Catalog* catalog, const RelationDesc* table)
      : ExprDeparser(catalog, Parens::kPretty), table_(table) {}

 protected:
  std::string var_name(const VarExpr& var) override { return column(var.attno - 1); }
  std::string input_name(const InputExpr& input) override { return column(input.index); }

 private:
  std::string column(int index) const {
    if (!table_ || index < 0 || static_cast<size_t>(index) >= table_->columns.size()) return "?";
    return quote_identifier(table_->columns[static_cast<size_t>(index)].name);
  }
  const RelationDesc* table_;
};

}  // namespace

std::string pretty_expression(CallContext& context, std::string_view expression, const RelationDesc* table) {
  const Catalog& catalog = context.env->catalog();
  AnalyzeContext analyze{};
  analyze.catalog = &catalog;
  analyze.search_path = context.env->search_path();
  analyze.settings = &context.env->settings();
  analyze.env = context.env;
  ExprPtr expr = bind_table_expression(expression, table, {type_id::kUnknown, -1}, analyze, "expression");
  std::string text = TableExpressionDeparser(&catalog, table).text(expr);
  return oids_to_names(text, catalog, analyze.search_path);
}

std::string function_arguments(const FunctionDef& function, bool with_defaults) {
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
    out += format_type(function.arg_types.begin()[i]);
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
    out += format_type(column.type);
  }
  return out;
}

std::string function_result(const FunctionDef& function) {
  return (function.set ? "SETOF " : "") + format_type(function.result_type);
}

}  // namespace vecino::sql
