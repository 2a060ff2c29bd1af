#include "storage/memory/memory_engine.h"

#include <array>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <vector>

#include "storage/api/kv_run.h"
#include "storage/util/failpoint.h"

namespace vecino::storage {
namespace {

struct Version {
  SequenceNumber sequence;
  std::optional<std::string> value;  // empty = erased
};
using VersionMap = std::map<std::string, std::vector<Version>, std::less<>>;  // versions: oldest first

// Shared by the engine, its snapshots and iterators.
struct State {
  mutable std::shared_mutex mutex;
  std::array<VersionMap, kFamilyCount> families;
  SequenceNumber sequence = 1;
  std::multiset<SequenceNumber> live;  // sequences of live snapshots

  const VersionMap& family(Family f) const { return families[static_cast<size_t>(f)]; }
  VersionMap& family(Family f) { return families[static_cast<size_t>(f)]; }
};

const std::string* visible(const std::vector<Version>& versions, SequenceNumber sequence) {
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (version->sequence <= sequence) return version->value ? &*version->value : nullptr;
  }
  return nullptr;
}

class MemorySnapshot final : public KvSnapshot {
 public:
  MemorySnapshot(std::shared_ptr<State> state, SequenceNumber sequence)
      : state_(std::move(state)), sequence_(sequence) {}
  ~MemorySnapshot() override {
    std::unique_lock lock(state_->mutex);
    state_->live.erase(state_->live.find(sequence_));
  }
  SequenceNumber sequence() const override { return sequence_; }

 private:
  std::shared_ptr<State> state_;
  SequenceNumber sequence_;
};

// Holds copies of the current entry; every move is a look-up, so that it survives concurrent writes.
class MemoryIterator final : public KvIterator {
 public:
  MemoryIterator(std::shared_ptr<State> state, Family family, KvSnapshotPtr snapshot, KeyRange range,
                 Pinning pinning)
      : state_(std::move(state)),
        family_(family),
        snapshot_(std::move(snapshot)),
        range_(std::move(range)),
        pinning_(pinning) {}

  bool valid() const override { return valid_; }
  void seek(std::string_view target) override {
    std::shared_lock lock(state_->mutex);
    const VersionMap& map = state_->family(family_);
    std::string_view from = target < std::string_view(range_.lower) ? std::string_view(range_.lower) : target;
    settle_forward(map, map.lower_bound(from));
  }
  void seek_for_prev(std::string_view target) override {
    std::shared_lock lock(state_->mutex);
    const VersionMap& map = state_->family(family_);
    auto position = past_upper(target) ? map.lower_bound(range_.upper) : map.upper_bound(target);
    settle_backward(map, position);
  }
  void seek_to_first() override { seek(range_.lower); }
  void seek_to_last() override {
    std::shared_lock lock(state_->mutex);
    const VersionMap& map = state_->family(family_);
    settle_backward(map, range_.upper.empty() ? map.end() : map.lower_bound(range_.upper));
  }
  void next() override {
    std::shared_lock lock(state_->mutex);
    const VersionMap& map = state_->family(family_);
    settle_forward(map, map.upper_bound(key_));
  }
  void prev() override {
    std::shared_lock lock(state_->mutex);
    const VersionMap& map = state_->family(family_);
    settle_backward(map, map.lower_bound(key_));
  }
  std::string_view key() const override { return key_; }
  std::string_view value() const override { return values_.back(); }
  Status status() const override { return Status::ok(); }

 private:
  bool past_upper(std::string_view key) const { return !range_.upper.empty() && key >= range_.upper; }
  void settle_forward(const VersionMap& map, VersionMap::const_iterator position) {
    valid_ = false;
    for (; position != map.end() && !past_upper(position->first); ++position) {
      if (take(*position)) return;
    }
  }
  // Takes the last visible entry before `position`.
  void settle_backward(const VersionMap& map, VersionMap::const_iterator position) {
    valid_ = false;
    while (position != map.begin()) {
      --position;
      if (position->first < range_.lower) return;
      if (take(*position)) return;
    }
  }
  bool take(const VersionMap::value_type& entry) {
    const std::string* value = visible(entry.second, snapshot_->sequence());
    if (value == nullptr) return false;
    key_ = entry.first;
    if (pinning_ == Pinning::kNone) values_.clear();
    values_.push_back(*value);
    return valid_ = true;
  }

  std::shared_ptr<State> state_;
  Family family_;
  KvSnapshotPtr snapshot_;
  KeyRange range_;
  Pinning pinning_;
  std::string key_;
  std::deque<std::string> values_;  // the current one is the last; earlier ones only when pinned
  bool valid_ = false;
};

class MemoryBatch final : public KvWriteBatch {
 public:
  enum class Kind { kPut, kErase, kEraseRange };
  struct Operation {
    Kind kind;
    Family family;
    std::string key, value;
  };
  void put(Family family, std::string_view key, std::string_view value) override {
    add(Kind::kPut, family, key, value);
  }
  void erase(Family family, std::string_view key) override { add(Kind::kErase, family, key, {}); }
  void erase_range(Family family, std::string_view begin, std::string_view end) override {
    add(Kind::kEraseRange, family, begin, end);
  }
  size_t byte_size() const override { return bytes_; }
  bool empty() const override { return operations_.empty(); }
  const std::vector<Operation>& operations() const { return operations_; }

