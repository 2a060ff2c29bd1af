#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace vecino {

// Bump allocator for values that live as long as a batch or a statement. Not thread-safe.
// reset() keeps the first block, so a steady state allocates nothing.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  char* allocate(size_t bytes, size_t alignment = 8) {
    size_t start = (used_ + alignment - 1) & ~(alignment - 1);
    if (current_ == nullptr || start + bytes > capacity_) return allocate_slow(bytes);
    used_ = start + bytes;
    return current_ + start;
  }
  std::string_view copy(std::string_view bytes) {
    if (bytes.empty()) return {"", 0};
    char* target = allocate(bytes.size(), 1);
    std::memcpy(target, bytes.data(), bytes.size());
    return {target, bytes.size()};
  }
  void reset() {
    if (blocks_.size() > 1) blocks_.erase(blocks_.begin() + 1, blocks_.end());
    if (!blocks_.empty()) {
      current_ = blocks_[0].data.get();
      capacity_ = blocks_[0].size;
    }
    used_ = 0;
    total_ = blocks_.empty() ? 0 : blocks_[0].size;
  }
  // Bytes held from the system, for memory accounting.
  size_t memory_usage() const { return total_; }

 private:
  struct Block {
    std::unique_ptr<char[]> data;
    size_t size;
  };
  char* allocate_slow(size_t bytes) {
    size_t size = blocks_.empty() ? 4096 : std::min<size_t>(blocks_.back().size * 2, 1 << 20);
    if (size < bytes + 16) size = bytes + 16;
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    total_ += size;
    current_ = blocks_.back().data.get();
    capacity_ = size;
    used_ = bytes;
    return current_;
  }

  std::vector<Block> blocks_;
  char* current_ = nullptr;
  size_t capacity_ = 0;
  size_t used_ = 0;
  size_t total_ = 0;
};

}  // namespace vecino
