#pragma once

#include <memory>
#include <optional>
#include <string>

#include "server/auth_policy.h"
#include "server/authentication.h"

namespace vecino::server {

// What an exchange needs to know, fixed when it starts.
struct AuthCase {
  ClientFacts client;
  std::string user, database;
  std::shared_ptr<const AuthFiles> files;
  std::string server_secret;
  int iterations = 4096;  // of the salts shown for roles without a password
};

// Looks the rule up and does what its method says.
std::unique_ptr<AuthExchange> make_auth_exchange(AuthCase facts, const sql::Instance& instance);

}  // namespace vecino::server
