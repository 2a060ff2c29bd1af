#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vecino::protocol {

// RFC 4648, section 4, with padding.
std::string encode_base64(std::string_view bytes);
// nullopt for anything but the canonical form: no blanks, full padding, no stray bits.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace vecino::protocol
