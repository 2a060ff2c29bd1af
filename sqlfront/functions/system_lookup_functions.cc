#include "sqlfront/catalog/access_control.h"
#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/system_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/reg.h"
#include "sqlfront/types/type.h"

// Visibility, comments and privileges (manual 9.26, tables 9.69 - 9.73).
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
Oid schema_of(sv schema) { return schema == "public" ? well_known_oid::kPublic : well_known_oid::kPgCatalog; }

Datum visible(bool value) { return Datum::from_bool(value); }

Datum table_is_visible(CallContext& c, uint32_t oid) {
  RelationPtr relation = catalog_of(c).find_relation(oid);
  if (!relation) return Datum::null();
  return visible(is_relation_visible(catalog_of(c), c.env->search_path(), *relation));
}
Datum type_is_visible(CallContext& c, uint32_t oid) {
  if (find_type(oid)) return visible(schema_in_path(c, type_namespace(oid)));
  for (const RelationPtr& relation : catalog_of(c).relations()) {
    if (relation->row_type == oid) {
      return visible(is_relation_visible(catalog_of(c), c.env->search_path(), *relation));
    }
  }
  return Datum::null();
}
Datum function_is_visible(CallContext& c, uint32_t oid) {
  const FunctionDef* function = find_function(oid);
  return function ? visible(schema_in_path(c, schema_of(function->schema))) : Datum::null();
}
Datum operator_is_visible(CallContext& c, uint32_t oid) {
  const OperatorDef* op = find_operator(oid);
  return op ? visible(schema_in_path(c, schema_of(op->schema))) : Datum::null();
}
Datum opclass_is_visible(CallContext& c, uint32_t oid) {
  const OpclassDef* opclass = find_opclass(oid);
  return opclass ? visible(schema_in_path(c, schema_of(opclass->schema))) : Datum::null();
}
Datum opfamily_is_visible(CallContext& c, uint32_t oid) {
  for (const OpclassDef& opclass : all_opclasses()) {
    if (opclass.family == oid) return visible(schema_in_path(c, schema_of(opclass.schema)));
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

// --- privileges ---------------------------------------------------------------------------------------------------
// Privileges are recorded, not enforced: whoever can connect may do everything, and that is what these say. They still
// reject what does not exist.

void check_privileges(sv list, AclObject object) {
  while (!list.empty()) {
    size_t comma = list.find(',');
    sv item = list.substr(0, comma);
    list = comma == sv::npos ? sv() : list.substr(comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    std::string upper;
    for (char ch : item) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(ch)));
    if (upper.ends_with(" WITH GRANT OPTION")) upper.resize(upper.size() - 18);
    if (privilege_letter(upper, object) == 0) {
      throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized privilege type: \"" + std::string(item) + "\"");
    }
  }
}
void require_role(CallContext& c, const Datum& role, Oid type) {
  if (type == kOid) return;
  sv name = role.bytes();
  if (name != "public" && !catalog_of(c).find_role(name)) {
    throw SqlError(sqlstate::kUndefinedObject, "role \"" + std::string(name) + "\" does not exist");
  }
}

struct Lookup {
  AclObject object;
  // False = an oid without object: the answer is NULL.
  bool (*exists)(CallContext& context, const Datum& value, Oid type);
};

bool relation_exists(CallContext& c, const Datum& value, Oid type) {
  Oid oid = type == kText ? parse_reg(c, RegKind::kClass, value.bytes()) : static_cast<Oid>(value.i64);
  return catalog_of(c).find_relation(oid) != nullptr;
}
bool schema_exists(CallContext& c, const Datum& value, Oid type) {
  if (type == kOid) return catalog_of(c).find_schema(static_cast<Oid>(value.i64)) != nullptr;
  if (catalog_of(c).find_schema(value.bytes())) return true;
  throw SqlError(sqlstate::kInvalidSchemaName, "schema \"" + std::string(value.bytes()) + "\" does not exist");
}
bool database_exists(CallContext& c, const Datum& value, Oid type) {
  if (type == kOid) return catalog_of(c).find_database(static_cast<Oid>(value.i64)) != nullptr;
  if (catalog_of(c).find_database(value.bytes())) return true;
  throw SqlError(sqlstate::kInvalidCatalogName, "database \"" + std::string(value.bytes()) + "\" does not exist");
}
bool function_exists(CallContext& c, const Datum& value, Oid type) {
  Oid oid = type == kText ? parse_reg(c, RegKind::kProcedure, value.bytes()) : static_cast<Oid>(value.i64);
  return find_function(oid) != nullptr;
}
bool type_exists(CallContext& c, const Datum& value, Oid type) {
  Oid oid = type == kText ? parse_reg(c, RegKind::kType, value.bytes()) : static_cast<Oid>(value.i64);
  return find_type(oid) != nullptr;
}
bool always(CallContext&, const Datum&, Oid) { return true; }

