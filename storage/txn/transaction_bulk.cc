// What a transaction does when its writes outgrow memory.
#include <algorithm>

#include "storage/api/bulk_writers.h"
#include "storage/api/failed_iterator.h"
#include "storage/meta/meta_keys.h"
#include "storage/txn/merged_iterator.h"
#include "storage/txn/run_iterator.h"
#include "storage/txn/sorted_load.h"
#include "storage/txn/transaction.h"
#include "storage/txn/transaction_manager.h"
#include "storage/util/failpoint.h"
#include "storage/util/thread_pool.h"
#include "storage/util/thread_start.h"

namespace vecino::storage {
namespace {

LockTag end_of(TransactionId transaction) {
  LockTag tag{LockSpace::kTransaction, 0, 0, {}};
  append_be(tag.key, transaction);
  return tag;
}

// A run has lost its versions between two commands: a view that ends among them cannot be answered from it. Views end at the
// cuts, so this does not happen; it must not go unnoticed if it ever does.
bool divides(const SpilledRun& run, WriteSet::Command limit) { return run.first < limit && limit <= run.last; }

Status lost_versions() {
  return Status::error(sqlstate::kInternalError, "the view of an earlier command is no longer available");
}
Status lost_writes() {
  return Status::error(sqlstate::kIoError, "the changes of this transaction could not be kept");
}

}  // namespace

Result<TransactionImpl::Own> TransactionImpl::spilled_version(Family family, std::string_view key, WriteSet::Command limit,
                                                              PinnedValue& value) const {
  if (spill_failed_) return lost_writes();
  const SpilledRuns& runs = (*spilled_)[static_cast<size_t>(family)];
  const uint64_t hash = KeyFilter::hash_of(key);
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if ((*run)->first >= limit || !(*run)->may_contain(key, hash)) continue;
    if (divides(**run, limit)) return lost_versions();
    ASSIGN_OR_RETURN(SpilledRun::Found found, (*run)->find(key, &value));
    if (found != SpilledRun::Found::kNo) return found == SpilledRun::Found::kPut ? Own::kValue : Own::kErased;
  }
  return Own::kNone;
}

OwnWrite TransactionImpl::spilled_write(Family family, std::string_view key) const {
  const SpilledRuns& runs = (*spilled_)[static_cast<size_t>(family)];
  const uint64_t hash = KeyFilter::hash_of(key);
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (!(*run)->may_contain(key, hash)) continue;
    auto found = (*run)->find(key, nullptr);
    // A file that cannot be read will be an error of the read that follows.
    if (found.is_ok() && *found == SpilledRun::Found::kNo) continue;
    return (*run)->first >= statement_command_ ? OwnWrite::kThisCommand : OwnWrite::kEarlierCommand;
  }
  return OwnWrite::kNone;
}

std::unique_ptr<KvIterator> TransactionImpl::with_own_writes(std::unique_ptr<KvIterator> base, Family family,
                                                             WriteSet::Command limit, const KeyRange& range,
                                                             Pinning pinning) const {
  if (spill_failed_) return std::make_unique<FailedIterator>(lost_writes);
  if (has_runs(family)) {
    SpilledRuns seen;
    for (const SpilledRunPtr& run : (*spilled_)[static_cast<size_t>(family)]) {
      if (run->first >= limit || !run->overlaps(range)) continue;
      if (divides(*run, limit)) return std::make_unique<FailedIterator>(lost_versions);
      seen.push_back(run);
    }
    if (!seen.empty()) {
      base = std::make_unique<RunIterator>(std::move(base), seen, range, pinning, RunIterator::Erased::kHidden);
    }
  }
  if (frozen_ != nullptr && !frozen_->empty(family)) {
    base = std::make_unique<MergedIterator>(std::move(base), frozen_, family, limit, range);
  }
  return std::make_unique<MergedIterator>(std::move(base), writes_, family, limit, range);
}

// ---- spilling

