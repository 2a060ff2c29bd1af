#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "sqlfront/catalog/descriptors.h"
#include "storage/api/kv_engine.h"

namespace vecino::sql {

// Open indexes by storage id. Thread-safe.
class IndexCache {
 public:
  explicit IndexCache(storage::KvEngine& engine) : engine_(engine) {}
  // Throws SqlError: 0A000 for an access method that this server does not have.
  std::shared_ptr<index::Index> open(const RelationDesc& index_relation, const RelationDesc& table);
  void forget(uint32_t storage_id);

 private:
  storage::KvEngine& engine_;
  std::mutex mutex_;
  std::unordered_map<uint32_t, std::shared_ptr<index::Index>> open_;
};

}  // namespace vecino::sql
