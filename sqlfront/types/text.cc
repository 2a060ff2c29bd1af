#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/text_length.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {

std::string_view varchar_limit(std::string_view text, int32_t typmod, LengthCheck check) {
  if (typmod < 4) return text;
  size_t limit = static_cast<size_t>(typmod - 4);
  if (text.size() <= limit) return text;
  size_t end = utf8_offset(text, limit);
  if (end == text.size()) return text;
  if (check == LengthCheck::kImplicit && text.find_first_not_of(' ', end) != std::string_view::npos) {
    throw SqlError(sqlstate::kStringDataRightTruncation,
                   "value too long for type character varying(" + std::to_string(limit) + ")");
  }
  return text.substr(0, end);
}

std::string_view bpchar_limit(Arena& arena, std::string_view text, int32_t typmod, LengthCheck check) {
  if (typmod < 4) return text;
  size_t limit = static_cast<size_t>(typmod - 4);
  size_t end = utf8_offset(text, limit);
  if (end < text.size()) {
    if (check == LengthCheck::kImplicit && text.find_first_not_of(' ', end) != std::string_view::npos) {
      throw SqlError(sqlstate::kStringDataRightTruncation,
                     "value too long for type character(" + std::to_string(limit) + ")");
    }
    return text.substr(0, end);
  }
  size_t length = utf8_length(text);
  if (length >= limit) return text;
  char* padded = arena.allocate(text.size() + limit - length, 1);
  std::memcpy(padded, text.data(), text.size());
  std::memset(padded + text.size(), ' ', limit - length);
  return {padded, text.size() + limit - length};
}

