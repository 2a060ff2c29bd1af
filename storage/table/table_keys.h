#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/api/kv_engine.h"
#include "storage/util/bytes.h"

namespace vecino::storage::table_keys {

// kRows:  storage id (4) | row id (8)
// kLarge: storage id (4) | column (2) | row id (8): a scan of one vector column reads no other column.
// All big-endian.
inline constexpr size_t kRowKeySize = 12;
inline constexpr size_t kLargeKeySize = 14;
inline constexpr size_t kRowsPerBlock = 256;  // whose keys differ in the last byte only
using RowKey = std::array<char, kRowKeySize>;
using LargeKey = std::array<char, kLargeKeySize>;

inline RowKey row(uint32_t storage_id, uint64_t row_id) {
  RowKey key;
  store_be(key.data(), storage_id);
  store_be(key.data() + 4, row_id);
  return key;
}
inline LargeKey large(uint32_t storage_id, uint16_t column, uint64_t row_id) {
  LargeKey key;
  store_be(key.data(), storage_id);
  store_be(key.data() + 4, column);
  store_be(key.data() + 6, row_id);
  return key;
}
template <size_t N>
inline std::string_view view(const std::array<char, N>& key) {
  return {key.data(), N};
}
inline uint64_t row_id_of(std::string_view key) { return load_be<uint64_t>(key.data() + key.size() - 8); }

// Everything of one storage id, in any family.
inline KeyRange storage_range(uint32_t storage_id) {
  std::string lower, upper;
  append_be(lower, storage_id);
  upper = prefix_successor(lower);
  return {lower, upper};
}

}  // namespace vecino::storage::table_keys
