#include "index/vector/vector_index.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "index/vector/in_parallel.h"
#include "index/vector/vector_scan.h"
#include "storage/util/bytes.h"
#include "storage/util/available_memory.h"
#include "storage/util/failpoint.h"
#include "storage/util/log.h"
#include "storage/util/thread_start.h"

namespace vecino::index {

using storage::Family;
using storage::PinnedValue;
using storage::ReadMode;

namespace {

constexpr size_t kParallelApply = 2000;                     // changes of one commit that are worth helper threads

}  // namespace

int option_value(const IndexDefinition& definition, std::string_view name, int default_value) {
  for (const auto& [key, value] : definition.options) {
    if (key == name) return value;
  }
  return default_value;
}

Status check_dimensions(const IndexDefinition& definition, const Datum& vector) {
  size_t given = vector.len / sizeof(float);
  if (given == static_cast<size_t>(definition.dimensions)) return Status::ok();
  return Status::error(sqlstate::kDataException, "expected " + std::to_string(definition.dimensions) +
                                                     " dimensions, not " + std::to_string(given));
}

bool is_indexable(Metric metric, const float* raw, size_t dimensions) {
  if (metric != Metric::kCosine) return true;
  for (size_t i = 0; i < dimensions; ++i) {
    float value;
    std::memcpy(&value, raw + i, sizeof value);
    if (value != 0) return true;
  }
  return false;
}

VectorIndex::VectorIndex(IndexDefinition definition, storage::KvEngine& engine,
                         std::unique_ptr<const CoreFactory> factory)
    : definition_(std::move(definition)), engine_(engine), factory_(std::move(factory)) {}

VectorIndex::~VectorIndex() {
  stop_.store(true, std::memory_order_relaxed);
  std::thread worker;
  {
    std::lock_guard lock(work_mutex_);
    worker = std::move(worker_);
  }
  work_wanted_.notify_all();
  if (worker.joinable()) worker.join();
}

std::shared_ptr<VectorCore> VectorIndex::core() const {
  std::shared_lock lock(state_mutex_);
  return phase_ == Phase::kReady ? core_ : nullptr;
}

IndexHealth VectorIndex::health() const {
  std::shared_lock lock(state_mutex_);
  // A new index has no manifest: it is being built, or lost what it had.
  switch (phase_) {
    case Phase::kReady: return IndexHealth::kReady;
    case Phase::kLoading: return IndexHealth::kLoading;
    case Phase::kNoMemory: return IndexHealth::kNoMemory;
    default: return IndexHealth::kDamaged;
  }
}

size_t VectorIndex::dead_entries() const {
  const auto current = core();
  return current != nullptr ? current->entries().ended_count() : 0;
}

bool VectorIndex::can_answer(Transaction& txn) {
  SequenceNumber sequence = txn.snapshot()->sequence();
  std::shared_lock lock(state_mutex_);
  if (phase_ == Phase::kLoading) [[unlikely]] start_worker_if_wanted();
  return phase_ == Phase::kReady && (sequence >= valid_from_ || txn.id() == builder_);
}

IndexStatistics VectorIndex::statistics() const {
  IndexStatistics result;
  result.dimensions = definition_.dimensions;
  if (auto current = core()) {
    current->describe(result);
    result.tuples = static_cast<double>(current->entries().row_count());
    result.pages = static_cast<double>(current->memory_bytes()) / 8192;
  }
  return result;
}

uint64_t VectorIndex::approximate_bytes() const {
  auto current = core();
  return current != nullptr ? current->memory_bytes() : 0;
}

void VectorIndex::drop(Transaction& txn) {
  std::string lower;
  append_be(lower, definition_.storage_id);
  for (Family family : {Family::kGraph, Family::kImages}) txn.drop_range_at_commit(family, {lower, prefix_successor(lower)});
}

std::unique_ptr<IndexScan> VectorIndex::begin_scan(Transaction& txn, const ScanSpec& spec) {
  return std::make_unique<VectorScan>(*this, txn, spec);
}

// ---- staging

Result<InsertOutcome> VectorIndex::insert(Transaction& txn, std::span<const Datum> key, RowId row, UniqueCheck) {
  if (key[0].is_null) return InsertOutcome{};
  RETURN_IF_ERROR(check_dimensions(definition_, key[0]));
  if (!is_indexable(definition_.metric, vector_values(key[0]), key[0].len / sizeof(float))) return InsertOutcome{};
  RETURN_IF_ERROR(stage(txn, row, &key[0]));
  return InsertOutcome{};
}

Status VectorIndex::erase(Transaction& txn, std::span<const Datum> key, RowId row) {
  if (key[0].is_null) return Status::ok();
  return stage(txn, row, nullptr);
}

Status VectorIndex::stage(Transaction& txn, RowId row, const Datum* vector) {
  bool is_first;
  LogKey key{pending_.stage(txn.id(), row, is_first), row};
  if (is_first) register_hooks(txn);
  // As much again as half of the values, and some 200 bytes, go to codes, links and entries.
  if (vector != nullptr) RETURN_IF_ERROR(pending_.reserve(txn.id(), uint64_t{vector->len} * 3 / 2 + 200));
  return txn.put(Family::kGraph, log_key(definition_.storage_id, key),
                 vector != nullptr ? encode_log_value(txn.id(), vector->bytes()) : encode_log_erased(txn.id()));
}

// The hooks keep the index alive: a dropped index may still be in use by a running transaction. When they go with a savepoint,
// so does everything staged since (the group was new after it).
void VectorIndex::register_hooks(Transaction& txn) {
  auto self = shared_from_this();
  Transaction* transaction = &txn;
  txn.on_commit([self, transaction] { self->apply_commit(*transaction); });
  txn.on_abort([self, id = txn.id()] { self->pending_.remove(id); });
}

void VectorIndex::apply_commit(Transaction& txn) {
  SequenceNumber sequence = txn.commit_sequence();
  std::vector<LogKey> keys = pending_.keys_of(txn.id());
  std::vector<Change> changes;
  changes.reserve(keys.size());
  std::unordered_set<RowId> seen;
  uint64_t bytes = 0;
  Status status;
  for (auto key = keys.rbegin(); key != keys.rend() && status.is_ok(); ++key) {  // the newest key of a row counts
    PinnedValue value;
    auto found = txn.get(Family::kGraph, log_key(definition_.storage_id, *key), ReadMode::kLatest, value);
    if (!found.is_ok()) {
      status = found.status();
      break;
    }
    if (!*found) continue;
    auto record = decode_log_value(value.view());
    // A key that was rolled back shows what an earlier transaction wrote.
    if (!record || record->transaction != txn.id() || (keys.size() > 1 && !seen.insert(key->row).second)) continue;
    Change change{key->row, sequence, record->erased, {}};
    change.vector.resize(record->vector.size() / sizeof(float));
    if (!record->vector.empty()) std::memcpy(change.vector.data(), record->vector.data(), record->vector.size());
    bytes += value.view().size() + 32;
    changes.push_back(std::move(change));
  }
  std::reverse(changes.begin(), changes.end());
  pending_.release_memory(txn.id());
  if (status.is_ok()) status = apply(changes);
  if (!status.is_ok()) set_broken(status);
  pending_.remove(txn.id());

  auto current = core();
  if (current == nullptr) return;
  unsigned due = 0;
  const bool many_ended = current->entries().ended_count() >= vacuum_after_.load(std::memory_order_relaxed);
  if (many_ended || current->wants_vacuum()) due |= kVacuum;
  log_bytes_.fetch_add(bytes);
  if (image_is_due(*current)) due |= kImage;
  if (due != 0) schedule(due);
}

Status VectorIndex::apply(std::span<const Change> changes) {
  {
    std::shared_lock lock(state_mutex_);
    // Will be built from the rows, or loaded with the log.
    if (phase_ == Phase::kBroken || phase_ == Phase::kNoMemory) return Status::ok();
    if (phase_ == Phase::kReady) return apply_many(*core_, changes);
  }
  std::unique_lock lock(state_mutex_);
  if (phase_ == Phase::kReady) {
    lock.unlock();
    return apply(changes);
  }
  if (phase_ != Phase::kBroken && phase_ != Phase::kNoMemory) deferred_.insert(deferred_.end(), changes.begin(), changes.end());
  return Status::ok();
}

// Idempotent.
Status VectorIndex::apply_one(VectorCore& core, const Change& change) {
  (void)core.entries().end(change.row, change.sequence);
  if (change.erased) return Status::ok();
  return core.add(change.vector.data(), change.row, change.sequence);
}

// Changes of one row stay in order: each thread has rows of its own.
Status VectorIndex::apply_many(VectorCore& core, std::span<const Change> changes) {
  const size_t threads = changes.size() < kParallelApply ? 1 : std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
  std::mutex mutex;
  Status error;
  std::atomic<bool> failed{false};
  auto work = [&](size_t mine) {
    MemoryBudget::Promised promised;  // the changes are committed
    for (const Change& change : changes) {
      if (change.row % threads != mine) continue;
      if (failed.load(std::memory_order_relaxed)) return;
      Status status = without_bad_alloc([&] { return apply_one(core, change); });
      if (status.is_ok()) continue;
      std::lock_guard guard(mutex);
      error = std::move(status);
      failed.store(true, std::memory_order_relaxed);
    }
  };
  HelperThreads others;
  size_t started = 1;
  while (started < threads && others.start([&work, started] { work(started); })) ++started;
  work(0);
  for (; started < threads; ++started) work(started);  // those that found no thread
  others.join();
  return error;
}

// Makes a core that holds what a snapshot of sequence `included` sees the index's own, for snapshots from `valid_from` on.
// Commits since `included` have waited in deferred_, or will come after phase_ changes.
Status VectorIndex::take_over(std::shared_ptr<VectorCore> core, SequenceNumber included, SequenceNumber valid_from) {
  constexpr size_t kFew = 64;      // are applied while commits wait
  constexpr int kMostRounds = 20;  // against writers that are faster than this thread: in the end they wait for the rest
  auto catch_up = [&](std::vector<Change>& changes) {
    std::erase_if(changes, [&](const Change& change) { return change.sequence <= included; });
    return apply_many(*core, changes);
  };
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<Change> waiting;
    {
      std::lock_guard lock(state_mutex_);
      if (deferred_.size() <= kFew) break;
      waiting.swap(deferred_);
    }
    RETURN_IF_ERROR(catch_up(waiting));
  }
  std::unique_lock lock(state_mutex_);
  RETURN_IF_ERROR(catch_up(deferred_));
  deferred_ = {};
  core_ = std::move(core);
  valid_from_ = valid_from;
  phase_ = Phase::kReady;
  return Status::ok();
}

