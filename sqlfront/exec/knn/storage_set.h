#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace vecino::sql {

// A set of storage ids that only grows. contains() is two loads, for paths that every written row takes; thread-safe. An id
// is found by every thread that learns of the insertion (its table's description was handed over after it).
class StorageSet {
 public:
  bool contains(uint32_t id) const {
    const Chunk* chunk = chunks_[id >> kChunkBits].load(std::memory_order_acquire);
    return chunk != nullptr && ((*chunk)[word(id)].load(std::memory_order_relaxed) >> (id % 64) & 1) != 0;
  }
  // False = it was there.
  bool insert(uint32_t id) {
    std::lock_guard lock(mutex_);
    std::atomic<Chunk*>& slot = chunks_[id >> kChunkBits];
    if (slot.load(std::memory_order_relaxed) == nullptr) {
      owned_.push_back(std::make_unique<Chunk>());
      slot.store(owned_.back().get(), std::memory_order_release);
    }
    uint64_t bit = uint64_t{1} << (id % 64);
    return ((*slot.load(std::memory_order_relaxed))[word(id)].fetch_or(bit, std::memory_order_relaxed) & bit) == 0;
  }

 private:
  static constexpr int kChunkBits = 18;
  using Chunk = std::array<std::atomic<uint64_t>, (size_t{1} << kChunkBits) / 64>;
  static size_t word(uint32_t id) { return (id & ((1u << kChunkBits) - 1)) / 64; }

  std::array<std::atomic<Chunk*>, (size_t{1} << (32 - kChunkBits))> chunks_{};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Chunk>> owned_;
};

}  // namespace vecino::sql
