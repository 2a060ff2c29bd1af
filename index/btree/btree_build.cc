#include "index/btree/btree_build.h"

#include <algorithm>
#include <numeric>

#include "storage/util/bytes.h"

namespace vecino::index::btree {
namespace {

constexpr size_t kBatchRows = 1024;

// Encoded entries; bytes in one buffer.
struct Entry {
  size_t offset;
  uint32_t size;
  bool identified;  // the key alone is unique
  RowId row;
  size_t ordinal;   // in source order
};

// The key columns of all rows of a unique build, kept until sorted, to name a duplicate.
class KeptKeys {
 public:
  KeptKeys(size_t width, Arena& arena) : width_(width), arena_(arena) {}
  void add(std::span<const Datum> key) {
    for (Datum value : key) {
      // Only byte values have a length (datum.h).
      if (!value.is_null && value.len > 0) value.ptr = arena_.copy(value.bytes()).data();
      values_.push_back(value);
    }
  }
  std::span<const Datum> get(size_t ordinal) const { return {values_.data() + ordinal * width_, width_}; }

 private:
  size_t width_;
  Arena& arena_;
  std::vector<Datum> values_;
};

class Sorter {
 public:
  explicit Sorter(const IndexDefinition& definition) : definition_(definition) {}

  void add(std::span<const Datum> key, RowId row) {
    encode_columns(definition_, key, encoded_);
    bool identified = identified_by_key(definition_, encoded_);
    if (!identified) append_be(encoded_.bytes, row);
    entries_.push_back({bytes_.size(), static_cast<uint32_t>(encoded_.bytes.size()), identified, row,
                        entries_.size()});
    bytes_ += encoded_.bytes;
  }
  std::string_view key(const Entry& entry) const { return {bytes_.data() + entry.offset, entry.size}; }
  std::vector<Entry>& sort() {
    std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) { return key(a) < key(b); });
    return entries_;
  }

 private:
  const IndexDefinition& definition_;
  EncodedKey encoded_;
  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace

Status build(const IndexDefinition& definition, Transaction& txn, BuildSource& source, Arena& arena,
             std::vector<Datum>* conflict_key) {
  size_t width = definition.columns.size();
  Sorter sorter(definition);
  KeptKeys kept(width, arena);

  std::vector<RowId> rows(kBatchRows);
  std::vector<std::vector<Datum>> columns(width, std::vector<Datum>(kBatchRows));
  std::vector<Datum*> targets;
  for (auto& column : columns) targets.push_back(column.data());
  std::vector<Datum> key(width);
  Arena batch_arena;
  while (true) {
    batch_arena.reset();
    ASSIGN_OR_RETURN(size_t count, source.next(kBatchRows, rows.data(), targets.data(), batch_arena));
    if (count == 0) break;
    for (size_t r = 0; r < count; ++r) {
      for (size_t c = 0; c < width; ++c) key[c] = columns[c][r];
      sorter.add(key, rows[r]);
      if (definition.unique) kept.add(key);
    }
  }

  const Entry* previous = nullptr;
  for (const Entry& entry : sorter.sort()) {
    if (entry.identified && previous != nullptr && previous->identified && sorter.key(*previous) == sorter.key(entry)) {
      auto duplicate = kept.get(entry.ordinal);
      if (conflict_key != nullptr) conflict_key->assign(duplicate.begin(), duplicate.end());
      return Status::error(sqlstate::kUniqueViolation, "");
    }
    char row[8];
    store_be(row, entry.row);
    RETURN_IF_ERROR(txn.put(storage::Family::kOrdered, sorter.key(entry),
                            entry.identified ? std::string_view(row, sizeof row) : std::string_view()));
    previous = &entry;
  }
  return Status::ok();
}

}  // namespace vecino::index::btree
