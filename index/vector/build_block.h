#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "index/api/access_method.h"

namespace vecino::index {

// Rows to index, read from the table together. Copies share the vectors.
struct BuildBlock {
  size_t first = 0;  // rows of the blocks before
  std::vector<RowId> rows;
  std::shared_ptr<float[]> vectors;  // rows.size() x dimensions, row-major

  const float* vector(size_t i, size_t dimensions) const { return vectors.get() + i * dimensions; }
};

// Memory for the vectors of many blocks, in huge pages when it becomes much: faults of small ones were a tenth of a build. Not
// thread-safe; what it gave may be let go on any thread.
class BlockMemory {
 public:
  // Not initialized. count > 0. nullptr when the system gives no memory.
  std::shared_ptr<float[]> allocate(size_t count);

 private:
  std::shared_ptr<char> slab_;
  size_t used_ = 0, size_ = 0;
};

}  // namespace vecino::index
