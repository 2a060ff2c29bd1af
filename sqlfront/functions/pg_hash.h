#pragma once

#include <cstdint>
#include <string_view>

namespace vecino::sql {

// PostgreSQL's hash (Bob Jenkins' lookup3), so that hashtext() & co give the values applications rely on. The 64-bit form
// with seed 0 has the 32-bit form in its low half.
uint32_t pg_hash_bytes(std::string_view bytes);
uint64_t pg_hash_bytes_extended(std::string_view bytes, uint64_t seed);
uint32_t pg_hash_uint32(uint32_t value);
uint64_t pg_hash_uint32_extended(uint32_t value, uint64_t seed);

}  // namespace vecino::sql
