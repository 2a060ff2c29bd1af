#include <algorithm>

#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/privileges.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/system_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/acl_item.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/reg.h"
#include "sqlfront/types/type.h"

// Access privilege inquiry and aclitem functions (manual 9.26, tables 9.70 and 9.71).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

const Catalog& catalog_of(CallContext& c) { return c.env->catalog(); }

// What a list like 'SELECT, INSERT WITH GRANT OPTION' asks for; any of it is enough.
struct Asked {
  AclMode mode = 0, grant_mode = 0;
};

template <typename Each>
void for_each_word(sv list, Each&& each) {
  while (true) {
    size_t comma = list.find(',');
    sv item = list.substr(0, comma);
    while (!item.empty() && std::isspace(static_cast<unsigned char>(item.front()))) item.remove_prefix(1);
    while (!item.empty() && std::isspace(static_cast<unsigned char>(item.back()))) item.remove_suffix(1);
    each(item);
    if (comma == sv::npos) return;
    list.remove_prefix(comma + 1);
  }
}

std::string upper(sv text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char ch) { return std::toupper(ch); });
  return out;
}

Asked parse_privileges(sv list, AclMode allowed) {
  constexpr sv kGrantOption = " WITH GRANT OPTION";
  Asked asked;
  for_each_word(list, [&](sv item) {
    std::string word = upper(item);
    const bool grantable = word.ends_with(kGrantOption);
    if (grantable) word.resize(word.size() - kGrantOption.size());
    const AclMode mode = privilege_mode(word) & allowed;
    if (mode == 0) {
      throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized privilege type: \"" + std::string(item) + "\"");
    }
    (grantable ? asked.grant_mode : asked.mode) |= mode;
  });
  return asked;
}

// A role by name or oid; "public" is nobody in particular.
Oid role_of(CallContext& c, const Datum& value, Oid type) {
  if (type == kOid) return static_cast<Oid>(value.i64);
  sv name = value.bytes();
  if (name == "public") return acl::kPublic;
  RolePtr role = catalog_of(c).find_role(name);
  if (!role) throw SqlError(sqlstate::kUndefinedObject, "role \"" + std::string(name) + "\" does not exist");
  return role->oid;
}

// An object's list and owner, and what the role may do there beyond it; nullopt = no such oid.
struct Object {
  Acl items;
  Oid owner = well_known_oid::kBootstrapRole;
  AclMode held = 0;
};
using Find = std::optional<Object> (*)(CallContext& c, const Privileges& role, const Datum& value, Oid type);

bool answer(const Privileges& role, const Object& object, Asked asked) {
  return (object.held & asked.mode) || (asked.grant_mode & role.grantable(object.items, object.owner));
}

RelationPtr relation_of(CallContext& c, const Datum& value, Oid type) {
  Oid oid = type == kText ? parse_reg(c, RegKind::kClass, value.bytes()) : static_cast<Oid>(value.i64);
  return catalog_of(c).find_relation(oid);
}

