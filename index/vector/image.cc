#include "index/vector/image.h"

#include "storage/util/bytes.h"
#include "storage/util/crc32c.h"

namespace vecino::index {
namespace {

using storage::Family;

std::string piece_key(uint32_t storage_id, uint32_t number, char kind, uint32_t piece) {
  std::string key = image_range(storage_id, number).lower;
  key.push_back(kind);
  append_be(key, piece);
  return key;
}

}  // namespace

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
  storage::PinnedValue value;
  ASSIGN_OR_RETURN(std::string_view bytes, view(kind, piece, value));
  return std::string(bytes);
}

Result<std::string_view> ImageReader::view(char kind, uint32_t piece, storage::PinnedValue& value) const {
  std::string key = piece_key(storage_id_, number_, kind, piece);
  ASSIGN_OR_RETURN(bool found, engine_.get(Family::kGraph, key, nullptr, value));
  if (!found) return damaged("a piece is missing");
  std::string_view bytes = value.view();
  if (bytes.size() < 4) return damaged("a piece is too short");
  std::string_view body = bytes.substr(0, bytes.size() - 4);
  if (load_le<uint32_t>(bytes.data() + body.size()) != crc32c(body, crc32c(key))) return damaged("a checksum differs");
  return body;
}

}  // namespace vecino::index
