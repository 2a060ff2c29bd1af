#include "storage/row_group/group_iterator.h"

#include <algorithm>
#include <cstring>

namespace vecino::storage::row_group {

KeyRange with_group(KeyRange range) {
  if (range.lower.size() > kGroupKeySize) range.lower.resize(kGroupKeySize);
  return range;
}

GroupIterator::GroupIterator(std::unique_ptr<KvIterator> raw, KeyRange range, Erased erased, RubbishSink* rubbish)
    : raw_(std::move(raw)), range_(std::move(range)), erased_(erased), rubbish_(rubbish) {}

// ---- forward

size_t GroupIterator::end_index() const {
  const std::string& upper = range_.upper;
  if (upper.size() <= kGroupKeySize || !in_hand(upper)) return kRowCount;
  return index_of(upper) + (upper.size() > kRowKeySize ? 1 : 0);
}

// raw_ stands on a group's entry.
void GroupIterator::enter_group(size_t first) {
  group_.assign(raw_->value());
  std::memcpy(key_.data(), raw_->key().data(), kGroupKeySize);
  in_group_ = true;
  written_ = 0;
  index_ = first;
  end_ = end_index();
  raw_->next();
  look_at_raw();
}

void GroupIterator::look_at_raw() {
  written_at_ = kNone;
  if (!raw_->valid()) {
    failure_ = raw_->status();  // what it would have said may hide rows of the group
  } else if (is_row_key(raw_->key()) && in_hand(raw_->key())) {
    written_at_ = index_of(raw_->key());
  }
}

void GroupIterator::leave_group() {
  in_group_ = false;
  if (rubbish_ != nullptr && written_ == kRowCount) rubbish_->found({key_.data(), kGroupKeySize});
}

// Finds the first entry to show from where things stand.
void GroupIterator::settle() {
  valid_ = on_raw_ = false;
  while (failure_.is_ok()) {
    if (in_group_) {
      if (index_ >= end_) {
        leave_group();
        continue;
      }
      if (index_ != written_at_) {
        auto row = row_at(group_, index_);
        if (!row) {
          failure_ = damaged_group();
          return;
        }
        if (row->empty() && erased_ == Erased::kHidden) {
          ++index_;
          continue;
        }
        key_[kGroupKeySize] = static_cast<char>(index_);
        own_key_ = {key_.data(), key_.size()};
        own_value_ = *row;
        valid_ = true;
        return;
      }
    }
    if (!raw_->valid()) return;
    if (!in_group_ && is_group_key(raw_->key())) {
      enter_group(0);
      continue;
    }
    if (erased_ == Erased::kShown || !is_row_key(raw_->key()) || !raw_->value().empty()) {
      valid_ = on_raw_ = true;
      return;
    }
    if (in_group_) {
      ++written_;
      ++index_;
    } else if (rubbish_ != nullptr) {
      rubbish_->found(group_key(raw_->key()));
    }
    raw_->next();
    if (in_group_) look_at_raw();
  }
}

void GroupIterator::next() {
  if (backward_) {
    std::string from(key());
    from.push_back('\0');
    return seek(from);
  }
  if (on_raw_) {
    raw_->next();
    if (in_group_) {
      ++written_;
      ++index_;
      look_at_raw();
    }
  } else {
    ++index_;
  }
  settle();
}

void GroupIterator::seek(std::string_view target) {
  backward_ = in_group_ = false;
  std::string_view from = std::max(target, std::string_view(range_.lower));
  if (from.size() < kGroupKeySize) {
    raw_->seek(from);
    return settle();
  }
  // The group comes before its rows.
  raw_->seek(group_key(from));
  if (raw_->valid() && raw_->key() == group_key(from)) {
    size_t first = from.size() == kGroupKeySize ? 0 : index_of(from) + (from.size() > kRowKeySize ? 1 : 0);
    enter_group(first);
    if (written_at_ < first) {
      raw_->seek(from);
      look_at_raw();
    }
  } else if (raw_->valid() && raw_->key() < from) {
    raw_->seek(from);
  }
  settle();
}

void GroupIterator::seek_to_first() {
  if (!range_.lower.empty()) return seek(range_.lower);
  backward_ = in_group_ = false;
  raw_->seek_to_first();
  settle();
}

// ---- backward

// Everything that begins with the group's key, by way of the forward iterator.
void GroupIterator::collect(const std::string& block) {
  kept_.clear();
  kept_values_.clear();
  for (seek(block); valid_ && key().starts_with(block); next()) {
    kept_.push_back({std::string(key()), kept_values_.size(), value().size()});
    kept_values_ += value();
  }
  in_group_ = valid_ = false;
  backward_ = true;
}

// The last of the first `count` entries kept.
void GroupIterator::show_kept(size_t count) {
  kept_left_ = count;
  const Kept& entry = kept_[count - 1];
  own_key_ = entry.key;
  own_value_ = std::string_view(kept_values_).substr(entry.begin, entry.size);
  valid_ = true;
  on_raw_ = false;
}

// raw_ stands on the last entry that may be shown, or on one of its block.
void GroupIterator::settle_backward() {
  backward_ = true;
  in_group_ = valid_ = false;
  while (raw_->valid()) {
    if (!is_row_key(raw_->key()) && !is_group_key(raw_->key())) {
      valid_ = on_raw_ = true;
      return;
    }
    const std::string block(group_key(raw_->key()));
    collect(block);
    if (!status().is_ok()) return;
    if (!kept_.empty()) return show_kept(kept_.size());
    raw_to_before(block);
  }
}

void GroupIterator::raw_to_before(const std::string& block) {
  raw_->seek_for_prev(block);
  if (raw_->valid() && raw_->key() == block) raw_->prev();
}

void GroupIterator::seek_for_prev(std::string_view target) {
  if (!range_.upper.empty() && target >= std::string_view(range_.upper)) return seek_to_last();
  if (target.size() < kGroupKeySize) {
    raw_->seek_for_prev(target);
    return settle_backward();
  }
  const std::string last(target), block(group_key(target));  // the target may be key()
  collect(block);
  if (!status().is_ok()) return;
  auto beyond = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& entry) { return entry.key > last; });
  if (beyond != kept_.begin()) return show_kept(static_cast<size_t>(beyond - kept_.begin()));
  raw_to_before(block);
  settle_backward();
}

void GroupIterator::seek_to_last() {
  raw_->seek_to_last();
  settle_backward();
}

void GroupIterator::prev() {
  if (!backward_) {
    seek_for_prev(key());
    if (!valid_) return;
  }
  if (on_raw_) {
    raw_->prev();
  } else if (kept_left_ > 1) {
    return show_kept(kept_left_ - 1);
  } else {
    raw_to_before(std::string(group_key(own_key_)));
  }
  settle_backward();
}

}  // namespace vecino::storage::row_group
