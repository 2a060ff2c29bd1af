#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

constexpr size_t kBytes = 16;

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  c = to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// 32 hexadecimal digits, a hyphen allowed after each group of four, braces around allowed (manual 8.12).
Datum uuid_input(CallContext& context, std::string_view text) {
  std::string_view rest = text;
  bool braces = !rest.empty() && rest[0] == '{';
  if (braces) rest.remove_prefix(1);
  char value[kBytes];
  for (size_t i = 0; i < kBytes; ++i) {
    int high = rest.size() > 1 ? hex_digit(rest[0]) : -1;
    int low = rest.size() > 1 ? hex_digit(rest[1]) : -1;
    if (high < 0 || low < 0) throw_invalid_syntax("uuid", text);
    value[i] = static_cast<char>(high << 4 | low);
    rest.remove_prefix(2);
    if (i % 2 == 1 && i < kBytes - 1 && !rest.empty() && rest[0] == '-') rest.remove_prefix(1);
  }
  if (rest != (braces ? "}" : "")) throw_invalid_syntax("uuid", text);
  return context.text({value, kBytes});
}

void uuid_output(CallContext&, const Datum& value, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string_view bytes = value.bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    out.push_back(kDigits[static_cast<unsigned char>(bytes[i]) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(bytes[i]) & 15]);
  }
}
Datum uuid_receive(CallContext& context, std::string_view bytes) {
  require_length(bytes, kBytes);
  return context.text(bytes);
}
void uuid_send(CallContext&, const Datum& value, std::string& out) { out += value.bytes(); }
// Fixed length: the bytes are already prefix-free and ordered.
void encode_uuid_key(const Datum& value, std::string& out) { out += value.bytes(); }

constexpr TypeInfo kTypes[] = {
    {type_id::kUuid, "uuid", 2951, kInvalidOid, PhysicalKind::kBytes, 16, 'b', 'U', false, false, 'c', 'p', ',',
     uuid_input, uuid_output, uuid_receive, uuid_send, compare_plain_bytes, hash_plain_bytes, {encode_uuid_key},
     nullptr, nullptr, "uuid_in", "uuid_out", "uuid_recv", "uuid_send"},
};

}  // namespace

std::span<const TypeInfo> uuid_types() { return kTypes; }

}  // namespace vecino::sql
