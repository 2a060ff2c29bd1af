#pragma once

#include <cstdint>
#include <string_view>

#include "storage/util/arena.h"

namespace vecino::sql {

// An explicit cast cuts a value to its declared length, everything else (assignment, input) fails with 22001 unless only
// blanks are lost (manual 8.3).
enum class LengthCheck : uint8_t { kImplicit, kExplicit };

std::string_view varchar_limit(std::string_view text, int32_t typmod, LengthCheck check);
// Pads with blanks (in the arena) to the declared length.
std::string_view bpchar_limit(Arena& arena, std::string_view text, int32_t typmod, LengthCheck check);

}  // namespace vecino::sql
