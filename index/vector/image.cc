#include "index/vector/image.h"

#include <array>

#include "storage/util/bytes.h"

namespace vecino::index {
namespace {

using storage::Family;

// Slicing by 8 over the Castagnoli polynomial.
struct Crc32cTables {
  std::array<std::array<uint32_t, 256>, 8> t{};
  constexpr Crc32cTables() {
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78u : 0);
      t[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; ++i) {
      for (size_t s = 1; s < 8; ++s) t[s][i] = (t[s - 1][i] >> 8) ^ t[0][t[s - 1][i] & 0xff];
    }
  }
};
constexpr Crc32cTables kCrc;

std::string piece_key(uint32_t storage_id, uint32_t number, char kind, uint32_t piece) {
  std::string key = image_range(storage_id, number).lower;
  key.push_back(kind);
  append_be(key, piece);
  return key;
}

}  // namespace

uint32_t crc32c(std::string_view bytes, uint32_t seed) {
  const char* p = bytes.data();
  const char* end = p + bytes.size();
  uint32_t crc = ~seed;
  for (; end - p >= 8; p += 8) {
    uint64_t word = load_le<uint64_t>(p) ^ crc;
    crc = 0;
    for (size_t i = 0; i < 8; ++i) crc ^= kCrc.t[7 - i][(word >> (8 * i)) & 0xff];
  }
  for (; p < end; ++p) crc = (crc >> 8) ^ kCrc.t[0][(crc ^ static_cast<uint8_t>(*p)) & 0xff];
  return ~crc;
}

storage::KeyRange image_range(uint32_t storage_id, uint32_t number) {
  std::string lower;
  append_be(lower, storage_id);
  lower.push_back('i');
  append_be(lower, number);
  return {lower, prefix_successor(lower)};
}

Status damaged(std::string_view what) {
  return Status::error(sqlstate::kIndexCorrupted, "vector index image is damaged: " + std::string(what));
}

Status ImageWriter::put(char kind, uint32_t piece, std::string value) {
  std::string key = piece_key(storage_id_, number_, kind, piece);
  append_le(value, crc32c(value, crc32c(key)));
  auto batch = engine_.new_batch();
  batch->put(Family::kGraph, key, value);
  return engine_.write(*batch, storage::Durability::kNoSync);
}

Result<std::string> ImageReader::get(char kind, uint32_t piece) const {
  std::string key = piece_key(storage_id_, number_, kind, piece);
  storage::PinnedValue value;
  ASSIGN_OR_RETURN(bool found, engine_.get(Family::kGraph, key, nullptr, value));
  if (!found) return damaged("a piece is missing");
  std::string_view bytes = value.view();
  if (bytes.size() < 4) return damaged("a piece is too short");
  std::string_view body = bytes.substr(0, bytes.size() - 4);
  if (load_le<uint32_t>(bytes.data() + body.size()) != crc32c(body, crc32c(key))) return damaged("a checksum differs");
  return std::string(body);
}

}  // namespace vecino::index
