#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/types/type.h"

namespace vecino::sql {

// SQL/JSON path language (manual 9.16.2). The datum is the canonical text that jsonpath_out prints.
enum class PathKind : uint8_t {
  // Items.
  kNull, kTrue, kFalse, kNumber, kString, kVariable, kRoot, kCurrent, kLast,
  // Accessors.
  kKey, kAnyKey, kAnyArray, kSubscripts, kRecursive, kFilter, kMethod,
  // Operators and predicates.
  kOr, kAnd, kNot, kIsUnknown, kExists, kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kStartsWith,
  kLikeRegex, kAdd, kSubtract, kMultiply, kDivide, kModulo, kPlus, kMinus,
};

struct PathNode;
using PathPtr = std::unique_ptr<PathNode>;

struct PathNode {
  ~PathNode();
  PathKind kind;
  std::string text;      // string, number, key, variable, method name, regular expression
  std::string flags;     // like_regex
  PathPtr left, right;   // operands; `left` also of filters, exists, not
  struct Subscript {
    PathPtr from, to;    // `to` null = one element
  };
  std::vector<Subscript> subscripts;
  uint32_t first = 0, last = 0;  // .**{first to last}
  PathPtr next;                  // the accessor that follows
};
inline constexpr uint32_t kPathLastLevel = UINT32_MAX;

struct JsonPath {
  bool strict = false;
  PathPtr root;
};

JsonPath parse_jsonpath(std::string_view text);  // 42601, 22P02
std::string print_jsonpath(const JsonPath& path);
const char* path_operator_name(PathKind kind);

std::span<const TypeInfo> jsonpath_types();

}  // namespace vecino::sql
