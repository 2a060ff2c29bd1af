#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/api/kv_engine.h"

namespace vecino::index {

// An image of an index in Family::kGraph: numbered pieces of several kinds, each with a checksum of its own over key and
// value, below   storage id (4) | 'i' | image number (4) | kind (1) | piece (4),   all big-endian.
// A manifest (index/vector/change_log.h) says which image counts; pieces without one are garbage.

// Thread-safe.
class ImageWriter {
 public:
  ImageWriter(storage::KvEngine& engine, uint32_t storage_id, uint32_t number)
      : engine_(engine), storage_id_(storage_id), number_(number) {}
  // Written without waiting for the disk: the write-ahead log orders it before the manifest.
  Status put(char kind, uint32_t piece, std::string value);

 private:
  storage::KvEngine& engine_;
  uint32_t storage_id_, number_;
};

// Thread-safe.
class ImageReader {
 public:
  ImageReader(storage::KvEngine& engine, uint32_t storage_id, uint32_t number)
      : engine_(engine), storage_id_(storage_id), number_(number) {}
  // XX002 when the piece is missing or damaged.
  Result<std::string> get(char kind, uint32_t piece) const;
  // Without a copy: the bytes live as long as `value`.
  Result<std::string_view> view(char kind, uint32_t piece, storage::PinnedValue& value) const;

 private:
  storage::KvEngine& engine_;
  uint32_t storage_id_, number_;
};

storage::KeyRange image_range(uint32_t storage_id, uint32_t number);
Status damaged(std::string_view what);

}  // namespace vecino::index
