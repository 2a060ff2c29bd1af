#include "storage/txn/transaction.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/meta/meta_keys.h"
#include "storage/txn/lock_names.h"
#include "storage/txn/merged_iterator.h"
#include "storage/txn/transaction_manager.h"
#include "storage/util/failpoint.h"
#include "storage/util/thread_pool.h"

namespace vecino::storage {
namespace {

LockTag row_tag(uint32_t table_id, uint64_t row_id) {
  LockTag tag{LockSpace::kRow, 0, table_id, {}};
  append_be(tag.key, row_id);
  return tag;
}

}  // namespace

TransactionImpl::TransactionImpl(TransactionManagerImpl& manager, TransactionId id, IsolationLevel level,
                                 CancelState& cancel, int32_t session_pid)
    : manager_(manager), engine_(manager.engine()), locks_(id, session_pid, cancel), isolation_(level) {}

TransactionImpl::~TransactionImpl() { rollback(); }

// Further writes get a number of their own.
void TransactionImpl::split_command() {
  if (writes_->generation() == command_start_generation_) return;
  ++command_;
  command_start_generation_ = writes_->generation();
}

void TransactionImpl::next_command() {
  split_command();
  visible_before_ = statement_command_ = command_;
}

void TransactionImpl::begin_command() {
  next_command();
  if (nearby_ != nullptr) nearby_->reset();
  statement_begun_ = true;
  if (isolation_ == IsolationLevel::kReadCommitted) return refresh_snapshot();
  snapshot();
}

void TransactionImpl::advance_command() { next_command(); }

// The new snapshot is taken by the next read: a statement that reads nothing takes none.
void TransactionImpl::refresh_snapshot() {
  if (isolation_ != IsolationLevel::kReadCommitted) return;
  if (!has_view_.load(std::memory_order_relaxed)) return;
  has_view_.store(false, std::memory_order_relaxed);
  snapshot_.reset();
}

KvSnapshotPtr TransactionImpl::snapshot() {
  if (has_view_.load(std::memory_order_acquire)) return snapshot_;
  std::lock_guard lock(view_mutex_);
  if (!has_view_.load(std::memory_order_relaxed)) {
    snapshot_ = engine_.snapshot();
    has_view_.store(true, std::memory_order_release);
  }
  return snapshot_;
}

void TransactionImpl::use_view(const TransactionView& view) {
  snapshot_ = view.snapshot;
  has_view_.store(snapshot_ != nullptr, std::memory_order_release);
  visible_before_ = view.command;
}

Result<TransactionImpl::Own> TransactionImpl::own_version(Family family, std::string_view key, WriteSet::Command limit,
                                                          PinnedValue& value) const {
  struct Holder final : PinnedValue::Holder {
    std::shared_ptr<const WriteSet> set;
  };
  for (const std::shared_ptr<const WriteSet>& set : {std::shared_ptr<const WriteSet>(writes_), frozen_}) {
    if (set == nullptr) break;
    const WriteSet::Node* node = set->find(family, key);
    const WriteSet::Version* version = node == nullptr ? nullptr : node->visible(limit);
    if (version == nullptr) continue;
    if (version->erased) return Own::kErased;
    auto holder = std::make_unique<Holder>();
    holder->set = set;
    value.set(version->value(), std::move(holder));
    return Own::kValue;
  }
  if (!has_runs(family) && !spill_failed_) return Own::kNone;
  return spilled_version(family, key, limit, value);
}

Result<bool> TransactionImpl::get(Family family, std::string_view key, ReadMode mode, PinnedValue& value) {
  if (has_own(family)) {
    ASSIGN_OR_RETURN(Own own, own_version(family, key, limit_of(mode), value));
    if (own != Own::kNone) return own == Own::kValue;
  }
  if (mode == ReadMode::kLatest) {
    if (family != Family::kOrdered) return committed(family, key, nullptr, value);
    constexpr size_t kManyLookups = 200;
    if (absent_keys_ > kManyLookups && is_beyond_committed(key)) return false;
    ASSIGN_OR_RETURN(bool found, committed(family, key, nullptr, value));
    if (!found) ++absent_keys_;
    return found;
  }
  if (!has_view_.load(std::memory_order_acquire)) (void)snapshot();
  return committed(family, key, snapshot_.get(), value);
}

Result<bool> TransactionImpl::committed(Family family, std::string_view key, const KvSnapshot* snapshot,
                                        PinnedValue& value) {
  PointCache& cache = manager_.points();
  if (!cache.covers(family)) return engine_.get(family, key, snapshot, value);
  using Answer = NearbyReader::Answer;
  constexpr size_t kFewReads = 16;
  const bool one_of_many = snapshot == nullptr && ++latest_reads_ > kFewReads;
  if (one_of_many) {
    if (nearby_ == nullptr) nearby_ = std::make_unique<NearbyReader>(engine_);
    Answer answer = nearby_->find_current(family, key, engine_.latest_sequence(), value);
    if (answer != Answer::kUnknown) return answer == Answer::kFound;
  }
  PointCache::Ticket ticket;
  const SequenceNumber at = snapshot != nullptr ? snapshot->sequence() : PointCache::kLatest;
  if (cache.find(family, key, at, value, ticket)) return true;
  if (one_of_many) {
    Answer answer = nearby_->find(family, key, ticket.newest_change, value);
    if (answer != Answer::kUnknown) return answer == Answer::kFound;
  }
  const SequenceNumber valid_from = snapshot != nullptr ? at : engine_.latest_sequence();
  ASSIGN_OR_RETURN(bool found, engine_.get(family, key, snapshot, value));
  if (found) cache.fill(ticket, key, value.view(), valid_from);
  return found;
}

bool TransactionImpl::changed_since_snapshot(Family family, std::string_view key) {
  const SequenceNumber seen = snapshot()->sequence();
  // Who held the lock before has published its commit before letting go.
  if (engine_.latest_sequence() == seen) return false;
  PointCache& cache = manager_.points();
  return !cache.covers(family) || cache.newest_change(family, key) > seen;
}

Result<bool> TransactionImpl::get_at(const TransactionView& view, Family family, std::string_view key,
                                     PinnedValue& value) {
  if (has_own(family)) {
    ASSIGN_OR_RETURN(Own own, own_version(family, key, view.command, value));
    if (own != Own::kNone) return own == Own::kValue;
  }
  return committed(family, key, view.snapshot.get(), value);
}

Status TransactionImpl::multi_get(Family family, std::span<const std::string_view> keys, ReadMode mode,
                                  std::span<PinnedValue> values, std::span<bool> found) {
  KvSnapshotPtr snapshot = mode == ReadMode::kLatest ? nullptr : this->snapshot();
  if (manager_.points().covers(family)) {
    RETURN_IF_ERROR(multi_get_cached(family, keys, snapshot.get(), values, found));
  } else {
    RETURN_IF_ERROR(engine_.multi_get(family, keys, snapshot.get(), values, found));
  }
  if (!has_own(family)) return Status::ok();
  for (size_t i = 0; i < keys.size(); ++i) {
    ASSIGN_OR_RETURN(Own own, own_version(family, keys[i], limit_of(mode), values[i]));
    if (own != Own::kNone) found[i] = own == Own::kValue;
  }
  return Status::ok();
}

// Asks the engine for what the cache does not have, all at once.
Status TransactionImpl::multi_get_cached(Family family, std::span<const std::string_view> keys,
                                         const KvSnapshot* snapshot, std::span<PinnedValue> values,
                                         std::span<bool> found) {
  struct Miss {
    size_t index;
    PointCache::Ticket ticket;
  };
  PointCache& cache = manager_.points();
  const SequenceNumber at = snapshot != nullptr ? snapshot->sequence() : PointCache::kLatest;
  std::vector<Miss> misses;
  for (size_t i = 0; i < keys.size(); ++i) {
    PointCache::Ticket ticket;
    found[i] = cache.find(family, keys[i], at, values[i], ticket);
    if (!found[i]) misses.push_back({i, ticket});
  }
  if (misses.empty()) return Status::ok();
  const SequenceNumber valid_from = snapshot != nullptr ? at : engine_.latest_sequence();
  std::vector<std::string_view> wanted;
  wanted.reserve(misses.size());
  for (const Miss& miss : misses) wanted.push_back(keys[miss.index]);
  std::vector<PinnedValue> got(misses.size());
  auto there = std::make_unique<bool[]>(misses.size());
  RETURN_IF_ERROR(engine_.multi_get(family, wanted, snapshot, got, {there.get(), misses.size()}));
  for (size_t m = 0; m < misses.size(); ++m) {
    if (!there[m]) continue;
    const size_t i = misses[m].index;
    found[i] = true;
    values[i] = std::move(got[m]);
    cache.fill(misses[m].ticket, keys[i], values[i].view(), valid_from);
  }
  return Status::ok();
}

std::unique_ptr<KvIterator> TransactionImpl::iterator(Family family, ReadMode mode, KeyRange range) {
  if (mode == ReadMode::kSnapshot) return iterator_at(view(), family, std::move(range), Pinning::kNone);
  auto base = engine_.iterator(family, nullptr, range);
  return with_own_writes(std::move(base), family, WriteSet::kAllCommands, range, Pinning::kNone);
}

std::unique_ptr<KvIterator> TransactionImpl::iterator_at(const TransactionView& view, Family family, KeyRange range,
                                                         Pinning pinning) {
  // Later writes are invisible to a snapshot read anyway, so without earlier ones there is nothing to merge.
  if (!has_own(family)) return engine_.iterator(family, view.snapshot, std::move(range), pinning);
  auto base = engine_.iterator(family, view.snapshot, range, pinning);
  return with_own_writes(std::move(base), family, view.command, range, pinning);
}

Status TransactionImpl::check_memory() {
  if (id() == kNoTransactionId) {
    return Status::error(sqlstate::kDiskFull, "could not assign a transaction id: the data directory is not writable");
  }
  if (writes_->memory_usage() <= manager_.spill_bytes()) [[likely]] return Status::ok();
  return start_spill();
}

Status TransactionImpl::put(Family family, std::string_view key, std::string_view value) {
  writes_->put(family, command_, key, value);
  return check_memory();
}

Status TransactionImpl::erase(Family family, std::string_view key) {
  writes_->erase(family, command_, key);
  return check_memory();
}

void TransactionImpl::drop_range_at_commit(Family family, KeyRange range) {
  drops_.push_back({family, std::move(range)});
}

OwnWrite TransactionImpl::own_write(Family family, std::string_view key) const {
  for (const WriteSet* set : {static_cast<const WriteSet*>(writes_.get()), frozen_.get()}) {
    const WriteSet::Node* node = set == nullptr ? nullptr : set->find(family, key);
    if (node == nullptr || node->newest == nullptr) continue;
    return node->newest->command >= statement_command_ ? OwnWrite::kThisCommand : OwnWrite::kEarlierCommand;
  }
  return has_runs(family) ? spilled_write(family, key) : OwnWrite::kNone;
}

Result<bool> TransactionImpl::lock(const LockTag& tag, LockMode mode, LockWait wait) {
  return manager_.lock_manager().acquire(locks_, tag, mode, wait);
}

Result<bool> TransactionImpl::lock_row(uint32_t table_id, uint64_t row_id, RowLockStrength strength, LockWait wait) {
  return manager_.lock_manager().acquire(locks_, row_tag(table_id, row_id), mode_of(strength), wait);
}

std::optional<RowLockStrength> TransactionImpl::held_row_lock(uint32_t table_id, uint64_t row_id) const {
  auto held = manager_.lock_manager().strongest_held(locks_, row_tag(table_id, row_id));
  if (!held) return std::nullopt;
  for (auto strength : {RowLockStrength::kForUpdate, RowLockStrength::kForNoKeyUpdate, RowLockStrength::kForShare}) {
    if (*held == mode_of(strength)) return strength;
  }
  return RowLockStrength::kForKeyShare;
}

bool TransactionImpl::unlock(const LockTag& tag, LockMode mode) {
  return manager_.lock_manager().release_one(locks_, tag, mode);
}

SavepointId TransactionImpl::savepoint() {
  SavepointId id = next_savepoint_++;
  split_command();
  levels_.push_back({id, command_, writes_->start_undo(), locks_.held_count(), commit_actions_.size(), abort_actions_.size(),
                     before_commit_.size(), drops_.size()});
  return id;
}

void TransactionImpl::run_abort_actions(size_t keep) {
  while (abort_actions_.size() > keep) {
    auto action = std::move(abort_actions_.back());
    abort_actions_.pop_back();
    action();
  }
}

void TransactionImpl::rollback_to(SavepointId savepoint) {
  while (!levels_.empty() && levels_.back().id > savepoint) levels_.pop_back();
  if (levels_.empty() || levels_.back().id != savepoint) return;
  // After an error nothing but the end of the transaction works: earlier writes are lost, too.
  if (frozen_ != nullptr) (void)finish_spill().is_ok();
  Level level = levels_.back();
  writes_->undo_to(level.undo_mark);
  forget_runs_after(level.command);
  commit_actions_.resize(level.commit_actions);
  before_commit_.resize(level.before_commit);
  drops_.resize(level.drops);
  run_abort_actions(level.abort_actions);
  manager_.lock_manager().release_after(locks_, level.locks);
}

void TransactionImpl::release(SavepointId savepoint) {
  while (!levels_.empty() && levels_.back().id >= savepoint) levels_.pop_back();
  if (levels_.empty()) writes_->stop_undo();
}

Status TransactionImpl::run_before_commit() {
  // An action may register further ones.
  for (size_t i = 0; i < before_commit_.size(); ++i) {
    auto action = std::move(before_commit_[i]);
    RETURN_IF_ERROR(action());
  }
  return Status::ok();
}

void TransactionImpl::fill_batch(KvWriteBatch& batch) const {
  for (int i = 0; i < kFamilyCount; ++i) {
    Family family = static_cast<Family>(i);
    for (const WriteSet::Node* node = writes_->first(family); node != nullptr; node = WriteSet::next(node)) {
      if (node->newest == nullptr) continue;
      if (node->newest->erased) {
        batch.erase(family, node->key());
      } else {
        batch.put(family, node->key(), node->newest->value());
      }
    }
  }
  for (const Drop& drop : drops_) batch.put(Family::kMeta, meta_keys::garbage(drop.family, drop.range), {});
}

template <typename Function>
void TransactionImpl::for_cached_writes(Function function) const {
  for (Family family : {Family::kRows, Family::kOrdered}) {
    if (!manager_.points().covers(family)) continue;
    for (const WriteSet::Node* node = writes_->first(family); node != nullptr; node = WriteSet::next(node)) {
      if (node->newest != nullptr) function(family, *node);
    }
  }
}

// REQUIRES: the key's lock. So a commit that wrote the key is visible and has been counted.
bool TransactionImpl::is_beyond_committed(std::string_view key) {
  constexpr size_t kPrefix = 4;  // an index
  if (key.size() <= kPrefix) return false;
  std::string_view prefix = key.substr(0, kPrefix);
  auto known = std::find_if(largest_keys_.begin(), largest_keys_.end(),
                            [&](const LargestKey& entry) { return entry.prefix == prefix; });
  if (known == largest_keys_.end()) known = largest_keys_.insert(known, LargestKey{std::string(prefix), {}, 0});
  uint64_t commits = manager_.ordered_commits().load();
  if (known->commits != commits) {
    // In this order: what is counted by now is in the snapshot.
    auto keys = engine_.iterator(Family::kOrdered, engine_.snapshot(), {known->prefix, prefix_successor(known->prefix)},
                                 Pinning::kNone);
    keys->seek_to_last();
    if (!keys->valid() && !keys->status().is_ok()) return false;
    known->largest = keys->valid() ? std::string(keys->key()) : std::string();
    known->commits = commits;
  }
  return key > known->largest;
}

Status TransactionImpl::write_changes(Durability durability) {
  // Large changes are better off in runs, even if they would fit into memory: written once, not to the log and again.
  constexpr size_t kMostInBatch = size_t{4} << 20;
  if (is_bulk_ || spill_failed_ || writes_->memory_usage() > std::min(kMostInBatch, manager_.spill_bytes())) return ingest();
  return write_batch(durability);
}

Status TransactionImpl::write_batch(Durability durability) {
  std::unique_lock<std::mutex> publish;
  if (!before_commit_.empty()) {
    publish = std::unique_lock(manager_.publish_mutex());
    RETURN_IF_ERROR(run_before_commit());
  }
  if (!has_writes()) return Status::ok();
  RETURN_IF_ERROR(failpoint::check("commit_before_write"));
  auto batch = engine_.new_batch();
  fill_batch(*batch);
  PointCache& cache = manager_.points();
  for_cached_writes([&](Family family, const WriteSet::Node& node) { cache.begin_commit(family, node.key()); });
  Status written;
  {
    ThreadPool::BlockingScope waits_for_disk;
    written = engine_.write(*batch, durability, &commit_sequence_);
  }
  // Of a bulk load nothing is kept: it would drive out what is in use.
  constexpr size_t kKeptCommit = 256 << 10;
  const bool keep = written.is_ok() && writes_->memory_usage() <= kKeptCommit;
  const SequenceNumber now = engine_.latest_sequence();
  for_cached_writes([&](Family family, const WriteSet::Node& node) {
    const bool has_value = keep && !node.newest->erased;
    cache.end_commit(family, node.key(), has_value ? std::optional(node.newest->value()) : std::nullopt, now);
  });
  RETURN_IF_ERROR(std::move(written));
  if (!writes_->empty(Family::kOrdered)) manager_.ordered_commits().fetch_add(1);
  (void)failpoint::hit("commit_after_write");
  return Status::ok();
}

Status TransactionImpl::commit(Durability durability) {
  if (finished_) return Status::error(sqlstate::kNoActiveSqlTransaction, "transaction is already over");
  Status status = write_changes(durability);
  if (!status.is_ok()) {
    rollback();
    return status;
  }
  finished_ = true;
  for (auto& action : commit_actions_) action();
  finish();
  reclaim_drops();
  return Status::ok();
}

// Best effort: what fails here is collected at the next start.
void TransactionImpl::reclaim_drops() {
  for (const Drop& drop : drops_) {
    if (!engine_.drop_range(drop.family, drop.range).is_ok()) continue;
    auto batch = engine_.new_batch();
    batch->erase(Family::kMeta, meta_keys::garbage(drop.family, drop.range));
    (void)engine_.write(*batch, Durability::kNoSync).is_ok();
  }
}

void TransactionImpl::rollback() {
  if (finished_) return;
  finished_ = true;
  if (frozen_ != nullptr) spilling_.wait();
  spilling_ = {};
  frozen_.reset();
  run_abort_actions(0);
  drops_.clear();
  spilled_.reset();
  finish();
}

void TransactionImpl::finish() {
  // Before the locks go: who gets one looks at the list of bulk writers next, and then at what is committed.
  if (is_bulk_) manager_.bulk_writers().remove(id());
  manager_.lock_manager().release_all(locks_);
  commit_actions_.clear();
  abort_actions_.clear();
  before_commit_.clear();
  has_view_.store(false, std::memory_order_relaxed);
  snapshot_.reset();
  nearby_.reset();
}

}  // namespace vecino::storage
