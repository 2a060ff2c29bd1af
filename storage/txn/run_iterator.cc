#include "storage/txn/run_iterator.h"

#include <algorithm>

namespace vecino::storage {

RunIterator::RunIterator(std::unique_ptr<KvIterator> base, std::span<const SpilledRunPtr> oldest_first,
                         const KeyRange& range, Pinning pinning, Erased erased)
    : erased_(erased) {
  if (base != nullptr) sources_.push_back({std::move(base), 0, false});
  for (size_t i = 0; i < oldest_first.size(); ++i) {
    const SpilledRun& run = *oldest_first[i];
    if (!run.overlaps(range)) continue;
    if (run.puts != nullptr) sources_.push_back({run.puts->iterator(range, pinning), i + 1, false});
    if (run.erased != nullptr) sources_.push_back({run.erased->iterator(range, Pinning::kNone), i + 1, true});
  }
}

bool RunIterator::behind(const Source* a, const Source* b) const {
  int order = a->at->key().compare(b->at->key());
  if (order != 0) return direction_ == Direction::kForward ? order > 0 : order < 0;
  return a->age < b->age;
}

void RunIterator::collect(Direction direction) {
  direction_ = direction;
  heap_.clear();
  for (Source& source : sources_) {
    if (source.at->valid()) heap_.push_back(&source);
  }
  std::make_heap(heap_.begin(), heap_.end(), [this](auto* a, auto* b) { return behind(a, b); });
  settle();
}

// Moves every source off the key in front.
void RunIterator::pass_current() {
  auto order = [this](auto* a, auto* b) { return behind(a, b); };
  if (heap_.size() == 1) {
    direction_ == Direction::kForward ? heap_[0]->at->next() : heap_[0]->at->prev();
    if (!heap_[0]->at->valid()) heap_.clear();
    return;
  }
  passed_ = key();
  while (!heap_.empty() && key() == passed_) {
    std::pop_heap(heap_.begin(), heap_.end(), order);
    Source* source = heap_.back();
    direction_ == Direction::kForward ? source->at->next() : source->at->prev();
    if (source->at->valid()) {
      std::push_heap(heap_.begin(), heap_.end(), order);
    } else {
      heap_.pop_back();
    }
  }
}

void RunIterator::settle() {
  if (erased_ == Erased::kHidden) {
    while (!heap_.empty() && heap_.front()->erased) pass_current();
  }
  // A source that failed ends the iteration: what it would have said may hide what the others have.
  valid_ = !heap_.empty() && (heap_.size() == sources_.size() || status().is_ok());
}

void RunIterator::seek(std::string_view target) {
  for (Source& source : sources_) source.at->seek(target);
  collect(Direction::kForward);
}
void RunIterator::seek_for_prev(std::string_view target) {
  for (Source& source : sources_) source.at->seek_for_prev(target);
  collect(Direction::kBackward);
}
void RunIterator::seek_to_first() {
  for (Source& source : sources_) source.at->seek_to_first();
  collect(Direction::kForward);
}
void RunIterator::seek_to_last() {
  for (Source& source : sources_) source.at->seek_to_last();
  collect(Direction::kBackward);
}

void RunIterator::next() {
  if (direction_ == Direction::kBackward) {
    std::string from(key());
    from.push_back('\0');
    return seek(from);
  }
  pass_current();
  settle();
}

void RunIterator::prev() {
  if (direction_ == Direction::kForward) {
    std::string from(key());
    for (Source& source : sources_) {
      source.at->seek_for_prev(from);
      if (source.at->valid() && source.at->key() == from) source.at->prev();
    }
    return collect(Direction::kBackward);
  }
  pass_current();
  settle();
}

Status RunIterator::status() const {
  for (const Source& source : sources_) {
    if (!source.at->valid()) RETURN_IF_ERROR(source.at->status());
  }
  return Status::ok();
}

}  // namespace vecino::storage
