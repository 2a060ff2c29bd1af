#include "sqlfront/types/bit.h"

#include <algorithm>

#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

constexpr int64_t kMaxBits = 83886080;  // MaxAttrSize * 8

bool is_varying(const CallContext& context) { return context.result_type == type_id::kVarbit; }

void check_length(const CallContext& context, uint32_t bits) {
  if (context.typmod <= 0) return;
  uint32_t limit = static_cast<uint32_t>(context.typmod);
  if (is_varying(context)) {
    if (bits > limit) {
      throw SqlError(sqlstate::kStringDataRightTruncation,
                     "bit string too long for type bit varying(" + std::to_string(limit) + ")");
    }
  } else if (bits != limit) {
    throw SqlError(sqlstate::kStringDataLengthMismatch, "bit string length " + std::to_string(bits) +
                                                            " does not match type bit(" + std::to_string(limit) + ")");
  }
}

[[noreturn]] void bad_digit(std::string_view at, const char* kind) {
  size_t length = 1;
  while (length < at.size() && (static_cast<uint8_t>(at[length]) & 0xC0) == 0x80) ++length;
  throw SqlError(sqlstate::kInvalidTextRepresentation,
                 "\"" + std::string(at.substr(0, length)) + "\" is not a valid " + kind + " digit");
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Datum bit_input(CallContext& context, std::string_view text) {
  bool hex = !text.empty() && to_lower(text[0]) == 'x';
  if (hex || (!text.empty() && to_lower(text[0]) == 'b')) text.remove_prefix(1);
  if (static_cast<int64_t>(text.size()) * (hex ? 4 : 1) > INT32_MAX) {
    throw SqlError(sqlstate::kProgramLimitExceeded, "bit string length exceeds the maximum allowed (2147483640)");
  }
  uint32_t bits = static_cast<uint32_t>(text.size()) * (hex ? 4 : 1);
  check_length(context, bits);
  BitWriter writer(*context.arena, bits);
  for (uint32_t i = 0; i < text.size(); ++i) {
    if (!hex) {
      if (text[i] != '0' && text[i] != '1') bad_digit(text.substr(i), "binary");
      if (text[i] == '1') writer.set(i);
      continue;
    }
    int value = hex_value(text[i]);
    if (value < 0) bad_digit(text.substr(i), "hexadecimal");
    for (uint32_t b = 0; b < 4; ++b) {
      if (value >> (3 - b) & 1) writer.set(i * 4 + b);
    }
  }
  return writer.finish();
}

void bit_output(CallContext&, const Datum& value, std::string& out) {
  BitView view(value);
  for (uint32_t i = 0; i < view.size(); ++i) out.push_back(view[i] ? '1' : '0');
}

Datum bit_receive(CallContext& context, std::string_view bytes) {
  if (bytes.size() < 4) throw SqlError(sqlstate::kProtocolViolation, "insufficient data left in message");
  int32_t bits = read_network<int32_t>(bytes);
  if (bits < 0 || bits > 2147483640) {
    throw SqlError(sqlstate::kInvalidBinaryRepresentation, "invalid length in external bit string");
  }
  check_length(context, static_cast<uint32_t>(bits));
  size_t count = (static_cast<size_t>(bits) + 7) / 8;
  if (bytes.size() - 4 < count) throw SqlError(sqlstate::kProtocolViolation, "insufficient data left in message");
  if (bytes.size() - 4 > count) {
    throw SqlError(sqlstate::kInvalidBinaryRepresentation, "incorrect binary data format");
  }
  BitWriter writer(*context.arena, static_cast<uint32_t>(bits));
  std::memcpy(writer.bytes(), bytes.data() + 4, count);
  return writer.finish();
}

void bit_send(CallContext&, const Datum& value, std::string& out) {
  BitView view(value);
  append_network<uint32_t>(out, view.size());
  out += view.bytes();
}

uint64_t bit_hash(const Datum& value) { return hash_bytes(value.bytes()); }

void encode_bit_key(const Datum& value, std::string& out) {
  BitView view(value);
  append_key_bytes(out, view.bytes());
  append_network<uint32_t>(out, view.size());
}

int32_t typmod_of(std::span<const int64_t> arguments, const std::string& type) {
  if (arguments.size() != 1) throw SqlError(sqlstate::kInvalidParameterValue, "invalid type modifier");
  if (arguments[0] < 1) {
    throw SqlError(sqlstate::kInvalidParameterValue, "length for type " + type + " must be at least 1");
  }
  if (arguments[0] > kMaxBits) {
    throw SqlError(sqlstate::kInvalidParameterValue,
                   "length for type " + type + " cannot exceed " + std::to_string(kMaxBits));
  }
  return static_cast<int32_t>(arguments[0]);
}
int32_t bit_typmod(std::span<const int64_t> arguments) { return typmod_of(arguments, "bit"); }
int32_t varbit_typmod(std::span<const int64_t> arguments) { return typmod_of(arguments, "varbit"); }

void bit_typmod_out(int32_t typmod, std::string& out) {
  if (typmod >= 0) out += "(" + std::to_string(typmod) + ")";
}

}  // namespace

// Bytes first (a prefix is less), then the number of bits: PostgreSQL's bit_cmp.
int bit_compare(const Datum& left, const Datum& right) {
  BitView a(left), b(right);
  int order = a.bytes().compare(b.bytes());
  if (order != 0) return order < 0 ? -1 : 1;
  return a.size() < b.size() ? -1 : a.size() > b.size();
}

std::span<const TypeInfo> bit_types() {
  static const auto make = [](TypeId id, std::string_view name, TypeId array, bool preferred,
                              int32_t (*typmod)(std::span<const int64_t>)) {
    TypeInfo type{};
    type.id = id;
    type.name = name;
    type.array_id = array;
    type.kind = PhysicalKind::kBytes;
    type.length = -1;
    type.type_class = 'b';
    type.category = 'V';
    type.preferred = preferred;
    type.alignment = 'i';
    type.storage = 'x';
    type.input = bit_input;
    type.output = bit_output;
    type.receive = bit_receive;
    type.send = bit_send;
    type.compare = bit_compare;
    type.hash = bit_hash;
    type.key_codec = {encode_bit_key};
    type.typmod_in = typmod;
    type.typmod_out = bit_typmod_out;
    return type;
  };
  static const TypeInfo types[] = {[] {
                                     TypeInfo type = make(type_id::kBit, "bit", 1561, false, bit_typmod);
                                     type.input_name = "bit_in";
                                     type.output_name = "bit_out";
                                     type.receive_name = "bit_recv";
                                     type.send_name = "bit_send";
                                     return type;
                                   }(),
                                   [] {
                                     TypeInfo type = make(type_id::kVarbit, "varbit", 1563, true, varbit_typmod);
                                     type.input_name = "varbit_in";
                                     type.output_name = "varbit_out";
                                     type.receive_name = "varbit_recv";
                                     type.send_name = "varbit_send";
                                     return type;
                                   }()};
  return types;
}

}  // namespace vecino::sql
