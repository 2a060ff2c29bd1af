#include "sqlfront/exec/knn/vector_cache.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

namespace vecino::sql {

using storage::RowId;

namespace {

constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kMaxListedWrites = 200'000;  // of one transaction; more make the column unusable until it ends
constexpr size_t kScanRows = 1024;

size_t rows_per_block(size_t dimensions) {
  return std::max<size_t>(64, kBlockBytes / (std::max<size_t>(dimensions, 1) * sizeof(float)));
}

// Appends vectors in row-id order to a growing set.
class SetBuilder {
 public:
  // `memory`: what the vectors will probably need.
  explicit SetBuilder(MemoryReservation memory) : memory_(std::move(memory)) {}
  // False: there can be no copy, or no memory for it (has_room()).
  bool add(RowId row, const Datum& vector) {
    if (vector.is_null) {
      set_->null_rows.push_back(row);
      return true;
    }
    size_t dimensions = vector.len / sizeof(float);
    if (set_->row_count == 0 && current_ == nullptr) set_->dimensions = dimensions;
    if (dimensions != set_->dimensions || dimensions == 0) return false;
    if (current_ == nullptr) {
      capacity_ = rows_per_block(dimensions);
      const size_t bytes = capacity_ * (dimensions * sizeof(float) + sizeof(RowId));
      if (memory_.bytes() < bytes && !memory_.try_resize(bytes)) return has_room_ = false;
      current_ = std::make_shared<VectorBlock>();
      current_->memory = memory_.split(bytes);
      current_->values = std::make_unique_for_overwrite<float[]>(capacity_ * dimensions);
      current_->rows.reserve(capacity_);
    }
    std::memcpy(current_->values.get() + current_->rows.size() * dimensions, vector.ptr, vector.len);
    current_->rows.push_back(row);
    ++set_->row_count;
    if (current_->rows.size() == capacity_) flush();
    return true;
  }
  void add_block(std::shared_ptr<const VectorBlock> block) {
    flush();
    set_->row_count += block->rows.size();
    account(block->rows.size());
    set_->blocks.push_back(std::move(block));
  }
  void set_dimensions(size_t dimensions) { set_->dimensions = dimensions; }
  size_t bytes() const { return set_->bytes; }
  bool has_room() const { return has_room_; }
  std::shared_ptr<VectorSet> finish(storage::SequenceNumber sequence) {
    flush();
    set_->sequence = sequence;
    set_->bytes += set_->null_rows.size() * sizeof(RowId);
    return set_;
  }

 private:
  void account(size_t rows) { set_->bytes += rows * (set_->dimensions * sizeof(float) + sizeof(RowId)); }
  void flush() {
    if (current_ == nullptr) return;
    size_t rows = current_->rows.size();
    account(rows);
    if (rows < capacity_ / 2) {  // pieces left by refreshes keep only what they need
      auto exact = std::make_unique_for_overwrite<float[]>(rows * set_->dimensions);
      std::memcpy(exact.get(), current_->values.get(), rows * set_->dimensions * sizeof(float));
      current_->values = std::move(exact);
      current_->rows.shrink_to_fit();
      current_->memory.shrink(rows * (set_->dimensions * sizeof(float) + sizeof(RowId)));
    }
    set_->blocks.push_back(std::move(current_));
    current_ = nullptr;
  }
  std::shared_ptr<VectorSet> set_ = std::make_shared<VectorSet>();
  std::shared_ptr<VectorBlock> current_;
  size_t capacity_ = 0;
  MemoryReservation memory_;
  bool has_room_ = true;
};

}  // namespace

struct VectorCache::Entry {
  std::shared_ptr<const VectorSet> set;  // null while it is built for the first time
  std::unordered_set<RowId> dirty;       // D
  bool busy = false;                     // somebody builds or refreshes
  std::unordered_set<RowId> next_dirty;  // D' while busy
  bool overflowed = false;               // too many writes to list since the announcement: the work in progress is void
  bool uncacheable = false;
  uint64_t last_use = 0;
};

VectorCache::VectorCache(storage::TransactionManager& transactions, storage::TableStore& store, Options options)
    : transactions_(transactions), store_(store), options_(options) {
  if (options_.memory_limit == 0) {
    const auto machine = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE));
    options_.memory_limit = std::min(machine, process_memory().limit()) / 4;
  }
  share_ = process_memory().add_cache(MemoryPart::kVectorCopies, [this](uint64_t wanted) { return give_way(wanted); });
}

