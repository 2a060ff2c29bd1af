#include "server/tls_context.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace vecino::server {
namespace {

using conf::SettingId;

constexpr unsigned char kAlpn[] = {10, 'p', 'o', 's', 't', 'g', 'r', 'e', 's', 'q', 'l'};

std::string openssl_reason() {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no SSL error reported";
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "SSL error code " + std::to_string(code);
}

Status config_error(std::string message, std::string detail = {}) {
  return Status::error(sqlstate::kConfigFileError, std::move(message), std::move(detail));
}

std::string file_setting(const conf::ServerSettings& settings, SettingId id) {
  const std::string& path = settings.get_string(id);
  if (path.empty() || std::filesystem::path(path).is_absolute()) return path;
  return settings.get_string(SettingId::data_directory) + "/" + path;
}

// The key is worth nothing when others can read it.
Status check_key_file(const std::string& path, const std::string& shown) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    return config_error("could not access private key file \"" + shown + "\": " + std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) return config_error("private key file \"" + shown + "\" is not a regular file");
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return config_error("private key file \"" + shown + "\" must be owned by the database user or root");
  }
  bool is_own = info.st_uid == ::geteuid();
  mode_t forbidden = is_own && info.st_uid != 0 ? S_IRWXG | S_IRWXO : S_IWGRP | S_IXGRP | S_IRWXO;
  if ((info.st_mode & forbidden) == 0) return Status::ok();
  return config_error("private key file \"" + shown + "\" has group or world access",
                      "File must have permissions u=rw (0600) or less if owned by the database user, or permissions "
                      "u=rw,g=r (0640) or less if owned by root.");
}

// A passphrase is never asked for on a terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

int choose_alpn(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                unsigned int offered_length, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, length, kAlpn, sizeof kAlpn, offered, offered_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int version_number(const std::string& name) {
  if (name == "TLSv1") return TLS1_VERSION;
  if (name == "TLSv1.1") return TLS1_1_VERSION;
  if (name == "TLSv1.2") return TLS1_2_VERSION;
  return name == "TLSv1.3" ? TLS1_3_VERSION : 0;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const conf::ServerSettings& settings) {
  auto result = std::make_shared<TlsContext>();
  result->context_.reset(SSL_CTX_new(TLS_server_method()));
  if (!result->context_) return config_error("could not create SSL context: " + openssl_reason());
  RETURN_IF_ERROR(result->configure(settings));
  return std::shared_ptr<const TlsContext>(std::move(result));
}

Status TlsContext::configure(const conf::ServerSettings& settings) {
  SSL_CTX* context = context_.get();
  // Sessions are not resumed: a resumed one would not show its certificate again.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  if (settings.get_bool(SettingId::ssl_prefer_server_ciphers)) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  SSL_CTX_set_alpn_select_cb(context, &choose_alpn, nullptr);
  RETURN_IF_ERROR(load_key_pair(settings));
  RETURN_IF_ERROR(set_versions(settings));
  if (SSL_CTX_set_cipher_list(context, settings.get_string(SettingId::ssl_ciphers).c_str()) != 1) {
    ERR_clear_error();
    return config_error("could not set the cipher list (no valid ciphers available)");
  }
  const std::string& curve = settings.get_string(SettingId::ssl_ecdh_curve);
  if (!curve.empty() && SSL_CTX_set1_groups_list(context, curve.c_str()) != 1) {
    return config_error("ECDH: unrecognized curve name: " + curve);
  }
  SSL_CTX_set_dh_auto(context, 1);
  RETURN_IF_ERROR(load_authorities(settings));
  hash_certificate();
  return Status::ok();
}

Status TlsContext::load_key_pair(const conf::ServerSettings& settings) {
  SSL_CTX* context = context_.get();
  const std::string& certificate = settings.get_string(SettingId::ssl_cert_file);
  const std::string& key = settings.get_string(SettingId::ssl_key_file);
  ERR_clear_error();
  SSL_CTX_set_default_passwd_cb(context, &no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, file_setting(settings, SettingId::ssl_cert_file).c_str()) != 1) {
    return config_error("could not load server certificate file \"" + certificate + "\": " + openssl_reason());
  }
  std::string key_path = file_setting(settings, SettingId::ssl_key_file);
  RETURN_IF_ERROR(check_key_file(key_path, key));
  if (SSL_CTX_use_PrivateKey_file(context, key_path.c_str(), SSL_FILETYPE_PEM) != 1) {
    return config_error("could not load private key file \"" + key + "\": " + openssl_reason());
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return config_error("check of private key failed: " + openssl_reason());
  }
  return Status::ok();
}

Status TlsContext::set_versions(const conf::ServerSettings& settings) {
  int minimum = version_number(settings.get_string(SettingId::ssl_min_protocol_version));
  int maximum = version_number(settings.get_string(SettingId::ssl_max_protocol_version));
  if (maximum != 0 && minimum > maximum) {
    return config_error("could not set SSL protocol version range",
                        "\"ssl_min_protocol_version\" cannot be higher than \"ssl_max_protocol_version\"");
  }
  if (SSL_CTX_set_min_proto_version(context_.get(), minimum) != 1) {
    return config_error("could not set minimum SSL protocol version");
  }
  if (maximum != 0 && SSL_CTX_set_max_proto_version(context_.get(), maximum) != 1) {
    return config_error("could not set maximum SSL protocol version");
  }
  return Status::ok();
}

// With ssl_ca_file clients may show a certificate; one that does not verify ends the handshake.
Status TlsContext::load_authorities(const conf::ServerSettings& settings) {
  SSL_CTX* context = context_.get();
  std::string authorities = file_setting(settings, SettingId::ssl_ca_file);
  if (!authorities.empty()) {
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(authorities.c_str());
    if (names == nullptr || SSL_CTX_load_verify_locations(context, authorities.c_str(), nullptr) != 1) {
      std::string reason = openssl_reason();
      if (names != nullptr) sk_X509_NAME_pop_free(names, X509_NAME_free);
      return config_error("could not load root certificate file \"" + settings.get_string(SettingId::ssl_ca_file) +
                          "\": " + reason);
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nullptr);
  }
  std::string revoked = file_setting(settings, SettingId::ssl_crl_file);
  std::string revoked_directory = file_setting(settings, SettingId::ssl_crl_dir);
  if (revoked.empty() && revoked_directory.empty()) return Status::ok();
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  if (X509_STORE_load_locations(store, revoked.empty() ? nullptr : revoked.c_str(),
                                revoked_directory.empty() ? nullptr : revoked_directory.c_str()) != 1) {
    return config_error("could not load SSL certificate revocation list file \"" +
                        settings.get_string(SettingId::ssl_crl_file) + "\": " + openssl_reason());
  }
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return Status::ok();
}

void TlsContext::hash_certificate() {
  X509* certificate = SSL_CTX_get0_certificate(context_.get());
  int digest = NID_undef;
  if (certificate == nullptr || X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr) != 1) {
    ERR_clear_error();
    return;
  }
  // RFC 5929: the signature's own hash function, but SHA-256 in the place of MD5 and SHA-1.
  if (digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
  const EVP_MD* algorithm = digest == NID_undef ? nullptr : EVP_get_digestbynid(digest);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (algorithm == nullptr || X509_digest(certificate, algorithm, hash, &length) != 1) return;
  certificate_hash_.assign(reinterpret_cast<const char*>(hash), length);
}

}  // namespace vecino::server
