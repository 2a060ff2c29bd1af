#pragma once

#include <cstdint>

#include "storage/util/status.h"

namespace vecino {

// What this process may still allocate before the system or its control group (version 2) would have to kill somebody. Bytes;
// page cache counts as available.
struct AvailableMemory {
  uint64_t total, available;
};
AvailableMemory available_memory();

// 53200 when `bytes` more would not leave the machine a tenth of its memory. `what` needs them, as the detail says: "A vector
// index". Reads files of the kernel: some ten microseconds.
Status check_available_memory(uint64_t bytes, std::string_view what);

// Gives free memory that the allocator holds back to the system: after work that needed much more than what stays.
void return_free_memory();

}  // namespace vecino
