#include "storage/txn/lock_table.h"

#include <utility>

namespace vecino::storage {

LockTable::~LockTable() {
  auto destroy = [](LockEntry* entry) {
    while (entry != nullptr) delete std::exchange(entry, entry->next_);
  };
  for (LockEntry* first : buckets_) destroy(first);
  destroy(free_);
}

LockEntry* LockTable::find(const LockTag& tag, uint64_t hash) const {
  if (buckets_.empty()) return nullptr;
  LockEntry* entry = buckets_[hash & (buckets_.size() - 1)];
  while (entry != nullptr && (entry->hash_ != hash || entry->tag != tag)) entry = entry->next_;
  return entry;
}

LockEntry& LockTable::at(const LockTag& tag, uint64_t hash) {
  if (LockEntry* found = find(tag, hash)) return *found;
  if (size_ >= buckets_.size()) grow();
  std::unique_ptr<LockEntry> entry = make();
  entry->tag = tag;
  entry->hash_ = hash;
  LockEntry*& bucket = bucket_of(hash);
  entry->next_ = bucket;
  ++size_;
  keys_ += tag.space == LockSpace::kUniqueKey;
  return *(bucket = entry.release());
}

void LockTable::erase(LockEntry& entry) {
  LockEntry** link = &bucket_of(entry.hash_);
  while (*link != &entry) link = &(*link)->next_;
  *link = entry.next_;
  --size_;
  keys_ -= entry.tag.space == LockSpace::kUniqueKey;
  if (free_count_ >= kMostFree) {
    delete &entry;
    return;
  }
  entry.next_ = free_;
  free_ = &entry;
  ++free_count_;
}

std::unique_ptr<LockEntry> LockTable::make() {
  if (free_ == nullptr) return std::make_unique<LockEntry>();
  std::unique_ptr<LockEntry> entry(free_);
  free_ = entry->next_;
  --free_count_;
  return entry;
}

void LockTable::grow() {
  std::vector<LockEntry*> old(buckets_.empty() ? 16 : buckets_.size() * 2);
  old.swap(buckets_);
  for (LockEntry* entry : old) {
    while (entry != nullptr) {
      LockEntry* next = entry->next_;
      LockEntry*& bucket = bucket_of(entry->hash_);
      entry->next_ = bucket;
      bucket = entry;
      entry = next;
    }
  }
}

}  // namespace vecino::storage
