#pragma once

#include <mutex>

#include "storage/api/kv_engine.h"
#include "storage/util/datum.h"

namespace vecino::sql {

// Hands out oids of user objects, never twice in a data directory: ranges are reserved in Family::kMeta ahead of use.
// Not transactional, as in PostgreSQL. Thread-safe.
class OidAllocator {
 public:
  explicit OidAllocator(storage::KvEngine& engine) : engine_(engine) {}
  Oid next();  // throws SqlError

 private:
  void reserve();
  storage::KvEngine& engine_;
  std::mutex mutex_;
  Oid next_ = 0, limit_ = 0;
};

}  // namespace vecino::sql
