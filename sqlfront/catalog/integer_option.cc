#include "sqlfront/catalog/integer_option.h"

#include <cerrno>
#include <climits>
#include <cmath>
#include <cstdlib>

namespace vecino::sql {

std::optional<int> parse_integer_option(const std::string& text) {
  constexpr std::string_view kSpaces = " \t\n\v\f\r";
  char* end = nullptr;
  errno = 0;
  double value = static_cast<double>(std::strtol(text.c_str(), &end, 0));
  if (*end == '.' || *end == 'e' || *end == 'E' || errno == ERANGE) {
    errno = 0;
    value = std::strtod(text.c_str(), &end);
  }
  if (end == text.c_str() || errno == ERANGE || std::isnan(value)) return std::nullopt;
  size_t rest = text.find_first_not_of(kSpaces, static_cast<size_t>(end - text.c_str()));
  if (rest != std::string::npos) return std::nullopt;
  value = std::rint(value);
  if (value > INT_MAX || value < INT_MIN) return std::nullopt;
  return static_cast<int>(value);
}

}  // namespace vecino::sql