constexpr Lookup kTableLookup{AclObject::kTable, &relation_exists};
constexpr Lookup kSequenceLookup{AclObject::kSequence, &relation_exists};
constexpr Lookup kSchemaLookup{AclObject::kSchema, &schema_exists};
constexpr Lookup kDatabaseLookup{AclObject::kDatabase, &database_exists};
constexpr Lookup kFunctionLookup{AclObject::kFunction, &function_exists};
constexpr Lookup kTypeLookup{AclObject::kSchema, &type_exists};
constexpr Lookup kTablespaceLookup{AclObject::kSchema, &always};

template <const Lookup& lookup>
Datum has_privilege(CallContext& c, const Datum* args) {  // (object, privilege)
  check_privileges(args[1].bytes(), lookup.object);
  return lookup.exists(c, args[0], c.arg_types[0]) ? Datum::from_bool(true) : Datum::null();
}
template <const Lookup& lookup>
Datum role_has_privilege(CallContext& c, const Datum* args) {  // (role, object, privilege)
  require_role(c, args[0], c.arg_types[0]);
  check_privileges(args[2].bytes(), lookup.object);
  return lookup.exists(c, args[1], c.arg_types[1]) ? Datum::from_bool(true) : Datum::null();
}
Datum has_column_privilege(CallContext& c, const Datum* args) {  // (table, column, privilege)
  check_privileges(args[2].bytes(), AclObject::kTable);
  return relation_exists(c, args[0], c.arg_types[0]) ? Datum::from_bool(true) : Datum::null();
}
Datum role_has_column_privilege(CallContext& c, const Datum* args) {  // (role, table, column, privilege)
  require_role(c, args[0], c.arg_types[0]);
  check_privileges(args[3].bytes(), AclObject::kTable);
  return relation_exists(c, args[1], c.arg_types[1]) ? Datum::from_bool(true) : Datum::null();
}

Oid role_oid(CallContext& c, const Datum& value, Oid type) {
  if (type == kOid) return static_cast<Oid>(value.i64);
  require_role(c, value, type);
  RolePtr role = catalog_of(c).find_role(value.bytes());
  return role ? role->oid : kInvalidOid;
}
bool is_member(const Catalog& catalog, Oid member, Oid group, int depth = 0) {
  if (member == group) return true;
  RolePtr role = catalog.find_role(member);
  if (!role || depth > 64) return false;
  if (role->superuser) return true;
  for (const auto& [parent, admin] : role->member_of) {
    if (is_member(catalog, parent, group, depth + 1)) return true;
  }
  return false;
}
Datum pg_has_role(CallContext& c, const Datum* args) {  // (role, privilege)
  RolePtr self = catalog_of(c).find_role(c.env->current_user());
  return Datum::from_bool(self && is_member(catalog_of(c), self->oid, role_oid(c, args[0], c.arg_types[0])));
}
Datum pg_has_role_of(CallContext& c, const Datum* args) {  // (user, role, privilege)
  Oid user = role_oid(c, args[0], c.arg_types[0]), role = role_oid(c, args[1], c.arg_types[1]);
  return Datum::from_bool(is_member(catalog_of(c), user, role));
}

