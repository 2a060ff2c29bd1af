#include "server/tls_session.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>

namespace vecino::server {
namespace {

constexpr size_t kRecord = 16 * 1024;

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeX509>;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

std::string text_of(BIO* bio) {
  char* data = nullptr;
  long length = BIO_get_mem_data(bio, &data);
  return length > 0 ? std::string(data, static_cast<size_t>(length)) : std::string();
}

// RFC 2253, as clientname=DN and pg_stat_ssl want it.
std::string rfc2253(X509_NAME* name) {
  std::unique_ptr<BIO, FreeBio> out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  return text_of(out.get());
}

// /CN=name/..., as pg_stat_ssl shows it.
std::string one_line(X509_NAME* name) {
  std::string result;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    std::unique_ptr<BIO, FreeBio> value(BIO_new(BIO_s_mem()));
    ASN1_STRING_print_ex(value.get(), X509_NAME_ENTRY_get_data(entry),
                         (ASN1_STRFLGS_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | ASN1_STRFLGS_UTF8_CONVERT);
    const char* short_name = OBJ_nid2sn(nid);
    result += std::string("/") + (short_name != nullptr ? short_name : "?") + "=" + text_of(value.get());
  }
  return result;
}

// Empty when the certificate has none, or one with a zero byte in it, which C programs would cut there.
std::string common_name(X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  ASN1_STRING* data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  unsigned char* utf8 = nullptr;
  int length = ASN1_STRING_to_UTF8(&utf8, data);
  if (length < 0) return {};
  std::string name(reinterpret_cast<char*>(utf8), static_cast<size_t>(length));
  OPENSSL_free(utf8);
  return name.find('\0') == std::string::npos ? name : std::string();
}

std::string serial_number(X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* digits = BN_bn2dec(number);
  std::string result = digits != nullptr ? digits : "";
  OPENSSL_free(digits);
  BN_free(number);
  return result;
}

}  // namespace

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, Start start)
    : context_(std::move(context)), start_(start), ssl_(SSL_new(context_->get())) {
  input_ = BIO_new(BIO_s_mem());
  output_ = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(input_, -1);  // an empty buffer is no end: more will come
  SSL_set_bio(ssl_.get(), input_, output_);
  SSL_set_accept_state(ssl_.get());
}

TlsSession::State TlsSession::receive(std::string_view bytes, std::string& plain) {
  std::lock_guard lock(mutex_);
  ERR_clear_error();
  BIO_write(input_, bytes.data(), static_cast<int>(bytes.size()));
  if (!established_) {
    State state = handshake();
    if (state != State::kOpen || !established_) return state;
  }
  return read(plain);
}

TlsSession::State TlsSession::handshake() {
  int result = SSL_do_handshake(ssl_.get());
  if (result != 1) return fail(result);
  const unsigned char* protocol = nullptr;
  unsigned int length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &length);
  if (start_ == Start::kDirect && length == 0) {
    error_ = "received direct SSL connection request without ALPN protocol negotiation extension";
    return State::kFailed;
  }
  established_ = true;
  return State::kOpen;
}

TlsSession::State TlsSession::read(std::string& plain) {
  while (true) {
    size_t before = plain.size();
    plain.resize(before + kRecord);
    int got = SSL_read(ssl_.get(), plain.data() + before, kRecord);
    plain.resize(before + static_cast<size_t>(got > 0 ? got : 0));
    if (got <= 0) return fail(got);
  }
}

TlsSession::State TlsSession::fail(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return State::kOpen;
    case SSL_ERROR_ZERO_RETURN:
      return State::kClosed;
    default:
      break;
  }
  unsigned long code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  error_ = reason != nullptr ? reason : "protocol error";
  ERR_clear_error();
  return State::kFailed;
}

bool TlsSession::encrypt(std::string_view plain, std::string& out) {
  std::lock_guard lock(mutex_);
  ERR_clear_error();
  while (!plain.empty()) {
    int written = SSL_write(ssl_.get(), plain.data(), static_cast<int>(std::min(plain.size(), kRecord)));
    if (written <= 0) {
      ERR_clear_error();
      return false;
    }
    plain.remove_prefix(static_cast<size_t>(written));
  }
  char* data = nullptr;
  long length = BIO_get_mem_data(output_, &data);
  if (length > 0) out.append(data, static_cast<size_t>(length));
  (void)BIO_reset(output_);
  return true;
}

void TlsSession::take_output(std::string& out) {
  std::lock_guard lock(mutex_);
  char* data = nullptr;
  long length = BIO_get_mem_data(output_, &data);
  if (length <= 0) return;
  out.append(data, static_cast<size_t>(length));
  (void)BIO_reset(output_);
}

void TlsSession::close() {
  std::lock_guard lock(mutex_);
  (void)SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void TlsSession::describe(ClientFacts& facts) const {
  facts.is_encrypted = true;
  facts.certificate_hash = context_->certificate_hash();
  Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
  if (!certificate || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return;
  facts.has_certificate = true;
  facts.common_name = common_name(certificate.get());
  facts.distinguished_name = rfc2253(X509_get_subject_name(certificate.get()));
}

sql::TlsInfo TlsSession::info() const {
  sql::TlsInfo result;
  result.version = SSL_get_version(ssl_.get());
  result.cipher = SSL_get_cipher_name(ssl_.get());
  result.bits = SSL_get_cipher_bits(ssl_.get(), nullptr);
  Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
  if (!certificate) return result;
  result.client_dn = one_line(X509_get_subject_name(certificate.get()));
  result.client_serial = serial_number(certificate.get());
  result.issuer_dn = one_line(X509_get_issuer_name(certificate.get()));
  return result;
}

}  // namespace vecino::server
