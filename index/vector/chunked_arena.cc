#include "index/vector/chunked_arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "storage/util/available_memory.h"

namespace vecino::index {
namespace {

constexpr size_t kFirstChunkBytes = 4096;
constexpr size_t kMappedChunkBytes = size_t{128} << 10;  // smaller ones are the allocator's: mappings are limited in number
constexpr size_t kAskedBytes = size_t{64} << 20;         // looked for at a time; below that nobody asks
constexpr size_t kReservedAtOnce = size_t{1} << 20, kReservedOfSmall = size_t{16} << 10;
constexpr size_t kHugePageThreshold = size_t{8} << 20;   // small indexes do not pay for whole huge pages
constexpr size_t kPage = 4096;

// Memory of the process for slots of `bytes`, in pieces: an index grows by single vectors.
size_t reserved_for(size_t bytes) {
  const size_t piece = bytes < kReservedAtOnce ? kReservedOfSmall : kReservedAtOnce;
  return (bytes + piece - 1) / piece * piece;
}

char* map_lazily(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

}  // namespace

bool ChunkedArena::is_mapped(size_t bytes) { return bytes >= kMappedChunkBytes; }

ChunkedArena::ChunkedArena(size_t stride, size_t limit) : stride_(stride), limit_(limit) {
  shift_ = std::bit_width(std::max<size_t>(1, kFirstChunkBytes / stride)) - 1;
}

ChunkedArena::~ChunkedArena() {
  for (size_t i = 0; i < chunk_count_; ++i) {
    char* memory = bases_[i] + first_of(i) * stride_;
    if (is_mapped(bytes_of(i))) {
      munmap(memory, bytes_of(i));
    } else {
      std::free(memory);
    }
  }
}

Status ChunkedArena::ensure(size_t count) {
  if (count > limit_) return Status::error(sqlstate::kProgramLimitExceeded, "vector index is full");
  std::lock_guard lock(mutex_);
  if (count * stride_ > memory_.bytes()) RETURN_IF_ERROR(memory_.resize(reserved_for(count * stride_)));
  // A chunk is touched as far as it is used, so memory is asked for in steps of its own.
  if (const size_t bytes = count * stride_; bytes > std::max(asked_, kAskedBytes)) {
    const size_t wanted = (bytes + kAskedBytes - 1) / kAskedBytes * kAskedBytes;
    RETURN_IF_ERROR(check_available_memory(wanted - std::max(asked_, kAskedBytes), "A vector index"));
    asked_ = wanted;
  }
  while (first_of(chunk_count_) < count) {
    const size_t bytes = bytes_of(chunk_count_);
    char* chunk = is_mapped(bytes) ? map_lazily(bytes) : static_cast<char*>(std::calloc(1, bytes));
    if (chunk == nullptr) return Status::error(sqlstate::kOutOfMemory, "out of memory", "A vector index could not grow.");
    bases_[chunk_count_] = chunk - first_of(chunk_count_) * stride_;
    ++chunk_count_;
  }
  if (count * stride_ >= kHugePageThreshold) {
    for (; advised_ < chunk_count_; ++advised_) {
      if (!is_mapped(bytes_of(advised_))) continue;
      (void)madvise(bases_[advised_] + first_of(advised_) * stride_, bytes_of(advised_), MADV_HUGEPAGE);
    }
  }
  return Status::ok();
}

void ChunkedArena::discard(size_t begin, size_t end) {
  while (begin < end) {
    const size_t until = std::min(end, end_of_chunk(begin));
    if (is_mapped(bytes_of(chunk_of(begin)))) {
      const uintptr_t from = (reinterpret_cast<uintptr_t>(at(begin)) + kPage - 1) / kPage * kPage;
      const uintptr_t to = (reinterpret_cast<uintptr_t>(at(begin)) + (until - begin) * stride_) / kPage * kPage;
      if (from < to) (void)madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
    }
    begin = until;
  }
}

}  // namespace vecino::index
