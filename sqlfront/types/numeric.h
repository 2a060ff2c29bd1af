#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/util/arena.h"
#include "storage/util/datum.h"

namespace vecino::sql {

// numeric (manual 8.1.2): exact decimals, NaN, +-Infinity. Packed form, little-endian:
//   u8 form (NumericForm) | u16 display scale | magnitude of value * 10^scale, least significant byte first, no zero at
//   the top
enum class NumericForm : uint8_t { kPositive = 0, kNegative = 1, kNaN = 2, kInfinity = 3, kNegativeInfinity = 4 };

inline NumericForm numeric_form(const Datum& value) { return static_cast<NumericForm>(value.ptr[0]); }
inline bool numeric_is_nan(const Datum& value) { return numeric_form(value) == NumericForm::kNaN; }
inline bool numeric_is_finite(const Datum& value) { return numeric_form(value) <= NumericForm::kNegative; }
int numeric_scale(const Datum& value);

// typmod = precision and scale, see numeric_typmod(); -1 = any. 22P02, 22003 `value overflows numeric format`, 22003
// `numeric field overflow`.
Datum numeric_from_text(Arena& arena, std::string_view text, int32_t typmod = -1);
Datum numeric_from_int(Arena& arena, int64_t value);
Datum numeric_from_int128(Arena& arena, __int128 value);
// As the casts do: rounded to 15 (float8) or 6 (float4) significant digits.
Datum numeric_from_float8(Arena& arena, double value);
Datum numeric_from_float4(Arena& arena, float value);

void numeric_to_text(const Datum& value, std::string& out);
double numeric_to_float8(const Datum& value);
// Rounded half away from zero; `type` is named in 22003 `integer out of range`.
int64_t numeric_to_int(const Datum& value, int64_t minimum, int64_t maximum, std::string_view type);

int numeric_compare(const Datum& left, const Datum& right);  // NaN is the greatest
uint64_t numeric_hash(const Datum& value);
Datum numeric_apply_typmod(Arena& arena, const Datum& value, int32_t typmod);

}  // namespace vecino::sql
