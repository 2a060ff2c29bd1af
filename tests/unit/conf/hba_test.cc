#include "conf/hba_file.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "conf/hba_default.h"
#include "conf/hba_match.h"
#include "tests/unit/catch.h"

using namespace vecino::conf;

namespace {

HbaEntry only(const std::string& line, HbaOptions options = {}) {
  std::vector<HbaEntry> entries = parse_hba_text(line, "/etc/pg_hba.conf", options);
  REQUIRE(entries.size() == 1);
  return entries[0];
}
std::string error_of(const std::string& line) {
  HbaEntry entry = only(line);
  CHECK(!entry.rule);
  return entry.error;
}

HbaClient host(const std::string& address, const std::string& user = "ann", const std::string& database = "shop") {
  HbaClient client;
  client.address = *parse_ip_address(address);
  client.user = user;
  client.database = database;
  client.is_member_of = [user](const std::string& role) { return role == user || (user == "ann" && role == "staff"); };
  return client;
}
bool fits(const std::string& line, const HbaClient& client) {
  HbaEntry entry = only(line);
  REQUIRE(entry.rule);
  return matches(*entry.rule, client);
}

}  // namespace

TEST_CASE("hba: words, lists, quotes, comments, continued lines") {
  auto lines = split_hba_text("# nothing\n\n local  all,\"all\", x\tme # tail\nhost \\\n  all \\\n all\nlocal \"a \"\"b\" c\"d e\"f\n",
                              "/x");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].number == 3);
  REQUIRE(lines[0].fields.size() == 3);
  REQUIRE(lines[0].fields[1].size() == 3);
  CHECK(lines[0].fields[1][0].is("all"));
  CHECK(!lines[0].fields[1][1].is("all"));
  CHECK(lines[0].fields[1][1].text == "all");
  CHECK(lines[0].fields[1][2].text == "x");
  CHECK(lines[1].number == 4);
  CHECK(lines[1].fields.size() == 3);
  CHECK(lines[2].number == 7);
  CHECK(lines[2].fields[1][0].text == "a \"b");
  CHECK(lines[2].fields[2][0].text == "cd ef");
}

