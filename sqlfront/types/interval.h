#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sqlfront/types/calendar.h"
#include "sqlfront/types/datetime_settings.h"
#include "storage/util/arena.h"
#include "storage/util/datum.h"

namespace vecino::sql {

// interval (manual 8.5.4). Packed: i64 micros, i32 days, i32 months, little-endian.
struct Interval {
  int64_t micros = 0;
  int32_t days = 0;
  int32_t months = 0;
};
Interval load_interval(const Datum& value);
Datum store_interval(Arena& arena, const Interval& value);

// Type modifier: fields (INTERVAL DAY TO SECOND) in the upper and precision in the lower 16 bits.
inline constexpr int kIntervalFullRange = 0x7fff, kIntervalFullPrecision = 0xffff;
inline constexpr int kFieldMonth = 1 << 1, kFieldYear = 1 << 2, kFieldDay = 1 << 3, kFieldHour = 1 << 10,
                     kFieldMinute = 1 << 11, kFieldSecond = 1 << 12;
inline int interval_range(int32_t typmod) { return typmod < 0 ? kIntervalFullRange : typmod >> 16 & 0x7fff; }
inline int interval_precision(int32_t typmod) { return typmod < 0 ? kIntervalFullPrecision : typmod & 0xffff; }

// 22007 invalid input syntax, 22008 `interval field value out of range`.
Interval parse_interval(std::string_view text, int32_t typmod, IntervalStyle style);
void append_interval(std::string& out, const Interval& value, IntervalStyle style);
Interval apply_interval_typmod(const Interval& value, int32_t typmod);

// 30-day months and 24-hour days, as comparison sees intervals.
inline __int128 interval_span(const Interval& value) {
  return static_cast<__int128>(value.months) * 30 * kMicrosPerDay + static_cast<__int128>(value.days) * kMicrosPerDay + value.micros;
}
int compare_intervals(const Interval& left, const Interval& right);
[[noreturn]] void throw_interval_range();

}  // namespace vecino::sql
