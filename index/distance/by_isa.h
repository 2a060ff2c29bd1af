#pragma once

#include "index/distance/kernel_table.h"

namespace vecino::index {

// One of three tables of kernels. Not for files that are compiled with an instruction set of their own (kernel_table.h).
template <typename Table>
const Table& by_isa(Isa isa, const Table& scalar, const Table& avx2, const Table& avx512) {
  switch (isa) {
    case Isa::kScalar: return scalar;
    case Isa::kAvx2: return avx2;
    case Isa::kAvx512: return avx512;
  }
  return scalar;
}

}  // namespace vecino::index
