#pragma once

#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// CREATE DATABASE: writes the template's schemas, extensions and views as objects of the new database (oids stay, they
// are per database). REQUIRES: `origin` has no relation with storage.
void copy_database_objects(const Catalog& origin, Oid target, storage::Transaction& txn);
// DROP DATABASE: erases all catalog rows of a database.
void erase_database_objects(const Catalog& objects, storage::Transaction& txn);

}  // namespace vecino::sql
