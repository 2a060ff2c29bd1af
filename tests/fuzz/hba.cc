// pg_hba.conf and pg_ident.conf: parsing and matching. A text without a rule must match nobody.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "conf/hba_file.h"
#include "conf/hba_match.h"

using namespace vecino;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  for (char& c : text) {
    if (c == '@') c = 'a';  // no files
  }
  conf::HbaClient client;
  client.is_local = size % 3 == 0;
  client.is_encrypted = size % 2 == 0;
  client.address = *conf::parse_ip_address(size % 5 == 0 ? "::1" : "127.0.0.1");
  client.user = "user";
  client.database = "database";
  client.is_member_of = [](const std::string& role) { return role == "user"; };
  for (const conf::HbaEntry& entry : conf::parse_hba_text(text, "/nowhere/pg_hba.conf")) {
    if (!entry.rule && entry.error.empty()) abort();
    if (!entry.rule) continue;
    const conf::HbaRule& rule = *entry.rule;
    if (rule.databases.empty() || rule.users.empty()) abort();
    if (conf::matches(rule, client) && (rule.type == conf::HbaType::kLocal) != client.is_local) abort();
    if (rule.method == conf::HbaMethod::kCert && rule.client_cert != conf::HbaClientCert::kVerifyFull) abort();
  }
  for (const conf::IdentEntry& entry : conf::parse_ident_text(text, "/nowhere/pg_ident.conf")) {
    if (!entry.mapping && entry.error.empty()) abort();
  }
  return 0;
}
