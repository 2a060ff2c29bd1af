#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/catalog/relation_index.h"
#include "storage/util/datum.h"

namespace vecino::sql {

// What PostgreSQL's indexes on catalogs are here: columns of catalog relations from whose value follows which relations
// the rows can be about. The producer then sees only those, instead of all that the database has.
enum class LookupKeyKind : uint8_t {
  kRelation,      // the column is the relation's oid
  kIndexedTable,  // the oid of a table; the rows are about its indexes
  kReferenced,    // the oid of a table; the rows are about those that refer to it
  kName,          // the relation's name, in any schema
  kType,          // the oid of a type, perhaps of a relation's rows
  kConstraint,    // the oid of a constraint; the rows are about its table
};
struct LookupKey {
  Oid relation;  // of pg_catalog
  AttrNumber column;
  LookupKeyKind kind;
};
const LookupKey* find_lookup_key(const RelationDesc& relation, AttrNumber column);

// The relations that one value of a key leads to.
void append_keyed_relations(const Catalog& catalog, LookupKeyKind kind, const Datum& value, std::vector<RelationPtr>& out);

// A catalog of which only some relations are listed; everything is found by name and oid as before.
class CatalogSubset final : public Catalog {
 public:
  CatalogSubset(const Catalog& base, std::vector<RelationPtr> relations) : base_(base), relations_(std::move(relations)) {}

  uint64_t version() const override { return base_.version(); }
  Oid database() const override { return base_.database(); }
  RelationPtr find_relation(Oid schema, std::string_view name) const override { return base_.find_relation(schema, name); }
  RelationPtr find_relation(Oid oid) const override { return base_.find_relation(oid); }
  SchemaPtr find_schema(std::string_view name) const override { return base_.find_schema(name); }
  SchemaPtr find_schema(Oid oid) const override { return base_.find_schema(oid); }
  RolePtr find_role(std::string_view name) const override { return base_.find_role(name); }
  RolePtr find_role(Oid oid) const override { return base_.find_role(oid); }
  DatabasePtr find_database(std::string_view name) const override { return base_.find_database(name); }
  DatabasePtr find_database(Oid oid) const override { return base_.find_database(oid); }
  ExtensionPtr find_extension(std::string_view name) const override { return base_.find_extension(name); }
  std::vector<RelationPtr> relations() const override { return relations_; }
  std::vector<Oid> referencing_tables(Oid relation) const override { return base_.referencing_tables(relation); }
  std::vector<SchemaPtr> schemas() const override { return base_.schemas(); }
  std::vector<RolePtr> roles() const override { return base_.roles(); }
  std::vector<DatabasePtr> databases() const override { return base_.databases(); }
  std::vector<ExtensionPtr> extensions() const override { return base_.extensions(); }
  AccessListPtr find_access_list(std::string_view name) const override { return base_.find_access_list(name); }
  std::vector<AccessListPtr> access_lists() const override { return base_.access_lists(); }
  RoleSettingPtr find_role_setting(Oid database, Oid role) const override { return base_.find_role_setting(database, role); }
  std::vector<RoleSettingPtr> role_settings() const override { return base_.role_settings(); }

 private:
  friend std::shared_ptr<const RelationIndex> relation_index(const Catalog& catalog);
  const Catalog& base_;
  std::vector<RelationPtr> relations_;
};

}  // namespace vecino::sql
