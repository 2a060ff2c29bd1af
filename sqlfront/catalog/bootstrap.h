#pragma once

#include <span>
#include <string>

#include "sqlfront/catalog/catalog_state.h"
#include "storage/api/kv_engine.h"

namespace vecino::sql {

// The role that owns everything in a new data directory.
struct InitialSuperuser {
  std::string name = "postgres";
  std::string password;  // as pg_authid stores it; empty = none
};

// The objects of a new data directory: databases postgres, template1 and template0 with their schemas, the superuser
// and PostgreSQL's predefined roles. Throws SqlError.
void write_initial_catalog(storage::KvEngine& engine, const InitialSuperuser& superuser = {});

// Privileges that an older Vecino wrote with the names of roles are written anew with their oids. `oids[i]` is the database
// of `databases[i]`. Nothing is written when there is nothing to change.
void upgrade_privileges(storage::KvEngine& engine, SharedState& shared, std::span<DatabaseState* const> databases,
                        std::span<const Oid> oids);

}  // namespace vecino::sql
