#include "sqlfront/functions/digest.h"

#include <openssl/evp.h>

#include <memory>

#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

std::string compute_digest(Digest kind, std::string_view bytes) {
  const EVP_MD* algorithms[] = {EVP_md5(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  constexpr size_t kStep = size_t{4} << 20;  // some ten milliseconds
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  bool done = digest != nullptr && EVP_DigestInit_ex(digest.get(), algorithms[static_cast<int>(kind)], nullptr) == 1;
  for (size_t at = 0; done && at < bytes.size(); at += kStep) {
    check_for_interrupts();
    std::string_view piece = bytes.substr(at, kStep);
    done = EVP_DigestUpdate(digest.get(), piece.data(), piece.size()) == 1;
  }
  if (!done || EVP_DigestFinal_ex(digest.get(), out, &length) != 1) {
    throw SqlError(sqlstate::kInternalError, "could not compute digest");
  }
  return {reinterpret_cast<const char*>(out), length};
}

}  // namespace vecino::sql
