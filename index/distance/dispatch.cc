#include <string>

#include "index/distance/by_isa.h"
#include "index/distance/distance.h"

namespace vecino::index {
namespace {

const KernelTable* active_table = nullptr;  // written once at start

}  // namespace

bool isa_supported(Isa isa) {
  switch (isa) {
    case Isa::kScalar: return true;
    case Isa::kAvx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  }
  return false;
}

Isa best_isa() {
  if (isa_supported(Isa::kAvx512)) return Isa::kAvx512;
  if (isa_supported(Isa::kAvx2)) return Isa::kAvx2;
  return Isa::kScalar;
}

const KernelTable& kernels(Isa isa) { return by_isa(isa, kScalarKernels, kAvx2Kernels, kAvx512Kernels); }

Result<Isa> select_isa(std::string_view forced) {
  if (forced.empty() || forced == "auto") return best_isa();
  for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    if (forced != kernels(isa).name) continue;
    if (isa_supported(isa)) return isa;
    return Status::error(sqlstate::kInvalidParameterValue,
                         "instruction set \"" + std::string(forced) + "\" is not supported by this machine");
  }
  return Status::error(sqlstate::kInvalidParameterValue,
                       "invalid value for parameter \"vecino.force_isa\": \"" + std::string(forced) + "\"", {},
                       "Available values: auto, scalar, avx2, avx512.");
}

const KernelTable& kernels() {
  if (active_table != nullptr) [[likely]] return *active_table;
  static const KernelTable& best = kernels(best_isa());
  return best;
}

void use_isa(Isa isa) { active_table = &kernels(isa); }

}  // namespace vecino::index
