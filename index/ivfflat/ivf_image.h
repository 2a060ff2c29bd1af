#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "index/vector/core.h"

namespace vecino::index::ivfflat {

// An IVFFlat image: the centres ('h'), vectors with their rows ('v') in any order, and the list of each ('l'). Lists stand apart
// because a build writes the vectors while it still looks for the centres.
//   'v': per vector: row id (8), float32 values.   'l': per vector of the 'v' piece with the same number: list (4).
size_t vectors_per_piece(size_t dimensions);

// Hands full pieces to a thread of its own, which writes them. Not thread-safe.
class VectorPieces {
 public:
  VectorPieces(ImageWriter& image, size_t dimensions);
  ~VectorPieces();
  Status add(RowId row, const void* values);
  // `lists`: of every vector added, in that order.
  Status finish(std::span<const uint32_t> lists);

 private:
  // The writer thread's error, if it had one.
  Status hand_over();
  void write_loop();
  // What the writer thread came to; joins it.
  Status join();

  const size_t value_bytes_, per_piece_;
  ImagePart vectors_;  // writer thread, until joined
  ImagePart lists_;
  std::string piece_;
  size_t count_ = 0;  // vectors added

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;  // guarded by mutex_
  bool done_ = false;                // guarded by mutex_
  Status status_;                    // guarded by mutex_
  std::thread writer_;
};

}  // namespace vecino::index::ivfflat
