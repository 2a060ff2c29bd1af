#pragma once

#include <cstdint>
#include <string>

#include "storage/api/kv_engine.h"
#include "storage/util/bytes.h"

namespace vecino::storage::meta_keys {

// The storage layer's keys in Family::kMeta start with byte 0x01; the catalog's start with something else.
inline std::string counter(char kind, uint32_t id = 0) {
  std::string key{'\x01', kind};
  append_be(key, id);
  return key;
}
inline std::string transaction_ids() { return counter('t'); }
inline std::string storage_ids() { return counter('s'); }
inline std::string row_ids(uint32_t storage_id) { return counter('r', storage_id); }
inline std::string sequence(uint32_t storage_id) { return counter('q', storage_id); }

// A dropped range whose space is still to be reclaimed: family, length of lower, lower, upper.
inline std::string garbage_prefix() { return {'\x01', 'g'}; }
inline std::string garbage(Family family, const KeyRange& range) {
  std::string key = garbage_prefix();
  key.push_back(static_cast<char>(family));
  append_be(key, static_cast<uint32_t>(range.lower.size()));
  key += range.lower;
  key += range.upper;
  return key;
}
inline bool parse_garbage(std::string_view key, Family& family, KeyRange& range) {
  size_t header = garbage_prefix().size() + 1 + 4;
  if (key.size() < header) return false;
  family = static_cast<Family>(key[header - 5]);
  uint32_t lower = load_be<uint32_t>(key.data() + header - 4);
  if (key.size() < header + lower) return false;
  range.lower = key.substr(header, lower);
  range.upper = key.substr(header + lower);
  return static_cast<int>(family) < kFamilyCount;
}

}  // namespace vecino::storage::meta_keys