TEST_CASE("hba: a rule") {
  HbaRule rule = *only("hostssl shop,\"all\" +staff,bob 10.1.0.0/16 scram-sha-256 clientcert=verify-ca").rule;
  CHECK(rule.type == HbaType::kHostSsl);
  CHECK(rule.method == HbaMethod::kScram);
  CHECK(rule.client_cert == HbaClientCert::kVerifyCa);
  CHECK(format_ip_address(rule.address) == "10.1.0.0");
  CHECK(format_ip_address(rule.mask) == "255.255.0.0");
  CHECK(rule.text == "hostssl shop,\"all\" +staff,bob 10.1.0.0/16 scram-sha-256 clientcert=verify-ca");
  CHECK(only("hostssl all all all cert map=m clientname=DN").rule->client_cert == HbaClientCert::kVerifyFull);
  CHECK(only("hostssl all all all cert map=m clientname=DN").rule->client_name_is_dn);
  CHECK(format_ip_address(only("host all all ::1/128 trust").rule->mask) == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  CHECK(format_ip_address(only("host all all 0.0.0.0/0 trust").rule->mask) == "0.0.0.0");
  HbaEntry off = only("hostssl all all all trust", {.ssl_enabled = false});
  CHECK(off.rule);
  CHECK(off.error == "hostssl record cannot match because SSL is disabled");
}

// PostgreSQL 15's texts (pg_hba_file_rules.error).
TEST_CASE("hba: what is wrong with a line") {
  CHECK(error_of("hosts all all all trust") == "invalid connection type \"hosts\"");
  CHECK(error_of("host,local all all all trust") == "multiple values specified for connection type");
  CHECK(error_of("local") == "end-of-line before database specification");
  CHECK(error_of("local all") == "end-of-line before role specification");
  CHECK(error_of("host all all") == "end-of-line before IP address specification");
  CHECK(error_of("host all all 1.2.3.4,1.2.3.5 trust") == "multiple values specified for host address");
  CHECK(error_of("host all all 10.0.0.0/33 trust") == "invalid CIDR mask in address \"10.0.0.0/33\"");
  CHECK(error_of("host all all 10.0.0.0/8x trust") == "invalid CIDR mask in address \"10.0.0.0/8x\"");
  CHECK(error_of("host all all 10.0.0.0/ trust") == "invalid CIDR mask in address \"10.0.0.0/\"");
  CHECK(error_of("host all all name.org/8 trust") ==
        "specifying both host name and CIDR mask is invalid: \"name.org/8\"");
  CHECK(error_of("host all all 10.0.0.0") == "end-of-line before netmask specification");
  CHECK(error_of("host all all 10.0.0.0 trust") == "invalid IP mask \"trust\": Name or service not known");
  CHECK(error_of("host all all 10.0.0.0 ffff:: trust") == "IP address and mask do not match");
  CHECK(error_of("local all all") == "end-of-line before authentication method");
  CHECK(error_of("local all all trust,peer") == "multiple values specified for authentication type");
  CHECK(error_of("local all all md5") == "authentication method \"md5\" is not supported");
  CHECK(error_of("local all all ldap") == "invalid authentication method \"ldap\": not supported by this build");
  CHECK(error_of("local all all magic") == "invalid authentication method \"magic\"");
  CHECK(error_of("host all all all peer") == "peer authentication is only supported on local sockets");
  CHECK(error_of("host all all all cert") == "cert authentication is only supported on hostssl connections");
  CHECK(error_of("local all all trust x") == "authentication option not in name=value format: x");
  CHECK(error_of("local all all trust x=y") == "unrecognized authentication option name: \"x\"");
  CHECK(error_of("local all all trust map=m") ==
        "authentication option \"map\" is only valid for authentication methods ident, peer, gssapi, sspi, and cert");
  CHECK(error_of("host all all all trust clientcert=verify-ca") ==
        "clientcert can only be configured for \"hostssl\" rows");
  CHECK(error_of("hostssl all all all trust clientcert=1") == "invalid value for clientcert: \"1\"");
  CHECK(error_of("hostssl all all all cert clientcert=verify-ca") ==
        "clientcert can only be set to \"verify-full\" when using \"cert\" authentication");
  CHECK(error_of("hostssl all all all cert clientname=X") == "invalid value for clientname: \"X\"");
  CHECK(error_of("hostgssenc all all all trust") ==
        "hostgssenc record cannot match because GSSAPI is not supported by this build");
  // Lines go on after a wrong one.
  auto entries = parse_hba_text("nonsense\nlocal all all trust\n", "/x");
  REQUIRE(entries.size() == 2);
  CHECK((!entries[0].rule && entries[1].rule));
}

TEST_CASE("hba: which line fits") {
  HbaClient local = host("1.1.1.1");
  local.is_local = true;
  HbaClient secure = host("10.1.2.3");
  secure.is_encrypted = true;
  CHECK(fits("local all all trust", local));
  CHECK(!fits("local all all trust", secure));
  CHECK(!fits("host all all all trust", local));
  CHECK(fits("host all all all trust", secure));
  CHECK(fits("hostssl all all all trust", secure));
  CHECK(!fits("hostssl all all all trust", host("10.1.2.3")));
  CHECK(fits("hostnossl all all all trust", host("10.1.2.3")));
  CHECK(!fits("hostnossl all all all trust", secure));
  // addresses
  CHECK(fits("host all all 10.0.0.0/8 trust", host("10.255.0.1")));
  CHECK(!fits("host all all 10.0.0.0/8 trust", host("11.0.0.1")));
  CHECK(fits("host all all 10.1.2.0 255.255.254.0 trust", host("10.1.3.9")));
  CHECK(!fits("host all all 10.1.2.0 255.255.254.0 trust", host("10.1.4.9")));
  CHECK(fits("host all all 2001:db8::/33 trust", host("2001:db8:7fff::1")));
  CHECK(!fits("host all all 2001:db8::/33 trust", host("2001:db8:8000::1")));
  CHECK(!fits("host all all 0.0.0.0/0 trust", host("::1")));
  CHECK(!fits("host all all ::/0 trust", host("127.0.0.1")));
  // databases
  CHECK(fits("host shop all all trust", host("1.1.1.1")));
  CHECK(!fits("host \"SHOP\" all all trust", host("1.1.1.1")));
  CHECK(fits("host sameuser all all trust", host("1.1.1.1", "ann", "ann")));
  CHECK(!fits("host sameuser all all trust", host("1.1.1.1")));
  CHECK(!fits("host \"sameuser\" all all trust", host("1.1.1.1", "ann", "ann")));
  CHECK(fits("host samerole all all trust", host("1.1.1.1", "ann", "staff")));
  CHECK(!fits("host samerole all all trust", host("1.1.1.1", "bob", "staff")));
  CHECK(!fits("host replication all all trust", host("1.1.1.1", "ann", "replication")));
  CHECK(fits("host \"replication\" all all trust", host("1.1.1.1", "ann", "replication")));
  CHECK(!fits("host \"all\" all all trust", host("1.1.1.1")));
  // users
  CHECK(fits("host all x,ann all trust", host("1.1.1.1")));
  CHECK(fits("host all +staff all trust", host("1.1.1.1")));
  CHECK(!fits("host all +staff all trust", host("1.1.1.1", "bob")));
  CHECK(!fits("host all \"+staff\" all trust", host("1.1.1.1")));
  CHECK(!fits("host all \"all\" all trust", host("1.1.1.1")));
  CHECK(!fits("host all Ann all trust", host("1.1.1.1")));
  // this machine's networks and host names are asked for
  HbaClient near = host("10.1.2.3");
  near.interfaces = [] {
    return std::vector<HbaClient::Interface>{{*parse_ip_address("10.1.2.4"), *parse_ip_address("255.255.255.0")}};
  };
  CHECK(fits("host all all samenet trust", near));
  CHECK(!fits("host all all samehost trust", near));
  near.has_host_name = [](const std::string& name) { return name == ".example.org"; };
  CHECK(fits("host all all .example.org trust", near));
  CHECK(!fits("host all all example.org trust", near));
}

TEST_CASE("hba: names from a file") {
  char path_template[] = "/tmp/vecino-names-XXXXXX";
  ::close(::mkstemp(path_template));
  std::string path = path_template;
  std::ofstream(path) << "ann, bob\n# comment\n\"carl\"\n";
  std::string line = "local @" + path + " all trust";
  HbaRule rule = *only(line).rule;
  REQUIRE(rule.databases.size() == 3);
  CHECK(rule.databases[2].text == "carl");
  std::ofstream(path) << "@" << path << "\n";
  CHECK(error_of(line).find("maximum nesting depth exceeded") != std::string::npos);
  std::remove(path.c_str());
  CHECK(error_of(line) == "could not open secondary authentication file \"@" + path + "\" as \"" + path + "\": No such file or directory");
}

TEST_CASE("hba: the default file is valid") {
  auto entries = parse_hba_text(default_hba_text({}), "/x");
  REQUIRE(entries.size() == 4);
  for (const HbaEntry& entry : entries) CHECK((entry.rule && entry.error.empty()));
  CHECK(entries[0].rule->method == HbaMethod::kTrust);
  CHECK(entries[3].rule->method == HbaMethod::kScram);
  CHECK(entries[3].rule->address_kind == HbaAddress::kAll);
  entries = parse_hba_text(default_hba_text({"peer", "password", "reject"}), "/x");
  CHECK(entries[0].rule->method == HbaMethod::kPeer);
  CHECK(entries[2].rule->method == HbaMethod::kPassword);
  CHECK(entries[3].rule->method == HbaMethod::kReject);
  CHECK(parse_ident_text(default_ident_text(), "/x").empty());
}

TEST_CASE("ident maps") {
  auto entries = parse_ident_text("m /^(.*)@x$ \\1\n m ann\nm a,b c\nm \"a b\" c\n", "/x");
  REQUIRE(entries.size() == 4);
  REQUIRE(entries[0].mapping);
  CHECK(entries[0].mapping->system_user == "/^(.*)@x$");
  CHECK(entries[0].mapping->role == "\\1");
  CHECK(entries[1].error == "missing entry at end of line");
  CHECK(entries[2].error == "multiple values in ident field");
  CHECK(entries[3].mapping->system_user == "a b");
}
