#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "storage/util/status.h"

namespace vecino::storage {

// The key-value engine below everything: ordered byte keys in a few families, atomic batches, snapshots.
// Implementations: storage/rocksdb (the server) and storage/memory (tests); both pass tests/unit/storage's conformance
// suite. All classes here are thread-safe unless said otherwise.

enum class Family : uint8_t {
  kMeta,     // catalog, sequences, segments, manifests, format version
  kRows,     // narrow columns of table rows; iterators over it do not pin values
  kLarge,    // vectors and long values, keyed like their row plus the column
  kOrdered,  // btree entries
  kGraph,    // manifests and logs of vector indexes
  kImages,   // images of vector indexes: ingested, never compacted
};
inline constexpr int kFamilyCount = 6;

enum class Durability : uint8_t {
  kSync,    // returns when the write-ahead log is on disk (fsync), grouped with concurrent commits
  kNoSync,  // survives kill -9, not power loss
};

using SequenceNumber = uint64_t;

// A consistent view of all families. Release by dropping the last reference; may outlive no engine.
class KvSnapshot {
 public:
  virtual ~KvSnapshot() = default;
  virtual SequenceNumber sequence() const = 0;
};
using KvSnapshotPtr = std::shared_ptr<const KvSnapshot>;

// A value that stays valid until this is reset, destroyed or passed to another read. Not thread-safe.
class PinnedValue {
 public:
  struct Holder {
    virtual ~Holder() = default;
  };
  std::string_view view() const { return view_; }
  void set(std::string_view view, std::unique_ptr<Holder> holder) {
    view_ = view;
    holder_ = std::move(holder);
  }
  void set_owned(std::string value) {
    owned_ = std::move(value);
    view_ = owned_;
    holder_.reset();
  }
  // Shows only `part` of what it shows.
  void narrow(std::string_view part) { view_ = part; }
  void reset() {
    view_ = {};
    holder_.reset();
  }
  PinnedValue() = default;
  PinnedValue(PinnedValue&& other) noexcept { *this = std::move(other); }
  PinnedValue& operator=(PinnedValue&& other) noexcept {
    // A short string moves to another address, and what is shown of it with it.
    const auto offset = reinterpret_cast<uintptr_t>(other.view_.data()) - reinterpret_cast<uintptr_t>(other.owned_.data());
    const bool is_owned = !other.holder_ && offset <= other.owned_.size();
    owned_ = std::move(other.owned_);
    holder_ = std::move(other.holder_);
    view_ = is_owned ? std::string_view(owned_.data() + offset, other.view_.size()) : other.view_;
    other.view_ = {};
    return *this;
  }

 private:
  std::string_view view_;
  std::string owned_;
  std::unique_ptr<Holder> holder_;
};

// Ordered iteration (bytewise). Not thread-safe. key()/value() are valid until the iterator moves.
class KvIterator {
 public:
  virtual ~KvIterator() = default;
  virtual bool valid() const = 0;
  virtual void seek(std::string_view target) = 0;           // first key >= target
  virtual void seek_for_prev(std::string_view target) = 0;  // last key <= target
  virtual void seek_to_first() = 0;
  virtual void seek_to_last() = 0;
  virtual void next() = 0;
  virtual void prev() = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  // Not ok when iteration stopped because of an error (checksum mismatch: XX001). Check when !valid().
  virtual Status status() const = 0;
};

// What an iterator keeps of the entries it has passed.
enum class Pinning : uint8_t {
  kNone,    // key() and value() are valid until the iterator moves
  kValues,  // value() stays valid until the iterator is destroyed, which holds its blocks in memory so long
};

// Half-open bounds [lower, upper); empty upper = to the end of the family.
struct KeyRange {
  std::string lower;
  std::string upper;
};

class KvWriteBatch {
 public:
  virtual ~KvWriteBatch() = default;
  virtual void put(Family family, std::string_view key, std::string_view value) = 0;
  virtual void erase(Family family, std::string_view key) = 0;
  virtual void erase_range(Family family, std::string_view begin, std::string_view end) = 0;
  virtual size_t byte_size() const = 0;
  virtual bool empty() const = 0;
};

class EngineMaintenance;  // storage/rocksdb/rocksdb_engine.h

class KvEngine {
 public:
  virtual ~KvEngine() = default;
  // snapshot == nullptr reads the latest committed state. True = found.
  virtual Result<bool> get(Family family, std::string_view key, const KvSnapshot* snapshot,
                           PinnedValue& value) = 0;
  // values[i] is set where found[i]; the spans have equal sizes.
  virtual Status multi_get(Family family, std::span<const std::string_view> keys,
                           const KvSnapshot* snapshot, std::span<PinnedValue> values,
                           std::span<bool> found) = 0;
  // The iterator keeps the snapshot's view (or the state at creation when nullptr).
  virtual std::unique_ptr<KvIterator> iterator(Family family, KvSnapshotPtr snapshot, KeyRange range,
                                               Pinning pinning = Pinning::kNone) = 0;
  // Cheap when nothing was written since the last call: the same snapshot is shared.
  virtual KvSnapshotPtr snapshot() = 0;
  virtual std::unique_ptr<KvWriteBatch> new_batch() = 0;
  // Atomic over all families. On success `sequence`, when given, is that of the batch's last entry.
  virtual Status write(KvWriteBatch& batch, Durability durability,
                       SequenceNumber* sequence = nullptr) = 0;
  // Sequence of the newest visible write: equal to a snapshot's = nothing was written since.
  virtual SequenceNumber latest_sequence() const = 0;
  // No snapshot in use, and none taken later, has a smaller sequence.
  virtual SequenceNumber oldest_snapshot() const = 0;
  // Approximate bytes on disk of a key range, for pg_relation_size.
  virtual uint64_t approximate_size(Family family, const KeyRange& range) = 0;
  // Reclaims the space of a dropped range in the background; the range must be unreachable already.
  virtual Status drop_range(Family family, const KeyRange& range) = 0;
  virtual Status flush() = 0;
  // nullptr: the engine keeps nothing on disk.
  virtual EngineMaintenance* maintenance() { return nullptr; }
};

}  // namespace vecino::storage
