#pragma once

#include <optional>
#include <string>

namespace vecino::sql {

// The value of an integer storage parameter, `text` as it was written: PostgreSQL also takes fractions, which are rounded to the
// nearest integer (ties to even), exponents, hexadecimal and octal numbers, and spaces around them. nullopt = none of these.
std::optional<int> parse_integer_option(const std::string& text);

}  // namespace vecino::sql
