#pragma once

#include <string>
#include <string_view>

namespace vecino::sql {

enum class Digest : unsigned char { kMd5, kSha224, kSha256, kSha384, kSha512 };

// The raw digest. The only use of OpenSSL in sqlfront.
std::string compute_digest(Digest kind, std::string_view bytes);

}  // namespace vecino::sql