std::optional<Object> find_table(CallContext& c, const Privileges& role, const Datum& value, Oid type) {
  RelationPtr relation = relation_of(c, value, type);
  if (!relation) return std::nullopt;
  return Object{relation_acl(catalog_of(c), *relation), relation->owner, role.on_relation(*relation)};
}
std::optional<Object> find_sequence(CallContext& c, const Privileges& role, const Datum& value, Oid type) {
  RelationPtr relation = relation_of(c, value, type);
  if (relation && relation->kind != 'S') {
    throw SqlError(sqlstate::kWrongObjectType, "\"" + relation->name + "\" is not a sequence");
  }
  return find_table(c, role, value, type);
}
std::optional<Object> find_schema(CallContext& c, const Privileges& role, const Datum& value, Oid type) {
  SchemaPtr schema = type == kOid ? catalog_of(c).find_schema(static_cast<Oid>(value.i64))
                                  : catalog_of(c).find_schema(value.bytes());
  if (!schema && type != kOid) {
    throw SqlError(sqlstate::kInvalidSchemaName, "schema \"" + std::string(value.bytes()) + "\" does not exist");
  }
  if (!schema) return std::nullopt;
  return Object{schema_acl(*schema), schema->owner, role.on_schema(*schema)};
}
std::optional<Object> find_database(CallContext& c, const Privileges& role, const Datum& value, Oid type) {
  DatabasePtr database = type == kOid ? catalog_of(c).find_database(static_cast<Oid>(value.i64))
                                      : catalog_of(c).find_database(value.bytes());
  if (!database && type != kOid) {
    throw SqlError(sqlstate::kInvalidCatalogName, "database \"" + std::string(value.bytes()) + "\" does not exist");
  }
  if (!database) return std::nullopt;
  return Object{database_acl(*database), database->owner, role.on_database(*database)};
}
std::optional<Object> find_routine(CallContext& c, const Privileges& role, const Datum& value, Oid type) {
  Oid oid = type == kText ? parse_reg(c, RegKind::kProcedure, value.bytes()) : static_cast<Oid>(value.i64);
  if (!sql::find_function(oid)) return std::nullopt;
  return Object{function_acl(catalog_of(c), oid), well_known_oid::kBootstrapRole, role.on_function(oid)};
}
std::optional<Object> find_data_type(CallContext& c, const Privileges& role, const Datum& value, Oid type) {
  Oid oid = type == kText ? parse_reg(c, RegKind::kType, value.bytes()) : static_cast<Oid>(value.i64);
  bool known = sql::find_type(oid) != nullptr;
  for (const RelationPtr& relation : known ? std::vector<RelationPtr>() : catalog_of(c).relations()) {
    known |= relation->row_type == oid;
  }
  if (!known) return std::nullopt;
  return Object{type_acl(catalog_of(c), oid), well_known_oid::kBootstrapRole, role.on_type(oid)};
}
std::optional<Object> find_language(CallContext& c, const Privileges& role, const Datum& value, Oid type) {
  constexpr std::pair<Oid, sv> kLanguages[] = {{12, "internal"}, {13, "c"}, {14, "sql"}, {13561, "plpgsql"}};
  for (const auto& [oid, name] : kLanguages) {
    if (type == kOid ? oid != static_cast<Oid>(value.i64) : name != value.bytes()) continue;
    return Object{language_acl(catalog_of(c), oid), well_known_oid::kBootstrapRole, role.on_language(oid)};
  }
  if (type == kOid) return std::nullopt;
  throw SqlError(sqlstate::kUndefinedObject, "language \"" + std::string(value.bytes()) + "\" does not exist");
}
std::optional<Object> find_tablespace(CallContext&, const Privileges& role, const Datum& value, Oid type) {
  constexpr std::pair<Oid, sv> kTablespaces[] = {{1663, "pg_default"}, {1664, "pg_global"}};
  for (const auto& [oid, name] : kTablespaces) {
    if (type == kOid ? oid != static_cast<Oid>(value.i64) : name != value.bytes()) continue;
    Acl items = default_acl(AclObject::kTablespace, well_known_oid::kBootstrapRole);
    return Object{items, well_known_oid::kBootstrapRole, role.held(items)};
  }
  if (type == kOid) return std::nullopt;
  throw SqlError(sqlstate::kUndefinedObject, "tablespace \"" + std::string(value.bytes()) + "\" does not exist");
}
std::optional<Object> find_wrapper(CallContext&, const Privileges&, const Datum& value, Oid type) {
  if (type == kOid) return std::nullopt;
  throw SqlError(sqlstate::kUndefinedObject,
                 "foreign-data wrapper \"" + std::string(value.bytes()) + "\" does not exist");
}
std::optional<Object> find_server(CallContext&, const Privileges&, const Datum& value, Oid type) {
  if (type == kOid) return std::nullopt;
  throw SqlError(sqlstate::kUndefinedObject, "server \"" + std::string(value.bytes()) + "\" does not exist");
}
std::optional<Object> find_parameter(CallContext& c, const Privileges& role, const Datum& value, Oid) {
  return Object{parameter_acl(catalog_of(c), value.bytes()), well_known_oid::kBootstrapRole,
                role.on_parameter(value.bytes())};
}

