#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "storage/util/memory_budget.h"
#include "storage/util/status.h"

namespace vecino::index {

// Fixed-size slots by dense number, in chunks that never move: readers keep addresses while writers grow the arena. Each chunk is as
// large as all before it, so that a small arena takes a few kilobytes, also of address space, and a large one has few chunks.
// Memory is zero when first seen and is touched only as far as it is used; large arenas ask for huge pages.
// at() takes no lock: whoever learns a number through a release store may use its slot. ensure() is thread-safe.
class ChunkedArena {
 public:
  // `stride`: bytes of a slot, a multiple of 4. `limit`: most slots ever.
  ChunkedArena(size_t stride, size_t limit);
  ~ChunkedArena();
  ChunkedArena(const ChunkedArena&) = delete;
  ChunkedArena& operator=(const ChunkedArena&) = delete;

  // Makes slots [0, count) usable. 53200 when the system gives no memory, 54000 beyond the limit.
  Status ensure(size_t count);
  char* at(size_t i) const { return bases_[chunk_of(i)] + i * stride_; }
  size_t stride() const { return stride_; }
  // Slots before it and from it on may not be contiguous: the end of the chunk that has `i`.
  size_t end_of_chunk(size_t i) const { return size_t{1} << (shift_ + chunk_of(i)); }
  // Gives back the memory of slots [begin, end) as far as it is whole pages. Their values are lost: zeros, or what they were.
  void discard(size_t begin, size_t end);

 private:
  static constexpr size_t kMostChunks = 40;
  size_t chunk_of(size_t i) const { return static_cast<size_t>(std::bit_width(i >> shift_)); }
  size_t first_of(size_t chunk) const { return chunk == 0 ? 0 : size_t{1} << (shift_ + chunk - 1); }
  size_t bytes_of(size_t chunk) const { return (end_of_chunk(first_of(chunk)) - first_of(chunk)) * stride_; }
  static bool is_mapped(size_t bytes);

  const size_t stride_, limit_;
  int shift_;
  char* bases_[kMostChunks] = {};  // where slot 0 would be if the arena were this chunk only
  std::mutex mutex_;
  size_t chunk_count_ = 0, advised_ = 0, asked_ = 0;  // guarded by mutex_; asked_: bytes known to be available
  MemoryReservation memory_{MemoryPart::kVectorIndexes};  // of the slots in use; guarded by mutex_
};

}  // namespace vecino::index
