#include <sys/random.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sqlfront/functions/digest.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/pg_hash.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"
#include "sqlfront/types/value_size.h"

// Digests, encode/decode, character set conversion, hash support functions, random UUIDs.
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

std::string hex(sv bytes) {
  std::string out;
  append_bytea_hex(out, bytes);
  return out.substr(2);
}
Datum md5(CallContext& context, sv text) { return context.text(hex(compute_digest(Digest::kMd5, text))); }
template <Digest kDigest>
Datum sha(CallContext& context, sv bytes) { return context.text(compute_digest(kDigest, bytes)); }

constexpr sv kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Lines of 76 characters, as RFC 2045.
std::string encode_base64(sv bytes) {
  std::string out;
  size_t line = 0;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    check_for_interrupts();
    uint32_t group = 0;
    size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < count ? static_cast<uint8_t>(bytes[i + j]) : 0);
    if (line == 76) {
      out.push_back('\n');
      line = 0;
    }
    for (size_t j = 0; j < 4; ++j) out.push_back(j <= count ? kBase64[group >> (18 - 6 * j) & 63] : '=');
    line += 4;
  }
  return out;
}
std::string decode_base64(sv text) {
  auto fail = [](std::string message) { throw SqlError(sqlstate::kInvalidParameterValue, std::move(message)); };
  std::string out;
  uint32_t group = 0;
  int count = 0, padding = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    check_for_interrupts();
    char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    uint32_t value = 0;
    if (c == '=') {
      if (padding == 0 && count < 2) fail("unexpected \"=\" while decoding base64 sequence");
      ++padding;
    } else {
      size_t found = kBase64.find(c);
      if (found == sv::npos || padding > 0) {
        size_t size = 1;
        while (i + size < text.size() && is_utf8_continuation(text[i + size])) ++size;
        fail("invalid symbol \"" + std::string(text.substr(i, size)) + "\" found while decoding base64 sequence");
      }
      value = static_cast<uint32_t>(found);
    }
    group = group << 6 | value;
    if (++count < 4) continue;
    for (int j = 0; j < 3 - padding; ++j) out.push_back(static_cast<char>(group >> (16 - 8 * j)));
    group = 0;
    count = 0;
  }
  if (count != 0) {
    throw SqlError(sqlstate::kInvalidParameterValue, "invalid base64 end sequence")
        .hint("Input data is missing padding, is truncated, or is otherwise corrupted.");
  }
  return out;
}
[[noreturn]] void throw_encoding(sv name) {
  throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized encoding: \"" + std::string(name) + "\"");
}
void check_encoded_size(size_t size) {
  if (size + 4 <= kMaxValueBytes) return;
  throw SqlError(sqlstate::kProgramLimitExceeded, "result of encoding conversion is too large");
}
Datum encode(CallContext& context, sv bytes, sv format) {
  if (equals_ignore_case(format, "hex")) {
    check_encoded_size(bytes.size() * 2);
    return context.text(hex(bytes));
  }
  if (equals_ignore_case(format, "base64")) {
    check_encoded_size((bytes.size() + 2) / 3 * 4);
    return context.text(encode_base64(bytes));
  }
  if (!equals_ignore_case(format, "escape")) throw_encoding(format);
  // Only zero and bytes with the high bit are escaped here.
  std::string out;
  for (char c : bytes) {
    check_for_interrupts();
    auto byte = static_cast<uint8_t>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (byte == 0 || byte >= 0x80) {
      out.push_back('\\');
      out.push_back(static_cast<char>('0' + (byte >> 6)));
      out.push_back(static_cast<char>('0' + (byte >> 3 & 7)));
      out.push_back(static_cast<char>('0' + (byte & 7)));
    } else {
      out.push_back(c);
    }
  }
  check_encoded_size(out.size());
  return context.text(out);
}
Datum decode(CallContext& context, sv text, sv format) {
  if (equals_ignore_case(format, "hex")) return context.text(parse_bytea("\\x" + std::string(text)));
  if (equals_ignore_case(format, "base64")) return context.text(decode_base64(text));
  if (!equals_ignore_case(format, "escape")) throw_encoding(format);
  return context.text(parse_bytea(text));
}

