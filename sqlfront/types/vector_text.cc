// Text and binary forms of vector: pgvector's vector_in, vector_out, vector_recv, vector_send.
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "sqlfront/types/shortest_float.h"
#include "sqlfront/types/type_helpers.h"
#include "sqlfront/types/vector.h"

namespace vecino::sql {
namespace {

[[noreturn]] void throw_syntax(std::string_view literal, const char* detail = "") {
  throw SqlError(sqlstate::kInvalidTextRepresentation,
                 "invalid input syntax for type vector: \"" + std::string(literal) + "\"")
      .detail(detail);
}

// What std::from_chars does not read as strtof does: a plus sign, hexadecimal, inf and nan spellings, range ends.
float parse_slowly(std::string_view literal, const char*& at, const char* end) {
  std::string_view rest(at, static_cast<size_t>(end - at));
  std::string token(rest.substr(0, rest.find_first_of(",] \t\n\r\v\f")));
  char* stop = nullptr;
  errno = 0;
  float value = std::strtof(token.c_str(), &stop);
  if (stop == token.c_str()) throw_syntax(literal);
  size_t length = static_cast<size_t>(stop - token.c_str());
  if (errno == ERANGE && std::isinf(value)) {
    throw SqlError(sqlstate::kNumericValueOutOfRange,
                   "\"" + token.substr(0, length) + "\" is out of range for type vector");
  }
  at += length;
  return value;
}

constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Up to 18 digits, of which the value fits into a double's mantissa, and no exponent: one division, whose result is the double
// nearest to the decimal (Clinger, How to read floating point numbers accurately). That rounds to the right float unless it lies
// half-way between two.
bool parse_plain_decimal(const char*& at, const char* end, float& value) {
  const char* p = at;
  const bool negative = *p == '-';
  if (negative) ++p;
  uint64_t digits = 0;
  const char* first = p;
  while (p < end && is_digit(*p)) digits = digits * 10 + static_cast<uint64_t>(*p++ - '0');
  size_t count = static_cast<size_t>(p - first), fraction = 0;
  if (p < end && *p == '.') {
    const char* point = ++p;
    while (p < end && is_digit(*p)) digits = digits * 10 + static_cast<uint64_t>(*p++ - '0');
    fraction = static_cast<size_t>(p - point);
    count += fraction;
  }
  if (count == 0 || count > 18 || digits > (uint64_t{1} << 53)) return false;
  if (p == end || (*p != ',' && *p != ']')) return false;  // an exponent, a space, or an error
  const double exact = static_cast<double>(digits) / kPowersOfTen[fraction];
  if ((std::bit_cast<uint64_t>(exact) & 0x1fffffff) == 0x10000000) return false;
  value = static_cast<float>(negative ? -exact : exact);
  at = p;
  return true;
}

float parse_element(std::string_view literal, const char*& at, const char* end) {
  if (float value; parse_plain_decimal(at, end, value)) return value;
  const char* digits = at < end && *at == '-' ? at + 1 : at;
  bool plain = digits < end && (is_digit(*digits) || *digits == '.') &&
               !(*digits == '0' && digits + 1 < end && (digits[1] | 32) == 'x');
  if (plain) {
    float value;
    auto [stop, error] = std::from_chars(at, end, value);
    if (error == std::errc()) {
      at = stop;
      return value;
    }
  }
  return parse_slowly(literal, at, end);
}

}  // namespace

Datum vector_input(CallContext& context, std::string_view text) {
  const char* at = text.data();
  const char* end = at + text.size();
  auto skip_space = [&] {
    while (at < end && is_space(*at)) ++at;
  };
  skip_space();
  if (at == end || *at != '[') throw_syntax(text, "Vector contents must start with \"[\".");
  ++at;
  skip_space();
  if (at < end && *at == ']') check_vector_dimensions(0);
  // Every element but the last takes at least two characters.
  size_t bound = std::min<size_t>(kVectorMaxDimensions, static_cast<size_t>(end - at) / 2 + 1);
  char* values = context.arena->allocate(bound * 4);
  int dimensions = 0;
  for (;;) {
    if (dimensions == kVectorMaxDimensions) check_vector_dimensions(dimensions + 1);
    skip_space();
    if (at == end) throw_syntax(text);
    float value = parse_element(text, at, end);
    check_vector_element(value);
    std::memcpy(values + static_cast<size_t>(dimensions) * 4, &value, 4);
    ++dimensions;
    skip_space();
    if (at == end || (*at != ',' && *at != ']')) throw_syntax(text);
    if (*at++ == ']') break;
  }
  skip_space();
  if (at != end) throw_syntax(text, "Junk after closing right brace.");
  check_vector_expected(context.typmod, dimensions);
  return Datum::from_bytes({values, static_cast<size_t>(dimensions) * 4});
}

void vector_output(CallContext&, const Datum& value, std::string& out) {
  VectorView vector(value);
  constexpr size_t kLongest = 16;  // of an element with its comma: -1.17549435e-38
  const size_t start = out.size();
  out.resize(start + static_cast<size_t>(vector.dimensions()) * kLongest + kShortestFloatSpace + 2);
  char* at = out.data() + start;
  *at++ = '[';
  for (int i = 0; i < vector.dimensions(); ++i) {
    at = write_shortest_float(at, vector[i]);
    *at++ = ',';
  }
  at[-1] = ']';
  out.resize(static_cast<size_t>(at - out.data()));
}

}  // namespace vecino::sql
