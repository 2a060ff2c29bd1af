#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index/vector/image.h"
#include "storage/api/table_store.h"
#include "storage/api/transaction.h"

namespace vecino::index {

// What changed since the image, in Family::kGraph:   storage id (4) | 'l' | generation (4) | row id (8)   (big-endian) ->
// the row's vector, or that it has none. Written in the transaction that changes the row, so both commit or neither does. A key
// per row, not per change: RocksDB's order of commits is the order of changes, and replay is idempotent. Generations let an image
// cut off what it contains: a row's later change never stands in an older generation.

struct LogKey {
  uint32_t generation;
  storage::RowId row;
};

std::string log_key(uint32_t storage_id, LogKey key);
LogKey parse_log_key(std::string_view key);
storage::KeyRange log_range(uint32_t storage_id);
// Generations before `end`.
storage::KeyRange log_range_before(uint32_t storage_id, uint32_t end);

struct LogValue {
  storage::TransactionId transaction;
  bool erased;
  std::string_view vector;  // float32 bytes, not aligned
};
std::string encode_log_value(storage::TransactionId transaction, std::string_view vector);
std::string encode_log_erased(storage::TransactionId transaction);
// nullopt: not such a value, or its checksum is wrong.
std::optional<LogValue> decode_log_value(std::string_view bytes);

// Which image counts, and the first log generation that is not in it. Key: storage id (4) | 'm'.
struct Manifest {
  uint32_t image = 0;
  uint32_t first_generation = 1;
  std::string parameters;  // what the core needs to make sense of its image; compared on load
};
std::string manifest_key(uint32_t storage_id);
std::string encode_manifest(const Manifest& manifest);
std::optional<Manifest> decode_manifest(std::string_view bytes);

}  // namespace vecino::index