VectorCache::~VectorCache() = default;

size_t VectorCache::memory_usage() const {
  std::lock_guard lock(mutex_);
  size_t bytes = 0;
  for (const auto& [key, entry] : entries_) bytes += entry->set ? entry->set->bytes : 0;
  return bytes;
}

void VectorCache::note_write(storage::Transaction& txn, uint32_t storage_id, RowId row) {
  storage::TransactionId id = txn.id();
  bool first;
  bool overflow = false;
  {
    std::lock_guard lock(mutex_);
    auto [it, inserted] = active_.try_emplace(id);
    first = inserted;
    Writes& writes = it->second;
    if (writes.unlisted.count(storage_id) != 0) return;
    auto& rows = writes.rows[storage_id];
    rows.push_back(row);
    if (rows.size() > kMaxListedWrites) {
      overflow = true;
      writes.unlisted.insert(storage_id);
      rows = {};
    }
    for (auto it = entries_.begin(); it != entries_.end();) {
      if (it->first.first != storage_id) {
        ++it;
        continue;
      }
      Entry& entry = *it->second;
      if (overflow) {
        entry.overflowed = true;
        it = entries_.erase(it);  // readers keep their views; their D was complete when they took it
        continue;
      }
      entry.dirty.insert(row);
      if (entry.busy) entry.next_dirty.insert(row);
      // Nobody reads it any more, or it changes faster than it is worth: give the memory back.
      size_t most = kMaxListedWrites + (entry.set != nullptr ? entry.set->row_count : 0);
      if (entry.dirty.size() > most) {
        entry.overflowed = true;
        it = entries_.erase(it);
        continue;
      }
      ++it;
    }
  }
  if (first) end_with(txn);
}

void VectorCache::note_layout_change(storage::Transaction& txn, uint32_t storage_id) {
  track(storage_id);
  bool first;
  {
    std::lock_guard lock(mutex_);
    auto [it, inserted] = active_.try_emplace(txn.id());
    first = inserted;
    it->second.unlisted.insert(storage_id);
    it->second.rows.erase(storage_id);
    discard(storage_id);
  }
  if (first) end_with(txn);
}

// The list goes when the transaction ends, or the savepoint within which it was begun is undone.
void VectorCache::end_with(storage::Transaction& txn) {
  storage::TransactionId id = txn.id();
  txn.on_commit([this, id] { end_transaction(id); });
  txn.on_abort([this, id] { end_transaction(id); });
}

void VectorCache::end_transaction(storage::TransactionId id) {
  std::lock_guard lock(mutex_);
  active_.erase(id);
}

void VectorCache::forget(uint32_t storage_id) {
  std::lock_guard lock(mutex_);
  discard(storage_id);
}

// REQUIRES: mutex_. Copies that are being made are void.
void VectorCache::discard(uint32_t storage_id) {
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (it->first.first != storage_id) {
      ++it;
      continue;
    }
    it->second->overflowed = true;
    it = entries_.erase(it);
  }
}

// Rows written by unfinished transactions; false when one of them wrote too many to know them.
bool VectorCache::collect_active(uint32_t storage_id, std::unordered_set<RowId>& out) const {
  for (const auto& [id, writes] : active_) {
    if (writes.unlisted.count(storage_id) != 0) return false;
    if (auto it = writes.rows.find(storage_id); it != writes.rows.end()) out.insert(it->second.begin(), it->second.end());
  }
  return true;
}

