#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "storage/api/kv_run.h"

namespace vecino::index {

// An image of an index in Family::kImages: numbered pieces of several kinds, each with a checksum of its own over key and
// value, below   storage id (4) | 'i' | image number (4) | kind (1) | piece (4),   all big-endian.
// A manifest (index/vector/change_log.h) says which image counts; pieces without one are garbage.
//
// Pieces go into files beside the database (KvRun) that finish() makes part of it, all or none: they pass neither the
// write-ahead log nor memory tables, and hold up no commit.

class ImageWriter;

// What one thread writes of an image. Pieces of one kind come in ascending order; no other part has pieces between them.
class ImagePart {
 public:
  explicit ImagePart(ImageWriter& writer) : writer_(writer) {}
  Status put(char kind, uint32_t piece, std::string value);
  // Durable, but not yet part of the database. Without it nothing of the part remains.
  Status finish();

 private:
  ImageWriter& writer_;
  std::map<char, std::unique_ptr<storage::KvRunWriter>> runs_;
};

// Thread-safe.
class ImageWriter {
 public:
  ImageWriter(storage::KvEngine& engine, uint32_t storage_id, uint32_t number)
      : engine_(storage::bulk_engine(engine)), storage_id_(storage_id), number_(number) {}
  // For an image or a kind of piece that one thread writes: a part of its own for a single piece.
  Status put(char kind, uint32_t piece, std::string value);
  // All finished parts become part of the database, durably. To be called once.
  Status finish();

 private:
  friend class ImagePart;
  void add_run(storage::KvRunPtr run);

  storage::KvBulkEngine& engine_;
  const uint32_t storage_id_, number_;
  std::mutex mutex_;
  std::vector<storage::KvIngest> runs_;  // guarded by mutex_
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

// Removes the images of an index but number `keep`, which came to no manifest or lost theirs. 0 = all.
Status drop_other_images(storage::KvEngine& engine, uint32_t storage_id, uint32_t keep);
Status damaged(std::string_view what);

}  // namespace vecino::index
