#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vecino::sql {

// A number that is the same for statements that differ in constants, spacing and the like only; nullopt when the text does
// not parse.
std::optional<uint64_t> fingerprint_query(const std::string& sql);
// The text with its constants replaced by $1, $2, ...
std::string normalize_query(const std::string& sql);

}  // namespace vecino::sql
