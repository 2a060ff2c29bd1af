#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vecino::sql {

// No value is larger than a gigabyte, as in PostgreSQL (MaxAllocSize).
inline constexpr size_t kMaxValueBytes = 0x3fffffff;

// "invalid memory alloc request size": before anything of that size is asked for. `bytes` is what PostgreSQL would ask for.
void check_allocation(size_t bytes);
// The same for a text or bytea of so many bytes, which has a header of four.
inline void check_value_size(size_t bytes) { check_allocation(bytes + 4); }

// 54000 when a string of `have` bytes cannot grow by `more`.
void check_enlarged(size_t have, size_t more);
// Strings that grow piece by piece: 54000 beyond a gigabyte, and an end when the statement is cancelled.
void append_checked(std::string& out, std::string_view piece);
void append_checked(std::string& out, size_t count, char c);

}  // namespace vecino::sql
