#pragma once

#include "storage/api/kv_engine.h"

namespace vecino::sql {

// The objects of a new data directory: databases postgres, template1 and template0 with their schemas, role postgres
// and PostgreSQL's predefined roles. Throws SqlError.
void write_initial_catalog(storage::KvEngine& engine);

}  // namespace vecino::sql