// Others wait for a bulk transaction as a whole.
Status TransactionImpl::become_bulk() {
  RETURN_IF_ERROR(finish_spill());
  if (spill_failed_) return lost_writes();
  if (is_bulk_) return Status::ok();
  // The first of all locks: no savepoint may let it go.
  RETURN_IF_ERROR(manager_.lock_manager().acquire_first(locks_, end_of(id())));
  for (Level& level : levels_) ++level.locks;
  is_bulk_ = true;
  return Status::ok();
}

std::unique_ptr<SortedWriter> TransactionImpl::sorted_writer(Family family) {
  return std::make_unique<SortedLoad>(*this, bulk_engine(engine_), family, command_);
}

Status TransactionImpl::adopt(Family family, const SpilledRuns& adopted) {
  RETURN_IF_ERROR(become_bulk());
  SpilledFamilies runs;
  if (spilled_ != nullptr) runs = *spilled_;
  SpilledRuns& own = runs[static_cast<size_t>(family)];
  own.insert(own.end(), adopted.begin(), adopted.end());
  command_start_generation_ = ~uint64_t{0};  // the running command has written
  publish_runs(std::move(runs));
  return Status::ok();
}

Status TransactionImpl::start_spill() {
  RETURN_IF_ERROR(become_bulk());
  // Where views and savepoints may divide the writes.
  std::vector<WriteSet::Command> cuts{visible_before_, statement_command_, command_, command_ + 1};
  for (const Level& level : levels_) cuts.push_back(level.command);
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());

  frozen_ = std::move(writes_);
  frozen_locks_ = locks_.held_count();
  writes_ = std::make_shared<WriteSet>();
  if (!levels_.empty()) (void)writes_->start_undo();
  for (Level& level : levels_) level.undo_mark = 0;
  command_start_generation_ = ~uint64_t{0};  // the running command may have written
  spilling_ = run_aside([&engine = bulk_engine(engine_), set = frozen_, cuts = std::move(cuts)]() {
    SpilledFamilies runs;
    Status status = spill(engine, *set, cuts, runs);
    return status.is_ok() ? Result<SpilledFamilies>(std::move(runs)) : Result<SpilledFamilies>(std::move(status));
  });
  return Status::ok();
}

Status TransactionImpl::finish_spill() {
  if (frozen_ == nullptr) return Status::ok();
  ThreadPool::enter_blocking();
  Result<SpilledFamilies> spilled = spilling_.get();
  ThreadPool::leave_blocking();
  std::shared_ptr<const WriteSet> set = std::move(frozen_);
  if (!spilled.is_ok()) {
    spill_failed_ = true;
    return spilled.status();
  }
  SpilledFamilies runs;
  if (spilled_ != nullptr) runs = *spilled_;
  for (size_t i = 0; i < runs.size(); ++i) {
    runs[i].insert(runs[i].end(), std::make_move_iterator((*spilled)[i].begin()),
                   std::make_move_iterator((*spilled)[i].end()));
  }
  publish_runs(std::move(runs));
  release_spilled_locks(*set, frozen_locks_);
  return Status::ok();
}

void TransactionImpl::publish_runs(SpilledFamilies runs) {
  spilled_ = std::make_shared<const SpilledFamilies>(std::move(runs));
  manager_.bulk_writers().publish(id(), locks_.session_pid(), spilled_);
}

// Others find the writes in the runs from now on (await_bulk_writers). Locks on what was not written stay.
void TransactionImpl::release_spilled_locks(const WriteSet& spilled, size_t held) {
  std::vector<size_t*> marks;
  for (Level& level : levels_) marks.push_back(&level.locks);
  manager_.lock_manager().release_some(
      locks_, held,
      [&](const LockTag& tag) {
        if (tag.space == LockSpace::kUniqueKey) return true;
        if (tag.space != LockSpace::kRow) return false;
        std::string key;
        append_be(key, tag.id);
        key += tag.key;
        const WriteSet::Node* node = spilled.find(Family::kRows, key);
        return node != nullptr && node->newest != nullptr;
      },
      marks);
}