void VectorIndex::set_broken(const Status& why) {
  // Image and log are as they should be: all that is missing is memory.
  const bool comes_back = why.info().code == sqlstate::kOutOfMemory && image_ != 0;
  std::string text = "vector index \"" + definition_.name + "\" cannot be used: " + why.info().message;
  if (!why.info().detail.empty()) text += ": " + why.info().detail;
  if (comes_back) text += " Scans read the table until it can be loaded.";
  if (!comes_back || !told_no_memory_.exchange(true)) log::error(text);
  {
    std::unique_lock lock(state_mutex_);
    phase_ = comes_back ? Phase::kNoMemory : Phase::kBroken;
    core_.reset();
    deferred_.clear();
  }
  if (comes_back) schedule(kLoadLater);
}

// ---- building

Manifest VectorIndex::current_manifest(uint32_t image, uint32_t first_generation) const {
  Manifest manifest;
  manifest.image = image;
  manifest.first_generation = first_generation;
  append_le(manifest.parameters, static_cast<uint32_t>(definition_.metric));
  append_le(manifest.parameters, static_cast<uint32_t>(definition_.dimensions));
  for (const auto& [name, value] : definition_.options) {
    manifest.parameters += name;
    append_le(manifest.parameters, static_cast<uint32_t>(value));
  }
  return manifest;
}

