#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/relation_index.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/system_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/reg.h"
#include "sqlfront/types/type.h"

// Visibility and comments (manual 9.26, tables 9.72 and 9.77).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

const Catalog& catalog_of(CallContext& c) { return c.env->catalog(); }

bool schema_in_path(CallContext& c, Oid schema) {
  for (Oid candidate : c.env->search_path()) {
    if (candidate == schema) return true;
  }
  return false;
}

Datum visible(bool value) { return Datum::from_bool(value); }
Datum visible(CallContext& c, sv row_schema) {
  return visible(NameScope(catalog_of(c), c.env->search_path()).visible(row_schema));
}

Datum table_is_visible(CallContext& c, uint32_t oid) {
  RelationPtr relation = catalog_of(c).find_relation(oid);
  if (!relation) return Datum::null();
  return visible(is_relation_visible(catalog_of(c), c.env->search_path(), *relation));
}
Datum type_is_visible(CallContext& c, uint32_t oid) {
  if (find_type(oid)) return visible(c, type_schema(oid));
  const auto index = relation_index(catalog_of(c));
  auto found = index->by_row_type.find(oid);
  if (found == index->by_row_type.end()) return Datum::null();
  return visible(is_relation_visible(catalog_of(c), c.env->search_path(), *found->second));
}
Datum function_is_visible(CallContext& c, uint32_t oid) {
  const FunctionDef* function = find_function(oid);
  return function ? visible(c, function->schema) : Datum::null();
}
Datum operator_is_visible(CallContext& c, uint32_t oid) {
  const OperatorDef* op = find_operator(oid);
  return op ? visible(c, op->schema) : Datum::null();
}
Datum opclass_is_visible(CallContext& c, uint32_t oid) {
  const OpclassDef* opclass = find_opclass(oid);
  return opclass ? visible(c, opclass->schema) : Datum::null();
}
Datum opfamily_is_visible(CallContext& c, uint32_t oid) {
  for (const OpclassDef& opclass : all_opclasses()) {
    if (opclass.family == oid) return visible(c, opclass.schema);
  }
  return Datum::null();
}
Datum system_is_visible(CallContext& c, uint32_t) { return visible(schema_in_path(c, well_known_oid::kPgCatalog)); }

Datum comment(CallContext& c, Oid class_id, Oid object, int sub) {
  std::string text = object_comment(catalog_of(c), class_id, object, sub);
  return text.empty() ? Datum::null() : c.text(text);
}
Datum obj_description(CallContext& c, uint32_t object, sv class_name) {
  return comment(c, catalog_class(catalog_of(c), class_name), object, 0);
}
// The catalog is not named: the first object with this oid that has a comment.
Datum obj_description_any(CallContext& c, uint32_t object) {
  for (Oid class_id : {catalog_oid::kClass, catalog_oid::kNamespace, catalog_oid::kProc, catalog_oid::kConstraint,
                       catalog_oid::kExtension}) {
    Datum found = comment(c, class_id, object, 0);
    if (!found.is_null) return found;
  }
  return Datum::null();
}
Datum col_description(CallContext& c, uint32_t relation, int32_t column) {
  return column <= 0 ? Datum::null() : comment(c, catalog_oid::kClass, relation, column);
}

const FunctionDef kFunctions[] = {
    {2079, "pg_table_is_visible", {kOid}, kBool, kStable, kStrict, row<table_is_visible>},
    {2080, "pg_type_is_visible", {kOid}, kBool, kStable, kStrict, row<type_is_visible>},
    {2081, "pg_function_is_visible", {kOid}, kBool, kStable, kStrict, row<function_is_visible>},
    {2082, "pg_operator_is_visible", {kOid}, kBool, kStable, kStrict, row<operator_is_visible>},
    {2083, "pg_opclass_is_visible", {kOid}, kBool, kStable, kStrict, row<opclass_is_visible>},
    {3829, "pg_opfamily_is_visible", {kOid}, kBool, kStable, kStrict, row<opfamily_is_visible>},
    {3815, "pg_collation_is_visible", {kOid}, kBool, kStable, kStrict, row<system_is_visible>},
    {2093, "pg_conversion_is_visible", {kOid}, kBool, kStable, kStrict, row<system_is_visible>},
    {3403, "pg_statistics_obj_is_visible", {kOid}, kBool, kStable, kStrict, row<system_is_visible>},
    {3756, "pg_ts_parser_is_visible", {kOid}, kBool, kStable, kStrict, row<system_is_visible>},
    {3757, "pg_ts_dict_is_visible", {kOid}, kBool, kStable, kStrict, row<system_is_visible>},
    {3758, "pg_ts_config_is_visible", {kOid}, kBool, kStable, kStrict, row<system_is_visible>},
    {3768, "pg_ts_template_is_visible", {kOid}, kBool, kStable, kStrict, row<system_is_visible>},
    {1215, "obj_description", {kOid, kName}, kText, kStable, kStrict, row<obj_description>},
    {1348, "obj_description", {kOid}, kText, kStable, kStrict, row<obj_description_any>},
    {1216, "col_description", {kOid, kInt4}, kText, kStable, kStrict, row<col_description>},
    {1993, "shobj_description", {kOid, kName}, kText, kStable, kStrict, row<obj_description>},
};

}  // namespace

std::span<const FunctionDef> system_lookup_functions() { return kFunctions; }

}  // namespace vecino::sql
