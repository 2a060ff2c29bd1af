#include "conf/hba_match.h"

namespace vecino::conf {
namespace {

bool in_network(const IpAddress& address, const IpAddress& network, const IpAddress& mask) {
  if (address.family != network.family) return false;
  for (size_t i = 0; i < address.size(); ++i) {
    if (((address.bytes[i] ^ network.bytes[i]) & mask.bytes[i]) != 0) return false;
  }
  return true;
}

bool type_matches(HbaType type, const HbaClient& client) {
  switch (type) {
    case HbaType::kLocal: return client.is_local;
    case HbaType::kHost: return !client.is_local;
    case HbaType::kHostSsl: return !client.is_local && client.is_encrypted;
    case HbaType::kHostNoSsl: return !client.is_local && !client.is_encrypted;
  }
  return false;
}

bool address_matches(const HbaRule& rule, const HbaClient& client) {
  switch (rule.address_kind) {
    case HbaAddress::kAll:
      return true;
    case HbaAddress::kMask:
      return in_network(client.address, rule.address, rule.mask);
    case HbaAddress::kSameHost:
    case HbaAddress::kSameNet:
      if (!client.interfaces) return false;
      for (const HbaClient::Interface& own : client.interfaces()) {
        bool same_host = rule.address_kind == HbaAddress::kSameHost;
        if (same_host ? own.address == client.address : in_network(client.address, own.address, own.mask)) return true;
      }
      return false;
    case HbaAddress::kHostName:
      return client.has_host_name && client.has_host_name(rule.host_name);
  }
  return false;
}

bool database_matches(const HbaField& names, const HbaClient& client) {
  for (const HbaToken& name : names) {
    if (name.is("all")) return true;
    if (name.is("sameuser")) {
      if (client.database == client.user) return true;
    } else if (name.is("samerole") || name.is("samegroup")) {
      if (client.is_member_of && client.is_member_of(client.database)) return true;
    } else if (!name.is("replication") && name.text == client.database) {
      return true;  // `replication` stands for replication connections only
    }
  }
  return false;
}

bool user_matches(const HbaField& names, const HbaClient& client) {
  for (const HbaToken& name : names) {
    if (name.is("all")) return true;
    if (!name.quoted && name.text.size() > 1 && name.text[0] == '+') {
      if (client.is_member_of && client.is_member_of(name.text.substr(1))) return true;
    } else if (name.text == client.user) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool matches(const HbaRule& rule, const HbaClient& client) {
  if (!type_matches(rule.type, client)) return false;
  // Names first: an address may need a look-up.
  if (!database_matches(rule.databases, client) || !user_matches(rule.users, client)) return false;
  return rule.type == HbaType::kLocal || address_matches(rule, client);
}

}  // namespace vecino::conf
