#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sqlfront/catalog/catalog_state.h"
#include "sqlfront/catalog/system_relation.h"

namespace vecino::sql {

// The relations every database has: pg_catalog and information_schema. Made once per process from the tables in
// system_tables.cc, system_views.cc and information_schema.cc; immutable.
class SystemCatalog {
 public:
  static std::shared_ptr<const SystemCatalog> make();

  RelationPtr find(Oid oid) const;
  RelationPtr find(Oid schema, std::string_view name) const;
  const std::vector<RelationPtr>& relations() const { return sorted_; }

 private:
  void add(std::shared_ptr<RelationDesc> relation);
  std::vector<RelationPtr> sorted_;
  std::unordered_map<Oid, RelationPtr> by_oid_;
  std::unordered_map<QualifiedName, RelationPtr, QualifiedNameHash, QualifiedNameEqual> by_name_;
};

// A row of the tables of definitions. `columns`: "name type[!], ..." with pg_type names; ! = NOT NULL.
struct SystemTableDefinition {
  Oid oid;
  std::string_view name;
  void (*produce)(CallContext& context, const Catalog& catalog, SystemRowSink& sink);  // null: always empty
  std::string_view columns;
};
// `sql` empty: always empty here, because Vecino has no such objects; the columns are PostgreSQL's all the same.
struct SystemViewDefinition {
  Oid oid;
  std::string_view name;
  std::string_view columns;
  std::string_view sql = {};
  const SystemRelation* native = nullptr;  // produced, not expanded
};
std::span<const SystemTableDefinition> system_table_definitions();         // system_tables.cc
std::span<const SystemViewDefinition> system_view_definitions();           // system_views.cc
std::span<const SystemViewDefinition> statistics_view_definitions();       // statistics_views.cc
std::span<const SystemViewDefinition> information_schema_definitions();    // information_schema.cc

}  // namespace vecino::sql
