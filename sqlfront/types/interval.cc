#include "sqlfront/types/interval.h"

#include <cstring>

#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {

Interval load_interval(const Datum& value) {
  return {load<int64_t>(value.ptr), load<int32_t>(value.ptr + 8), load<int32_t>(value.ptr + 12)};
}
Datum store_interval(Arena& arena, const Interval& value) {
  char* bytes = arena.allocate(16, 1);
  std::memcpy(bytes, &value.micros, 8);
  std::memcpy(bytes + 8, &value.days, 4);
  std::memcpy(bytes + 12, &value.months, 4);
  return Datum::from_bytes({bytes, 16});
}

void throw_interval_range() { throw SqlError(sqlstate::kDatetimeFieldOverflow, "interval out of range"); }

int compare_intervals(const Interval& left, const Interval& right) {
  __int128 a = interval_span(left), b = interval_span(right);
  return a < b ? -1 : a > b;
}

// Fields below the declared range are cut off, the last field's fraction is rounded.
Interval apply_interval_typmod(const Interval& value, int32_t typmod) {
  if (typmod < 0) return value;
  Interval out = value;
  int range = interval_range(typmod), precision = interval_precision(typmod);
  if (range == kFieldYear) {
    out.months = out.months / 12 * 12;
    out.days = 0;
    out.micros = 0;
  } else if (range == kFieldMonth || range == (kFieldYear | kFieldMonth)) {
    out.days = 0;
    out.micros = 0;
  } else if (range == kFieldDay) {
    out.micros = 0;
  } else if ((range & (kFieldHour | kFieldMinute | kFieldSecond)) == kFieldHour) {
    out.micros = out.micros / kMicrosPerHour * kMicrosPerHour;
  } else if (range != kIntervalFullRange && (range & kFieldMinute) && !(range & kFieldSecond)) {
    out.micros = out.micros / kMicrosPerMinute * kMicrosPerMinute;
  }
  if (precision >= 0 && precision < 6) {
    static constexpr int64_t kUnits[] = {1000000, 100000, 10000, 1000, 100, 10};
    int64_t unit = kUnits[precision];
    int64_t half = out.micros >= 0 ? unit / 2 : -unit / 2;
    int64_t sum;
    if (__builtin_add_overflow(out.micros, half, &sum)) throw_interval_range();
    out.micros = sum / unit * unit;
  }
  return out;
}

namespace {

IntervalStyle style_of(CallContext& context) { return datetime_settings(context).interval_style; }

Datum interval_input(CallContext& context, std::string_view text) {
  return store_interval(*context.arena, parse_interval(text, context.typmod, style_of(context)));
}
void interval_output(CallContext& context, const Datum& value, std::string& out) {
  append_interval(out, load_interval(value), style_of(context));
}
Datum interval_receive(CallContext& context, std::string_view bytes) {
  require_length(bytes, 16);
  Interval value{read_network<int64_t>(bytes), read_network<int32_t>(bytes, 8), read_network<int32_t>(bytes, 12)};
  return store_interval(*context.arena, apply_interval_typmod(value, context.typmod));
}
void interval_send(CallContext&, const Datum& value, std::string& out) {
  Interval v = load_interval(value);
  append_network(out, v.micros);
  append_network(out, v.days);
  append_network(out, v.months);
}

int compare_interval(const Datum& left, const Datum& right) {
  return compare_intervals(load_interval(left), load_interval(right));
}
uint64_t hash_interval(const Datum& value) {
  auto span = static_cast<unsigned __int128>(interval_span(load_interval(value)));
  return hash_mix(static_cast<uint64_t>(span) ^ hash_mix(static_cast<uint64_t>(span >> 64)));
}
void encode_interval_key(const Datum& value, std::string& out) {
  __int128 span = interval_span(load_interval(value));
  append_network(out, static_cast<uint64_t>(static_cast<unsigned __int128>(span) >> 64) ^ 1ull << 63);
  append_network(out, static_cast<uint64_t>(span));
}

struct RangeName {
  int range;
  std::string_view name;
};
constexpr RangeName kRanges[] = {
    {kFieldYear, " year"},
    {kFieldMonth, " month"},
    {kFieldDay, " day"},
    {kFieldHour, " hour"},
    {kFieldMinute, " minute"},
    {kFieldSecond, " second"},
    {kFieldYear | kFieldMonth, " year to month"},
    {kFieldDay | kFieldHour, " day to hour"},
    {kFieldDay | kFieldHour | kFieldMinute, " day to minute"},
    {kFieldDay | kFieldHour | kFieldMinute | kFieldSecond, " day to second"},
    {kFieldHour | kFieldMinute, " hour to minute"},
    {kFieldHour | kFieldMinute | kFieldSecond, " hour to second"},
    {kFieldMinute | kFieldSecond, " minute to second"},
    {kIntervalFullRange, ""},
};

// Arguments as the parser gives them: the field mask, then the precision.
int32_t interval_typmod_in(std::span<const int64_t> arguments) {
  auto fail = [](const char* message) { throw SqlError(sqlstate::kInvalidParameterValue, message); };
  if (arguments.empty() || arguments.size() > 2) fail("invalid INTERVAL type modifier");
  bool known = false;
  for (const RangeName& row : kRanges) known = known || row.range == arguments[0];
  if (!known) fail("invalid INTERVAL type modifier");
  int64_t precision = kIntervalFullPrecision;
  if (arguments.size() == 2) {
    precision = arguments[1];
    if (precision < 0) {
      throw SqlError(sqlstate::kInvalidParameterValue,
                     "INTERVAL(" + std::to_string(precision) + ") precision must not be negative");
    }
    if (precision > 6) precision = 6;
  } else if (arguments[0] == kIntervalFullRange) {
    return -1;
  }
  return static_cast<int32_t>(arguments[0] << 16 | precision);
}
void interval_typmod_out(int32_t typmod, std::string& out) {
  if (typmod < 0) return;
  for (const RangeName& row : kRanges) {
    if (row.range == interval_range(typmod)) out += row.name;
  }
  if (interval_precision(typmod) == kIntervalFullPrecision) return;
  out.push_back('(');
  append_int(out, interval_precision(typmod));
  out.push_back(')');
}

constexpr TypeInfo kTypes[] = {
    {type_id::kInterval, "interval", 1187, kInvalidOid, PhysicalKind::kBytes, 16, 'b', 'T', true, false, 'd', 'p', ',',
     interval_input, interval_output, interval_receive, interval_send, compare_interval, hash_interval,
     {encode_interval_key}, interval_typmod_in, interval_typmod_out, "interval_in", "interval_out", "interval_recv",
     "interval_send"},
};

}  // namespace

std::span<const TypeInfo> interval_types() { return kTypes; }

}  // namespace vecino::sql
