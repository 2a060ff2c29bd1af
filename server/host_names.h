#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/hba_match.h"

namespace vecino::server {

// The name of a client's address, looked up when first asked for. Blocks while name servers are asked.
class HostNames {
 public:
  explicit HostNames(const conf::IpAddress& address) : address_(address) {}
  // Does the address belong to the host (to a host below, for a name that begins with a dot)? A name found for the
  // address counts only when looking that name up leads back to the address.
  bool match(const std::string& name);

 private:
  const std::string& reverse_name();
  bool leads_back(const std::string& name) const;

  const conf::IpAddress address_;
  std::optional<std::string> reverse_;
};

// The addresses and masks of this machine's interfaces.
std::vector<conf::HbaClient::Interface> own_interfaces();

}  // namespace vecino::server
