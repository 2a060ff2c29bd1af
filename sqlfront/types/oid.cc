#include <charconv>
#include <limits>

#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

// PostgreSQL reads these with strtoul: negative numbers wrap around.
uint64_t parse_unsigned(std::string_view text, std::string_view type, uint64_t maximum) {
  std::string_view digits = trim_spaces(text);
  bool negative = !digits.empty() && digits[0] == '-';
  if (negative || (!digits.empty() && digits[0] == '+')) digits.remove_prefix(1);
  uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) throw_invalid_syntax(type, text);
  bool fits = error == std::errc() && (negative ? value <= maximum / 2 + 1 : value <= maximum);
  if (!fits) throw_text_out_of_range(type, text);
  return (negative ? 0 - value : value) & maximum;
}

Datum oid_input(CallContext&, std::string_view text) { return Datum::from_int(parse_oid(text)); }
Datum xid_input(CallContext&, std::string_view text) { return Datum::from_int(parse_oid(text, "xid")); }
Datum cid_input(CallContext&, std::string_view text) { return Datum::from_int(parse_oid(text, "cid")); }
void oid_output(CallContext&, const Datum& value, std::string& out) {
  append_unsigned(out, static_cast<uint32_t>(value.i64));
}
constexpr auto xid_output = oid_output, cid_output = oid_output;
Datum oid_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, 4);
  return Datum::from_int(read_network<uint32_t>(bytes));
}
constexpr auto xid_receive = oid_receive, cid_receive = oid_receive;
void oid_send(CallContext&, const Datum& value, std::string& out) {
  append_network(out, static_cast<uint32_t>(value.i64));
}
constexpr auto xid_send = oid_send, cid_send = oid_send;

Datum xid8_input(CallContext&, std::string_view text) {
  return Datum::from_int(static_cast<int64_t>(parse_unsigned(text, "xid8", std::numeric_limits<uint64_t>::max())));
}
void xid8_output(CallContext&, const Datum& value, std::string& out) {
  append_unsigned(out, static_cast<uint64_t>(value.i64));
}
Datum xid8_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, 8);
  return Datum::from_int(read_network<int64_t>(bytes));
}
void xid8_send(CallContext&, const Datum& value, std::string& out) { append_network(out, value.i64); }

// A tid is a row id; shown as PostgreSQL shows ctid: (high part, low 16 bits). Sent as 4 + 2 bytes.
Datum tid_input(CallContext&, std::string_view text) {
  std::string_view inner = trim_spaces(text);
  size_t comma = inner.find(',');
  if (inner.size() < 5 || inner.front() != '(' || inner.back() != ')' || comma == std::string_view::npos) {
    throw_invalid_syntax("tid", text);
  }
  uint64_t block = 0, offset = 0;
  const char* end = inner.data() + inner.size() - 1;
  auto first = std::from_chars(inner.data() + 1, inner.data() + comma, block);
  auto second = std::from_chars(inner.data() + comma + 1, end, offset);
  bool valid = first.ec == std::errc() && first.ptr == inner.data() + comma && second.ec == std::errc() &&
               second.ptr == end && block < uint64_t{1} << 47 && offset <= 0xffff;
  if (!valid) throw_invalid_syntax("tid", text);
  return Datum::from_int(static_cast<int64_t>(block << 16 | offset));
}
void tid_output(CallContext&, const Datum& value, std::string& out) {
  out.push_back('(');
  append_unsigned(out, static_cast<uint64_t>(value.i64) >> 16);
  out.push_back(',');
  append_unsigned(out, static_cast<uint64_t>(value.i64) & 0xffff);
  out.push_back(')');
}
Datum tid_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, 6);
  return Datum::from_int(static_cast<int64_t>(uint64_t{read_network<uint32_t>(bytes)} << 16 |
                                              read_network<uint16_t>(bytes, 4)));
}
void tid_send(CallContext&, const Datum& value, std::string& out) {
  append_network(out, static_cast<uint32_t>(static_cast<uint64_t>(value.i64) >> 16));
  append_network(out, static_cast<uint16_t>(value.i64));
}

constexpr TypeInfo kTypes[] = {
    {type_id::kOid, "oid", 1028, kInvalidOid, PhysicalKind::kInt, 4, 'b', 'N', true, true, 'i', 'p', ',', oid_input,
     oid_output, oid_receive, oid_send, compare_ints, hash_int, {encode_int_key}},
    {type_id::kXid, "xid", 1011, kInvalidOid, PhysicalKind::kInt, 4, 'b', 'U', false, true, 'i', 'p', ',', xid_input,
     xid_output, xid_receive, xid_send, nullptr, hash_int, {}},
    {type_id::kCid, "cid", 1012, kInvalidOid, PhysicalKind::kInt, 4, 'b', 'U', false, true, 'i', 'p', ',', cid_input,
     cid_output, cid_receive, cid_send, nullptr, hash_int, {}},
    {type_id::kXid8, "xid8", 271, kInvalidOid, PhysicalKind::kInt, 8, 'b', 'U', false, true, 'd', 'p', ',', xid8_input,
     xid8_output, xid8_receive, xid8_send, compare_ints, hash_int, {encode_int_key}},
    {type_id::kTid, "tid", 1010, kInvalidOid, PhysicalKind::kInt, 6, 'b', 'U', false, false, 's', 'p', ',', tid_input,
     tid_output, tid_receive, tid_send, compare_ints, hash_int, {encode_int_key}},
};

}  // namespace

uint32_t parse_oid(std::string_view text, std::string_view type) {
  return static_cast<uint32_t>(parse_unsigned(text, type, std::numeric_limits<uint32_t>::max()));
}

std::span<const TypeInfo> oid_types() { return kTypes; }

}  // namespace vecino::sql
