#include "index/btree/btree_build.h"

#include "index/btree/entry_sorter.h"
#include "storage/util/bytes.h"

namespace vecino::index::btree {
namespace {

constexpr size_t kBatchRows = 1024;

// The key columns as they were, to name a duplicate: encoded keys cannot be turned back.
void append_columns(std::span<const Datum> key, std::string& out) {
  for (const Datum& value : key) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
    // Only byte values have a length (datum.h).
    if (!value.is_null) out.append(value.len > 0 ? value.bytes() : std::string_view());
  }
}

std::vector<Datum> read_columns(std::string_view note, size_t width, Arena& arena) {
  std::vector<Datum> key(width);
  for (Datum& value : key) {
    std::memcpy(&value, note.data(), sizeof value);
    note.remove_prefix(sizeof value);
    if (value.is_null || value.len == 0) continue;
    value.ptr = arena.copy(note.substr(0, value.len)).data();
    note.remove_prefix(value.len);
  }
  return key;
}

class Build {
 public:
  Build(const IndexDefinition& definition, const BuildContext& context, const std::string& directory)
      : definition_(definition),
        context_(context),
        sorter_(directory, context.memory_limit, sizeof definition.storage_id, context.cancel) {}

  Status read(BuildSource& source) {
    const size_t width = definition_.columns.size();
    std::vector<RowId> rows(kBatchRows);
    std::vector<std::vector<Datum>> columns(width, std::vector<Datum>(kBatchRows));
    std::vector<Datum*> targets;
    for (auto& column : columns) targets.push_back(column.data());
    std::vector<Datum> key(width);
    Arena arena;
    while (true) {
      arena.reset();
      ASSIGN_OR_RETURN(size_t count, source.next(kBatchRows, rows.data(), targets.data(), arena));
      if (count == 0) break;
      for (size_t r = 0; r < count; ++r) {
        for (size_t c = 0; c < width; ++c) key[c] = columns[c][r];
        RETURN_IF_ERROR(add(key, rows[r]));
      }
      entries_ += count;
      report("building index: scanning table", entries_);
    }
    report("building index: sorting live tuples", entries_);
    return sorter_.finish();
  }

  // 23505 with the duplicate's key in `conflict_key`.
  Status write(Transaction& txn, Arena& arena, std::vector<Datum>* conflict_key) {
    auto sorted = txn.sorted_writer(storage::Family::kOrdered);
    EntrySorter::Entry entry;
    std::string previous;  // of those whose key is unique
    for (uint64_t done = 0;; ++done) {
      ASSIGN_OR_RETURN(bool any, sorter_.next(entry));
      if (!any) return sorted->finish();
      if (!entry.value.empty()) {
        if (entry.key == previous) {
          if (conflict_key != nullptr) *conflict_key = read_columns(entry.note, definition_.columns.size(), arena);
          return Status::error(sqlstate::kUniqueViolation, "");
        }
        previous = entry.key;
      }
      RETURN_IF_ERROR(sorted->put(entry.key, entry.value));
      if (done % kBatchRows != 0) continue;
      if (context_.cancel != nullptr) RETURN_IF_ERROR(context_.cancel->check());
      report("building index: loading tuples in tree", done);
    }
  }

 private:
  Status add(std::span<const Datum> key, RowId row) {
    encode_columns(definition_, key, encoded_);
    if (!identified_by_key(definition_, encoded_)) {
      append_be(encoded_.bytes, row);
      return sorter_.add({encoded_.bytes, {}, {}});
    }
    char value[8];
    store_be(value, row);
    note_.clear();
    append_columns(key, note_);
    return sorter_.add({encoded_.bytes, {value, sizeof value}, note_});
  }
  void report(std::string_view phase, uint64_t done) const {
    if (context_.progress) context_.progress({phase, done, entries_});
  }

  const IndexDefinition& definition_;
  const BuildContext& context_;
  EntrySorter sorter_;
  EncodedKey encoded_;
  std::string note_;
  uint64_t entries_ = 0;
};

}  // namespace

Status build(const IndexDefinition& definition, Transaction& txn, BuildSource& source, const BuildContext& context,
             const std::string& directory, Arena& arena, std::vector<Datum>* conflict_key) {
  Build build(definition, context, directory);
  RETURN_IF_ERROR(build.read(source));
  return build.write(txn, arena, conflict_key);
}

}  // namespace vecino::index::btree