Status VectorIndex::build(Transaction& txn, BuildSource& source, const BuildContext& context, Arena& arena,
                          std::vector<Datum>*) {
  auto self = shared_from_this();
  Transaction* transaction = &txn;
  txn.on_abort([self] { self->discard(); });
  const SequenceNumber seen = txn.snapshot()->sequence();
  image_ = 1;
  ImageWriter writer(engine_, definition_.storage_id, image_);
  ASSIGN_OR_RETURN(std::shared_ptr<VectorCore> built, factory_->build(definition_, source, context, arena, writer));
  RETURN_IF_ERROR(writer.finish());
  return_free_memory();  // the rows that were read and pieces that were written
  RETURN_IF_ERROR(failpoint::check("vector_index_built"));
  // Everything that writers have logged so far may be missing in the image.
  RETURN_IF_ERROR(txn.put(Family::kGraph, manifest_key(definition_.storage_id),
                          encode_manifest(current_manifest(image_, pending_.generation()))));
  if (context.mode == BuildMode::kConcurrent) return take_over(std::move(built), seen, seen);
  // Rows that the transaction deleted are not in the index but in older snapshots, so only snapshots that see its commit may
  // use it, and the transaction itself.
  txn.on_commit([self, transaction] {
    std::unique_lock lock(self->state_mutex_);
    self->valid_from_ = transaction->commit_sequence();
  });
  {
    std::unique_lock lock(state_mutex_);
    builder_ = txn.id();
  }
  return take_over(std::move(built), 0, ~SequenceNumber{0});
}

// A build that was rolled back. Writers may go on for a while as if the index were there.
void VectorIndex::discard() {
  {
    std::unique_lock lock(state_mutex_);
    phase_ = Phase::kBroken;
    core_.reset();
    deferred_ = {};
  }
  if (image_ != 0) (void)drop_other_images(engine_, definition_.storage_id, 0).is_ok();
}

Result<std::shared_ptr<Index>> open_vector_index(const IndexDefinition& definition, storage::KvEngine& engine,
                                                 std::unique_ptr<const CoreFactory> factory) {
  auto index = std::make_shared<VectorIndex>(definition, engine, std::move(factory));
  index->open();
  return std::shared_ptr<Index>(std::move(index));
}

}  // namespace vecino::index
