#pragma once

#include <memory>
#include <string>

#include "storage/api/kv_engine.h"
#include "storage/txn/write_set.h"

namespace vecino::storage {

// `base` (committed entries, older writes) overlaid by a transaction's own writes before command `limit`. Stays valid while
// the transaction writes, and when the write set is spilled: later writes are in another set, and past the limit. Not
// thread-safe.
class MergedIterator final : public KvIterator {
 public:
  MergedIterator(std::unique_ptr<KvIterator> base, std::shared_ptr<const WriteSet> writes, Family family,
                 WriteSet::Command limit, KeyRange range);

  bool valid() const override { return valid_; }
  void seek(std::string_view target) override;
  void seek_for_prev(std::string_view target) override;
  void seek_to_first() override;
  void seek_to_last() override;
  void next() override;
  void prev() override;
  std::string_view key() const override { return on_own_ ? own_->key() : base_->key(); }
  std::string_view value() const override { return on_own_ ? own_version_->value() : base_->value(); }
  Status status() const override { return base_->status(); }

 private:
  using Node = WriteSet::Node;
  enum class Direction { kForward, kBackward };

  // The first written key >= from (or last <= / < from) within the range that has a visible version.
  void own_forward_from(const Node* node);
  void own_backward_from(const Node* node);
  void settle_forward();
  void settle_backward();
  bool in_upper(std::string_view key) const { return range_.upper.empty() || key < std::string_view(range_.upper); }

  std::unique_ptr<KvIterator> base_;
  const std::shared_ptr<const WriteSet> held_;
  const WriteSet& writes_;
  Family family_;
  WriteSet::Command limit_;
  KeyRange range_;
  Direction direction_ = Direction::kForward;
  const Node* own_ = nullptr;  // nullptr = none in this direction
  const WriteSet::Version* own_version_ = nullptr;
  uint64_t generation_ = 0;
  bool valid_ = false;
  bool on_own_ = false;
  bool both_ = false;  // base_ stands on the same key as own_
};

}  // namespace vecino::storage
