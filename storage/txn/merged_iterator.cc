#include "storage/txn/merged_iterator.h"

namespace vecino::storage {

MergedIterator::MergedIterator(std::unique_ptr<KvIterator> base, std::shared_ptr<const WriteSet> writes,
                               Family family, WriteSet::Command limit, KeyRange range)
    : base_(std::move(base)),
      held_(std::move(writes)),
      writes_(*held_),
      family_(family),
      limit_(limit),
      range_(std::move(range)) {}

void MergedIterator::own_forward_from(const Node* node) {
  generation_ = writes_.generation();
  for (; node != nullptr && in_upper(node->key()); node = WriteSet::next(node)) {
    own_version_ = node->visible(limit_);
    if (own_version_ == nullptr) continue;
    own_ = node;
    return;
  }
  own_ = nullptr;
}

void MergedIterator::own_backward_from(const Node* node) {
  generation_ = writes_.generation();
  while (node != nullptr && node->key() >= std::string_view(range_.lower)) {
    own_version_ = node->visible(limit_);
    if (own_version_ != nullptr) {
      own_ = node;
      return;
    }
    node = writes_.last_before(family_, node->key());
  }
  own_ = nullptr;
}

// Stands on the smaller of the two sides, skipping erased keys.
void MergedIterator::settle_forward() {
  direction_ = Direction::kForward;
  while (true) {
    bool base = base_->valid();
    if (!base && (own_ == nullptr || !base_->status().is_ok())) {
      valid_ = false;
      return;
    }
    int order = !base ? -1 : own_ == nullptr ? 1 : own_->key().compare(base_->key());
    on_own_ = order <= 0;
    both_ = order == 0;
    valid_ = true;
    if (!on_own_ || !own_version_->erased) return;
    if (both_) base_->next();
    own_forward_from(WriteSet::next(own_));
  }
}

void MergedIterator::settle_backward() {
  direction_ = Direction::kBackward;
  while (true) {
    bool base = base_->valid();
    if (!base && (own_ == nullptr || !base_->status().is_ok())) {
      valid_ = false;
      return;
    }
    int order = !base ? 1 : own_ == nullptr ? -1 : own_->key().compare(base_->key());
    on_own_ = order >= 0;
    both_ = order == 0;
    valid_ = true;
    if (!on_own_ || !own_version_->erased) return;
    if (both_) base_->prev();
    own_backward_from(writes_.last_before(family_, own_->key()));
  }
}

void MergedIterator::seek(std::string_view target) {
  std::string_view from = target < std::string_view(range_.lower) ? std::string_view(range_.lower) : target;
  base_->seek(from);
  own_forward_from(writes_.lower_bound(family_, from));
  settle_forward();
}

void MergedIterator::seek_to_first() {
  base_->seek_to_first();
  own_forward_from(writes_.lower_bound(family_, range_.lower));
  settle_forward();
}

void MergedIterator::seek_for_prev(std::string_view target) {
  if (!in_upper(target)) return seek_to_last();
  base_->seek_for_prev(target);
  const Node* node = writes_.find(family_, target);
  own_backward_from(node != nullptr ? node : writes_.last_before(family_, target));
  settle_backward();
}

void MergedIterator::seek_to_last() {
  base_->seek_to_last();
  own_backward_from(range_.upper.empty() ? writes_.last(family_) : writes_.last_before(family_, range_.upper));
  settle_backward();
}

void MergedIterator::next() {
  if (direction_ == Direction::kBackward) {  // both sides turn round
    std::string key(this->key());
    key.push_back('\0');
    return seek(key);
  }
  if (generation_ != writes_.generation()) {
    // Keys may have appeared between here and where own_ stands, or the version under own_ may be gone.
    std::string key(this->key());
    if (!on_own_ || both_) base_->next();
    key.push_back('\0');
    own_forward_from(writes_.lower_bound(family_, key));
    return settle_forward();
  }
  if (!on_own_ || both_) base_->next();
  if (on_own_) own_forward_from(WriteSet::next(own_));
  settle_forward();
}

void MergedIterator::prev() {
  if (direction_ == Direction::kForward) {
    std::string key(this->key());
    base_->seek_for_prev(key);
    if (base_->valid() && base_->key() == key) base_->prev();
    own_backward_from(writes_.last_before(family_, key));
    return settle_backward();
  }
  if (generation_ != writes_.generation()) {
    std::string key(this->key());
    if (!on_own_ || both_) base_->prev();
    own_backward_from(writes_.last_before(family_, key));
    return settle_backward();
  }
  if (!on_own_ || both_) base_->prev();
  if (on_own_) own_backward_from(writes_.last_before(family_, own_->key()));
  settle_backward();
}

}  // namespace vecino::storage
