#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

[[noreturn]] void throw_hex_digit(std::string_view text, size_t at) {
  size_t length = 1;
  while (at + length < text.size() && is_utf8_continuation(text[at + length])) ++length;
  throw SqlError(sqlstate::kInvalidParameterValue,
                 "invalid hexadecimal digit: \"" + std::string(text.substr(at, length)) + "\"");
}

std::string parse_hex(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size();) {
    if (is_space(text[i])) {
      ++i;
      continue;
    }
    int high = hex_digit(text[i]);
    if (high < 0) throw_hex_digit(text, i);
    if (++i == text.size()) {
      throw SqlError(sqlstate::kInvalidParameterValue, "invalid hexadecimal data: odd number of digits");
    }
    int low = hex_digit(text[i]);
    if (low < 0) throw_hex_digit(text, i);
    ++i;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

bool is_octal(char c, char maximum) { return c >= '0' && c <= maximum; }

bool hex_output(CallContext& context) {
  return context.env == nullptr || context.env->settings().get_enum(conf::SettingId::bytea_output) == 1;
}

Datum bytea_input(CallContext& context, std::string_view text) { return context.text(parse_bytea(text)); }
void bytea_output(CallContext& context, const Datum& value, std::string& out) {
  hex_output(context) ? append_bytea_hex(out, value.bytes()) : append_bytea_escape(out, value.bytes());
}
Datum bytea_receive(CallContext& context, std::string_view bytes) { return context.text(bytes); }
void bytea_send(CallContext&, const Datum& value, std::string& out) { out += value.bytes(); }

constexpr TypeInfo kTypes[] = {
    {type_id::kBytea, "bytea", 1001, kInvalidOid, PhysicalKind::kBytes, -1, 'b', 'U', false, false, 'i', 'x', ',',
     bytea_input, bytea_output, bytea_receive, bytea_send, compare_plain_bytes, hash_plain_bytes, {encode_bytes_key}},
};

}  // namespace

std::string parse_bytea(std::string_view text) {
  if (text.size() >= 2 && text[0] == '\\' && text[1] == 'x') return parse_hex(text.substr(2));
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      out.push_back(text[i++]);
    } else if (i + 3 < text.size() && is_octal(text[i + 1], '3') && is_octal(text[i + 2], '7') &&
               is_octal(text[i + 3], '7')) {
      out.push_back(static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0')));
      i += 4;
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      out.push_back('\\');
      i += 2;
    } else {
      throw SqlError(sqlstate::kInvalidTextRepresentation, "invalid input syntax for type bytea");
    }
  }
  return out;
}

void append_bytea_hex(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  for (char c : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
}

void append_bytea_escape(std::string& out, std::string_view bytes) {
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (byte < 0x20 || byte > 0x7e) {
      out.push_back('\\');
      out.push_back(static_cast<char>('0' + (byte >> 6)));
      out.push_back(static_cast<char>('0' + (byte >> 3 & 7)));
      out.push_back(static_cast<char>('0' + (byte & 7)));
    } else {
      out.push_back(c);
    }
  }
}

std::span<const TypeInfo> bytea_types() { return kTypes; }

}  // namespace vecino::sql