template <Find find, AclObject object>
Datum inquire(CallContext& c, Oid role, const Datum& value, Oid type, sv privileges) {
  Privileges held(catalog_of(c), role);
  const Asked asked = parse_privileges(privileges, all_privileges(object));
  std::optional<Object> found = find(c, held, value, type);
  return found ? Datum::from_bool(answer(held, *found, asked)) : Datum::null();
}
template <Find find, AclObject object>
Datum has_privilege(CallContext& c, const Datum* args) {  // (object, privilege)
  return inquire<find, object>(c, c.env->current_role(), args[0], c.arg_types[0], args[1].bytes());
}
template <Find find, AclObject object>
Datum role_has_privilege(CallContext& c, const Datum* args) {  // (role, object, privilege)
  return inquire<find, object>(c, role_of(c, args[0], c.arg_types[0]), args[1], c.arg_types[1], args[2].bytes());
}

// --- columns -------------------------------------------------------------------------------------------------------

bool on_column(const Privileges& role, const RelationDesc& relation, AttrNumber column, Asked asked) {
  if (role.on_column(relation, column) & asked.mode) return true;
  return asked.grant_mode & role.grantable(column_acl(relation, column), relation.owner);
}
bool on_table(const Privileges& role, const RelationDesc& relation, Asked asked) {
  return answer(role, Object{relation_acl(role.catalog(), relation), relation.owner, role.on_relation(relation)}, asked);
}

Datum any_column(CallContext& c, Oid role, const Datum& table, Oid type, sv privileges) {
  const Asked asked = parse_privileges(privileges, all_privileges(AclObject::kColumn));
  RelationPtr relation = relation_of(c, table, type);
  if (!relation) return Datum::null();
  Privileges held(catalog_of(c), role);
  bool found = on_table(held, *relation, asked);
  for (size_t i = 0; i < relation->columns.size() && !found; ++i) {
    found = !relation->columns[i].dropped && on_column(held, *relation, static_cast<AttrNumber>(i + 1), asked);
  }
  return Datum::from_bool(found);
}
Datum has_any_column(CallContext& c, const Datum* args) {
  return any_column(c, c.env->current_role(), args[0], c.arg_types[0], args[1].bytes());
}
Datum role_has_any_column(CallContext& c, const Datum* args) {
  return any_column(c, role_of(c, args[0], c.arg_types[0]), args[1], c.arg_types[1], args[2].bytes());
}

// 0 = no such number; a name must exist.
AttrNumber column_of(const RelationDesc& relation, const Datum& value, Oid type) {
  if (type == kInt2) {
    const int64_t number = value.i64;
    if (number < 0 && number >= system_attr::kTableoid) return static_cast<AttrNumber>(number);
    const bool exists = number > 0 && number <= static_cast<int64_t>(relation.columns.size()) &&
                        !relation.columns[static_cast<size_t>(number) - 1].dropped;
    return exists ? static_cast<AttrNumber>(number) : AttrNumber{0};
  }
  for (size_t i = 0; i < relation.columns.size(); ++i) {
    if (!relation.columns[i].dropped && relation.columns[i].name == value.bytes()) return static_cast<AttrNumber>(i + 1);
  }
  constexpr std::pair<sv, AttrNumber> kSystem[] = {
      {"ctid", system_attr::kCtid}, {"xmin", system_attr::kXmin}, {"cmin", system_attr::kCmin},
      {"xmax", system_attr::kXmax}, {"cmax", system_attr::kCmax}, {"tableoid", system_attr::kTableoid}};
  for (const auto& [name, number] : kSystem) {
    if (name == value.bytes()) return number;
  }
  throw SqlError(sqlstate::kUndefinedColumn, "column \"" + std::string(value.bytes()) + "\" of relation \"" +
                                                 relation.name + "\" does not exist");
}

Datum one_column(CallContext& c, Oid role, const Datum* args, size_t at) {  // (table, column, privilege) from `at`
  const Asked asked = parse_privileges(args[at + 2].bytes(), all_privileges(AclObject::kColumn));
  RelationPtr relation = relation_of(c, args[at], c.arg_types[at]);
  if (!relation) return Datum::null();
  const AttrNumber column = column_of(*relation, args[at + 1], c.arg_types[at + 1]);
  if (column == 0) return Datum::null();
  Privileges held(catalog_of(c), role);
  return Datum::from_bool(on_table(held, *relation, asked) || on_column(held, *relation, column, asked));
}
Datum has_column(CallContext& c, const Datum* args) { return one_column(c, c.env->current_role(), args, 0); }
Datum role_has_column(CallContext& c, const Datum* args) {
  return one_column(c, role_of(c, args[0], c.arg_types[0]), args, 1);
}

