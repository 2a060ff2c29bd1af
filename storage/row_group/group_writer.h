#pragma once

#include <array>
#include <memory>
#include <string>

#include "storage/api/kv_run.h"
#include "storage/row_group/block_reader.h"
#include "storage/row_group/row_group.h"

namespace vecino::storage::row_group {

// Writes a run of rows, whole blocks of 256 as groups. Its transaction has made or locked every row it puts or erases, so
// that what the database has of them does not change meanwhile.
class GroupWriter final : public KvRunWriter {
 public:
  // `engine`: where the run will belong.
  GroupWriter(std::unique_ptr<KvRunWriter> base, KvEngine& engine) : base_(std::move(base)), database_(engine) {}
  Status put(std::string_view key, std::string_view value) override { return add(key, value, Kind::kPut); }
  Status erase(std::string_view key) override { return add(key, {}, Kind::kErase); }
  uint64_t byte_size() const override { return base_->byte_size(); }
  Result<KvRunPtr> finish() override;

 private:
  enum class Kind : uint8_t { kPut, kErase };
  Status add(std::string_view key, std::string_view value, Kind kind);
  Status write_block();
  Status erase_block(const BlockReader::Block& block);
  Status write_rows();
  Status write_row(std::string_view key, std::string_view value, Kind kind);

  std::unique_ptr<KvRunWriter> base_;
  BlockReader database_;
  // The block being collected, from its first row on without a gap, all of one kind.
  Builder rows_;
  Kind kind_ = Kind::kPut;
  std::array<char, kRowKeySize> key_{};
  std::string encoded_;
};

// A run made by GroupWriter, seen row by row. Erased rows are told from absent ones by who reads the run.
class GroupRun final : public KvRun {
 public:
  explicit GroupRun(KvRunPtr base) : base_(std::move(base)) {}
  std::unique_ptr<KvIterator> iterator(KeyRange range, Pinning pinning) const override;
  const KvRunPtr& base() const { return base_; }

 private:
  const KvRunPtr base_;
};

}  // namespace vecino::storage::row_group
