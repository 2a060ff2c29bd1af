#include "index/vector/chunked_arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>

#include "storage/util/available_memory.h"

namespace vecino::index {
namespace {

constexpr size_t kChunkBytes = size_t{64} << 20;
constexpr size_t kHugePageThreshold = size_t{8} << 20;  // small indexes do not pay for whole huge pages

char* map_lazily(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

}  // namespace

ChunkedArena::ChunkedArena(size_t stride, size_t limit) : stride_(stride), limit_(limit) {
  shift_ = std::bit_width(std::max<size_t>(1, kChunkBytes / stride)) - 1;
  mask_ = (size_t{1} << shift_) - 1;
  table_bytes_ = ((limit >> shift_) + 1) * sizeof(char*);
  chunks_ = reinterpret_cast<char**>(map_lazily(table_bytes_));
}

ChunkedArena::~ChunkedArena() {
  for (size_t i = 0; i < chunk_count_; ++i) munmap(chunks_[i], (mask_ + 1) * stride_);
  if (chunks_ != nullptr) munmap(chunks_, table_bytes_);
}

Status ChunkedArena::ensure(size_t count) {
  if (count > limit_) return Status::error(sqlstate::kProgramLimitExceeded, "vector index is full");
  std::lock_guard lock(mutex_);
  size_t chunk_bytes = (mask_ + 1) * stride_;
  while (chunks_ != nullptr && chunk_count_ << shift_ < count) {
    // The first chunk of a small index will be touched in part only.
    if (chunk_count_ > 0) RETURN_IF_ERROR(check_available_memory(chunk_bytes, "A vector index"));
    char* chunk = map_lazily(chunk_bytes);
    if (chunk == nullptr) break;
    chunks_[chunk_count_++] = chunk;
  }
  if (chunks_ == nullptr || chunk_count_ << shift_ < count) {
    return Status::error(sqlstate::kOutOfMemory, "out of memory", "A vector index could not grow.");
  }
  if (count * stride_ >= kHugePageThreshold) {
    for (; advised_ < chunk_count_; ++advised_) (void)madvise(chunks_[advised_], chunk_bytes, MADV_HUGEPAGE);
  }
  return Status::ok();
}

}  // namespace vecino::index
