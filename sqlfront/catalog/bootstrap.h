#pragma once

#include <string>

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

}  // namespace vecino::sql
