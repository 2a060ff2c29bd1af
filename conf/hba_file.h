#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vecino::conf {

// pg_hba.conf and pg_ident.conf as PostgreSQL reads them (manual 21.1, 21.2). Pure functions on text, but for files that
// a name list includes with @.

// A word of a line; keywords and the leading + and @ mean something only outside quotes.
struct HbaToken {
  std::string text;
  bool quoted = false;
  bool is(std::string_view keyword) const { return !quoted && text == keyword; }
};
using HbaField = std::vector<HbaToken>;  // a comma-separated list
struct HbaLine {
  int number = 0;
  std::vector<HbaField> fields;
  std::string error;  // of cutting it into words
};
// Lines with something on them. A backslash at the end continues a line.
std::vector<HbaLine> split_hba_text(std::string_view text, const std::string& file);

struct IpAddress {
  int family = 0;  // 4, 6; 0 = none
  std::array<uint8_t, 16> bytes{};
  size_t size() const { return family == 4 ? 4 : 16; }
  bool operator==(const IpAddress&) const = default;
};
std::optional<IpAddress> parse_ip_address(std::string_view text);
std::string format_ip_address(const IpAddress& address);

enum class HbaType : uint8_t { kLocal, kHost, kHostSsl, kHostNoSsl };
enum class HbaAddress : uint8_t { kAll, kMask, kSameHost, kSameNet, kHostName };
enum class HbaMethod : uint8_t { kTrust, kReject, kPassword, kScram, kPeer, kCert };
enum class HbaClientCert : uint8_t { kOff, kVerifyCa, kVerifyFull };

struct HbaRule {
  int line = 0;
  std::string text;  // the line's words, for the log
  HbaType type = HbaType::kLocal;
  HbaField databases, users;
  HbaAddress address_kind = HbaAddress::kAll;
  IpAddress address, mask;
  std::string host_name;  // begins with a dot: every host below
  HbaMethod method = HbaMethod::kReject;
  HbaClientCert client_cert = HbaClientCert::kOff;
  bool client_name_is_dn = false;
  std::string map;
};
// A line of the file: the rule it makes, or why it makes none.
struct HbaEntry {
  int line = 0;
  std::optional<HbaRule> rule;
  std::string error, hint;
};
struct HbaOptions {
  bool ssl_enabled = true;  // hostssl lines are an error without
};
std::vector<HbaEntry> parse_hba_text(std::string_view text, const std::string& file, const HbaOptions& options = {});

struct IdentMapping {
  std::string map, system_user, role;
  bool system_user_quoted = false;
};
struct IdentEntry {
  int line = 0;
  std::optional<IdentMapping> mapping;
  std::string error;
};
std::vector<IdentEntry> parse_ident_text(std::string_view text, const std::string& file);

std::string_view hba_type_name(HbaType type);
std::string_view hba_method_name(HbaMethod method);

}  // namespace vecino::conf
