#pragma once

#include <string_view>

#include "index/distance/kernel_table.h"
#include "storage/util/status.h"

namespace vecino::index {

// What this machine can run, in ascending order of preference.
bool isa_supported(Isa isa);
Isa best_isa();
// The table of one instruction set. REQUIRES: isa_supported(isa)
const KernelTable& kernels(Isa isa);

// Setting vecino.force_isa: "", "auto" = the best; "scalar", "avx2", "avx512" (22023 when unknown or not supported here).
Result<Isa> select_isa(std::string_view forced);

// The table in use by this process: the best one, unless use_isa() was called at start, before other threads run.
const KernelTable& kernels();
void use_isa(Isa isa);

}  // namespace vecino::index
