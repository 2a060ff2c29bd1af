#include "conf/hba_file.h"

#include <arpa/inet.h>

#include <charconv>

namespace vecino::conf {
namespace {

struct MethodName {
  std::string_view name;
  HbaMethod method;
};
constexpr MethodName kMethods[] = {
    {"trust", HbaMethod::kTrust},         {"reject", HbaMethod::kReject}, {"password", HbaMethod::kPassword},
    {"scram-sha-256", HbaMethod::kScram}, {"peer", HbaMethod::kPeer},     {"cert", HbaMethod::kCert},
};
// PostgreSQL's others.
constexpr std::string_view kOtherMethods[] = {"ident", "gss", "sspi", "pam", "bsd", "ldap", "radius", "oauth"};

// Parses one line; the first thing wrong with it ends it.
class RuleParser {
 public:
  RuleParser(const HbaLine& line, const HbaOptions& options, HbaEntry& entry)
      : line_(line), options_(options), entry_(entry) {}

  void parse() {
    rule_.line = line_.number;
    bool ok = type() && names("database specification", rule_.databases) &&
              names("role specification", rule_.users) && (rule_.type == HbaType::kLocal || address()) && method() &&
              check_method() && all_options();
    if (!ok) return;
    describe();
    entry_.rule = std::move(rule_);
  }

 private:
  bool fail(std::string error, std::string hint = {}) {
    entry_.error = std::move(error);
    entry_.hint = std::move(hint);
    return false;
  }
  const HbaField* take() { return at_ < line_.fields.size() ? &line_.fields[at_++] : nullptr; }
  // The one word of the next field.
  const HbaToken* take_single(const char* missing, const char* multiple, const char* hint) {
    const HbaField* field = take();
    if (field == nullptr || field->empty()) return fail(missing), nullptr;
    if (field->size() > 1) return fail(multiple, hint), nullptr;
    return &field->front();
  }

  bool type() {
    const HbaToken* token = take_single("end-of-line before connection type",
                                        "multiple values specified for connection type",
                                        "Specify exactly one connection type per line.");
    if (token == nullptr) return false;
    const std::string& name = token->text;
    if (name == "local") return rule_.type = HbaType::kLocal, true;
    if (name == "host" || name == "hostnogssenc") return rule_.type = HbaType::kHost, true;
    if (name == "hostnossl") return rule_.type = HbaType::kHostNoSsl, true;
    if (name == "hostssl") {
      rule_.type = HbaType::kHostSsl;
      // The line is kept: it matches nothing.
      if (!options_.ssl_enabled) {
        entry_.error = "hostssl record cannot match because SSL is disabled";
        entry_.hint = "Set ssl = on in postgresql.conf.";
      }
      return true;
    }
    if (name == "hostgssenc") {
      return fail("hostgssenc record cannot match because GSSAPI is not supported by this build");
    }
    return fail("invalid connection type \"" + name + "\"");
  }

  bool names(const char* what, HbaField& names) {
    const HbaField* field = take();
    if (field == nullptr) return fail(std::string("end-of-line before ") + what);
    names = *field;
    return true;
  }

  bool address() {
    const HbaToken* token = take_single("end-of-line before IP address specification",
                                        "multiple values specified for host address",
                                        "Specify one address range per line.");
    if (token == nullptr) return false;
    if (token->is("all")) return rule_.address_kind = HbaAddress::kAll, true;
    if (token->is("samehost")) return rule_.address_kind = HbaAddress::kSameHost, true;
    if (token->is("samenet")) return rule_.address_kind = HbaAddress::kSameNet, true;
    size_t slash = token->text.find('/');
    std::optional<IpAddress> parsed = parse_ip_address(std::string_view(token->text).substr(0, slash));
    if (!parsed) {
      if (slash != std::string::npos) {
        return fail("specifying both host name and CIDR mask is invalid: \"" + token->text + "\"");
      }
      rule_.address_kind = HbaAddress::kHostName;
      rule_.host_name = token->text;
      return true;
    }
    rule_.address_kind = HbaAddress::kMask;
    rule_.address = *parsed;
    return slash == std::string::npos ? separate_mask() : cidr_mask(token->text, slash);
  }

  bool cidr_mask(const std::string& text, size_t slash) {
    size_t bits = 0;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
    if (error != std::errc() || stop != end || bits > rule_.address.size() * 8) {
      return fail("invalid CIDR mask in address \"" + text + "\"");
    }
    rule_.mask.family = rule_.address.family;
    for (size_t i = 0; i < bits; ++i) rule_.mask.bytes[i / 8] |= static_cast<uint8_t>(0x80 >> (i % 8));
    return true;
  }

  bool separate_mask() {
    const HbaField* field = take();
    if (field == nullptr || field->empty()) {
      return fail("end-of-line before netmask specification",
                  "Specify an address range in CIDR notation, or provide a separate netmask.");
    }
    if (field->size() > 1) return fail("multiple values specified for netmask");
    std::optional<IpAddress> mask = parse_ip_address(field->front().text);
    if (!mask) {
      return fail("invalid IP mask \"" + field->front().text + "\": Name or service not known");
    }
    if (mask->family != rule_.address.family) return fail("IP address and mask do not match");
    rule_.mask = *mask;
    return true;
  }

