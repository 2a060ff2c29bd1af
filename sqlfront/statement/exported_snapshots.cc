#include "sqlfront/statement/exported_snapshots.h"

#include <cstdio>

namespace vecino::sql {

std::shared_ptr<ExportedSnapshots::Holder> ExportedSnapshots::add(uint64_t transaction, Oid database,
                                                                  storage::KvSnapshotPtr snapshot) {
  std::lock_guard lock(mutex_);
  char name[64];
  std::snprintf(name, sizeof name, "%08llX-%08llX-1", static_cast<unsigned long long>(++next_),
                static_cast<unsigned long long>(transaction));
  by_name_[name] = {std::move(snapshot), database};
  return std::make_shared<Holder>(*this, name);
}

ExportedSnapshots::Found ExportedSnapshots::find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  auto found = by_name_.find(name);
  return found == by_name_.end() ? Found{} : found->second;
}

void ExportedSnapshots::forget(const std::string& name) {
  std::lock_guard lock(mutex_);
  by_name_.erase(name);
}

}  // namespace vecino::sql
