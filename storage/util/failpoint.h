#pragma once

#include <atomic>
#include <string_view>

#include "storage/util/status.h"

namespace vecino {

// Named points where tests make things go wrong. Off: one relaxed load. Configured from the environment,
//   VECINO_FAILPOINTS="commit_before_write=crash;nospace=error*3;slow=sleep(50)"
// or by set(). Actions: off | error (a Status, 58030 unless the place says otherwise) | crash (_exit(134)) | sleep(ms);
// "*n" = only the first n times, "@n" = skip the first n times. Thread-safe.
namespace failpoint {

extern std::atomic<bool> any_active;

enum class Outcome { kPass, kError };
Outcome hit_slow(std::string_view name);
inline Outcome hit(std::string_view name) {
  if (!any_active.load(std::memory_order_relaxed)) [[likely]] return Outcome::kPass;
  return hit_slow(name);
}
// Ok, or 58030 `fail point "<name>"`.
inline Status check(std::string_view name) {
  if (hit(name) == Outcome::kPass) [[likely]] return Status::ok();
  return Status::error(sqlstate::kIoError, "fail point \"" + std::string(name) + "\"");
}

// Error 22023 on a malformed action. `action` "off" removes it.
Status set(std::string_view name, std::string_view action);
Status configure(std::string_view specification);  // the environment variable's syntax
Status configure_from_environment();
void clear();

}  // namespace failpoint
}  // namespace vecino
