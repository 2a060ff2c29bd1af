#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sqlfront/catalog/descriptors.h"

namespace vecino::sql {

// How catalog objects are kept in Family::kMeta: key = "catalog/" database(u32 be) kind oid(u32 be); shared objects
// (roles, their settings, databases, privileges on settings) under database 0. Values start with a format version byte. RelationDesc::indexes is not stored:
// it follows from the index relations, so that two transactions may create indexes on one table at the same time.
enum class ObjectKind : char {
  kRelation = 'r', kSchema = 's', kRole = 'u', kDatabase = 'd', kExtension = 'x', kAccessList = 'a',
  kRoleSetting = 'g'
};

std::string catalog_key(Oid database, ObjectKind kind, Oid oid);
// All objects of a database, or of one kind.
std::string catalog_prefix();
std::string catalog_prefix(Oid database);
struct CatalogKey {
  Oid database;
  ObjectKind kind;
  Oid oid;
};
// False: not the key of an object.
bool parse_catalog_key(std::string_view key, CatalogKey& out);

std::string encode(const RelationDesc& relation);
std::string encode(const SchemaDesc& schema);
std::string encode(const RoleDesc& role);
std::string encode(const DatabaseDesc& database);
std::string encode(const ExtensionDesc& extension);
std::string encode(const AccessListDesc& list);
std::string encode(const RoleSettingDesc& setting);

// Null when the bytes are damaged or of a newer format (XX001 for the caller to raise).
std::shared_ptr<RelationDesc> decode_relation(std::string_view bytes);
std::shared_ptr<SchemaDesc> decode_schema(std::string_view bytes);
std::shared_ptr<RoleDesc> decode_role(std::string_view bytes);
std::shared_ptr<DatabaseDesc> decode_database(std::string_view bytes);
std::shared_ptr<ExtensionDesc> decode_extension(std::string_view bytes);
std::shared_ptr<AccessListDesc> decode_access_list(std::string_view bytes);
std::shared_ptr<RoleSettingDesc> decode_role_setting(std::string_view bytes);

}  // namespace vecino::sql
