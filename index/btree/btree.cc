#include "index/btree/btree.h"

#include "index/api/unique_probe.h"
#include "index/btree/btree_build.h"
#include "index/btree/btree_scan.h"
#include "index/btree/key_encoding.h"
#include "storage/api/bulk_writers.h"
#include "storage/api/kv_run.h"
#include "storage/util/bytes.h"

namespace vecino::index::btree {
namespace {

using storage::Family;
using storage::LockMode;
using storage::LockSpace;
using storage::LockTag;
using storage::LockWait;
using storage::PinnedValue;
using storage::ReadMode;

class BtreeIndex final : public Index, public UniqueProbe {
 public:
  BtreeIndex(const IndexDefinition& definition, storage::KvEngine& engine)
      : definition_(definition), engine_(engine) {}

  const IndexDefinition& definition() const override { return definition_; }

  Result<InsertOutcome> insert(Transaction& txn, std::span<const Datum> key, RowId row, UniqueCheck check) override {
    EncodedKey& encoded = scratch();
    encode_columns(definition_, key, encoded);
    if (!identified_by_key(definition_, encoded)) {
      append_be(encoded.bytes, row);
      RETURN_IF_ERROR(txn.put(Family::kOrdered, encoded.bytes, {}));
      return InsertOutcome{};
    }
    RETURN_IF_ERROR(lock_key(txn, encoded.bytes));
    if (check == UniqueCheck::kImmediate) {
      ASSIGN_OR_RETURN(std::optional<RowId> conflict, holder_of(txn, encoded.bytes));
      if (conflict) {
        unlock_unwritten(txn, encoded.bytes);
        return InsertOutcome{conflict};
      }
    }
    char bytes[8];
    store_be(bytes, row);
    RETURN_IF_ERROR(txn.put(Family::kOrdered, encoded.bytes, {bytes, sizeof bytes}));
    return InsertOutcome{};
  }

  Result<std::optional<RowId>> find_conflict(Transaction& txn, std::span<const Datum> key) override {
    EncodedKey& encoded = scratch();
    encode_columns(definition_, key, encoded);
    if (!identified_by_key(definition_, encoded)) return std::optional<RowId>();
    RETURN_IF_ERROR(lock_key(txn, encoded.bytes));
    ASSIGN_OR_RETURN(std::optional<RowId> conflict, holder_of(txn, encoded.bytes));
    unlock_unwritten(txn, encoded.bytes);
    return conflict;
  }

  Status erase(Transaction& txn, std::span<const Datum> key, RowId row) override {
    EncodedKey& encoded = scratch();
    encode_columns(definition_, key, encoded);
    if (!identified_by_key(definition_, encoded)) {
      append_be(encoded.bytes, row);
      return txn.erase(Family::kOrdered, encoded.bytes);
    }
    // An insert of the same key waits for this transaction's end: until then nobody knows whether the key is free.
    RETURN_IF_ERROR(lock_key(txn, encoded.bytes));
    // The key may already belong to another row that this statement moved here (unchecked inserts).
    PinnedValue value;
    ASSIGN_OR_RETURN(bool exists, txn.get(Family::kOrdered, encoded.bytes, ReadMode::kLatest, value));
    if (!exists || row_of_entry(encoded.bytes, value.view()) != row) return Status::ok();
    return txn.erase(Family::kOrdered, encoded.bytes);
  }

  std::unique_ptr<IndexScan> begin_scan(Transaction& txn, const ScanSpec& spec) override {
    return std::make_unique<BtreeScan>(txn, definition_, spec);
  }
  Status build(Transaction& txn, BuildSource& source, const BuildContext& context, Arena& arena,
               std::vector<Datum>* conflict_key) override {
    const std::string directory = storage::bulk_engine(engine_).scratch_directory();
    return btree::build(definition_, txn, source, context, directory, arena, conflict_key);
  }
  void drop(Transaction& txn) override { txn.drop_range_at_commit(Family::kOrdered, whole_range()); }
  uint64_t approximate_bytes() const override { return engine_.approximate_size(Family::kOrdered, whole_range()); }

 private:
  static EncodedKey& scratch() {
    thread_local EncodedKey key;
    return key;
  }
  // REQUIRES: the key's lock.
  Result<std::optional<RowId>> holder_of(Transaction& txn, const std::string& key) const {
    PinnedValue value;
    ASSIGN_OR_RETURN(bool taken, txn.get(Family::kOrdered, key, ReadMode::kLatest, value));
    if (!taken) return std::optional<RowId>();
    return std::optional<RowId>(row_of_entry(key, value.view()));
  }
  LockTag tag_of(const std::string& key) const {
    // By hash, so that a lock has a fixed small size; a collision makes somebody wait needlessly, no more. The last byte stays as it
    // is: the locks of ascending numbers are neighbours (storage/txn/key_locks.h).
    LockTag tag{LockSpace::kUniqueKey, 0, definition_.storage_id, {}};
    const uint64_t hash = std::hash<std::string_view>()(std::string_view(key).substr(0, key.size() - 1));
    append_be(tag.key, hash << 8 | static_cast<unsigned char>(key.back()));
    return tag;
  }
  // The key was only looked at: others need not wait for this transaction, unless an earlier write of its own is why it is locked.
  void unlock_unwritten(Transaction& txn, const std::string& key) const {
    if (txn.own_write(Family::kOrdered, key) == storage::OwnWrite::kNone) (void)txn.unlock(tag_of(key), LockMode::kExclusive);
  }
  Status lock_key(Transaction& txn, const std::string& key) const {
    auto granted = txn.lock(tag_of(key), LockMode::kExclusive, LockWait::kBlock);
    if (granted.is_ok()) granted = storage::await_bulk_writers(txn, Family::kOrdered, key, LockWait::kBlock);
    return granted.is_ok() ? Status::ok() : granted.status();
  }
  storage::KeyRange whole_range() const {
    std::string lower;
    append_be(lower, definition_.storage_id);
    return {lower, prefix_successor(lower)};
  }

  const IndexDefinition definition_;
  storage::KvEngine& engine_;
};

}  // namespace

Result<std::shared_ptr<Index>> open(const IndexDefinition& definition, storage::KvEngine& engine) {
  return std::shared_ptr<Index>(std::make_shared<BtreeIndex>(definition, engine));
}

}  // namespace vecino::index::btree
