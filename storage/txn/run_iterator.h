#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/txn/spilled_writes.h"

namespace vecino::storage {

// Committed entries overlaid by spilled runs: of a key the newest counts. Not thread-safe.
class RunIterator final : public KvIterator {
 public:
  enum class Erased { kHidden, kShown };
  // `base`: what the runs lie over; may be null. Runs outside the range are left out.
  RunIterator(std::unique_ptr<KvIterator> base, std::span<const SpilledRunPtr> oldest_first, const KeyRange& range,
              Pinning pinning, Erased erased);

  bool valid() const override { return valid_; }
  void seek(std::string_view target) override;
  void seek_for_prev(std::string_view target) override;
  void seek_to_first() override;
  void seek_to_last() override;
  void next() override;
  void prev() override;
  std::string_view key() const override { return heap_.front()->at->key(); }
  std::string_view value() const override { return heap_.front()->at->value(); }
  bool erased() const { return heap_.front()->erased; }
  Status status() const override;

 private:
  struct Source {
    std::unique_ptr<KvIterator> at;
    size_t age;  // greater = newer
    bool erased;
  };
  enum class Direction { kForward, kBackward };
  bool behind(const Source* a, const Source* b) const;  // a comes after b
  void collect(Direction direction);
  void pass_current();
  void settle();

  std::vector<Source> sources_;
  std::vector<Source*> heap_;  // valid ones, the next in front
  Direction direction_ = Direction::kForward;
  const Erased erased_;
  std::string passed_;
  bool valid_ = false;
};

}  // namespace vecino::storage
