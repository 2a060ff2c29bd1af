#pragma once

#include <memory>

#include "storage/api/kv_engine.h"

namespace vecino::storage {

// The engine for tests: versioned std::maps, nothing on disk. Same contract as the RocksDB engine.
std::unique_ptr<KvEngine> make_memory_engine();

}  // namespace vecino::storage