// --- roles ---------------------------------------------------------------------------------------------------------

bool has_role(CallContext& c, Oid member, Oid role, sv privileges) {
  bool found = false;
  for_each_word(privileges, [&](sv item) {
    const std::string word = upper(item);
    if (word == "USAGE") {
      found |= Privileges(catalog_of(c), member).acts_as(role);
    } else if (word == "MEMBER") {
      found |= is_member(catalog_of(c), member, role);
    } else if (word == "USAGE WITH GRANT OPTION" || word == "USAGE WITH ADMIN OPTION" ||
               word == "MEMBER WITH GRANT OPTION" || word == "MEMBER WITH ADMIN OPTION") {
      found |= is_admin_of(catalog_of(c), member, role);
    } else {
      throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized privilege type: \"" + std::string(item) + "\"");
    }
  });
  return found;
}
// "public" is no role here.
Oid member_of(CallContext& c, const Datum& value, Oid type) {
  if (type != kOid && value.bytes() == "public") {
    throw SqlError(sqlstate::kUndefinedObject, "role \"public\" does not exist");
  }
  return role_of(c, value, type);
}
Datum pg_has_role(CallContext& c, const Datum* args) {  // (role, privilege)
  return Datum::from_bool(
      has_role(c, c.env->current_role(), member_of(c, args[0], c.arg_types[0]), args[1].bytes()));
}
Datum pg_has_role_of(CallContext& c, const Datum* args) {  // (user, role, privilege)
  const Oid user = member_of(c, args[0], c.arg_types[0]), role = member_of(c, args[1], c.arg_types[1]);
  return Datum::from_bool(has_role(c, user, role, args[2].bytes()));
}

// --- aclitem -------------------------------------------------------------------------------------------------------

std::unique_ptr<RowProducer> acl_explode(CallContext&, const Datum* args) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kOid, kOid, kText, kBool});
  for (const AclItem& item : unpack_acl(args[0])) {
    for (int bit = 0; bit < acl::kCount; ++bit) {
      const AclMode mode = AclMode{1} << bit;
      if (!(item.privileges & mode)) continue;
      rows->number(item.grantor).number(item.grantee).text(privilege_name(mode));
      rows->boolean((item.grant_options & mode) != 0);
    }
  }
  return rows;
}

Datum acl_default(CallContext& c, int32_t kind, uint32_t owner) {
  AclObject object;
  switch (static_cast<char>(kind)) {
    case 'c': object = AclObject::kColumn; break;
    case 'r': object = AclObject::kTable; break;
    case 's': object = AclObject::kSequence; break;
    case 'd': object = AclObject::kDatabase; break;
    case 'f': object = AclObject::kFunction; break;
    case 'l': object = AclObject::kLanguage; break;
    case 'L': object = AclObject::kLargeObject; break;
    case 'n': object = AclObject::kSchema; break;
    case 'p': object = AclObject::kParameter; break;
    case 't': object = AclObject::kTablespace; break;
    case 'F': object = AclObject::kForeignDataWrapper; break;
    case 'S': object = AclObject::kForeignServer; break;
    case 'T': object = AclObject::kType; break;
    default:
      throw SqlError(sqlstate::kInternalError,
                     std::string("unrecognized objtype abbreviation: ") + static_cast<char>(kind));
  }
  Acl items = default_acl(object, owner);
  if (object == AclObject::kParameter) items.push_back({owner, owner, all_privileges(object), 0});
  return pack_acl(*c.arena, items);
}

Datum make_acl_item(CallContext& c, uint32_t grantee, uint32_t grantor, sv privileges, bool grantable) {
  AclItem item{grantee, grantor, 0, 0};
  for_each_word(privileges, [&](sv word) {
    const AclMode mode = privilege_mode(word);
    if (mode == 0) {
      throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized privilege type: \"" + std::string(word) + "\"");
    }
    item.privileges |= mode;
  });
  if (grantable) item.grant_options = item.privileges;
  return pack_acl_item(*c.arena, item);
}