// Character sets: the database is UTF8; LATIN1 and SQL_ASCII are converted.
enum class Charset : uint8_t { kUtf8, kLatin1, kAscii };
Charset charset_of(sv name, const char* role) {
  std::string key;
  for (char c : name) {
    if (is_alpha(c) || is_digit(c)) key.push_back(to_lower(c));
  }
  if (key == "utf8" || key == "unicode") return Charset::kUtf8;
  if (key == "latin1" || key == "iso88591") return Charset::kLatin1;
  if (key == "sqlascii") return Charset::kAscii;
  throw SqlError(sqlstate::kInvalidParameterValue,
                 std::string("invalid ") + role + " encoding name \"" + std::string(name) + "\"");
}
Datum convert_from(CallContext& context, sv bytes, sv name) {
  if (charset_of(name, "source") != Charset::kLatin1) {
    require_utf8(bytes);
    return context.text(bytes);
  }
  std::string out;
  for (char c : bytes) append_utf8(out, static_cast<uint8_t>(c));
  return context.text(out);
}
std::string latin1_of(sv text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80) {
      out.push_back(text[i]);
    } else if (byte == 0xC2 || byte == 0xC3) {
      out.push_back(static_cast<char>((byte & 3) << 6 | (text[i + 1] & 0x3F)));
      ++i;
    } else {
      std::string sequence;
      size_t size = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
      for (char c : text.substr(i, size)) sequence += " 0x" + hex({&c, 1});
      throw SqlError(sqlstate::kUntranslatableCharacter, "character with byte sequence" + sequence +
                                                             " in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\"");
    }
  }
  return out;
}
Datum convert_to(CallContext& context, sv text, sv name) {
  return context.text(charset_of(name, "destination") == Charset::kLatin1 ? latin1_of(text) : std::string(text));
}
Datum convert(CallContext& context, sv bytes, sv from, sv to) {
  charset_of(to, "destination");
  Datum text = convert_from(context, bytes, from);
  return convert_to(context, text.bytes(), to);
}
Datum encoding_name(CallContext& context, int32_t encoding) {
  return context.text(encoding == 6 ? "UTF8" : encoding == 0 ? "SQL_ASCII" : encoding == 8 ? "LATIN1" : "");
}
int32_t encoding_number(sv name) {
  std::string key = lower_ascii(name);
  if (key == "utf8" || key == "utf-8" || key == "unicode") return 6;
  if (key == "sql_ascii") return 0;
  if (key == "latin1" || key == "iso88591") return 8;
  return -1;
}
Datum database_encoding(CallContext& context) { return context.text("UTF8"); }
Datum client_encoding(CallContext& context) {
  return context.text(context.env->settings().lookup("client_encoding").value_or("UTF8"));
}

