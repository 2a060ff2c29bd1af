#include "server/peer.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace vecino::server {

conf::IpAddress ip_address_of(const sockaddr* address) {
  conf::IpAddress result;
  if (address->sa_family == AF_INET) {
    result.family = 4;
    std::memcpy(result.bytes.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
  } else if (address->sa_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&v6);
    result.family = mapped ? 4 : 6;
    std::memcpy(result.bytes.data(), v6.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
  }
  return result;
}

ClientFacts describe_peer(int fd) {
  ClientFacts result;
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return result;
  if (storage.ss_family == AF_UNIX) {
    result.is_local = true;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) result.peer_uid = peer.uid;
    return result;
  }
  result.address = ip_address_of(reinterpret_cast<const sockaddr*>(&storage));
  // sin_port and sin6_port are at the same place.
  result.port = ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  return result;
}

}  // namespace vecino::server