bool acl_item_equal(CallContext&, Datum left, Datum right) { return unpack_acl_item(left) == unpack_acl_item(right); }
bool acl_contains(CallContext&, Datum list, Datum item) {
  const AclItem wanted = unpack_acl_item(item);
  for (const AclItem& held : unpack_acl(list)) {
    if (held.grantee == wanted.grantee && held.grantor == wanted.grantor &&
        (held.privileges & wanted.privileges) == wanted.privileges &&
        (held.grant_options & wanted.grant_options) == wanted.grant_options) {
      return true;
    }
  }
  return false;
}
Datum acl_insert(CallContext&, Datum, Datum) {
  throw SqlError(sqlstate::kFeatureNotSupported, "aclinsert is no longer supported");
}
Datum acl_remove(CallContext&, Datum, Datum) {
  throw SqlError(sqlstate::kFeatureNotSupported, "aclremove is no longer supported");
}

#define VECINO_HAS_PRIVILEGE(name, find, object, text, oid, name_text, name_oid, oid_text, oid_oid)                    \
  {text, name, {kText, kText}, kBool, kStable, kStrict, has_privilege<find, AclObject::object>},                       \
  {oid, name, {kOid, kText}, kBool, kStable, kStrict, has_privilege<find, AclObject::object>},                         \
  {name_text, name, {kName, kText, kText}, kBool, kStable, kStrict, role_has_privilege<find, AclObject::object>},      \
  {name_oid, name, {kName, kOid, kText}, kBool, kStable, kStrict, role_has_privilege<find, AclObject::object>},        \
  {oid_text, name, {kOid, kText, kText}, kBool, kStable, kStrict, role_has_privilege<find, AclObject::object>},        \
  {oid_oid, name, {kOid, kOid, kText}, kBool, kStable, kStrict, role_has_privilege<find, AclObject::object>}

