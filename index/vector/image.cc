#include "index/vector/image.h"

#include "storage/util/bytes.h"
#include "storage/util/crc32c.h"

namespace vecino::index {
namespace {

using storage::Family;

std::string images_prefix(uint32_t storage_id) {
  std::string prefix;
  append_be(prefix, storage_id);
  prefix.push_back('i');
  return prefix;
}

storage::KeyRange image_range(uint32_t storage_id, uint32_t number) {
  std::string lower = images_prefix(storage_id);
  append_be(lower, number);
  return {lower, prefix_successor(lower)};
}

std::string piece_key(uint32_t storage_id, uint32_t number, char kind, uint32_t piece) {
  std::string key = image_range(storage_id, number).lower;
  key.push_back(kind);
  append_be(key, piece);
  return key;
}

}  // namespace

Status drop_other_images(storage::KvEngine& engine, uint32_t storage_id, uint32_t keep) {
  const std::string all = images_prefix(storage_id);
  storage::KeyRange before{all, image_range(storage_id, keep).lower};
  if (keep != 0) RETURN_IF_ERROR(engine.drop_range(Family::kImages, before));
  return engine.drop_range(Family::kImages, {image_range(storage_id, keep).upper, prefix_successor(all)});
}

Status damaged(std::string_view what) {
  return Status::error(sqlstate::kIndexCorrupted, "vector index image is damaged: " + std::string(what));
}

Status ImagePart::put(char kind, uint32_t piece, std::string value) {
  auto& run = runs_[kind];
  if (run == nullptr) {
    ASSIGN_OR_RETURN(run, writer_.engine_.new_run(Family::kImages));
  }
  std::string key = piece_key(writer_.storage_id_, writer_.number_, kind, piece);
  append_le(value, crc32c(value, crc32c(key)));
  return run->put(key, value);
}

Status ImagePart::finish() {
  for (auto& [kind, run] : runs_) {
    ASSIGN_OR_RETURN(storage::KvRunPtr made, run->finish());
    writer_.add_run(std::move(made));
  }
  runs_.clear();
  return Status::ok();
}

Status ImageWriter::put(char kind, uint32_t piece, std::string value) {
  ImagePart part(*this);
  RETURN_IF_ERROR(part.put(kind, piece, std::move(value)));
  return part.finish();
}

void ImageWriter::add_run(storage::KvRunPtr run) {
  std::lock_guard lock(mutex_);
  runs_.push_back({Family::kImages, std::move(run)});
}

Status ImageWriter::finish() {
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(engine_.ingest(runs_, nullptr));
  runs_.clear();
  return Status::ok();
}

Result<std::string> ImageReader::get(char kind, uint32_t piece) const {
  storage::PinnedValue value;
  ASSIGN_OR_RETURN(std::string_view bytes, view(kind, piece, value));
  return std::string(bytes);
}

Result<std::string_view> ImageReader::view(char kind, uint32_t piece, storage::PinnedValue& value) const {
  std::string key = piece_key(storage_id_, number_, kind, piece);
  ASSIGN_OR_RETURN(bool found, engine_.get(Family::kImages, key, nullptr, value));
  if (!found) return damaged("a piece is missing");
  std::string_view bytes = value.view();
  if (bytes.size() < 4) return damaged("a piece is too short");
  std::string_view body = bytes.substr(0, bytes.size() - 4);
  if (load_le<uint32_t>(bytes.data() + body.size()) != crc32c(body, crc32c(key))) return damaged("a checksum differs");
  return body;
}

}  // namespace vecino::index
