#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "storage/api/kv_engine.h"
#include "storage/row_group/row_group.h"

namespace vecino::storage::row_group {

// Told of groups that have no row left, and of erased rows without a group: both are rubbish. Thread-safe.
class RubbishSink {
 public:
  virtual ~RubbishSink() = default;
  virtual void found(std::string_view group_key) = 0;
};

// Bounds for an iterator over the entries as they are that reaches the group of the first row in `range`.
KeyRange with_group(KeyRange range);

// Shows the rows of groups as entries of their own, below those that were written later row by row. Forward it copies a group
// once and then takes its rows without a call of the engine; backward it collects up to 256 rows before it gives the last.
// Pinning is not offered.
class GroupIterator final : public KvIterator {
 public:
  enum class Erased { kHidden, kShown };  // entries with the value kErasedRow
  // `raw`: over with_group(range). `rubbish` may be null.
  GroupIterator(std::unique_ptr<KvIterator> raw, KeyRange range, Erased erased, RubbishSink* rubbish);

  bool valid() const override { return valid_; }
  void seek(std::string_view target) override;
  void seek_for_prev(std::string_view target) override;
  void seek_to_first() override;
  void seek_to_last() override;
  void next() override;
  void prev() override;
  std::string_view key() const override { return on_raw_ ? raw_->key() : own_key_; }
  std::string_view value() const override { return on_raw_ ? raw_->value() : own_value_; }
  Status status() const override { return failure_.is_ok() ? raw_->status() : failure_; }

 private:
  struct Kept {
    std::string key;
    size_t begin, size;  // of the value in kept_values_
  };
  static constexpr size_t kNone = kRowCount;  // beyond every index

  void enter_group(size_t first);
  void leave_group();
  void look_at_raw();
  void settle();
  bool in_hand(std::string_view key) const { return key.starts_with(std::string_view(key_.data(), kGroupKeySize)); }
  size_t end_index() const;
  // Backward.
  void collect(const std::string& block);
  void show_kept(size_t count);
  void settle_backward();
  void raw_to_before(const std::string& block);

  const std::unique_ptr<KvIterator> raw_;
  const KeyRange range_;
  const Erased erased_;
  RubbishSink* const rubbish_;
  Status failure_;
  bool valid_ = false;
  bool on_raw_ = false;  // the entry in hand is raw_'s
  bool backward_ = false;
  std::string_view own_key_, own_value_;

  // Forward.
  bool in_group_ = false;
  std::string group_;                    // its value
  std::array<char, kRowKeySize> key_{};  // its key and the index
  size_t index_ = 0, end_ = 0;           // the row in hand; rows from end_ on are out of range
  size_t written_at_ = kNone;            // index of the row of this group where raw_ stands
  size_t written_ = 0;                   // rows passed that were written later; all only if it began with the first

  // Backward: the entries of a block, of which the first kept_left_ - 1 are still to come.
  std::vector<Kept> kept_;
  std::string kept_values_;
  size_t kept_left_ = 0;
};

}  // namespace vecino::storage::row_group
