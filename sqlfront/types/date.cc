#include "sqlfront/types/datetime.h"
#include "sqlfront/types/datetime_typmod.h"
#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

Datum date_input(CallContext& context, std::string_view text) { return Datum::from_int(parse_date(context, text)); }
void date_output(CallContext& context, const Datum& value, std::string& out) {
  append_date(out, value.i64, datetime_settings(context));
}
Datum date_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, 4);
  int64_t date = read_network<int32_t>(bytes);
  if (is_finite_date(date) && !is_valid_date(date)) throw_date_range();
  return Datum::from_int(date);
}
void date_send(CallContext&, const Datum& value, std::string& out) {
  append_network(out, static_cast<int32_t>(value.i64));
}

Datum time_input(CallContext& context, std::string_view text) {
  return Datum::from_int(round_time(parse_time(context, text), context.typmod));
}
void time_output(CallContext&, const Datum& value, std::string& out) { append_time(out, value.i64); }
Datum time_receive(CallContext& context, std::string_view bytes) {
  require_length(bytes, 8);
  auto micros = read_network<int64_t>(bytes);
  if (micros < 0 || micros > kMicrosPerDay) throw SqlError(sqlstate::kDatetimeFieldOverflow, "time out of range");
  return Datum::from_int(round_time(micros, context.typmod));
}
void time_send(CallContext&, const Datum& value, std::string& out) { append_network(out, value.i64); }

Datum timetz_input(CallContext& context, std::string_view text) {
  TimeTz value = parse_timetz(context, text);
  value.micros = round_time(value.micros, context.typmod);
  return store_timetz(*context.arena, value);
}
void timetz_output(CallContext&, const Datum& value, std::string& out) { append_timetz(out, load_timetz(value)); }
Datum timetz_receive(CallContext& context, std::string_view bytes) {
  require_length(bytes, 12);
  TimeTz value{read_network<int64_t>(bytes), read_network<int32_t>(bytes, 8)};
  if (value.micros < 0 || value.micros > kMicrosPerDay) {
    throw SqlError(sqlstate::kDatetimeFieldOverflow, "time out of range");
  }
  if (value.zone <= -16 * 3600 || value.zone >= 16 * 3600) {
    throw SqlError(sqlstate::kInvalidTimeZoneDisplacement, "time zone displacement out of range");
  }
  value.micros = round_time(value.micros, context.typmod);
  return store_timetz(*context.arena, value);
}
void timetz_send(CallContext&, const Datum& value, std::string& out) {
  TimeTz v = load_timetz(value);
  append_network(out, v.micros);
  append_network(out, v.zone);
}

// By instant, then by zone.
int64_t utc_micros(const TimeTz& value) { return value.micros + int64_t{value.zone} * kMicrosPerSecond; }
int compare_timetz(const Datum& left, const Datum& right) {
  TimeTz a = load_timetz(left), b = load_timetz(right);
  if (utc_micros(a) != utc_micros(b)) return utc_micros(a) < utc_micros(b) ? -1 : 1;
  return a.zone < b.zone ? -1 : a.zone > b.zone;
}
void encode_timetz_key(const Datum& value, std::string& out) {
  TimeTz v = load_timetz(value);
  append_key_int(out, utc_micros(v));
  append_key_int(out, v.zone);
}

constexpr TypeInfo kTypes[] = {
    {type_id::kDate, "date", 1182, kInvalidOid, PhysicalKind::kInt, 4, 'b', 'D', false, true, 'i', 'p', ',', date_input,
     date_output, date_receive, date_send, compare_ints, hash_int, {encode_int_key}, nullptr, nullptr, "date_in",
     "date_out", "date_recv", "date_send"},
    {type_id::kTime, "time", 1183, kInvalidOid, PhysicalKind::kInt, 8, 'b', 'D', false, true, 'd', 'p', ',', time_input,
     time_output, time_receive, time_send, compare_ints, hash_int, {encode_int_key}, time_typmod_in, time_typmod_out,
     "time_in", "time_out", "time_recv", "time_send"},
    {type_id::kTimetz, "timetz", 1270, kInvalidOid, PhysicalKind::kBytes, 12, 'b', 'D', false, false, 'd', 'p', ',',
     timetz_input, timetz_output, timetz_receive, timetz_send, compare_timetz, hash_plain_bytes, {encode_timetz_key},
     timetz_typmod_in, timetz_typmod_out, "timetz_in", "timetz_out", "timetz_recv", "timetz_send"},
};

}  // namespace

std::span<const TypeInfo> date_types() { return kTypes; }

}  // namespace vecino::sql
