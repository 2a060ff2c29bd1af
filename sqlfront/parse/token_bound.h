#pragma once

#include <cstddef>
#include <string_view>

namespace vecino::sql::parse {

// At least the number of tokens in `sql`. Plain quoted strings (vector literals) count as one; where their end is not
// obvious (escapes, dollar quotes, comments) every byte counts.
size_t token_bound(std::string_view sql);
// Up to so many tokens libpg_query may recurse on the caller's stack.
inline constexpr size_t kOwnStackTokens = 1000;

}  // namespace vecino::sql::parse
