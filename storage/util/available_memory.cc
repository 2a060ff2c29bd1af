#include "storage/util/available_memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <limits>
#include <string>

#include "storage/util/sqlstate.h"

extern "C" int mallctl(const char* name, void* old, size_t* old_size, void* fresh, size_t fresh_size) __attribute__((weak));

namespace vecino {
namespace {

constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

// The number in a file that holds nothing else; "max" and missing files are no limit.
uint64_t number_in(const std::string& path) {
  std::ifstream in(path);
  std::string text;
  uint64_t value = 0;
  if (!(in >> text)) return kUnlimited;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? value : kUnlimited;
}

// "name value" or "name: value kB" in a file of such lines; 0 = not there.
uint64_t field_of(const std::string& path, std::string_view name) {
  std::ifstream in(path);
  std::string word;
  uint64_t value;
  for (std::string line; in >> word >> value; std::getline(in, line)) {
    if (word == name) return value;
  }
  return 0;
}

// What one control group may hold and holds; page cache does not count. kUnlimited where the group sets no limit.
struct GroupMemory {
  uint64_t limit = kUnlimited, held = 0;
};

GroupMemory group_v2(const std::string& folder) {
  GroupMemory group;
  // Above `high` the kernel slows the group down until it gives memory back, above `max` it kills.
  group.limit = std::min(number_in(folder + "/memory.max"), number_in(folder + "/memory.high"));
  if (group.limit == kUnlimited) return group;
  const uint64_t used = number_in(folder + "/memory.current");
  const uint64_t cache = field_of(folder + "/memory.stat", "inactive_file") + field_of(folder + "/memory.stat", "active_file");
  group.held = used == kUnlimited ? 0 : used - std::min(used, cache);
  return group;
}

GroupMemory group_v1(const std::string& folder) {
  GroupMemory group;
  group.limit = number_in(folder + "/memory.limit_in_bytes");
  if (group.limit >= kUnlimited / 4) group.limit = kUnlimited;  // "none" is the largest multiple of a page
  if (group.limit == kUnlimited) return group;
  const uint64_t used = number_in(folder + "/memory.usage_in_bytes");
  const uint64_t cache = field_of(folder + "/memory.stat", "total_inactive_file") +
                         field_of(folder + "/memory.stat", "total_active_file");
  group.held = used == kUnlimited ? 0 : used - std::min(used, cache);
  return group;
}

// Groups limit those below them. In a container the path may be the host's, of which only the root is to be seen.
template <typename Visit>
void for_each_group(const std::string& mount, std::string path, const Visit& visit) {
  for (;;) {
    while (!path.empty() && path.back() == '/') path.pop_back();
    visit(mount + path);
    if (path.empty()) return;
    path.erase(path.rfind('/'));
  }
}

bool names_controller(std::string_view controllers, std::string_view wanted) {
  while (!controllers.empty()) {
    const size_t comma = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, comma) == wanted) return true;
    controllers.remove_prefix(std::min(comma + 1, controllers.size()));
  }
  return false;
}

// The tightest of the control groups that this process is in, of both versions.
void visit_groups(const std::string& root, const std::function<void(const GroupMemory&)>& visit) {
  std::ifstream in(root + "/proc/self/cgroup");
  const std::string mount = root + "/sys/fs/cgroup";
  for (std::string line; std::getline(in, line);) {
    const size_t first = line.find(':'), second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || line[second + 1] != '/') continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (controllers.empty()) {
      for (const char* unified : {"", "/unified"}) {
        for_each_group(mount + unified, path, [&](const std::string& folder) { visit(group_v2(folder)); });
      }
    } else if (names_controller(controllers, "memory")) {
      for_each_group(mount + "/memory", path, [&](const std::string& folder) { visit(group_v1(folder)); });
    }
  }
}

}  // namespace

AvailableMemory available_memory(const std::string& root) {
  AvailableMemory result{field_of(root + "/proc/meminfo", "MemTotal:") << 10,
                         field_of(root + "/proc/meminfo", "MemAvailable:") << 10};
  visit_groups(root, [&](const GroupMemory& group) {
    if (group.limit == kUnlimited) return;
    result.total = std::min(result.total, group.limit);
    result.available = std::min(result.available, group.limit - std::min(group.limit, group.held));
  });
  return result;
}

uint64_t automatic_memory_limit() {
  uint64_t limit = available_memory().total / 8 * 7;
  rlimit bound{};
  // Address space that is not memory counts here: stacks, what the allocator keeps, what is mapped ahead of its use.
  for (int resource : {RLIMIT_AS, RLIMIT_DATA}) {
    if (getrlimit(static_cast<__rlimit_resource>(resource), &bound) == 0 && bound.rlim_cur != RLIM_INFINITY) {
      limit = std::min<uint64_t>(limit, bound.rlim_cur / 2);
    }
  }
  return limit;
}

Status check_available_memory(uint64_t bytes, std::string_view what) {
  const AvailableMemory memory = available_memory();
  if (memory.total == 0 || memory.available >= bytes + memory.total / 10) return Status::ok();
  return Status::error(sqlstate::kOutOfMemory, "out of memory",
                       std::string(what) + " needs " + std::to_string(bytes >> 20) + " MB more, and " +
                           std::to_string(memory.available >> 20) + " MB of " + std::to_string(memory.total >> 20) +
                           " MB are available, of which a tenth is left to others.");
}

void return_free_memory() {
  // jemalloc comes with RocksDB; "4096" is its number for all arenas (MALLCTL_ARENAS_ALL).
  if (mallctl != nullptr) (void)mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);
}

}  // namespace vecino