// Drops the sets used longest ago until `bytes` more fit.
bool VectorCache::make_room(const Entry* keep, size_t bytes) {
  for (;;) {
    size_t used = 0;
    auto oldest = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      Entry& entry = *it->second;
      if (entry.set == nullptr) continue;
      used += entry.set->bytes;
      if (&entry == keep || entry.busy) continue;
      if (oldest == entries_.end() || entry.last_use < oldest->second->last_use) oldest = it;
    }
    if (used + bytes <= options_.memory_limit) return true;
    if (oldest == entries_.end()) return false;
    entries_.erase(oldest);
  }
}

// Memory for vectors, at the cost of copies used longer ago.
bool VectorCache::reserve(size_t bytes, MemoryReservation& memory) {
  return memory.try_resize(bytes) || (give_way(bytes) > 0 && memory.try_resize(bytes));
}

uint64_t VectorCache::give_way(uint64_t wanted) {
  uint64_t given = 0;
  std::vector<std::shared_ptr<Entry>> dropped;  // freed without the mutex
  std::lock_guard lock(mutex_);
  while (given < wanted) {
    auto oldest = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      const Entry& entry = *it->second;
      if (entry.set == nullptr || entry.busy || entry.set.use_count() > 1) continue;
      if (oldest == entries_.end() || entry.last_use < oldest->second->last_use) oldest = it;
    }
    if (oldest == entries_.end()) break;
    given += oldest->second->set->bytes;
    dropped.push_back(std::move(oldest->second));
    entries_.erase(oldest);
  }
  return given;
}

Result<std::optional<VectorCache::View>> VectorCache::acquire(const storage::TableLayout& layout, int column,
                                                              const storage::KvSnapshot& snapshot,
                                                              const CancelState* cancel) {
  using Answer = std::optional<View>;
  assert(is_tracked(layout.storage_id) && "a table with vectors whose writes nobody reports");
  if (!is_tracked(layout.storage_id)) return Answer{};
  Key key{layout.storage_id, column};
  std::shared_ptr<Entry> entry;
  std::vector<RowId> old_dirty;
  std::shared_ptr<const VectorSet> old_set;
  uint64_t table_bytes = store_.approximate_bytes(layout);
  {
    std::lock_guard lock(mutex_);
    auto it = entries_.find(key);
    if (it != entries_.end()) {
      entry = it->second;
      entry->last_use = ++clock_;
      if (entry->uncacheable) return Answer{};
      bool stale = entry->set != nullptr && entry->dirty.size() > std::max(options_.refresh_after, entry->set->row_count / 16);
      if (entry->set == nullptr || (stale && !entry->busy)) {
        if (entry->busy) return Answer{};  // first build under way
      } else {
        if (snapshot.sequence() < entry->set->sequence) return Answer{};
        View view{entry->set, {entry->dirty.begin(), entry->dirty.end()}};
        std::sort(view.dirty.begin(), view.dirty.end());
        return Answer{std::move(view)};
      }
      old_set = entry->set;
      old_dirty.assign(entry->dirty.begin(), entry->dirty.end());
      std::sort(old_dirty.begin(), old_dirty.end());
    } else {
      if (table_bytes < options_.min_table_bytes || table_bytes > options_.memory_limit) return Answer{};
      entry = std::make_shared<Entry>();
      if (!make_room(nullptr, table_bytes)) return Answer{};
    }
    // The announcement: from here on every write is recorded for the set that is about to be read.
    entry->next_dirty.clear();
    if (!collect_active(layout.storage_id, entry->next_dirty)) return Answer{};
    entry->busy = true;
    entry->overflowed = false;
    entry->last_use = ++clock_;
    entries_[key] = entry;
  }
  bool uncacheable = false;
  Result<std::shared_ptr<const VectorSet>> made = std::shared_ptr<const VectorSet>();  // null: no memory for it now
  try {
    if (old_set != nullptr) {
      made = refresh(layout, column, *old_set, old_dirty, uncacheable);
    } else if (MemoryReservation memory(MemoryPart::kVectorCopies); reserve(table_bytes, memory)) {
      made = build(layout, column, cancel, std::move(memory), uncacheable);
    }
  } catch (const std::bad_alloc&) {
  }
  std::lock_guard lock(mutex_);
  entry->busy = false;
  const bool no_room = made.is_ok() && *made == nullptr && !uncacheable;
  if (!made.is_ok() || uncacheable || no_room) {
    // A failed first build leaves nothing; a failed refresh leaves the old set, which is still right, unless memory is what is missing.
    if (uncacheable) {
      entry->uncacheable = true;
      entry->set = nullptr;
      entry->dirty.clear();
    } else if (old_set == nullptr || no_room) {
      auto it = entries_.find(key);
      if (it != entries_.end() && it->second == entry) entries_.erase(it);
    }
    if (!made.is_ok()) return made.status();
    return Answer{};
  }
  if (entry->overflowed) return Answer{};
  entry->set = *made;
  entry->dirty = std::move(entry->next_dirty);
  entry->next_dirty.clear();
  if (snapshot.sequence() < entry->set->sequence) return Answer{};
  View view{entry->set, {entry->dirty.begin(), entry->dirty.end()}};
  std::sort(view.dirty.begin(), view.dirty.end());
  return Answer{std::move(view)};
}