  bool method() {
    const HbaToken* token = take_single("end-of-line before authentication method",
                                        "multiple values specified for authentication type",
                                        "Specify exactly one authentication type per line.");
    if (token == nullptr) return false;
    for (const MethodName& known : kMethods) {
      if (known.name == token->text) return rule_.method = known.method, true;
    }
    if (token->text == "md5") {
      return fail("authentication method \"md5\" is not supported",
                  "Use \"scram-sha-256\"; MD5 hashes of passwords do not protect them.");
    }
    for (std::string_view other : kOtherMethods) {
      if (other == token->text) {
        return fail("invalid authentication method \"" + token->text + "\": not supported by this build");
      }
    }
    return fail("invalid authentication method \"" + token->text + "\"");
  }

  bool check_method() {
    if (rule_.method == HbaMethod::kPeer && rule_.type != HbaType::kLocal) {
      return fail("peer authentication is only supported on local sockets");
    }
    if (rule_.method == HbaMethod::kCert) {
      if (rule_.type != HbaType::kHostSsl) {
        return fail("cert authentication is only supported on hostssl connections");
      }
      rule_.client_cert = HbaClientCert::kVerifyFull;
    }
    return true;
  }

  bool all_options() {
    while (const HbaField* field = take()) {
      for (const HbaToken& token : *field) {
        size_t equals = token.text.find('=');
        if (equals == std::string::npos) {
          return fail("authentication option not in name=value format: " + token.text);
        }
        if (!option(token.text.substr(0, equals), token.text.substr(equals + 1))) return false;
      }
    }
    return true;
  }

  bool option(const std::string& name, const std::string& value) {
    if (name == "map") {
      if (rule_.method != HbaMethod::kPeer && rule_.method != HbaMethod::kCert) {
        return fail("authentication option \"map\" is only valid for authentication methods ident, peer, gssapi, sspi, "
                    "and cert");
      }
      rule_.map = value;
      return true;
    }
    if (name == "clientcert" || name == "clientname") {
      if (rule_.type != HbaType::kHostSsl) return fail(name + " can only be configured for \"hostssl\" rows");
      return name == "clientcert" ? client_cert(value) : client_name(value);
    }
    return fail("unrecognized authentication option name: \"" + name + "\"");
  }

  bool client_cert(const std::string& value) {
    if (value == "verify-full") return rule_.client_cert = HbaClientCert::kVerifyFull, true;
    if (value != "verify-ca") return fail("invalid value for clientcert: \"" + value + "\"");
    if (rule_.method == HbaMethod::kCert) {
      return fail("clientcert can only be set to \"verify-full\" when using \"cert\" authentication");
    }
    rule_.client_cert = HbaClientCert::kVerifyCa;
    return true;
  }

  bool client_name(const std::string& value) {
    if (value != "CN" && value != "DN") return fail("invalid value for clientname: \"" + value + "\"");
    rule_.client_name_is_dn = value == "DN";
    return true;
  }

  void describe() {
    for (const HbaField& field : line_.fields) {
      if (!rule_.text.empty()) rule_.text += ' ';
      for (size_t i = 0; i < field.size(); ++i) {
        if (i > 0) rule_.text += ',';
        rule_.text += field[i].quoted ? "\"" + field[i].text + "\"" : field[i].text;
      }
    }
  }

  const HbaLine& line_;
  const HbaOptions& options_;
  HbaEntry& entry_;
  HbaRule rule_;
  size_t at_ = 0;
};

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  std::string copy(text);
  IpAddress result;
  if (inet_pton(AF_INET, copy.c_str(), result.bytes.data()) == 1) return result.family = 4, result;
  result = {};
  if (inet_pton(AF_INET6, copy.c_str(), result.bytes.data()) == 1) return result.family = 6, result;
  return std::nullopt;
}

std::string format_ip_address(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(address.family == 4 ? AF_INET : AF_INET6, address.bytes.data(), text, sizeof text);
  return text;
}

std::vector<HbaEntry> parse_hba_text(std::string_view text, const std::string& file, const HbaOptions& options) {
  std::vector<HbaEntry> entries;
  for (const HbaLine& line : split_hba_text(text, file)) {
    HbaEntry entry;
    entry.line = line.number;
    if (line.error.empty()) {
      RuleParser(line, options, entry).parse();
    } else {
      entry.error = line.error;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<IdentEntry> parse_ident_text(std::string_view text, const std::string& file) {
  std::vector<IdentEntry> entries;
  for (const HbaLine& line : split_hba_text(text, file)) {
    IdentEntry entry;
    entry.line = line.number;
    entry.error = line.error;
    if (entry.error.empty() && line.fields.size() < 3) entry.error = "missing entry at end of line";
    for (const HbaField& field : line.fields) {
      if (entry.error.empty() && field.size() != 1) entry.error = "multiple values in ident field";
    }
    if (entry.error.empty()) {
      const HbaToken& user = line.fields[1].front();
      entry.mapping = IdentMapping{line.fields[0].front().text, user.text, line.fields[2].front().text, user.quoted};
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string_view hba_type_name(HbaType type) {
  switch (type) {
    case HbaType::kLocal: return "local";
    case HbaType::kHost: return "host";
    case HbaType::kHostSsl: return "hostssl";
    case HbaType::kHostNoSsl: return "hostnossl";
  }
  return "";
}

std::string_view hba_method_name(HbaMethod method) {
  for (const MethodName& known : kMethods) {
    if (known.method == method) return known.name;
  }
  return "";
}

}  // namespace vecino::conf
