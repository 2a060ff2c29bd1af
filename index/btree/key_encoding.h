#pragma once

#include <span>
#include <string>
#include <string_view>

#include "index/api/access_method.h"

namespace vecino::index::btree {

// An entry in Family::kOrdered:
//   key   = storage id (4, big-endian) | for each column: marker, value | [row id (8, big-endian)]
//   value = row id (8) when the key alone is unique, else empty
// marker: 0 null first, 1 not null, 2 null last. Values of descending columns have all bits inverted. The row id is part of
// the key for non-unique indexes, and for keys with a null, which are never equal (unless NULLS NOT DISTINCT).

struct EncodedKey {
  std::string bytes;  // without the row id
  bool has_null = false;
};
// Columns [0, values.size()) of the key.
void encode_columns(const IndexDefinition& definition, std::span<const Datum> values, EncodedKey& out);
// Is an entry with this key found by key alone (so that another one is a duplicate)?
inline bool identified_by_key(const IndexDefinition& definition, const EncodedKey& key) {
  return definition.unique && (!key.has_null || definition.nulls_not_distinct);
}

RowId row_of_entry(std::string_view key, std::string_view value);

// Do the bounds name one entry of a unique index? Then its key is in `key`.
bool single_entry(const IndexDefinition& definition, const ScanSpec& spec, EncodedKey& key);

// Key range of a scan. Where only one side bounds a column, its nulls (which lie at one end) are left out: no comparison
// is true for them. The range holds exactly the entries that satisfy the bounds.
storage::KeyRange scan_range(const IndexDefinition& definition, const ScanSpec& spec);

}  // namespace vecino::index::btree