Result<std::shared_ptr<const VectorSet>> VectorCache::build(const storage::TableLayout& layout, int column,
                                                            const CancelState* cancel, MemoryReservation memory,
                                                            bool& uncacheable) {
  CancelState own_cancel;
  auto txn = transactions_.begin(storage::IsolationLevel::kRepeatableRead, own_cancel, 0);
  txn->begin_command();
  storage::SequenceNumber sequence = txn->snapshot()->sequence();
  storage::ScanOptions options;
  options.columns = {&column, 1};
  auto scan = store_.scan(*txn, layout, options);
  SetBuilder builder(std::move(memory));
  std::vector<RowId> ids(kScanRows);
  std::vector<Datum> vectors(kScanRows);
  Datum* columns[1] = {vectors.data()};
  Arena arena;
  for (;;) {
    if (cancel != nullptr) RETURN_IF_ERROR(cancel->check());
    arena.reset();
    ASSIGN_OR_RETURN(size_t rows, scan->next(kScanRows, ids.data(), columns, arena));
    if (rows == 0) break;
    for (size_t i = 0; i < rows; ++i) {
      if (!builder.add(ids[i], vectors[i]) || builder.bytes() > options_.memory_limit) {
        uncacheable = builder.has_room();
        return std::shared_ptr<const VectorSet>();
      }
    }
  }
  return std::shared_ptr<const VectorSet>(builder.finish(sequence));
}

