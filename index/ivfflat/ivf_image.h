#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "index/vector/build_block.h"
#include "index/vector/core.h"

namespace vecino::index::ivfflat {

// An IVFFlat image: the centres ('h'), vectors with their rows ('v') in any order, and the list of each ('l'). Lists stand apart
// because a build writes the vectors while it still looks for the centres.
//   'v': per vector: row id (8), float32 values.   'l': per vector of the 'v' piece with the same number: list (4).
size_t vectors_per_piece(size_t dimensions);

// A thread of its own makes pieces of blocks and writes them. Not thread-safe.
class VectorPieces {
 public:
  // add() waits while `most_waiting` blocks are not written yet.
  VectorPieces(ImageWriter& image, size_t dimensions, size_t most_waiting);
  ~VectorPieces();
  Status add(BuildBlock block);
  // No more vectors: what there is becomes durable while the caller goes on.
  void close();
  // `lists`: of every vector added, in that order.
  Status finish(std::span<const uint32_t> lists);

 private:
  // The writer thread's.
  Status write_all();
  bool next_block(BuildBlock& block);
  Status write_block(const BuildBlock& block);
  Status write_piece();
  // What the writer thread came to; joins it.
  Status join();

  const size_t dimensions_, per_piece_, most_waiting_;
  ImagePart lists_;
  // Writer thread, until joined.
  ImagePart vectors_;
  std::string piece_;
  size_t in_piece_ = 0;  // vectors
  uint32_t pieces_ = 0;  // written

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<BuildBlock> waiting_;  // guarded by mutex_
  bool closed_ = false;             // guarded by mutex_
  Status status_;                   // guarded by mutex_
  std::thread writer_;
};

}  // namespace vecino::index::ivfflat
