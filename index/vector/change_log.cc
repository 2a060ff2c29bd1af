#include "index/vector/change_log.h"

#include "storage/util/bytes.h"
#include "storage/util/crc32c.h"

namespace vecino::index {
namespace {

constexpr char kErased = 0, kVector = 1;
constexpr uint32_t kManifestVersion = 1;
constexpr size_t kKeyBytes = 4 + 1 + 4 + 8, kHeaderBytes = 1 + 8;

std::string prefix(uint32_t storage_id, char kind) {
  std::string key;
  append_be(key, storage_id);
  key.push_back(kind);
  return key;
}

std::string seal(std::string value) {
  append_le(value, crc32c(value));
  return value;
}

// The value without its checksum; nullopt when that is wrong.
std::optional<std::string_view> unseal(std::string_view bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::string_view body = bytes.substr(0, bytes.size() - 4);
  if (load_le<uint32_t>(bytes.data() + body.size()) != crc32c(body)) return std::nullopt;
  return body;
}

std::string log_value(char kind, storage::TransactionId transaction, std::string_view vector) {
  std::string value;
  value.reserve(kHeaderBytes + vector.size() + 4);
  value.push_back(kind);
  append_le(value, transaction);
  value += vector;
  return seal(std::move(value));
}

}  // namespace

std::string log_key(uint32_t storage_id, LogKey key) {
  std::string bytes = prefix(storage_id, 'l');
  append_be(bytes, key.generation);
  append_be(bytes, key.row);
  return bytes;
}

LogKey parse_log_key(std::string_view key) {
  if (key.size() != kKeyBytes) return {0, storage::kInvalidRowId};
  return {load_be<uint32_t>(key.data() + 5), load_be<uint64_t>(key.data() + 9)};
}

storage::KeyRange log_range(uint32_t storage_id) {
  std::string lower = prefix(storage_id, 'l');
  return {lower, prefix_successor(lower)};
}

storage::KeyRange log_range_before(uint32_t storage_id, uint32_t end) {
  std::string lower = prefix(storage_id, 'l'), upper = lower;
  append_be(upper, end);
  return {lower, upper};
}

std::string encode_log_value(storage::TransactionId transaction, std::string_view vector) {
  return log_value(kVector, transaction, vector);
}
std::string encode_log_erased(storage::TransactionId transaction) { return log_value(kErased, transaction, {}); }

std::optional<LogValue> decode_log_value(std::string_view bytes) {
  auto body = unseal(bytes);
  if (!body || body->size() < kHeaderBytes || (body->front() != kErased && body->front() != kVector)) return std::nullopt;
  return LogValue{load_le<uint64_t>(body->data() + 1), body->front() == kErased, body->substr(kHeaderBytes)};
}

std::string manifest_key(uint32_t storage_id) { return prefix(storage_id, 'm'); }

std::string encode_manifest(const Manifest& manifest) {
  std::string value;
  append_le(value, kManifestVersion);
  append_le(value, manifest.image);
  append_le(value, manifest.first_generation);
  value += manifest.parameters;
  return seal(std::move(value));
}

std::optional<Manifest> decode_manifest(std::string_view bytes) {
  auto body = unseal(bytes);
  if (!body || body->size() < 12 || load_le<uint32_t>(body->data()) != kManifestVersion) return std::nullopt;
  return Manifest{load_le<uint32_t>(body->data() + 4), load_le<uint32_t>(body->data() + 8), std::string(body->substr(12))};
}

}  // namespace vecino::index
