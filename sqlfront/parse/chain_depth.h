#pragma once

#include <cstddef>
#include <string_view>

namespace vecino::sql::parse {

// How deep a tree `sql` makes at least by chains that the grammar reads without a stack of its own (a + b + c, casts, IS NULL,
// UNION, JOIN): the longest of them. libpg_query packs a tree in time quadratic to its depth, without an ear for a cancel.
size_t longest_chain(std::string_view sql);
// Deeper ones need not be parsed to be refused; PostgreSQL takes 5,000 operators, 12,000 casts.
inline constexpr size_t kMaxChain = 12000;

}  // namespace vecino::sql::parse
