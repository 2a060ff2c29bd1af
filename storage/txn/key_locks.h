#pragma once

#include <cstdint>
#include <vector>

namespace vecino::storage {

class LockOwner;

// Exclusive locks on unique keys that nobody else has asked for, which is nearly all of them: a load takes and releases one for each
// row. 64 neighbours (btree.cc makes neighbours of ascending numbers) that one owner holds are one record, so that ascending keys
// cost no cache miss each. Who asks for a key of another's turns it into a LockEntry. An open table with linear probing and
// deletion by shifting back (Knuth, The Art of Computer Programming 3, 6.4, algorithm R). Guarded by its stripe's mutex.
class KeyLocks {
 public:
  struct Lock {
    uint64_t block = 0;  // key >> 6
    LockOwner* owner = nullptr;
    uint64_t bits = 0;   // by the last six bits of the key
    uint32_t id = 0;
    uint64_t hash = 0;   // of id and block
  };
  static uint64_t block_of(uint64_t key) { return key >> 6; }
  static uint64_t bit_of(uint64_t key) { return uint64_t{1} << (key & 63); }

  // nullptr = nobody's, or not among these.
  LockOwner* find(uint32_t id, uint64_t key, uint64_t hash) const {
    if (locks_.empty()) return nullptr;
    for (size_t at = hash & mask(); locks_[at].owner != nullptr; at = (at + 1) & mask()) {
      if (is_block(locks_[at], id, block_of(key)) && (locks_[at].bits & bit_of(key)) != 0) return locks_[at].owner;
    }
    return nullptr;
  }
  // REQUIRES: find() found nobody.
  void add(uint32_t id, uint64_t key, uint64_t hash, LockOwner* owner) {
    if (size_ * 2 >= locks_.size()) grow();
    size_t at = hash & mask();
    for (; locks_[at].owner != nullptr; at = (at + 1) & mask()) {
      if (locks_[at].owner != owner || !is_block(locks_[at], id, block_of(key))) continue;
      locks_[at].bits |= bit_of(key);
      return;
    }
    locks_[at] = {block_of(key), owner, bit_of(key), id, hash};
    ++size_;
  }
  // Returns which of `bits` were the owner's here.
  uint64_t erase(uint32_t id, uint64_t block, uint64_t bits, uint64_t hash, const LockOwner* owner) {
    if (locks_.empty()) return 0;
    for (size_t at = hash & mask(); locks_[at].owner != nullptr; at = (at + 1) & mask()) {
      Lock& lock = locks_[at];
      if (lock.owner != owner || !is_block(lock, id, block)) continue;
      const uint64_t erased = lock.bits & bits;
      lock.bits &= ~bits;
      if (lock.bits == 0) close(at);
      return erased;
    }
    return 0;
  }
  template <typename Function>
  void for_each(Function function) const {
    for (const Lock& lock : locks_) {
      if (lock.owner != nullptr) function(lock);
    }
  }

 private:
  static constexpr size_t kMostKept = 4096;
  static bool is_block(const Lock& lock, uint32_t id, uint64_t block) { return lock.block == block && lock.id == id; }
  size_t mask() const { return locks_.size() - 1; }
  void close(size_t hole) {
    for (size_t next = (hole + 1) & mask(); locks_[next].owner != nullptr; next = (next + 1) & mask()) {
      // Only what does not lie between its home and here may move into the hole.
      if (((next - locks_[next].hash) & mask()) < ((next - hole) & mask())) continue;
      locks_[hole] = locks_[next];
      hole = next;
    }
    locks_[hole] = {};
    if (--size_ == 0 && locks_.size() > kMostKept) std::vector<Lock>().swap(locks_);
  }
  void grow() {
    std::vector<Lock> old(locks_.empty() ? 16 : locks_.size() * 2);
    old.swap(locks_);
    for (const Lock& lock : old) {
      if (lock.owner == nullptr) continue;
      size_t at = lock.hash & mask();
      while (locks_[at].owner != nullptr) at = (at + 1) & mask();
      locks_[at] = lock;
    }
  }

  std::vector<Lock> locks_;  // a power of two, at most half full; empty at first
  size_t size_ = 0;
};

}  // namespace vecino::storage
