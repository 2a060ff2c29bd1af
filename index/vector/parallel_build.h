#pragma once

#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "index/vector/build_block.h"
#include "index/vector/core.h"

namespace vecino::index {

// Reads a build source into blocks of indexable vectors: no NULLs, no zero vectors under the cosine.
class BlockReader {
 public:
  BlockReader(const IndexDefinition& definition, BuildSource& source, Arena& arena)
      : definition_(definition), source_(source), arena_(arena) {}
  // False = the end. A block may be empty.
  Result<bool> next(BuildBlock& block);

 private:
  const IndexDefinition& definition_;
  BuildSource& source_;
  Arena& arena_;
  BlockMemory memory_;
  size_t rows_ = 0;
};

// Feeds blocks to consume() on the calling thread and `helpers` others. Stops at the first error or cancel.
Status consume_blocks(BlockReader& reader, std::vector<BuildBlock> first, int helpers, const CancelState* cancel,
                      const std::function<Status(const BuildBlock&)>& consume);
int build_helpers(const BuildContext& context);

}  // namespace vecino::index