const FunctionDef kFunctions[] = {
    VECINO_HAS_PRIVILEGE("has_table_privilege", find_table, kTable, 1926, 1927, 1922, 1923, 1924, 1925),
    VECINO_HAS_PRIVILEGE("has_sequence_privilege", find_sequence, kSequence, 2185, 2186, 2181, 2182, 2183, 2184),
    VECINO_HAS_PRIVILEGE("has_schema_privilege", find_schema, kSchema, 2272, 2273, 2268, 2269, 2270, 2271),
    VECINO_HAS_PRIVILEGE("has_database_privilege", find_database, kDatabase, 2254, 2255, 2250, 2251, 2252, 2253),
    VECINO_HAS_PRIVILEGE("has_function_privilege", find_routine, kFunction, 2260, 2261, 2256, 2257, 2258, 2259),
    VECINO_HAS_PRIVILEGE("has_language_privilege", find_language, kLanguage, 2266, 2267, 2262, 2263, 2264, 2265),
    VECINO_HAS_PRIVILEGE("has_tablespace_privilege", find_tablespace, kTablespace, 2394, 2395, 2390, 2391, 2392, 2393),
    VECINO_HAS_PRIVILEGE("has_type_privilege", find_data_type, kType, 3142, 3143, 3138, 3139, 3140, 3141),
    VECINO_HAS_PRIVILEGE("has_foreign_data_wrapper_privilege", find_wrapper, kForeignDataWrapper, 3004, 3005, 3000,
                         3001, 3002, 3003),
    VECINO_HAS_PRIVILEGE("has_server_privilege", find_server, kForeignServer, 3010, 3011, 3006, 3007, 3008, 3009),
    {6207, "has_parameter_privilege", {kText, kText}, kBool, kStable, kStrict,
     has_privilege<find_parameter, AclObject::kParameter>},
    {6205, "has_parameter_privilege", {kName, kText, kText}, kBool, kStable, kStrict,
     role_has_privilege<find_parameter, AclObject::kParameter>},
    {6206, "has_parameter_privilege", {kOid, kText, kText}, kBool, kStable, kStrict,
     role_has_privilege<find_parameter, AclObject::kParameter>},
    {3028, "has_any_column_privilege", {kText, kText}, kBool, kStable, kStrict, has_any_column},
    {3029, "has_any_column_privilege", {kOid, kText}, kBool, kStable, kStrict, has_any_column},
    {3024, "has_any_column_privilege", {kName, kText, kText}, kBool, kStable, kStrict, role_has_any_column},
    {3025, "has_any_column_privilege", {kName, kOid, kText}, kBool, kStable, kStrict, role_has_any_column},
    {3026, "has_any_column_privilege", {kOid, kText, kText}, kBool, kStable, kStrict, role_has_any_column},
    {3027, "has_any_column_privilege", {kOid, kOid, kText}, kBool, kStable, kStrict, role_has_any_column},
    {3020, "has_column_privilege", {kText, kText, kText}, kBool, kStable, kStrict, has_column},
    {3021, "has_column_privilege", {kText, kInt2, kText}, kBool, kStable, kStrict, has_column},
    {3022, "has_column_privilege", {kOid, kText, kText}, kBool, kStable, kStrict, has_column},
    {3023, "has_column_privilege", {kOid, kInt2, kText}, kBool, kStable, kStrict, has_column},
    {3012, "has_column_privilege", {kName, kText, kText, kText}, kBool, kStable, kStrict, role_has_column},
    {3013, "has_column_privilege", {kName, kText, kInt2, kText}, kBool, kStable, kStrict, role_has_column},
    {3014, "has_column_privilege", {kName, kOid, kText, kText}, kBool, kStable, kStrict, role_has_column},
    {3015, "has_column_privilege", {kName, kOid, kInt2, kText}, kBool, kStable, kStrict, role_has_column},
    {3016, "has_column_privilege", {kOid, kText, kText, kText}, kBool, kStable, kStrict, role_has_column},
    {3017, "has_column_privilege", {kOid, kText, kInt2, kText}, kBool, kStable, kStrict, role_has_column},
    {3018, "has_column_privilege", {kOid, kOid, kText, kText}, kBool, kStable, kStrict, role_has_column},
    {3019, "has_column_privilege", {kOid, kOid, kInt2, kText}, kBool, kStable, kStrict, role_has_column},
    {2709, "pg_has_role", {kName, kText}, kBool, kStable, kStrict, pg_has_role},
    {2710, "pg_has_role", {kOid, kText}, kBool, kStable, kStrict, pg_has_role},
    {2705, "pg_has_role", {kName, kName, kText}, kBool, kStable, kStrict, pg_has_role_of},
    {2706, "pg_has_role", {kName, kOid, kText}, kBool, kStable, kStrict, pg_has_role_of},
    {2707, "pg_has_role", {kOid, kName, kText}, kBool, kStable, kStrict, pg_has_role_of},
    {2708, "pg_has_role", {kOid, kOid, kText}, kBool, kStable, kStrict, pg_has_role_of},
    {.oid = 1689, .name = "aclexplode", .arg_types = {kAclItemArray}, .result_type = kRecord, .volatility = kStable,
     .set = acl_explode,
     .columns = {{"grantor", kOid}, {"grantee", kOid}, {"privilege_type", kText}, {"is_grantable", kBool}},
     .arg_names = {"acl"}},
    {3943, "acldefault", {kChar, kOid}, kAclItemArray, kImmutable, kStrict, row<acl_default>},
    {1365, "makeaclitem", {kOid, kOid, kText, kBool}, kAclItem, kImmutable, kStrict, row<make_acl_item>},
    {1062, "aclitemeq", {kAclItem, kAclItem}, kBool, kImmutable, kStrict, row<acl_item_equal>},
    {1037, "aclcontains", {kAclItemArray, kAclItem}, kBool, kImmutable, kStrict, row<acl_contains>},
    {1035, "aclinsert", {kAclItemArray, kAclItem}, kAclItemArray, kImmutable, kStrict, row<acl_insert>},
    {1036, "aclremove", {kAclItemArray, kAclItem}, kAclItemArray, kImmutable, kStrict, row<acl_remove>},
};

const OperatorDef kOperators[] = {
    {974, "=", kAclItem, kAclItem, kBool, 1062, 974},
    {968, "@>", kAclItemArray, kAclItem, kBool, 1037},
    {966, "+", kAclItemArray, kAclItem, kAclItemArray, 1035},
    {967, "-", kAclItemArray, kAclItem, kAclItemArray, 1036},
};

}  // namespace

std::span<const FunctionDef> privilege_functions() { return kFunctions; }
std::span<const OperatorDef> privilege_operators() { return kOperators; }

}  // namespace vecino::sql
