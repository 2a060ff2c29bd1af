#pragma once

#include <cstddef>
#include <cstdint>

namespace vecino::index {

// The dense number of a vector in memory.
using NodeId = uint32_t;
inline constexpr NodeId kNoNode = 0x7fffffff;
inline constexpr size_t kMaxNodes = size_t{1} << 30;

}  // namespace vecino::index
