#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "storage/util/status.h"

namespace vecino::index {

// Fixed-size slots by dense number, in chunks that never move: readers keep addresses while writers grow the arena.
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
  char* at(size_t i) const { return chunks_[i >> shift_] + (i & mask_) * stride_; }
  size_t stride() const { return stride_; }
  size_t slots_per_chunk() const { return mask_ + 1; }  // at(i) to at(j) are contiguous within a chunk

 private:
  size_t stride_, limit_;
  int shift_;
  size_t mask_;
  char** chunks_ = nullptr;  // lazily touched table with room for every chunk
  size_t table_bytes_;
  std::mutex mutex_;
  size_t chunk_count_ = 0, advised_ = 0;  // guarded by mutex_
};

}  // namespace vecino::index
