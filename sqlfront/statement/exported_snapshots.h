#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "storage/api/kv_engine.h"
#include "storage/util/datum.h"

namespace vecino::sql {

// Snapshots that transactions have given out by name (pg_export_snapshot) for others to read the same (SET TRANSACTION
// SNAPSHOT). Thread-safe.
class ExportedSnapshots {
 public:
  // What the exporter keeps: the name ends with it.
  class Holder {
   public:
    Holder(ExportedSnapshots& owner, std::string name) : owner_(owner), name_(std::move(name)) {}
    ~Holder() { owner_.forget(name_); }
    Holder(const Holder&) = delete;
    const std::string& name() const { return name_; }

   private:
    ExportedSnapshots& owner_;
    std::string name_;
  };

  std::shared_ptr<Holder> add(uint64_t transaction, Oid database, storage::KvSnapshotPtr snapshot);
  struct Found {
    storage::KvSnapshotPtr snapshot;  // null = no such name
    Oid database = kInvalidOid;
  };
  Found find(const std::string& name) const;

 private:
  void forget(const std::string& name);
  mutable std::mutex mutex_;
  std::map<std::string, Found> by_name_;
  uint64_t next_ = 0;
};

}  // namespace vecino::sql