void TransactionImpl::forget_runs_after(WriteSet::Command command) {
  if (spilled_ == nullptr) return;
  SpilledFamilies kept = *spilled_;
  for (SpilledRuns& runs : kept) {
    std::erase_if(runs, [&](const SpilledRunPtr& run) { return run->first >= command; });
  }
  publish_runs(std::move(kept));
}

Status TransactionImpl::spill_rest() {
  RETURN_IF_ERROR(finish_spill());
  if (writes_->empty()) return Status::ok();
  RETURN_IF_ERROR(start_spill());
  return finish_spill();
}

Result<bool> await_bulk_writers(Transaction& txn, Family family, std::string_view key, LockWait wait,
                                const BulkConflict& conflicts) {
  return static_cast<TransactionImpl&>(txn).await_bulk_writers(family, key, wait, conflicts);
}

Result<bool> TransactionImpl::await_bulk_writers(Family family, std::string_view key, LockWait wait,
                                                 const BulkConflict& conflicts) {
  BulkWriters& writers = manager_.bulk_writers();
  while (writers.any()) {
    ASSIGN_OR_RETURN(auto writer, writers.writer_of(family, key, id(), locks_.session_pid(), conflicts));
    if (!writer) return true;
    ASSIGN_OR_RETURN(bool granted, lock(end_of(*writer), LockMode::kShare, wait));
    if (!granted) return false;
    (void)unlock(end_of(*writer), LockMode::kShare);
  }
  return true;
}

// ---- commit

Status TransactionImpl::ingest() {
  if (spill_failed_) return lost_writes();
  RETURN_IF_ERROR(spill_rest());
  std::array<std::vector<KvIngest>, kFamilyCount> arranged;
  std::array<size_t, kFamilyCount> counts{};
  auto arrange = [&](int i) {
    const SpilledRuns& runs = (*spilled_)[static_cast<size_t>(i)];
    arranged[static_cast<size_t>(i)].clear();
    counts[static_cast<size_t>(i)] = runs.size();
    return arrange_for_ingest(bulk_engine(engine_), static_cast<Family>(i), runs, arranged[static_cast<size_t>(i)]);
  };
  if (spilled_ != nullptr) {
    for (int i = 0; i < kFamilyCount; ++i) RETURN_IF_ERROR(arrange(i));
  }

  std::unique_lock<std::mutex> publish;
  if (!before_commit_.empty()) {
    publish = std::unique_lock(manager_.publish_mutex());
    RETURN_IF_ERROR(run_before_commit());
  }
  for (const Drop& drop : drops_) {
    writes_->put(Family::kMeta, command_, meta_keys::garbage(drop.family, drop.range), {});
  }
  RETURN_IF_ERROR(spill_rest());
  if (spilled_ == nullptr) return Status::ok();
  std::vector<KvIngest> files;
  for (int i = 0; i < kFamilyCount; ++i) {
    if ((*spilled_)[static_cast<size_t>(i)].size() != counts[static_cast<size_t>(i)]) RETURN_IF_ERROR(arrange(i));
    auto& family = arranged[static_cast<size_t>(i)];
    files.insert(files.end(), family.begin(), family.end());
  }
  if (files.empty()) return Status::ok();

  RETURN_IF_ERROR(failpoint::check("commit_before_write"));
  RETURN_IF_ERROR(failpoint::check("bulk_before_ingest"));
  PointCache& cache = manager_.points();
  cache.begin_bulk();
  Status status;
  {
    ThreadPool::BlockingScope waits_for_disk;
    status = bulk_engine(engine_).ingest(files, &commit_sequence_);
  }
  cache.end_bulk(status.is_ok() ? commit_sequence_ : 0);
  RETURN_IF_ERROR(std::move(status));
  manager_.ordered_commits().fetch_add(1);
  (void)failpoint::hit("commit_after_write");
  // What is read from here on (on_commit actions) is committed.
  spilled_.reset();
  return Status::ok();
}

}  // namespace vecino::storage
