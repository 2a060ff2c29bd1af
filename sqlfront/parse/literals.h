#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vecino::sql {

// An unsigned decimal literal of type integer (manual 4.1.2.6).
struct IntegerLiteral {
  int location = 0;  // byte offset in the text
  int32_t value = 0;
};

// A text without its integer literals. Two texts with equal keys and as many literals are the same tokens but for the
// literals' values.
struct LiteralText {
  std::string key;
  std::vector<IntegerLiteral> literals;
};

// False for texts that are not worth it or not safe to share: long ones, those with many literals, and those with a
// backslash (whose meaning depends on settings). Follows the lexical rules of the manual, 4.1. Thread-safe.
bool split_literals(std::string_view sql, LiteralText& out);

}  // namespace vecino::sql
