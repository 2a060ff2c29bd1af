#include "sqlfront/functions/digest.h"

#include <openssl/evp.h>

#include "sqlfront/sql_error.h"

namespace vecino::sql {

std::string compute_digest(Digest kind, std::string_view bytes) {
  const EVP_MD* algorithms[] = {EVP_md5(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &length, algorithms[static_cast<int>(kind)], nullptr) != 1) {
    throw SqlError(sqlstate::kInternalError, "could not compute digest");
  }
  return {reinterpret_cast<const char*>(out), length};
}

}  // namespace vecino::sql
