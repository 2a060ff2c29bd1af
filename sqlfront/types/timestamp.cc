#include "sqlfront/types/datetime.h"
#include "sqlfront/types/datetime_typmod.h"
#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

Datum timestamp_input(CallContext& context, std::string_view text) {
  return Datum::from_int(round_timestamp(parse_timestamp(context, text), context.typmod));
}
void timestamp_output(CallContext& context, const Datum& value, std::string& out) {
  append_timestamp(out, value.i64, datetime_settings(context));
}
Datum timestamp_receive(CallContext& context, std::string_view bytes) {
  require_length(bytes, 8);
  auto value = read_network<int64_t>(bytes);
  if (is_finite_timestamp(value) && !is_valid_timestamp(value)) throw_timestamp_range();
  return Datum::from_int(round_timestamp(value, context.typmod));
}
void timestamp_send(CallContext&, const Datum& value, std::string& out) { append_network(out, value.i64); }

Datum timestamptz_input(CallContext& context, std::string_view text) {
  return Datum::from_int(round_timestamp(parse_timestamptz(context, text), context.typmod));
}
void timestamptz_output(CallContext& context, const Datum& value, std::string& out) {
  append_timestamptz(out, value.i64, datetime_settings(context));
}
constexpr auto timestamptz_receive = timestamp_receive;
constexpr auto timestamptz_send = timestamp_send;

constexpr TypeInfo kTypes[] = {
    {type_id::kTimestamp, "timestamp", 1115, kInvalidOid, PhysicalKind::kInt, 8, 'b', 'D', false, true, 'd', 'p', ',',
     timestamp_input, timestamp_output, timestamp_receive, timestamp_send, compare_ints, hash_int, {encode_int_key},
     timestamp_typmod_in, timestamp_typmod_out, "timestamp_in", "timestamp_out", "timestamp_recv", "timestamp_send"},
    {type_id::kTimestamptz, "timestamptz", 1185, kInvalidOid, PhysicalKind::kInt, 8, 'b', 'D', true, true, 'd', 'p',
     ',', timestamptz_input, timestamptz_output, timestamptz_receive, timestamptz_send, compare_ints, hash_int,
     {encode_int_key}, timestamptz_typmod_in, timestamptz_typmod_out, "timestamptz_in", "timestamptz_out",
     "timestamptz_recv", "timestamptz_send"},
};

}  // namespace

std::span<const TypeInfo> timestamp_types() { return kTypes; }

}  // namespace vecino::sql
