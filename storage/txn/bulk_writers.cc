#include "storage/txn/bulk_writers.h"

#include <mutex>
#include <vector>

namespace vecino::storage {

void BulkWriters::publish(TransactionId transaction, int32_t session_pid, std::shared_ptr<const SpilledFamilies> runs) {
  std::unique_lock lock(mutex_);
  auto [place, is_new] = writers_.insert_or_assign(transaction, Writer{session_pid, std::move(runs)});
  if (is_new) count_.fetch_add(1, std::memory_order_release);
}

void BulkWriters::remove(TransactionId transaction) {
  std::unique_lock lock(mutex_);
  if (writers_.erase(transaction) > 0) count_.fetch_sub(1, std::memory_order_release);
}

namespace {

// The newest of the writes counts.
Result<bool> has_written(const SpilledRuns& runs, std::string_view key, uint64_t hash, TransactionId writer,
                         const BulkConflict& conflicts) {
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (!(*run)->may_contain(key, hash)) continue;
    PinnedValue value;
    ASSIGN_OR_RETURN(SpilledRun::Found found, (*run)->find(key, conflicts ? &value : nullptr));
    if (found == SpilledRun::Found::kNo) continue;
    if (!conflicts) return true;
    return conflicts(writer, found == SpilledRun::Found::kPut ? std::optional(value.view()) : std::nullopt);
  }
  return false;
}

}  // namespace

Result<std::optional<TransactionId>> BulkWriters::writer_of(Family family, std::string_view key, TransactionId self,
                                                            int32_t session_pid, const BulkConflict& conflicts) const {
  // Files are read after the mutex: they are kept by the references.
  std::vector<std::pair<TransactionId, std::shared_ptr<const SpilledFamilies>>> others;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [transaction, writer] : writers_) {
      if (transaction == self || (session_pid != 0 && writer.session_pid == session_pid)) continue;
      others.emplace_back(transaction, writer.runs);
    }
  }
  const uint64_t hash = KeyFilter::hash_of(key);
  for (const auto& [transaction, runs] : others) {
    ASSIGN_OR_RETURN(bool written, has_written((*runs)[static_cast<size_t>(family)], key, hash, transaction, conflicts));
    if (written) return std::optional(transaction);
  }
  return std::optional<TransactionId>();
}

}  // namespace vecino::storage
