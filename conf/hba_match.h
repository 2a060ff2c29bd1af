#pragma once

#include <functional>
#include <span>
#include <string>

#include "conf/hba_file.h"

namespace vecino::conf {

// A connection as pg_hba.conf sees it.
struct HbaClient {
  bool is_local = false;  // Unix-domain socket
  bool is_encrypted = false;
  IpAddress address;
  std::string user, database;
  // Is `user` a member of the role, directly or not (itself included)? Superusers get no special treatment.
  std::function<bool(const std::string& role)> is_member_of;
  // The network interfaces of this machine, for samehost and samenet.
  struct Interface {
    IpAddress address, mask;
  };
  std::function<std::vector<Interface>()> interfaces;
  // Does the client's address belong to the host (or, with a leading dot, to one below)? May block.
  std::function<bool(const std::string& name)> has_host_name;
};

bool matches(const HbaRule& rule, const HbaClient& client);

}  // namespace vecino::conf
