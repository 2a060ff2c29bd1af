#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vecino::sql {

// The parts of a qualified name (parse_ident, manual 9.4). Throws 22023; `strict` refuses what follows the last part.
std::vector<std::string> parse_identifier(std::string_view text, bool strict);

}  // namespace vecino::sql
