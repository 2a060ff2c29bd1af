#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/interval.h"

// Comparisons of dates, times and intervals, also across date, timestamp and timestamptz.
namespace vecino::sql {
namespace {
using namespace tables;

// Order of what `kind` compares: how a datum becomes a comparable instant.
struct Plain {
  static int64_t get(CallContext&, int64_t value) { return value; }
};
// Dates beyond the range of timestamps compare as if infinite.
struct DateAsTimestamp {
  static int64_t get(CallContext&, int64_t date) {
    if (date >= kTimestampEnd / kMicrosPerDay) return kTimestampInfinity;
    if (date == kDateNegativeInfinity) return kTimestampNegativeInfinity;
    return date * kMicrosPerDay;
  }
};
struct DateAsInstant {
  static int64_t get(CallContext& context, int64_t date) {
    return to_instant(DateAsTimestamp::get(context, date), datetime_settings(context).zone);
  }
};
struct TimestampAsInstant {
  static int64_t get(CallContext& context, int64_t value) { return to_instant(value, datetime_settings(context).zone); }
};

template <typename L, typename R>
bool equal(CallContext& c, int64_t a, int64_t b) { return L::get(c, a) == R::get(c, b); }
template <typename L, typename R>
bool not_equal(CallContext& c, int64_t a, int64_t b) { return L::get(c, a) != R::get(c, b); }
template <typename L, typename R>
bool less(CallContext& c, int64_t a, int64_t b) { return L::get(c, a) < R::get(c, b); }
template <typename L, typename R>
bool less_equal(CallContext& c, int64_t a, int64_t b) { return L::get(c, a) <= R::get(c, b); }
template <typename L, typename R>
bool greater(CallContext& c, int64_t a, int64_t b) { return L::get(c, a) > R::get(c, b); }
template <typename L, typename R>
bool greater_equal(CallContext& c, int64_t a, int64_t b) { return L::get(c, a) >= R::get(c, b); }
template <typename L, typename R>
int32_t compare(CallContext& c, int64_t a, int64_t b) {
  int64_t left = L::get(c, a), right = R::get(c, b);
  return left < right ? -1 : left > right;
}
int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

template <TypeId kType>
int order(const Datum& a, const Datum& b) {
  if constexpr (kType == kInterval) {
    return compare_intervals(load_interval(a), load_interval(b));
  } else {
    TimeTz left = load_timetz(a), right = load_timetz(b);
    int64_t x = left.micros + left.zone * kMicrosPerSecond, y = right.micros + right.zone * kMicrosPerSecond;
    if (x != y) return x < y ? -1 : 1;
    return left.zone < right.zone ? -1 : left.zone > right.zone;
  }
}
template <TypeId kType>
bool packed_equal(Datum a, Datum b) { return order<kType>(a, b) == 0; }
template <TypeId kType>
bool packed_not_equal(Datum a, Datum b) { return order<kType>(a, b) != 0; }
template <TypeId kType>
bool packed_less(Datum a, Datum b) { return order<kType>(a, b) < 0; }
template <TypeId kType>
bool packed_less_equal(Datum a, Datum b) { return order<kType>(a, b) <= 0; }
template <TypeId kType>
bool packed_greater(Datum a, Datum b) { return order<kType>(a, b) > 0; }
template <TypeId kType>
bool packed_greater_equal(Datum a, Datum b) { return order<kType>(a, b) >= 0; }
template <TypeId kType>
int32_t packed_compare(Datum a, Datum b) { return order<kType>(a, b); }
template <TypeId kType>
Datum packed_larger(Datum a, Datum b) { return order<kType>(a, b) > 0 ? a : b; }
template <TypeId kType>
Datum packed_smaller(Datum a, Datum b) { return order<kType>(a, b) < 0 ? a : b; }

const FunctionDef kFunctions[] = {
    {1086, "date_eq", {kDate, kDate}, kBool, kImmutable, kStrict, row<equal<Plain, Plain>>, batch<equal<Plain, Plain>>},
    {1091, "date_ne", {kDate, kDate}, kBool, kImmutable, kStrict, row<not_equal<Plain, Plain>>, batch<not_equal<Plain,
     Plain>>},
    {1087, "date_lt", {kDate, kDate}, kBool, kImmutable, kStrict, row<less<Plain, Plain>>, batch<less<Plain, Plain>>},
    {1088, "date_le", {kDate, kDate}, kBool, kImmutable, kStrict, row<less_equal<Plain, Plain>>, batch<less_equal<Plain,
     Plain>>},
    {1089, "date_gt", {kDate, kDate}, kBool, kImmutable, kStrict, row<greater<Plain, Plain>>, batch<greater<Plain,
     Plain>>},
    {1090, "date_ge", {kDate, kDate}, kBool, kImmutable, kStrict, row<greater_equal<Plain, Plain>>,
     batch<greater_equal<Plain, Plain>>},
    {1092, "date_cmp", {kDate, kDate}, kInt4, kImmutable, kStrict, row<compare<Plain, Plain>>},
    {1138, "date_larger", {kDate, kDate}, kDate, kImmutable, kStrict, row<larger>},
    {1139, "date_smaller", {kDate, kDate}, kDate, kImmutable, kStrict, row<smaller>},
    {1145, "time_eq", {kTime, kTime}, kBool, kImmutable, kStrict, row<equal<Plain, Plain>>, batch<equal<Plain, Plain>>},
    {1106, "time_ne", {kTime, kTime}, kBool, kImmutable, kStrict, row<not_equal<Plain, Plain>>, batch<not_equal<Plain,
     Plain>>},
    {1102, "time_lt", {kTime, kTime}, kBool, kImmutable, kStrict, row<less<Plain, Plain>>, batch<less<Plain, Plain>>},
    {1103, "time_le", {kTime, kTime}, kBool, kImmutable, kStrict, row<less_equal<Plain, Plain>>, batch<less_equal<Plain,
     Plain>>},
    {1104, "time_gt", {kTime, kTime}, kBool, kImmutable, kStrict, row<greater<Plain, Plain>>, batch<greater<Plain,
     Plain>>},
    {1105, "time_ge", {kTime, kTime}, kBool, kImmutable, kStrict, row<greater_equal<Plain, Plain>>,
     batch<greater_equal<Plain, Plain>>},
    {1107, "time_cmp", {kTime, kTime}, kInt4, kImmutable, kStrict, row<compare<Plain, Plain>>},
    {1377, "time_larger", {kTime, kTime}, kTime, kImmutable, kStrict, row<larger>},
    {1378, "time_smaller", {kTime, kTime}, kTime, kImmutable, kStrict, row<smaller>},
    {2052, "timestamp_eq", {kTimestamp, kTimestamp}, kBool, kImmutable, kStrict, row<equal<Plain, Plain>>,
     batch<equal<Plain, Plain>>},
    {2053, "timestamp_ne", {kTimestamp, kTimestamp}, kBool, kImmutable, kStrict, row<not_equal<Plain, Plain>>,
     batch<not_equal<Plain, Plain>>},
    {2054, "timestamp_lt", {kTimestamp, kTimestamp}, kBool, kImmutable, kStrict, row<less<Plain, Plain>>,
     batch<less<Plain, Plain>>},
    {2055, "timestamp_le", {kTimestamp, kTimestamp}, kBool, kImmutable, kStrict, row<less_equal<Plain, Plain>>,
     batch<less_equal<Plain, Plain>>},
    {2057, "timestamp_gt", {kTimestamp, kTimestamp}, kBool, kImmutable, kStrict, row<greater<Plain, Plain>>,
     batch<greater<Plain, Plain>>},
    {2056, "timestamp_ge", {kTimestamp, kTimestamp}, kBool, kImmutable, kStrict, row<greater_equal<Plain, Plain>>,
     batch<greater_equal<Plain, Plain>>},
    {2045, "timestamp_cmp", {kTimestamp, kTimestamp}, kInt4, kImmutable, kStrict, row<compare<Plain, Plain>>},
    {2036, "timestamp_larger", {kTimestamp, kTimestamp}, kTimestamp, kImmutable, kStrict, row<larger>},
    {2035, "timestamp_smaller", {kTimestamp, kTimestamp}, kTimestamp, kImmutable, kStrict, row<smaller>},
    {1152, "timestamptz_eq", {kTimestamptz, kTimestamptz}, kBool, kImmutable, kStrict, row<equal<Plain, Plain>>,
     batch<equal<Plain, Plain>>},
    {1153, "timestamptz_ne", {kTimestamptz, kTimestamptz}, kBool, kImmutable, kStrict, row<not_equal<Plain, Plain>>,
     batch<not_equal<Plain, Plain>>},
    {1154, "timestamptz_lt", {kTimestamptz, kTimestamptz}, kBool, kImmutable, kStrict, row<less<Plain, Plain>>,
     batch<less<Plain, Plain>>},
    {1155, "timestamptz_le", {kTimestamptz, kTimestamptz}, kBool, kImmutable, kStrict, row<less_equal<Plain, Plain>>,
     batch<less_equal<Plain, Plain>>},
    {1157, "timestamptz_gt", {kTimestamptz, kTimestamptz}, kBool, kImmutable, kStrict, row<greater<Plain, Plain>>,
     batch<greater<Plain, Plain>>},
    {1156, "timestamptz_ge", {kTimestamptz, kTimestamptz}, kBool, kImmutable, kStrict, row<greater_equal<Plain, Plain>>,
     batch<greater_equal<Plain, Plain>>},
    {1314, "timestamptz_cmp", {kTimestamptz, kTimestamptz}, kInt4, kImmutable, kStrict, row<compare<Plain, Plain>>},
    {1196, "timestamptz_larger", {kTimestamptz, kTimestamptz}, kTimestamptz, kImmutable, kStrict, row<larger>},
    {1195, "timestamptz_smaller", {kTimestamptz, kTimestamptz}, kTimestamptz, kImmutable, kStrict, row<smaller>},
    {2340, "date_eq_timestamp", {kDate, kTimestamp}, kBool, kImmutable, kStrict, row<equal<DateAsTimestamp, Plain>>},
    {2343, "date_ne_timestamp", {kDate, kTimestamp}, kBool, kImmutable, kStrict, row<not_equal<DateAsTimestamp,
     Plain>>},
    {2338, "date_lt_timestamp", {kDate, kTimestamp}, kBool, kImmutable, kStrict, row<less<DateAsTimestamp, Plain>>},
    {2339, "date_le_timestamp", {kDate, kTimestamp}, kBool, kImmutable, kStrict, row<less_equal<DateAsTimestamp,
     Plain>>},
    {2341, "date_gt_timestamp", {kDate, kTimestamp}, kBool, kImmutable, kStrict, row<greater<DateAsTimestamp, Plain>>},
    {2342, "date_ge_timestamp", {kDate, kTimestamp}, kBool, kImmutable, kStrict, row<greater_equal<DateAsTimestamp,
     Plain>>},
    {2344, "date_cmp_timestamp", {kDate, kTimestamp}, kInt4, kImmutable, kStrict, row<compare<DateAsTimestamp, Plain>>},
    {2366, "timestamp_eq_date", {kTimestamp, kDate}, kBool, kImmutable, kStrict, row<equal<Plain, DateAsTimestamp>>},
    {2369, "timestamp_ne_date", {kTimestamp, kDate}, kBool, kImmutable, kStrict, row<not_equal<Plain,
     DateAsTimestamp>>},
    {2364, "timestamp_lt_date", {kTimestamp, kDate}, kBool, kImmutable, kStrict, row<less<Plain, DateAsTimestamp>>},
    {2365, "timestamp_le_date", {kTimestamp, kDate}, kBool, kImmutable, kStrict, row<less_equal<Plain,
     DateAsTimestamp>>},
    {2367, "timestamp_gt_date", {kTimestamp, kDate}, kBool, kImmutable, kStrict, row<greater<Plain, DateAsTimestamp>>},
    {2368, "timestamp_ge_date", {kTimestamp, kDate}, kBool, kImmutable, kStrict, row<greater_equal<Plain,
     DateAsTimestamp>>},
    {2370, "timestamp_cmp_date", {kTimestamp, kDate}, kInt4, kImmutable, kStrict, row<compare<Plain, DateAsTimestamp>>},
    {2353, "date_eq_timestamptz", {kDate, kTimestamptz}, kBool, kStable, kStrict, row<equal<DateAsInstant, Plain>>},
    {2356, "date_ne_timestamptz", {kDate, kTimestamptz}, kBool, kStable, kStrict, row<not_equal<DateAsInstant, Plain>>},
    {2351, "date_lt_timestamptz", {kDate, kTimestamptz}, kBool, kStable, kStrict, row<less<DateAsInstant, Plain>>},
    {2352, "date_le_timestamptz", {kDate, kTimestamptz}, kBool, kStable, kStrict, row<less_equal<DateAsInstant,
     Plain>>},
    {2354, "date_gt_timestamptz", {kDate, kTimestamptz}, kBool, kStable, kStrict, row<greater<DateAsInstant, Plain>>},
    {2355, "date_ge_timestamptz", {kDate, kTimestamptz}, kBool, kStable, kStrict, row<greater_equal<DateAsInstant,
     Plain>>},
    {2357, "date_cmp_timestamptz", {kDate, kTimestamptz}, kInt4, kStable, kStrict, row<compare<DateAsInstant, Plain>>},
    {2379, "timestamptz_eq_date", {kTimestamptz, kDate}, kBool, kStable, kStrict, row<equal<Plain, DateAsInstant>>},
    {2382, "timestamptz_ne_date", {kTimestamptz, kDate}, kBool, kStable, kStrict, row<not_equal<Plain, DateAsInstant>>},
    {2377, "timestamptz_lt_date", {kTimestamptz, kDate}, kBool, kStable, kStrict, row<less<Plain, DateAsInstant>>},
    {2378, "timestamptz_le_date", {kTimestamptz, kDate}, kBool, kStable, kStrict, row<less_equal<Plain,
     DateAsInstant>>},
    {2380, "timestamptz_gt_date", {kTimestamptz, kDate}, kBool, kStable, kStrict, row<greater<Plain, DateAsInstant>>},
    {2381, "timestamptz_ge_date", {kTimestamptz, kDate}, kBool, kStable, kStrict, row<greater_equal<Plain,
     DateAsInstant>>},
    {2383, "timestamptz_cmp_date", {kTimestamptz, kDate}, kInt4, kStable, kStrict, row<compare<Plain, DateAsInstant>>},
    {2522, "timestamp_eq_timestamptz", {kTimestamp, kTimestamptz}, kBool, kStable, kStrict,
     row<equal<TimestampAsInstant, Plain>>},
    {2525, "timestamp_ne_timestamptz", {kTimestamp, kTimestamptz}, kBool, kStable, kStrict,
     row<not_equal<TimestampAsInstant, Plain>>},
    {2520, "timestamp_lt_timestamptz", {kTimestamp, kTimestamptz}, kBool, kStable, kStrict, row<less<TimestampAsInstant,
     Plain>>},
    {2521, "timestamp_le_timestamptz", {kTimestamp, kTimestamptz}, kBool, kStable, kStrict,
     row<less_equal<TimestampAsInstant, Plain>>},
    {2523, "timestamp_gt_timestamptz", {kTimestamp, kTimestamptz}, kBool, kStable, kStrict,
     row<greater<TimestampAsInstant, Plain>>},
    {2524, "timestamp_ge_timestamptz", {kTimestamp, kTimestamptz}, kBool, kStable, kStrict,
     row<greater_equal<TimestampAsInstant, Plain>>},
    {2526, "timestamp_cmp_timestamptz", {kTimestamp, kTimestamptz}, kInt4, kStable, kStrict,
     row<compare<TimestampAsInstant, Plain>>},
    {2529, "timestamptz_eq_timestamp", {kTimestamptz, kTimestamp}, kBool, kStable, kStrict, row<equal<Plain,
     TimestampAsInstant>>},
    {2532, "timestamptz_ne_timestamp", {kTimestamptz, kTimestamp}, kBool, kStable, kStrict, row<not_equal<Plain,
     TimestampAsInstant>>},
    {2527, "timestamptz_lt_timestamp", {kTimestamptz, kTimestamp}, kBool, kStable, kStrict, row<less<Plain,
     TimestampAsInstant>>},
    {2528, "timestamptz_le_timestamp", {kTimestamptz, kTimestamp}, kBool, kStable, kStrict, row<less_equal<Plain,
     TimestampAsInstant>>},
    {2530, "timestamptz_gt_timestamp", {kTimestamptz, kTimestamp}, kBool, kStable, kStrict, row<greater<Plain,
     TimestampAsInstant>>},
    {2531, "timestamptz_ge_timestamp", {kTimestamptz, kTimestamp}, kBool, kStable, kStrict, row<greater_equal<Plain,
     TimestampAsInstant>>},
    {2533, "timestamptz_cmp_timestamp", {kTimestamptz, kTimestamp}, kInt4, kStable, kStrict, row<compare<Plain,
     TimestampAsInstant>>},
    {1352, "timetz_eq", {kTimetz, kTimetz}, kBool, kImmutable, kStrict, row<packed_equal<kTimetz>>},
    {1353, "timetz_ne", {kTimetz, kTimetz}, kBool, kImmutable, kStrict, row<packed_not_equal<kTimetz>>},
    {1354, "timetz_lt", {kTimetz, kTimetz}, kBool, kImmutable, kStrict, row<packed_less<kTimetz>>},
    {1355, "timetz_le", {kTimetz, kTimetz}, kBool, kImmutable, kStrict, row<packed_less_equal<kTimetz>>},
    {1357, "timetz_gt", {kTimetz, kTimetz}, kBool, kImmutable, kStrict, row<packed_greater<kTimetz>>},
    {1356, "timetz_ge", {kTimetz, kTimetz}, kBool, kImmutable, kStrict, row<packed_greater_equal<kTimetz>>},
    {1358, "timetz_cmp", {kTimetz, kTimetz}, kInt4, kImmutable, kStrict, row<packed_compare<kTimetz>>},
    {1379, "timetz_larger", {kTimetz, kTimetz}, kTimetz, kImmutable, kStrict, row<packed_larger<kTimetz>>},
    {1380, "timetz_smaller", {kTimetz, kTimetz}, kTimetz, kImmutable, kStrict, row<packed_smaller<kTimetz>>},
    {1162, "interval_eq", {kInterval, kInterval}, kBool, kImmutable, kStrict, row<packed_equal<kInterval>>},
    {1163, "interval_ne", {kInterval, kInterval}, kBool, kImmutable, kStrict, row<packed_not_equal<kInterval>>},
    {1164, "interval_lt", {kInterval, kInterval}, kBool, kImmutable, kStrict, row<packed_less<kInterval>>},
    {1165, "interval_le", {kInterval, kInterval}, kBool, kImmutable, kStrict, row<packed_less_equal<kInterval>>},
    {1167, "interval_gt", {kInterval, kInterval}, kBool, kImmutable, kStrict, row<packed_greater<kInterval>>},
    {1166, "interval_ge", {kInterval, kInterval}, kBool, kImmutable, kStrict, row<packed_greater_equal<kInterval>>},
    {1315, "interval_cmp", {kInterval, kInterval}, kInt4, kImmutable, kStrict, row<packed_compare<kInterval>>},
    {1198, "interval_larger", {kInterval, kInterval}, kInterval, kImmutable, kStrict, row<packed_larger<kInterval>>},
    {1197, "interval_smaller", {kInterval, kInterval}, kInterval, kImmutable, kStrict, row<packed_smaller<kInterval>>},
};

}  // namespace

std::span<const FunctionDef> datetime_comparisons() { return kFunctions; }

}  // namespace vecino::sql
