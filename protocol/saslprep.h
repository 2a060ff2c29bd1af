#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vecino::protocol {

// RFC 4013: the form in which passwords are compared. nullopt when the text is not UTF-8, holds a prohibited or
// unassigned character, or becomes empty.
std::optional<std::string> saslprep(std::string_view text);

}  // namespace vecino::protocol
