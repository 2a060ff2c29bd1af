#pragma once

#include <cassert>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vecino {

enum class PhysicalKind : uint8_t { kInt, kFloat, kBytes };

// Builds with assertions keep in every Datum's spare bytes what it is, and compare it wherever one is read
// (sqlfront/types/typed_datum.h).
#ifdef NDEBUG
inline constexpr bool kTypedDatums = false;
#else
inline constexpr bool kTypedDatums = true;
#endif

// One SQL value without its type (the type is static per column): 16 bytes, trivially copyable, does not
// own what it points to. Representation by physical kind:
//   kInt    bool, "char", int2/4/8, oid and reg*, date (days since 2000-01-01), time, timestamp[tz]
//           (microseconds since 2000-01-01): in i64
//   kFloat  float4, float8: in f64 (a float4 always holds a value that a float can hold)
//   kBytes  everything else: ptr/len. text, varchar, bpchar, name, json, bytea: the bytes themselves;
//           vector: dim little-endian float32 (len = 4 * dim; no alignment promised);
//           others (numeric, interval, uuid, jsonb, arrays, record): the packed form their type file defines.
// The bytes on disk are the same as in memory.
struct Datum {
  union {
    int64_t i64;
    double f64;
    const char* ptr;
  };
  uint32_t len;
  bool is_null;
#ifndef NDEBUG
  PhysicalKind kind;
  uint16_t family;  // sql::type_family of its type; 0 = not said
#endif

  static Datum null() {
    Datum d = made(PhysicalKind::kInt);
    d.i64 = 0;
    d.len = 0;
    d.is_null = true;
    return d;
  }
  static Datum from_int(int64_t value) {
    Datum d = made(PhysicalKind::kInt);
    d.i64 = value;
    d.len = 0;
    d.is_null = false;
    return d;
  }
  static Datum from_bool(bool value) { return from_int(value ? 1 : 0); }
  static Datum from_float(double value) {
    Datum d = made(PhysicalKind::kFloat);
    d.f64 = value;
    d.len = 0;
    d.is_null = false;
    return d;
  }
  static Datum from_bytes(std::string_view value) {
    Datum d = made(PhysicalKind::kBytes);
    d.ptr = value.data();
    d.len = static_cast<uint32_t>(value.size());
    d.is_null = false;
    return d;
  }
  std::string_view bytes() const {
    assert(is(PhysicalKind::kBytes));
    return {ptr, len};
  }
  bool boolean() const {
    assert(is(PhysicalKind::kInt));
    return i64 != 0;
  }
  // For assertions: always true in builds without them.
  bool is([[maybe_unused]] PhysicalKind expected) const {
#ifdef NDEBUG
    return true;
#else
    return is_null || kind == expected;
#endif
  }

 private:
  static Datum made([[maybe_unused]] PhysicalKind made_kind) {
    Datum d{};
#ifndef NDEBUG
    d.kind = made_kind;
    d.family = 0;
#endif
    return d;
  }
};
static_assert(sizeof(Datum) == 16);

using Oid = uint32_t;
inline constexpr Oid kInvalidOid = 0;

}  // namespace vecino