 private:
  void add(Kind kind, Family family, std::string_view key, std::string_view value) {
    operations_.push_back({kind, family, std::string(key), std::string(value)});
    bytes_ += key.size() + value.size() + 8;
  }
  std::vector<Operation> operations_;
  size_t bytes_ = 0;
};

// Entries in key order; no value = erased.
using RunEntries = std::map<std::string, std::optional<std::string>, std::less<>>;

class MemoryRunIterator final : public KvIterator {
 public:
  MemoryRunIterator(const RunEntries& entries, KeyRange range) : range_(std::move(range)) {
    auto end = range_.upper.empty() ? entries.end() : entries.lower_bound(range_.upper);
    for (auto entry = entries.lower_bound(range_.lower); entry != end; ++entry) {
      if (entry->second) entries_.push_back(&*entry);
    }
    at_ = entries_.size();
  }
  bool valid() const override { return at_ < entries_.size(); }
  void seek(std::string_view target) override {
    for (at_ = 0; valid() && key() < target;) ++at_;
  }
  void seek_for_prev(std::string_view target) override {
    for (seek_to_last(); valid() && key() > target;) prev();
  }
  void seek_to_first() override { at_ = 0; }
  void seek_to_last() override { at_ = entries_.empty() ? 0 : entries_.size() - 1; }
  void next() override { ++at_; }
  void prev() override { at_ = at_ == 0 ? entries_.size() : at_ - 1; }
  std::string_view key() const override { return entries_[at_]->first; }
  std::string_view value() const override { return *entries_[at_]->second; }
  Status status() const override { return Status::ok(); }

 private:
  KeyRange range_;
  std::vector<const RunEntries::value_type*> entries_;
  size_t at_ = 0;
};

class MemoryRun final : public KvRun {
 public:
  explicit MemoryRun(RunEntries entries) : entries_(std::move(entries)) {}
  std::unique_ptr<KvIterator> iterator(KeyRange range, Pinning) const override {
    return std::make_unique<MemoryRunIterator>(entries_, std::move(range));
  }
  const RunEntries& entries() const { return entries_; }

 private:
  RunEntries entries_;
};

class MemoryRunWriter final : public KvRunWriter {
 public:
  Status put(std::string_view key, std::string_view value) override { return add(key, std::string(value)); }
  Status erase(std::string_view key) override { return add(key, std::nullopt); }
  uint64_t byte_size() const override { return bytes_; }
  Result<KvRunPtr> finish() override { return KvRunPtr(std::make_shared<MemoryRun>(std::move(entries_))); }

