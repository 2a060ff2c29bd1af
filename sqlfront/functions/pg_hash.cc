#include "sqlfront/functions/pg_hash.h"

#include <bit>
#include <cstring>

namespace vecino::sql {
namespace {

struct State {
  uint32_t a, b, c;

  explicit State(uint32_t length) { a = b = c = 0x9e3779b9u + length + 3923095u; }
  void seed(uint64_t value) {
    if (value == 0) return;
    a += static_cast<uint32_t>(value >> 32);
    b += static_cast<uint32_t>(value);
    mix();
  }
  void mix() {
    a -= c; a ^= std::rotl(c, 4); c += b;
    b -= a; b ^= std::rotl(a, 6); a += c;
    c -= b; c ^= std::rotl(b, 8); b += a;
    a -= c; a ^= std::rotl(c, 16); c += b;
    b -= a; b ^= std::rotl(a, 19); a += c;
    c -= b; c ^= std::rotl(b, 4); b += a;
  }
  void finish() {
    c ^= b; c -= std::rotl(b, 14);
    a ^= c; a -= std::rotl(c, 11);
    b ^= a; b -= std::rotl(a, 25);
    c ^= b; c -= std::rotl(b, 16);
    a ^= c; a -= std::rotl(c, 4);
    b ^= a; b -= std::rotl(a, 14);
    c ^= b; c -= std::rotl(b, 24);
  }
};

State hash_all(std::string_view bytes, uint64_t seed) {
  State state(static_cast<uint32_t>(bytes.size()));
  state.seed(seed);
  auto word = [](const char* p) {
    uint32_t value;
    std::memcpy(&value, p, 4);
    return value;
  };
  while (bytes.size() >= 12) {
    state.a += word(bytes.data());
    state.b += word(bytes.data() + 4);
    state.c += word(bytes.data() + 8);
    state.mix();
    bytes.remove_prefix(12);
  }
  // The lowest byte of c stands for the length.
  char tail[13] = {};
  size_t head = bytes.size() < 8 ? bytes.size() : 8;
  std::memcpy(tail, bytes.data(), head);
  if (bytes.size() > 8) std::memcpy(tail + 9, bytes.data() + 8, bytes.size() - 8);
  state.a += word(tail);
  state.b += word(tail + 4);
  state.c += word(tail + 8);
  state.finish();
  return state;
}

State hash_word(uint32_t value, uint64_t seed) {
  State state(4);
  state.seed(seed);
  state.a += value;
  state.finish();
  return state;
}

}  // namespace

uint32_t pg_hash_bytes(std::string_view bytes) { return hash_all(bytes, 0).c; }
uint64_t pg_hash_bytes_extended(std::string_view bytes, uint64_t seed) {
  State state = hash_all(bytes, seed);
  return uint64_t{state.b} << 32 | state.c;
}
uint32_t pg_hash_uint32(uint32_t value) { return hash_word(value, 0).c; }
uint64_t pg_hash_uint32_extended(uint32_t value, uint64_t seed) {
  State state = hash_word(value, seed);
  return uint64_t{state.b} << 32 | state.c;
}

}  // namespace vecino::sql
