#pragma once

#include "server/auth_policy.h"

struct sockaddr;

namespace vecino::server {

// family 0 for anything but IPv4 and IPv6. An IPv4 address inside IPv6 is an IPv4 address.
conf::IpAddress ip_address_of(const sockaddr* address);
// Who is at the other end of a connected socket.
ClientFacts describe_peer(int fd);

}  // namespace vecino::server
