#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/table/table_keys.h"
#include "storage/util/bytes.h"
#include "storage/util/status.h"

namespace vecino::storage::row_group {

// 256 rows with consecutive ids as one entry of Family::kRows. Its key is what the keys of its rows begin with (all but the
// last byte of the id), so that it sorts just before them; its value is 256 ends (uint16, little-endian), then the rows.
inline constexpr size_t kRowCount = table_keys::kRowsPerBlock;
inline constexpr size_t kRowKeySize = table_keys::kRowKeySize;
inline constexpr size_t kGroupKeySize = kRowKeySize - 1;
// Of the rows together: a point read of one may have to read all of them from disk.
inline constexpr size_t kMaxBytes = 32 * 1024;

inline bool is_row_key(std::string_view key) { return key.size() == kRowKeySize; }
inline bool is_group_key(std::string_view key) { return key.size() == kGroupKeySize; }
// REQUIRES: of a row's key, or a longer one.
inline std::string_view group_key(std::string_view key) { return key.substr(0, kGroupKeySize); }
inline size_t index_of(std::string_view key) { return static_cast<uint8_t>(key[kGroupKeySize]); }

// In a row's entry: the row is not there, although a group may hold it. Rows are never empty.
inline constexpr std::string_view kErasedRow{};

inline size_t end_of(std::string_view group, size_t index) { return load_le<uint16_t>(group.data() + 2 * index); }

inline Status damaged_group() { return Status::error(sqlstate::kDataCorrupted, "group of rows is damaged"); }

// Row `index` of an encoded group; nullopt = the group is damaged.
inline std::optional<std::string_view> row_at(std::string_view group, size_t index) {
  constexpr size_t kEnds = 2 * kRowCount;
  if (group.size() < kEnds) return std::nullopt;
  size_t begin = index == 0 ? 0 : end_of(group, index - 1), end = end_of(group, index);
  if (begin > end || end > group.size() - kEnds) return std::nullopt;
  return group.substr(kEnds + begin, end - begin);
}

// Collects the rows of one group. Not thread-safe.
class Builder {
 public:
  size_t count() const { return count_; }
  bool fits(std::string_view row) const { return count_ < kRowCount && rows_.size() + row.size() <= kMaxBytes; }
  // REQUIRES: fits(row).
  void add(std::string_view row) {
    rows_ += row;
    ends_[count_++] = static_cast<uint16_t>(rows_.size());
  }
  std::string_view row(size_t index) const {
    size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(rows_).substr(begin, ends_[index] - begin);
  }
  // REQUIRES: count() == kRowCount.
  void encode(std::string& out) const {
    out.resize(2 * kRowCount);
    for (size_t i = 0; i < kRowCount; ++i) store_le(out.data() + 2 * i, ends_[i]);
    out += rows_;
  }
  void clear() {
    count_ = 0;
    rows_.clear();
  }

 private:
  size_t count_ = 0;
  std::array<uint16_t, kRowCount> ends_;
  std::string rows_;
};

}  // namespace vecino::storage::row_group
