#pragma once

#include <string_view>

#include "storage/util/status.h"

namespace vecino::protocol {

// 22021 `invalid byte sequence for encoding "UTF8": 0x..` unless `text` is valid UTF-8 without NUL bytes. RFC 3629:
// no overlong forms, no surrogates, nothing above U+10FFFF.
Status check_utf8(std::string_view text);

}  // namespace vecino::protocol