// Hash support functions.
int32_t hash_bytes_value(sv bytes) { return static_cast<int32_t>(pg_hash_bytes(bytes)); }
int32_t hash_blank_padded(sv text) { return hash_bytes_value(trim_blanks(text)); }
int32_t hash_int4_value(int32_t value) { return static_cast<int32_t>(pg_hash_uint32(static_cast<uint32_t>(value))); }
int32_t hash_char_value(int64_t value) { return hash_int4_value(static_cast<int8_t>(value)); }
// int8 values that fit 32 bits hash like them.
uint32_t fold(int64_t value) {
  auto low = static_cast<uint32_t>(value), high = static_cast<uint32_t>(value >> 32);
  return low ^ (value >= 0 ? high : ~high);
}
int32_t hash_int8_value(int64_t value) { return static_cast<int32_t>(pg_hash_uint32(fold(value))); }
std::string float_key(double value) {
  if (std::isnan(value)) value = std::nan("");
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
int32_t hash_float_value(double value) { return value == 0 ? 0 : hash_bytes_value(float_key(value)); }
int64_t extended(uint64_t value) { return static_cast<int64_t>(value); }
int64_t hash_bytes_extended(sv bytes, int64_t seed) {
  return extended(pg_hash_bytes_extended(bytes, static_cast<uint64_t>(seed)));
}
int64_t hash_blank_padded_extended(sv text, int64_t seed) { return hash_bytes_extended(trim_blanks(text), seed); }
int64_t hash_int4_extended(int32_t value, int64_t seed) {
  return extended(pg_hash_uint32_extended(static_cast<uint32_t>(value), static_cast<uint64_t>(seed)));
}
int64_t hash_int8_extended(int64_t value, int64_t seed) {
  return extended(pg_hash_uint32_extended(fold(value), static_cast<uint64_t>(seed)));
}

// Version 4: random but for version and variant.
Datum random_uuid(CallContext& context) {
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) {
    throw SqlError(sqlstate::kInternalError, "could not generate random values");
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  return context.text({reinterpret_cast<const char*>(bytes), sizeof bytes});
}
uint32_t xid_of_xid8(int64_t value) { return static_cast<uint32_t>(value); }

const FunctionDef kFunctions[] = {
    {2311, "md5", {kText}, kText, kImmutable, kStrict, row<md5>},
    {2321, "md5", {kBytea}, kText, kImmutable, kStrict, row<md5>},
    {3419, "sha224", {kBytea}, kBytea, kImmutable, kStrict, row<sha<Digest::kSha224>>},
    {3420, "sha256", {kBytea}, kBytea, kImmutable, kStrict, row<sha<Digest::kSha256>>},
    {3421, "sha384", {kBytea}, kBytea, kImmutable, kStrict, row<sha<Digest::kSha384>>},
    {3422, "sha512", {kBytea}, kBytea, kImmutable, kStrict, row<sha<Digest::kSha512>>},
    {1946, "encode", {kBytea, kText}, kText, kImmutable, kStrict, row<encode>},
    {1947, "decode", {kText, kText}, kBytea, kImmutable, kStrict, row<decode>},
    {1714, "convert_from", {kBytea, kName}, kText, kStable, kStrict, row<convert_from>},
    {1717, "convert_to", {kText, kName}, kBytea, kStable, kStrict, row<convert_to>},
    {1813, "convert", {kBytea, kName, kName}, kBytea, kStable, kStrict, row<convert>},
    {1597, "pg_encoding_to_char", {kInt4}, kName, kStable, kStrict, row<encoding_name>},
    {1264, "pg_char_to_encoding", {kName}, kInt4, kStable, kStrict, row<encoding_number>},
    {810, "pg_client_encoding", {}, kName, kStable, kStrict, row<client_encoding>},
    {1039, "getdatabaseencoding", {}, kName, kStable, kStrict, row<database_encoding>},
    {400, "hashtext", {kText}, kInt4, kImmutable, kStrict, row<hash_bytes_value>},
    {455, "hashname", {kName}, kInt4, kImmutable, kStrict, row<hash_bytes_value>},
    {1080, "hashbpchar", {kBpchar}, kInt4, kImmutable, kStrict, row<hash_blank_padded>},
    {454, "hashchar", {kChar}, kInt4, kImmutable, kStrict, row<hash_char_value>},
    {449, "hashint2", {kInt2}, kInt4, kImmutable, kStrict, row<hash_int4_value>},
    {450, "hashint4", {kInt4}, kInt4, kImmutable, kStrict, row<hash_int4_value>},
    {949, "hashint8", {kInt8}, kInt4, kImmutable, kStrict, row<hash_int8_value>},
    {453, "hashoid", {kOid}, kInt4, kImmutable, kStrict, row<hash_int4_value>},
    {451, "hashfloat4", {kFloat4}, kInt4, kImmutable, kStrict, row<hash_float_value>},
    {452, "hashfloat8", {kFloat8}, kInt4, kImmutable, kStrict, row<hash_float_value>},
    {2963, "uuid_hash", {kUuid}, kInt4, kImmutable, kStrict, row<hash_bytes_value>},
    {1688, "time_hash", {kTime}, kInt4, kImmutable, kStrict, row<hash_int8_value>},
    {2039, "timestamp_hash", {kTimestamp}, kInt4, kImmutable, kStrict, row<hash_int8_value>},
    {448, "hashtextextended", {kText, kInt8}, kInt8, kImmutable, kStrict, row<hash_bytes_extended>},
    {447, "hashnameextended", {kName, kInt8}, kInt8, kImmutable, kStrict, row<hash_bytes_extended>},
    {972, "hashbpcharextended", {kBpchar, kInt8}, kInt8, kImmutable, kStrict, row<hash_blank_padded_extended>},
    {441, "hashint2extended", {kInt2, kInt8}, kInt8, kImmutable, kStrict, row<hash_int4_extended>},
    {425, "hashint4extended", {kInt4, kInt8}, kInt8, kImmutable, kStrict, row<hash_int4_extended>},
    {442, "hashint8extended", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<hash_int8_extended>},
    {445, "hashoidextended", {kOid, kInt8}, kInt8, kImmutable, kStrict, row<hash_int4_extended>},
    {3432, "gen_random_uuid", {}, kUuid, kVolatile, kStrict, row<random_uuid>},
    {5071, "xid", {kXid8}, kXid, kImmutable, kStrict, row<xid_of_xid8>},
};

}  // namespace

std::span<const FunctionDef> bytes_functions() { return kFunctions; }

}  // namespace vecino::sql
