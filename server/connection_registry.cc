#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <unistd.h>

#include "server/connection.h"
#include "server/server_impl.h"

namespace vecino::server {

ConnectionRegistry::Added ConnectionRegistry::add(const std::shared_ptr<Connection>& connection, size_t limit,
                                                  int32_t& pid, uint32_t& secret) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&secret), sizeof secret) != 1) return Added::kClosed;
  std::lock_guard lock(mutex_);
  if (closed_) return Added::kClosed;
  if (entries_.size() >= limit) return Added::kFull;
  // Numbers near the process id, so that they look like those of a server with one process per session.
  if (next_pid_ <= 0) next_pid_ = static_cast<int32_t>(getpid());
  do {
    next_pid_ = next_pid_ == INT32_MAX ? 1 : next_pid_ + 1;
  } while (entries_.contains(next_pid_));
  pid = next_pid_;
  entries_[pid] = {connection, secret, nullptr, {}, {}};
  return Added::kYes;
}

void ConnectionRegistry::remove(int32_t pid) {
  std::shared_ptr<Connection> last;  // released outside the mutex
  std::lock_guard lock(mutex_);
  auto found = entries_.find(pid);
  if (found == entries_.end()) return;
  last = std::move(found->second.connection);
  entries_.erase(found);
}

std::shared_ptr<Connection> ConnectionRegistry::find(int32_t pid) const {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(pid);
  return found == entries_.end() ? nullptr : found->second.connection;
}

std::shared_ptr<Connection> ConnectionRegistry::find(int32_t pid, uint32_t secret) const {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(pid);
  if (found == entries_.end()) return nullptr;
  return CRYPTO_memcmp(&found->second.secret, &secret, sizeof secret) == 0 ? found->second.connection : nullptr;
}

std::vector<std::shared_ptr<Connection>> ConnectionRegistry::all() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Connection>> result;
  for (const auto& [pid, entry] : entries_) result.push_back(entry.connection);
  return result;
}

size_t ConnectionRegistry::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

Status ConnectionRegistry::claim(int32_t pid, const Claim& claim) {
  std::lock_guard lock(mutex_);
  auto own = entries_.find(pid);
  if (own == entries_.end()) return Status::ok();  // the connection is going
  auto too_many = [](std::string message) { return Status::error(sqlstate::kTooManyConnections, std::move(message)); };
  int of_role = 0, of_database = 0;
  size_t claimed = 1;  // those that are about to be refused take no place from others
  for (const auto& [other, entry] : entries_) {
    if (other == pid) continue;
    of_role += entry.role == claim.role;
    of_database += entry.database == claim.database;
    claimed += !entry.role.empty();
  }
  if (claim.role_limit >= 0 && of_role >= claim.role_limit) {
    return too_many("too many connections for role \"" + claim.role + "\"");
  }
  if (claim.reserved > 0 && claimed + claim.reserved > claim.limit) {
    return too_many("remaining connection slots are reserved for non-replication superuser connections");
  }
  if (claim.database_limit >= 0 && of_database >= claim.database_limit) {
    return too_many("too many connections for database \"" + claim.database + "\"");
  }
  own->second.role = claim.role;
  own->second.database = claim.database;
  return Status::ok();
}

void ConnectionRegistry::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
}

void ConnectionRegistry::publish_session(int32_t pid, const sql::Session* session) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(pid);
  if (found != entries_.end()) found->second.session = session;
}

void ConnectionRegistry::visit(const std::function<void(int32_t pid, const sql::Session& session)>& visit) const {
  std::lock_guard lock(mutex_);
  for (const auto& [pid, entry] : entries_) {
    if (entry.session != nullptr) visit(pid, *entry.session);
  }
}

}  // namespace vecino::server
