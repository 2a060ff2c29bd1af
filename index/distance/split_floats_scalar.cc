#include "index/distance/by_isa.h"
#include "index/distance/split_floats.h"

namespace vecino::index {
namespace {

#include "index/distance/split_floats.inc"

}  // namespace

const SplitKernels kScalarSplit = {split, join};

const SplitKernels& split_kernels(Isa isa) { return by_isa(isa, kScalarSplit, kAvx2Split, kAvx512Split); }

}  // namespace vecino::index
