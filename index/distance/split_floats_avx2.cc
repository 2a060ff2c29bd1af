#include "index/distance/split_floats.h"

namespace vecino::index {
namespace {

#include "index/distance/split_floats.inc"

}  // namespace

const SplitKernels kAvx2Split = {split, join};

}  // namespace vecino::index