char parse_char(std::string_view text) {
  bool octal = text.size() == 4 && text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
               text[2] <= '7' && text[3] >= '0' && text[3] <= '7';
  if (octal) return static_cast<char>((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
  return text.empty() ? '\0' : text[0];
}

void append_char(std::string& out, char value) {
  auto byte = static_cast<unsigned char>(value);
  if (byte >= 0x80) {
    out.push_back('\\');
    out.push_back(static_cast<char>('0' + (byte >> 6)));
    out.push_back(static_cast<char>('0' + (byte >> 3 & 7)));
    out.push_back(static_cast<char>('0' + (byte & 7)));
  } else if (byte != 0) {
    out.push_back(value);
  }
}

namespace {

Datum text_input(CallContext& context, std::string_view text) {
  require_utf8(text);
  return context.text(text);
}
void text_output(CallContext&, const Datum& value, std::string& out) { out += value.bytes(); }
constexpr auto text_receive = text_input;
constexpr auto text_send = text_output;
// Values of these types never leave an expression as anything but text.
constexpr auto cstring_input = text_input, cstring_receive = text_input, unknown_input = text_input,
               unknown_receive = text_input;
constexpr auto cstring_output = text_output, cstring_send = text_output, unknown_output = text_output,
               unknown_send = text_output;

Datum varchar_input(CallContext& context, std::string_view text) {
  require_utf8(text);
  return context.text(varchar_limit(text, context.typmod, LengthCheck::kImplicit));
}
constexpr auto varchar_receive = varchar_input;
constexpr auto varchar_output = text_output, varchar_send = text_output;

Datum bpchar_input(CallContext& context, std::string_view text) {
  require_utf8(text);
  std::string_view limited = bpchar_limit(*context.arena, text, context.typmod, LengthCheck::kImplicit);
  return limited.data() == text.data() ? context.text(limited) : Datum::from_bytes(limited);
}
constexpr auto bpchar_receive = bpchar_input;
constexpr auto bpchar_output = text_output, bpchar_send = text_output;

int compare_bpchar(const Datum& left, const Datum& right) {
  int order = trim_blanks(left.bytes()).compare(trim_blanks(right.bytes()));
  return order < 0 ? -1 : order > 0;
}
uint64_t hash_bpchar(const Datum& value) { return hash_bytes(trim_blanks(value.bytes())); }
void encode_bpchar_key(const Datum& value, std::string& out) { append_key_bytes(out, trim_blanks(value.bytes())); }

int32_t length_typmod(std::span<const int64_t> arguments, std::string_view type) {
  auto fail = [](std::string message) { throw SqlError(sqlstate::kInvalidParameterValue, std::move(message)); };
  if (arguments.size() != 1) fail("invalid type modifier");
  std::string prefix = "length for type " + std::string(type);
  if (arguments[0] < 1) fail(prefix + " must be at least 1");
  if (arguments[0] > 10485760) fail(prefix + " cannot exceed 10485760");
  return static_cast<int32_t>(arguments[0]) + 4;
}
int32_t varchar_typmod_in(std::span<const int64_t> arguments) { return length_typmod(arguments, "varchar"); }
int32_t bpchar_typmod_in(std::span<const int64_t> arguments) { return length_typmod(arguments, "char"); }
void varchar_typmod_out(int32_t typmod, std::string& out) {
  if (typmod <= 4) return;
  out.push_back('(');
  append_int(out, typmod - 4);
  out.push_back(')');
}
constexpr auto bpchar_typmod_out = varchar_typmod_out;

Datum name_input(CallContext& context, std::string_view text) {
  require_utf8(text);
  return context.text(truncate_name(text));
}
Datum name_receive(CallContext& context, std::string_view bytes) {
  require_utf8(bytes);
  if (bytes.size() > 63) {
    throw SqlError(sqlstate::kNameTooLong, "identifier too long")
        .detail("Identifier must be less than 64 characters.");
  }
  return context.text(bytes);
}
constexpr auto name_output = text_output, name_send = text_output;

Datum char_input(CallContext&, std::string_view text) {
  return Datum::from_int(static_cast<unsigned char>(parse_char(text)));
}
void char_output(CallContext&, const Datum& value, std::string& out) { append_char(out, static_cast<char>(value.i64)); }
Datum char_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, 1);
  return Datum::from_int(static_cast<unsigned char>(bytes[0]));
}
void char_send(CallContext&, const Datum& value, std::string& out) { out.push_back(static_cast<char>(value.i64)); }

Datum node_tree_input(CallContext&, std::string_view) {
  throw SqlError(sqlstate::kFeatureNotSupported, "cannot accept a value of type pg_node_tree");
}
constexpr auto node_tree_receive = node_tree_input;
constexpr auto node_tree_output = text_output, node_tree_send = text_output;

constexpr TypeInfo kTypes[] = {
    {type_id::kText, "text", 1009, kInvalidOid, PhysicalKind::kBytes, -1, 'b', 'S', true, false, 'i', 'x', ',',
     text_input, text_output, text_receive, text_send, compare_plain_bytes, hash_plain_bytes, {encode_bytes_key}},
    {type_id::kVarchar, "varchar", 1015, kInvalidOid, PhysicalKind::kBytes, -1, 'b', 'S', false, false, 'i', 'x', ',',
     varchar_input, varchar_output, varchar_receive, varchar_send, compare_plain_bytes, hash_plain_bytes,
     {encode_bytes_key}, varchar_typmod_in, varchar_typmod_out},
    {type_id::kBpchar, "bpchar", 1014, kInvalidOid, PhysicalKind::kBytes, -1, 'b', 'S', false, false, 'i', 'x', ',',
     bpchar_input, bpchar_output, bpchar_receive, bpchar_send, compare_bpchar, hash_bpchar, {encode_bpchar_key},
     bpchar_typmod_in, bpchar_typmod_out},
    {type_id::kName, "name", 1003, type_id::kChar, PhysicalKind::kBytes, 64, 'b', 'S', false, false, 'c', 'p', ',',
     name_input, name_output, name_receive, name_send, compare_plain_bytes, hash_plain_bytes, {encode_bytes_key}},
    {type_id::kChar, "char", 1002, kInvalidOid, PhysicalKind::kInt, 1, 'b', 'Z', false, true, 'c', 'p', ',', char_input,
     char_output, char_receive, char_send, compare_ints, hash_int, {encode_int_key}},
    {type_id::kRefcursor, "refcursor", 2201, kInvalidOid, PhysicalKind::kBytes, -1, 'b', 'U', false, false, 'i', 'x',
     ',', text_input, text_output, text_receive, text_send, nullptr, nullptr, {}, nullptr, nullptr, "textin", "textout",
     "textrecv", "textsend"},
    {type_id::kUnknown, "unknown", kInvalidOid, kInvalidOid, PhysicalKind::kBytes, -2, 'p', 'X', false, false, 'c', 'p',
     ',', unknown_input, unknown_output, unknown_receive, unknown_send, nullptr, nullptr, {}},
    {type_id::kCstring, "cstring", 1263, kInvalidOid, PhysicalKind::kBytes, -2, 'p', 'P', false, false, 'c', 'p', ',',
     cstring_input, cstring_output, cstring_receive, cstring_send, nullptr, nullptr, {}, nullptr, nullptr, "cstring_in",
     "cstring_out", "cstring_recv", "cstring_send"},
    {type_id::kPgNodeTree, "pg_node_tree", kInvalidOid, kInvalidOid, PhysicalKind::kBytes, -1, 'b', 'Z', false, false,
     'i', 'x', ',', node_tree_input, node_tree_output, node_tree_receive, node_tree_send, nullptr, nullptr, {}, nullptr,
     nullptr, "pg_node_tree_in", "pg_node_tree_out", "pg_node_tree_recv", "pg_node_tree_send"},
};

}  // namespace

std::span<const TypeInfo> text_types() { return kTypes; }

}  // namespace vecino::sql
