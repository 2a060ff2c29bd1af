#pragma once

#include <string>

#include "sqlfront/statement/session.h"
#include "storage/util/status.h"

namespace vecino::server {

// Decides whether a client may start a session as the user it names (manual, chapter 21). Thread-safe.
class AuthPolicy {
 public:
  virtual ~AuthPolicy() = default;
  // 28000 / 28P01 when not.
  virtual Status admit(const sql::StartupParameters& startup) const = 0;
};

// pg_hba.conf's `trust` for everybody.
class TrustPolicy final : public AuthPolicy {
 public:
  Status admit(const sql::StartupParameters&) const override { return Status::ok(); }
};

}  // namespace vecino::server
