#pragma once

#include <cstdint>
#include <string>

#include "storage/util/status.h"

namespace vecino {

// What this process may still allocate before the system or one of its control groups (versions 1 and 2, also those around them)
// would have to kill somebody. Bytes; page cache counts as available. `root`: where /proc and /sys are found, for tests.
struct AvailableMemory {
  uint64_t total, available;
};
AvailableMemory available_memory(const std::string& root = {});

// What the process may use when nobody says how much: most of the smaller of the machine and its control group, and less when limits of
// the process (ulimit) ask for it.
uint64_t automatic_memory_limit();

// 53200 when `bytes` more would not leave the machine a tenth of its memory. `what` needs them, as the detail says: "A vector
// index". Reads files of the kernel: some ten microseconds.
Status check_available_memory(uint64_t bytes, std::string_view what);

// Gives free memory that the allocator holds back to the system: after work that needed much more than what stays.
void return_free_memory();

}  // namespace vecino
