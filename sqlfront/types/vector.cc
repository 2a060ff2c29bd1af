#include "sqlfront/types/vector.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

[[noreturn]] void throw_data(std::string message) { throw SqlError(sqlstate::kDataException, std::move(message)); }

// Between little-endian and network order; true = all are finite. The compiler makes shuffles of it.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)  // whose runtime has not begun when the choice is made
__attribute__((target_clones("avx2", "default"), optimize("O3")))
#endif
bool swap_floats(const char* from, char* to, size_t count) {
  uint32_t special = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, from + i * 4, 4);
    const uint32_t swapped = __builtin_bswap32(bits);
    std::memcpy(to + i * 4, &swapped, 4);
    special |= (swapped & 0x7f800000) == 0x7f800000 ? 1u : 0u;
  }
  return special == 0;
}

Datum vector_receive(CallContext& context, std::string_view bytes) {
  if (bytes.size() < 4) throw SqlError(sqlstate::kProtocolViolation, "insufficient data left in message");
  int dimensions = read_network<int16_t>(bytes, 0);
  int unused = read_network<int16_t>(bytes, 2);
  check_vector_dimensions(dimensions);
  check_vector_expected(context.typmod, dimensions);
  if (unused != 0) throw_data("expected unused to be 0, not " + std::to_string(unused));
  size_t wanted = 4 + static_cast<size_t>(dimensions) * 4;
  if (bytes.size() < wanted) throw SqlError(sqlstate::kProtocolViolation, "insufficient data left in message");
  char* values = context.arena->allocate(wanted - 4);
  if (!swap_floats(bytes.data() + 4, values, static_cast<size_t>(dimensions))) {
    for (int i = 0; i < dimensions; ++i) {
      check_vector_element(std::bit_cast<float>(read_network<uint32_t>(bytes, 4 + static_cast<size_t>(i) * 4)));
    }
  }
  if (bytes.size() > wanted) throw SqlError(sqlstate::kInvalidBinaryRepresentation, "incorrect binary data format");
  return Datum::from_bytes({values, wanted - 4});
}

void vector_send(CallContext&, const Datum& value, std::string& out) {
  VectorView vector(value);
  append_network<int16_t>(out, static_cast<int16_t>(vector.dimensions()));
  append_network<int16_t>(out, 0);
  size_t at = out.size();
  out.resize(at + value.len);
  (void)swap_floats(static_cast<const char*>(vector.data()), out.data() + at,
                    static_cast<size_t>(vector.dimensions()));
}

// Per element 1 and the float's bits in ascending order, then 0: a prefix sorts first.
void encode_vector_key(const Datum& value, std::string& out) {
  VectorView vector(value);
  for (int i = 0; i < vector.dimensions(); ++i) {
    uint32_t bits = std::bit_cast<uint32_t>(vector[i] + 0.0f);  // -0 is equal to 0
    bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    out.push_back(1);
    append_network<uint32_t>(out, bits);
  }
  out.push_back(0);
}

void vector_typmod_out(int32_t typmod, std::string& out) { out += "(" + std::to_string(typmod) + ")"; }

}  // namespace

void check_vector_dimensions(int dimensions) {
  if (dimensions < 1) throw_data("vector must have at least 1 dimension");
  if (dimensions > kVectorMaxDimensions) {
    throw SqlError(sqlstate::kProgramLimitExceeded,
                   "vector cannot have more than " + std::to_string(kVectorMaxDimensions) + " dimensions");
  }
}

void check_vector_expected(int32_t typmod, int dimensions) {
  if (typmod != -1 && typmod != dimensions) {
    throw_data("expected " + std::to_string(typmod) + " dimensions, not " + std::to_string(dimensions));
  }
}

void check_vector_element(float value) {
  if (std::isfinite(value)) [[likely]] return;
  throw_data(std::isnan(value) ? "NaN not allowed in vector" : "infinite value not allowed in vector");
}

void throw_different_dimensions(int left, int right) {
  throw_data("different vector dimensions " + std::to_string(left) + " and " + std::to_string(right));
}

void throw_float_overflow() { throw SqlError(sqlstate::kNumericValueOutOfRange, "value out of range: overflow"); }
void throw_float_underflow() { throw SqlError(sqlstate::kNumericValueOutOfRange, "value out of range: underflow"); }

int vector_compare(const Datum& left, const Datum& right) {
  VectorView a(left), b(right);
  int common = std::min(a.dimensions(), b.dimensions());
  for (int i = 0; i < common; ++i) {
    if (a[i] < b[i]) return -1;
    if (a[i] > b[i]) return 1;
  }
  return a.dimensions() < b.dimensions() ? -1 : a.dimensions() > b.dimensions();
}

int32_t vector_typmod(std::span<const int64_t> arguments) {
  auto fail = [](std::string message) { throw SqlError(sqlstate::kInvalidParameterValue, std::move(message)); };
  if (arguments.size() != 1) fail("invalid type modifier");
  if (arguments[0] < 1) fail("dimensions for type vector must be at least 1");
  if (arguments[0] > kVectorMaxDimensions) {
    fail("dimensions for type vector cannot exceed " + std::to_string(kVectorMaxDimensions));
  }
  return static_cast<int32_t>(arguments[0]);
}

std::span<const TypeInfo> vector_types() {
  static const TypeInfo types[] = {{
      .id = type_id::kVector,
      .name = "vector",
      .array_id = type_id::kVectorArray,
      .element_id = kInvalidOid,
      .kind = PhysicalKind::kBytes,
      .length = -1,
      .type_class = 'b',
      .category = 'U',
      .preferred = false,
      .by_value = false,
      .alignment = 'i',
      .storage = 'e',
      .input = vector_input,
      .output = vector_output,
      .receive = vector_receive,
      .send = vector_send,
      .compare = vector_compare,
      .key_codec = {encode_vector_key},
      .typmod_in = vector_typmod,
      .typmod_out = vector_typmod_out,
      .input_name = "vector_in",
      .output_name = "vector_out",
      .receive_name = "vector_recv",
      .send_name = "vector_send",
  }};
  return types;
}

}  // namespace vecino::sql