// The old set with the dirty rows read again. Untouched blocks are shared.
Result<std::shared_ptr<const VectorSet>> VectorCache::refresh(const storage::TableLayout& layout, int column,
                                                              const VectorSet& old, const std::vector<RowId>& dirty,
                                                              bool& uncacheable) {
  CancelState own_cancel;
  auto txn = transactions_.begin(storage::IsolationLevel::kRepeatableRead, own_cancel, 0);
  txn->begin_command();
  storage::SequenceNumber sequence = txn->snapshot()->sequence();
  std::vector<Datum> vectors(dirty.size());
  auto found = std::make_unique<bool[]>(dirty.size());
  Datum* columns[1] = {vectors.data()};
  Arena arena;
  RETURN_IF_ERROR(store_.fetch(*txn, layout, dirty, {&column, 1}, storage::ReadMode::kSnapshot, found.get(), columns,
                               arena));
  SetBuilder builder(MemoryReservation(MemoryPart::kVectorCopies));
  builder.set_dimensions(old.dimensions);
  bool ok = true;
  size_t next = 0;
  auto add_dirty_below = [&](RowId limit) {
    for (; next < dirty.size() && dirty[next] < limit; ++next) {
      if (found[next]) ok = ok && builder.add(dirty[next], vectors[next]);
    }
  };
  for (const auto& block : old.blocks) {
    add_dirty_below(block->rows.front());
    if (next >= dirty.size() || dirty[next] > block->rows.back()) {
      builder.add_block(block);
      continue;
    }
    for (size_t i = 0; i < block->rows.size(); ++i) {
      add_dirty_below(block->rows[i]);
      if (next < dirty.size() && dirty[next] == block->rows[i]) continue;  // its new version comes from the store
      Datum kept = Datum::from_bytes({reinterpret_cast<const char*>(block->values.get() + i * old.dimensions),
                                      old.dimensions * sizeof(float)});
      ok = ok && builder.add(block->rows[i], kept);
    }
  }
  add_dirty_below(storage::kInvalidRowId);
  if (!ok || builder.bytes() > options_.memory_limit) {
    uncacheable = builder.has_room();
    return std::shared_ptr<const VectorSet>();
  }
  auto set = builder.finish(sequence);
  for (RowId row : old.null_rows) {
    if (!std::binary_search(dirty.begin(), dirty.end(), row)) set->null_rows.push_back(row);
  }
  std::sort(set->null_rows.begin(), set->null_rows.end());
  return std::shared_ptr<const VectorSet>(set);
}

namespace {

class TrackingStore final : public storage::TableStore {
 public:
  TrackingStore(storage::TableStore& base, VectorCache& cache) : base_(base), cache_(cache) {}
  std::unique_ptr<storage::TableScan> scan(storage::Transaction& txn, const storage::TableLayout& layout,
                                           const storage::ScanOptions& options) override {
    return base_.scan(txn, layout, options);
  }
  Status fetch(storage::Transaction& txn, const storage::TableLayout& layout, std::span<const RowId> ids,
               std::span<const int> columns, storage::ReadMode mode, bool* found, Datum* const* out,
               Arena& arena) override {
    return base_.fetch(txn, layout, ids, columns, mode, found, out, arena);
  }
  Result<RowId> insert(storage::Transaction& txn, const storage::TableLayout& layout,
                       std::span<const Datum> row) override {
    auto id = base_.insert(txn, layout, row);
    if (id.is_ok()) note(txn, layout, *id);
    return id;
  }
  Status update(storage::Transaction& txn, const storage::TableLayout& layout, RowId id, std::span<const Datum> row,
                std::span<const bool> changed) override {
    note(txn, layout, id);
    return base_.update(txn, layout, id, row, changed);
  }
  Status erase(storage::Transaction& txn, const storage::TableLayout& layout, RowId id) override {
    note(txn, layout, id);
    return base_.erase(txn, layout, id);
  }
  Result<storage::RowLockResult> lock_row(storage::Transaction& txn, const storage::TableLayout& layout, RowId id,
                                          storage::RowLockStrength strength, storage::LockWait wait) override {
    return base_.lock_row(txn, layout, id, strength, wait);
  }
  void drop(storage::Transaction& txn, const storage::TableLayout& layout) override {
    cache_.forget(layout.storage_id);
    base_.drop(txn, layout);
  }
  Result<uint32_t> allocate_storage_id() override { return base_.allocate_storage_id(); }
  RowId max_row_id(const storage::TableLayout& layout) override { return base_.max_row_id(layout); }
  uint64_t approximate_bytes(const storage::TableLayout& layout) override { return base_.approximate_bytes(layout); }

 private:
  void note(storage::Transaction& txn, const storage::TableLayout& layout, RowId row) {
    if (cache_.is_tracked(layout.storage_id)) cache_.note_write(txn, layout.storage_id, row);
  }
  storage::TableStore& base_;
  VectorCache& cache_;
};

}  // namespace

std::unique_ptr<storage::TableStore> make_tracking_store(storage::TableStore& base, VectorCache& cache) {
  return std::make_unique<TrackingStore>(base, cache);
}

}  // namespace vecino::sql
