#pragma once

#include <cstdint>
#include <vector>

namespace vecino::storage {

class LockOwner;

// Locks on unique keys that one owner holds and nobody else has asked for, which is nearly all of them: a load takes and releases
// one for each row. No entry, no vectors: 24 bytes in an open table (linear probing, deletion by shifting back: Knuth, The Art
// of Computer Programming 3, 6.4, algorithm R). Who comes second turns it into a LockEntry. Guarded by its stripe's mutex.
class KeyLocks {
 public:
  struct Lock {
    uint64_t key = 0;  // of LockTag::key, eight bytes
    LockOwner* owner = nullptr;
    uint32_t id = 0;
  };

  // nullptr = nobody's, or not among these.
  LockOwner* find(uint32_t id, uint64_t key, uint64_t hash) const {
    if (slots_.empty()) return nullptr;
    return slots_[place_of(id, key, hash)].owner;
  }
  // Whose it is now: `owner`, unless it was another's.
  LockOwner* take(uint32_t id, uint64_t key, uint64_t hash, LockOwner* owner) {
    if (size_ * 2 >= slots_.size()) grow();
    Lock& lock = slots_[place_of(id, key, hash)];
    if (lock.owner != nullptr) return lock.owner;
    lock = {key, owner, id};
    hash_at(&lock) = hash;
    ++size_;
    return owner;
  }
  // False = it is not among these.
  bool erase(uint32_t id, uint64_t key, uint64_t hash) {
    if (slots_.empty()) return false;
    size_t hole = place_of(id, key, hash);
    if (slots_[hole].owner == nullptr) return false;
    for (size_t next = (hole + 1) & mask(); slots_[next].owner != nullptr; next = (next + 1) & mask()) {
      const size_t home = hashes_[next] & mask();
      // Only what does not lie between its home and here may move into the hole.
      if (((next - home) & mask()) < ((next - hole) & mask())) continue;
      slots_[hole] = slots_[next];
      hashes_[hole] = hashes_[next];
      hole = next;
    }
    slots_[hole].owner = nullptr;
    if (--size_ == 0 && slots_.size() > kMostKept) forget();
    return true;
  }
  template <typename Function>
  void for_each(Function function) const {
    for (const Lock& lock : slots_) {
      if (lock.owner != nullptr) function(lock);
    }
  }

 private:
  static constexpr size_t kMostKept = 4096;
  size_t mask() const { return slots_.size() - 1; }
  uint64_t& hash_at(const Lock* lock) { return hashes_[static_cast<size_t>(lock - slots_.data())]; }
  // Where it is, or the free place where it belongs.
  size_t place_of(uint32_t id, uint64_t key, uint64_t hash) const {
    size_t at = hash & mask();
    while (slots_[at].owner != nullptr && (slots_[at].key != key || slots_[at].id != id)) at = (at + 1) & mask();
    return at;
  }
  void grow() {
    std::vector<Lock> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    std::vector<uint64_t> hashes(slots_.size());
    hashes.swap(hashes_);
    for (size_t i = 0; i < old.size(); ++i) {
      if (old[i].owner == nullptr) continue;
      const size_t at = place_of(old[i].id, old[i].key, hashes[i]);
      slots_[at] = old[i];
      hashes_[at] = hashes[i];
    }
  }
  void forget() {
    std::vector<Lock>().swap(slots_);
    std::vector<uint64_t>().swap(hashes_);
  }

  std::vector<Lock> slots_;  // a power of two, at most half full; empty at first
  std::vector<uint64_t> hashes_;
  size_t size_ = 0;
};

}  // namespace vecino::storage
