#include "sqlfront/catalog/database_copy.h"

#include "sqlfront/catalog/codec.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

using storage::Family;

void copy_database_objects(const Catalog& origin, Oid target, storage::Transaction& txn) {
  auto put = [&](ObjectKind kind, Oid oid, const std::string& value) {
    throw_if_error(txn.put(Family::kMeta, catalog_key(target, kind, oid), value));
  };
  for (const SchemaPtr& schema : origin.schemas()) {
    if (!schema->name.starts_with("pg_temp_")) put(ObjectKind::kSchema, schema->oid, encode(*schema));
  }
  for (const ExtensionPtr& extension : origin.extensions()) {
    put(ObjectKind::kExtension, extension->oid, encode(*extension));
  }
  for (const AccessListPtr& list : origin.access_lists()) {
    if (!is_shared(list->kind)) put(ObjectKind::kAccessList, list->oid, encode(*list));
  }
  for (const RelationPtr& relation : origin.relations()) {
    if (relation->oid < well_known_oid::kFirstUserOid || relation->is_temporary()) continue;
    put(ObjectKind::kRelation, relation->oid, encode(*relation));
  }
}

void erase_database_objects(const Catalog& objects, storage::Transaction& txn) {
  auto erase = [&](ObjectKind kind, Oid oid) {
    throw_if_error(txn.erase(Family::kMeta, catalog_key(objects.database(), kind, oid)));
  };
  for (const SchemaPtr& schema : objects.schemas()) erase(ObjectKind::kSchema, schema->oid);
  for (const ExtensionPtr& extension : objects.extensions()) erase(ObjectKind::kExtension, extension->oid);
  for (const AccessListPtr& list : objects.access_lists()) {
    if (!is_shared(list->kind)) erase(ObjectKind::kAccessList, list->oid);
  }
  for (const RelationPtr& relation : objects.relations()) {
    if (relation->oid >= well_known_oid::kFirstUserOid) erase(ObjectKind::kRelation, relation->oid);
  }
}

}  // namespace vecino::sql
