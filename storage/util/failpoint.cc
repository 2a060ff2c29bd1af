#include "storage/util/failpoint.h"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace vecino::failpoint {

std::atomic<bool> any_active{false};

namespace {

enum class Action { kError, kCrash, kSleep };

struct Point {
  Action action = Action::kError;
  int sleep_ms = 0;
  int skip = 0;
  int remaining = -1;  // -1 = unlimited
};

struct Table {
  std::mutex mutex;
  std::map<std::string, Point, std::less<>> points;
};

// Function-local so that fail points work during static initialisation; deliberately never destroyed.
Table& table() {
  static Table* instance = new Table;
  return *instance;
}

bool parse_int(std::string_view text, int& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0;
}

bool take_suffix(std::string_view& text, char mark, int& value) {
  size_t at = text.rfind(mark);
  if (at == std::string_view::npos) return true;
  if (!parse_int(text.substr(at + 1), value)) return false;
  text = text.substr(0, at);
  return true;
}

bool parse_action(std::string_view text, Point& point) {
  if (!take_suffix(text, '@', point.skip) || !take_suffix(text, '*', point.remaining)) return false;
  if (text == "error") {
    point.action = Action::kError;
  } else if (text == "crash") {
    point.action = Action::kCrash;
  } else if (text.starts_with("sleep(") && text.ends_with(")")) {
    point.action = Action::kSleep;
    return parse_int(text.substr(6, text.size() - 7), point.sleep_ms);
  } else {
    return false;
  }
  return true;
}

}  // namespace

Outcome hit_slow(std::string_view name) {
  Point point;
  {
    Table& all = table();
    std::lock_guard lock(all.mutex);
    auto found = all.points.find(name);
    if (found == all.points.end()) return Outcome::kPass;
    if (found->second.skip > 0) {
      --found->second.skip;
      return Outcome::kPass;
    }
    if (found->second.remaining == 0) return Outcome::kPass;
    if (found->second.remaining > 0) --found->second.remaining;
    point = found->second;
  }
  switch (point.action) {
    case Action::kCrash: _exit(134);
    case Action::kSleep:
      std::this_thread::sleep_for(std::chrono::milliseconds(point.sleep_ms));
      return Outcome::kPass;
    case Action::kError: break;
  }
  return Outcome::kError;
}

Status set(std::string_view name, std::string_view action) {
  Table& all = table();
  std::lock_guard lock(all.mutex);
  if (action == "off") {
    auto found = all.points.find(name);
    if (found != all.points.end()) all.points.erase(found);
  } else {
    Point point;
    if (!parse_action(action, point)) {
      return Status::error(sqlstate::kInvalidParameterValue,
                           "invalid fail point action: \"" + std::string(action) + "\"");
    }
    all.points[std::string(name)] = point;
  }
  any_active.store(!all.points.empty(), std::memory_order_relaxed);
  return Status::ok();
}

Status configure(std::string_view specification) {
  while (!specification.empty()) {
    size_t stop = std::min(specification.find(';'), specification.size());
    std::string_view one = specification.substr(0, stop);
    specification.remove_prefix(std::min(stop + 1, specification.size()));
    if (one.empty()) continue;
    size_t equals = one.find('=');
    if (equals == std::string_view::npos) {
      return Status::error(sqlstate::kInvalidParameterValue, "invalid fail point: \"" + std::string(one) + "\"");
    }
    RETURN_IF_ERROR(set(one.substr(0, equals), one.substr(equals + 1)));
  }
  return Status::ok();
}

Status configure_from_environment() {
  const char* value = std::getenv("VECINO_FAILPOINTS");
  return value == nullptr ? Status::ok() : configure(value);
}

void clear() {
  Table& all = table();
  std::lock_guard lock(all.mutex);
  all.points.clear();
  any_active.store(false, std::memory_order_relaxed);
}

}  // namespace vecino::failpoint