#define VECINO_HAS_PRIVILEGE(name, lookup, text, oid, name_text, name_oid, oid_text, oid_oid)                          \
  {text, name, {kText, kText}, kBool, kStable, kStrict, has_privilege<lookup>},                                        \
  {oid, name, {kOid, kText}, kBool, kStable, kStrict, has_privilege<lookup>},                                          \
  {name_text, name, {kName, kText, kText}, kBool, kStable, kStrict, role_has_privilege<lookup>},                       \
  {name_oid, name, {kName, kOid, kText}, kBool, kStable, kStrict, role_has_privilege<lookup>},                         \
  {oid_text, name, {kOid, kText, kText}, kBool, kStable, kStrict, role_has_privilege<lookup>},                         \
  {oid_oid, name, {kOid, kOid, kText}, kBool, kStable, kStrict, role_has_privilege<lookup>}

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
    VECINO_HAS_PRIVILEGE("has_table_privilege", kTableLookup, 1926, 1927, 1922, 1923, 1924, 1925),
    VECINO_HAS_PRIVILEGE("has_any_column_privilege", kTableLookup, 3028, 3029, 3024, 3025, 3026, 3027),
    VECINO_HAS_PRIVILEGE("has_sequence_privilege", kSequenceLookup, 2185, 2186, 2181, 2182, 2183, 2184),
    VECINO_HAS_PRIVILEGE("has_schema_privilege", kSchemaLookup, 2272, 2273, 2268, 2269, 2270, 2271),
    VECINO_HAS_PRIVILEGE("has_database_privilege", kDatabaseLookup, 2254, 2255, 2250, 2251, 2252, 2253),
    VECINO_HAS_PRIVILEGE("has_function_privilege", kFunctionLookup, 2260, 2261, 2256, 2257, 2258, 2259),
    VECINO_HAS_PRIVILEGE("has_language_privilege", kTablespaceLookup, 2266, 2267, 2262, 2263, 2264, 2265),
    VECINO_HAS_PRIVILEGE("has_tablespace_privilege", kTablespaceLookup, 2394, 2395, 2390, 2391, 2392, 2393),
    VECINO_HAS_PRIVILEGE("has_type_privilege", kTypeLookup, 3142, 3143, 3138, 3139, 3140, 3141),
    VECINO_HAS_PRIVILEGE("has_foreign_data_wrapper_privilege", kTablespaceLookup, 3004, 3005, 3000, 3001, 3002, 3003),
    VECINO_HAS_PRIVILEGE("has_server_privilege", kTablespaceLookup, 3010, 3011, 3006, 3007, 3008, 3009),
    {3020, "has_column_privilege", {kText, kText, kText}, kBool, kStable, kStrict, has_column_privilege},
    {3021, "has_column_privilege", {kText, kInt2, kText}, kBool, kStable, kStrict, has_column_privilege},
    {3022, "has_column_privilege", {kOid, kText, kText}, kBool, kStable, kStrict, has_column_privilege},
    {3023, "has_column_privilege", {kOid, kInt2, kText}, kBool, kStable, kStrict, has_column_privilege},
    {3012, "has_column_privilege", {kName, kText, kText, kText}, kBool, kStable, kStrict, role_has_column_privilege},
    {3014, "has_column_privilege", {kName, kOid, kText, kText}, kBool, kStable, kStrict, role_has_column_privilege},
    {2709, "pg_has_role", {kName, kText}, kBool, kStable, kStrict, pg_has_role},
    {2710, "pg_has_role", {kOid, kText}, kBool, kStable, kStrict, pg_has_role},
    {2705, "pg_has_role", {kName, kName, kText}, kBool, kStable, kStrict, pg_has_role_of},
    {2706, "pg_has_role", {kName, kOid, kText}, kBool, kStable, kStrict, pg_has_role_of},
    {2707, "pg_has_role", {kOid, kName, kText}, kBool, kStable, kStrict, pg_has_role_of},
    {2708, "pg_has_role", {kOid, kOid, kText}, kBool, kStable, kStrict, pg_has_role_of},
};

}  // namespace

std::span<const FunctionDef> system_lookup_functions() { return kFunctions; }

}  // namespace vecino::sql
