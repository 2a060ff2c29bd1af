#include "server/host_names.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>

#include "server/peer.h"
#include "storage/util/thread_pool.h"

namespace vecino::server {
namespace {

socklen_t to_sockaddr(const conf::IpAddress& address, sockaddr_storage& out) {
  std::memset(&out, 0, sizeof out);
  if (address.family == 4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, address.bytes.data(), 4);
    return sizeof v4;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
  v6.sin6_family = AF_INET6;
  std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
  return sizeof v6;
}

}  // namespace

const std::string& HostNames::reverse_name() {
  if (reverse_) return *reverse_;
  sockaddr_storage storage;
  socklen_t length = to_sockaddr(address_, storage);
  char name[NI_MAXHOST] = "";
  ThreadPool::BlockingScope blocking;
  int failed = getnameinfo(reinterpret_cast<sockaddr*>(&storage), length, name, sizeof name, nullptr, 0, NI_NAMEREQD);
  reverse_ = failed == 0 ? std::string(name) : std::string();
  if (!reverse_->empty() && !leads_back(*reverse_)) reverse_->clear();
  return *reverse_;
}

bool HostNames::leads_back(const std::string& name) const {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return false;
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, &freeaddrinfo);
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (ip_address_of(entry->ai_addr) == address_) return true;
  }
  return false;
}

bool HostNames::match(const std::string& name) {
  const std::string& own = reverse_name();
  if (own.empty()) return false;
  if (name.empty() || name[0] != '.') return strcasecmp(own.c_str(), name.c_str()) == 0;
  return own.size() > name.size() && strcasecmp(own.c_str() + (own.size() - name.size()), name.c_str()) == 0;
}

std::vector<conf::HbaClient::Interface> own_interfaces() {
  std::vector<conf::HbaClient::Interface> result;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return result;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_netmask == nullptr) continue;
    conf::HbaClient::Interface own{ip_address_of(entry->ifa_addr), ip_address_of(entry->ifa_netmask)};
    if (own.address.family != 0 && own.mask.family == own.address.family) result.push_back(own);
  }
  freeifaddrs(list);
  return result;
}

}  // namespace vecino::server
