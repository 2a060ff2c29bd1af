#include "storage/util/available_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
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

// The control group of this process, as a folder; empty = none (or version 1).
std::string control_group() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("0::", 0) == 0) return "/sys/fs/cgroup" + line.substr(3);
  }
  return {};
}

}  // namespace

AvailableMemory available_memory() {
  AvailableMemory result{field_of("/proc/meminfo", "MemTotal:") << 10, field_of("/proc/meminfo", "MemAvailable:") << 10};
  static const std::string group = control_group();
  if (group.empty()) return result;
  const uint64_t limit = number_in(group + "/memory.max"), used = number_in(group + "/memory.current");
  if (limit == kUnlimited || used == kUnlimited) return result;
  const uint64_t cache = field_of(group + "/memory.stat", "inactive_file") + field_of(group + "/memory.stat", "active_file");
  const uint64_t held = used - std::min(used, cache);
  result.total = std::min(result.total, limit);
  result.available = std::min(result.available, limit - std::min(limit, held));
  return result;
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
