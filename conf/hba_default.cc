#include "conf/hba_default.h"

#include <algorithm>
#include <array>

namespace vecino::conf {
namespace {

constexpr std::string_view kHbaIntroduction = R"(# Who may connect, from where, to which database, and how the client proves who it is.
#
# The first line that fits a connection decides; when none fits, the connection is refused. The syntax is that of
# PostgreSQL's pg_hba.conf (chapter 21.1 of its manual):
#
#   local                DATABASE USER         METHOD [OPTIONS]
#   host|hostssl|hostnossl DATABASE USER ADDRESS METHOD [OPTIONS]
#
# DATABASE  all, sameuser, samerole, a name, or several separated by commas; @FILE reads names from a file
# USER      all, a name, +ROLE (its members), or several separated by commas
# ADDRESS   all, samehost, samenet, a host name, CIDR (10.0.0.0/8), or an address and a mask
# METHOD    scram-sha-256, password, trust, reject, cert (hostssl only), peer (local only)
# OPTIONS   NAME=VALUE: clientcert=verify-ca|verify-full, map=NAME, clientname=CN|DN
#
# After a change: SELECT pg_reload_conf(), or SIGHUP. The view pg_hba_file_rules shows what is wrong with a line.
)";

constexpr std::string_view kTrustWarning = R"(
# "trust" lets every user of this machine in as anybody, superusers included. Choose another method where that matters.
)";

constexpr std::string_view kIdentText = R"(# Which names of the outside world may log in as which role (chapter 21.2 of PostgreSQL's manual):
#
#   MAPNAME  SYSTEM-USERNAME  ROLE
#
# A system user name that begins with / is a regular expression; \1 in ROLE stands for its first parenthesis. A line
# of pg_hba.conf asks for a map with map=MAPNAME (methods peer and cert).
)";

std::string rule(std::string_view type, std::string_view address, std::string_view method) {
  std::string line(type);
  line.resize(8, ' ');
  line += "all             all             ";
  line += address;
  line.resize(std::max<size_t>(line.size() + 1, 64), ' ');
  return line + std::string(method) + "\n";
}

constexpr std::array<std::string_view, 4> kCommonMethods = {"trust", "reject", "scram-sha-256", "password"};
bool is_common(std::string_view method) {
  return std::find(kCommonMethods.begin(), kCommonMethods.end(), method) != kCommonMethods.end();
}

}  // namespace

std::string default_hba_text(const HbaDefaults& defaults) {
  std::string text(kHbaIntroduction);
  if (defaults.local == "trust" || defaults.loopback == "trust") text += kTrustWarning;
  text += "\n# Unix-domain sockets\n" + rule("local", "", defaults.local);
  text += "# This machine\n" + rule("host", "127.0.0.1/32", defaults.loopback) +
          rule("host", "::1/128", defaults.loopback);
  return text + "# Everybody else\n" + rule("host", "all", defaults.others);
}

std::string default_ident_text() { return std::string(kIdentText); }

bool is_local_auth_method(std::string_view method) { return is_common(method) || method == "peer"; }
bool is_host_auth_method(std::string_view method) { return is_common(method) || method == "cert"; }

}  // namespace vecino::conf
