#include <charconv>
#include <limits>

#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {

int64_t parse_int(std::string_view text, int64_t minimum, int64_t maximum, std::string_view type) {
  std::string_view digits = trim_spaces(text);
  if (!digits.empty() && digits[0] == '+') {
    digits.remove_prefix(1);
    if (!digits.empty() && digits[0] == '-') throw_invalid_syntax(type, text);
  }
  int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) throw_invalid_syntax(type, text);
  if (error == std::errc::result_out_of_range || value < minimum || value > maximum) {
    throw_text_out_of_range(type, text);
  }
  return value;
}

namespace {

template <typename T>
constexpr std::string_view kSqlName = sizeof(T) == 2 ? "smallint" : sizeof(T) == 4 ? "integer" : "bigint";

template <typename T>
Datum int_input(CallContext&, std::string_view text) {
  return Datum::from_int(
      parse_int(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), kSqlName<T>));
}
void int_output(CallContext&, const Datum& value, std::string& out) { append_int(out, value.i64); }
template <typename T>
Datum int_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, sizeof(T));
  return Datum::from_int(read_network<T>(bytes));
}
template <typename T>
void int_send(CallContext&, const Datum& value, std::string& out) {
  append_network(out, static_cast<T>(value.i64));
}

constexpr TypeInfo kTypes[] = {
    {type_id::kInt2, "int2", 1005, kInvalidOid, PhysicalKind::kInt, 2, 'b', 'N', false, true, 's', 'p', ',',
     int_input<int16_t>, int_output, int_receive<int16_t>, int_send<int16_t>, compare_ints, hash_int, {encode_int_key}},
    {type_id::kInt4, "int4", 1007, kInvalidOid, PhysicalKind::kInt, 4, 'b', 'N', false, true, 'i', 'p', ',',
     int_input<int32_t>, int_output, int_receive<int32_t>, int_send<int32_t>, compare_ints, hash_int, {encode_int_key}},
    {type_id::kInt8, "int8", 1016, kInvalidOid, PhysicalKind::kInt, 8, 'b', 'N', false, true, 'd', 'p', ',',
     int_input<int64_t>, int_output, int_receive<int64_t>, int_send<int64_t>, compare_ints, hash_int, {encode_int_key}},
};

}  // namespace

std::span<const TypeInfo> integer_types() { return kTypes; }

}  // namespace vecino::sql
