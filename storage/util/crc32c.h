#pragma once

#include <cstdint>
#include <string_view>

namespace vecino {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4), continuing from `seed` (a checksum of what came before; 0 at the start). Uses the
// processor's instruction where there is one.
uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);

}  // namespace vecino