 private:
  Status add(std::string_view key, std::optional<std::string> value) {
    if (!entries_.empty() && entries_.rbegin()->first >= key) {
      return Status::error(sqlstate::kInternalError, "keys of a run must ascend");
    }
    bytes_ += key.size() + (value ? value->size() : 0);
    entries_.emplace_hint(entries_.end(), key, std::move(value));
    return Status::ok();
  }
  RunEntries entries_;
  uint64_t bytes_ = 0;
};

class MemoryEngine final : public KvBulkEngine {
 public:
  Result<bool> get(Family family, std::string_view key, const KvSnapshot* snapshot, PinnedValue& value) override {
    RETURN_IF_ERROR(failpoint::check("engine_get"));
    std::shared_lock lock(state_->mutex);
    const std::string* found = find(family, key, snapshot);
    if (found == nullptr) return false;
    value.set_owned(*found);
    return true;
  }
  Status multi_get(Family family, std::span<const std::string_view> keys, const KvSnapshot* snapshot,
                   std::span<PinnedValue> values, std::span<bool> found) override {
    RETURN_IF_ERROR(failpoint::check("engine_get"));
    std::shared_lock lock(state_->mutex);
    for (size_t i = 0; i < keys.size(); ++i) {
      const std::string* value = find(family, keys[i], snapshot);
      found[i] = value != nullptr;
      if (value != nullptr) values[i].set_owned(*value);
    }
    return Status::ok();
  }
  std::unique_ptr<KvIterator> iterator(Family family, KvSnapshotPtr snapshot, KeyRange range,
                                       Pinning pinning) override {
    if (snapshot == nullptr) snapshot = this->snapshot();
    return std::make_unique<MemoryIterator>(state_, family, std::move(snapshot), std::move(range), pinning);
  }
  KvSnapshotPtr snapshot() override {
    std::shared_ptr<MemorySnapshot> shared;  // outlives the lock: its destructor takes the same mutex
    std::unique_lock lock(state_->mutex);
    shared = newest_.lock();
    if (shared != nullptr && shared->sequence() == state_->sequence) return shared;
    state_->live.insert(state_->sequence);
    auto made = std::make_shared<MemorySnapshot>(state_, state_->sequence);
    newest_ = made;
    return made;
  }
  std::unique_ptr<KvWriteBatch> new_batch() override { return std::make_unique<MemoryBatch>(); }
  Status write(KvWriteBatch& batch, Durability, SequenceNumber* sequence) override {
    RETURN_IF_ERROR(failpoint::check("engine_write"));
    std::unique_lock lock(state_->mutex);
    for (const auto& operation : static_cast<MemoryBatch&>(batch).operations()) {
      ++state_->sequence;
      VersionMap& map = state_->family(operation.family);
      switch (operation.kind) {
        case MemoryBatch::Kind::kPut: append(map[operation.key], operation.value); break;
        case MemoryBatch::Kind::kErase: append(map[operation.key], std::nullopt); break;
        case MemoryBatch::Kind::kEraseRange:
          for (auto entry = map.lower_bound(operation.key); entry != map.end() && entry->first < operation.value;
               ++entry) {
            append(entry->second, std::nullopt);
          }
      }
    }
    if (sequence != nullptr) *sequence = state_->sequence;
    return Status::ok();
  }
  std::string scratch_directory() const override { return std::filesystem::temp_directory_path().string(); }
  Result<std::unique_ptr<KvRunWriter>> new_run(Family) override {
    RETURN_IF_ERROR(failpoint::check("engine_new_run"));
    return std::unique_ptr<KvRunWriter>(std::make_unique<MemoryRunWriter>());
  }
  Status ingest(std::span<const KvIngest> runs, SequenceNumber* sequence) override {
    RETURN_IF_ERROR(failpoint::check("engine_ingest"));
    std::unique_lock lock(state_->mutex);
    ++state_->sequence;
    for (const KvIngest& ingest : runs) {
      VersionMap& map = state_->family(ingest.family);
      for (const auto& [key, value] : static_cast<const MemoryRun&>(*ingest.run).entries()) append(map[key], value);
    }
    if (sequence != nullptr) *sequence = state_->sequence;
    return Status::ok();
  }
  SequenceNumber oldest_snapshot() const override {
    std::shared_lock lock(state_->mutex);
    return state_->live.empty() ? state_->sequence : *state_->live.begin();
  }
  UsedSnapshots used_snapshots() const override {
    std::shared_lock lock(state_->mutex);
    return {{state_->live.begin(), state_->live.end()}, state_->sequence};
  }
  SequenceNumber latest_sequence() const override {
    std::shared_lock lock(state_->mutex);
    return state_->sequence;
  }
  uint64_t approximate_size(Family family, const KeyRange& range) override {
    std::shared_lock lock(state_->mutex);
    const VersionMap& map = state_->family(family);
    uint64_t bytes = 0;
    for (auto entry = map.lower_bound(range.lower); entry != map.end(); ++entry) {
      if (!range.upper.empty() && entry->first >= range.upper) break;
      if (const std::string* value = visible(entry->second, state_->sequence)) {
        bytes += entry->first.size() + value->size();
      }
    }
    return bytes;
  }
  Status drop_range(Family family, const KeyRange& range) override {
    RETURN_IF_ERROR(failpoint::check("drop_range"));
    std::unique_lock lock(state_->mutex);
    VersionMap& map = state_->family(family);
    map.erase(map.lower_bound(range.lower), range.upper.empty() ? map.end() : map.lower_bound(range.upper));
    return Status::ok();
  }
  Status flush() override { return Status::ok(); }

 private:
  const std::string* find(Family family, std::string_view key, const KvSnapshot* snapshot) const {
    const VersionMap& map = state_->family(family);
    auto entry = map.find(key);
    if (entry == map.end()) return nullptr;
    return visible(entry->second, snapshot == nullptr ? state_->sequence : snapshot->sequence());
  }
  // Also forgets versions that no snapshot can reach any more.
  void append(std::vector<Version>& versions, std::optional<std::string> value) {
    SequenceNumber oldest = state_->live.empty() ? state_->sequence : *state_->live.begin();
    size_t keep_from = 0;
    for (size_t i = 0; i < versions.size(); ++i) {
      if (versions[i].sequence <= oldest) keep_from = i;
    }
    versions.erase(versions.begin(), versions.begin() + static_cast<ptrdiff_t>(keep_from));
    versions.push_back({state_->sequence, std::move(value)});
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::weak_ptr<MemorySnapshot> newest_;
};

}  // namespace

std::unique_ptr<KvEngine> make_memory_engine() { return std::make_unique<MemoryEngine>(); }

}  // namespace vecino::storage
