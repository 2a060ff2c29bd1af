#include "storage/util/crc32c.h"

#include <array>

#include "storage/util/bytes.h"

namespace vecino {
namespace {

// Slicing by 8 over the reflected polynomial.
struct Tables {
  std::array<std::array<uint32_t, 256>, 8> t{};
  constexpr Tables() {
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78u : 0);
      t[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; ++i) {
      for (size_t s = 1; s < 8; ++s) t[s][i] = (t[s - 1][i] >> 8) ^ t[0][t[s - 1][i] & 0xff];
    }
  }
};
constexpr Tables kTables;

uint32_t portable(std::string_view bytes, uint32_t crc) {
  const char* p = bytes.data();
  const char* end = p + bytes.size();
  for (; end - p >= 8; p += 8) {
    uint64_t word = load_le<uint64_t>(p) ^ crc;
    crc = 0;
    for (size_t i = 0; i < 8; ++i) crc ^= kTables.t[7 - i][(word >> (8 * i)) & 0xff];
  }
  for (; p < end; ++p) crc = (crc >> 8) ^ kTables.t[0][(crc ^ static_cast<uint8_t>(*p)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t hardware(std::string_view bytes, uint32_t seed) {
  const char* p = bytes.data();
  const char* end = p + bytes.size();
  uint64_t crc = seed;
  for (; end - p >= 8; p += 8) crc = __builtin_ia32_crc32di(crc, load_le<uint64_t>(p));
  for (; p < end; ++p) crc = __builtin_ia32_crc32qi(static_cast<uint32_t>(crc), static_cast<uint8_t>(*p));
  return static_cast<uint32_t>(crc);
}
const bool kHasInstruction = __builtin_cpu_supports("sse4.2");
#else
constexpr bool kHasInstruction = false;
uint32_t hardware(std::string_view bytes, uint32_t seed) { return portable(bytes, seed); }
#endif

}  // namespace

uint32_t crc32c(std::string_view bytes, uint32_t seed) {
  return ~(kHasInstruction ? hardware(bytes, ~seed) : portable(bytes, ~seed));
}

}  // namespace vecino
