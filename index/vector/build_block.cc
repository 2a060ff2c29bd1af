#include "index/vector/build_block.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

#include "storage/util/memory_budget.h"

namespace vecino::index {
namespace {

constexpr size_t kSlabBytes = size_t{16} << 20, kHugePage = size_t{2} << 20, kAlignment = 64;

size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

// Aligned to huge pages, which older kernels do not see to.
std::shared_ptr<char> map_slab(size_t bytes, bool huge) {
  const size_t mapped = bytes + kHugePage;
  MemoryReservation reservation(MemoryPart::kVectorIndexes);
  if (!reservation.try_resize(bytes)) return nullptr;
  void* memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto held = std::make_shared<MemoryReservation>(std::move(reservation));
  std::shared_ptr<void> owner(memory, [mapped, held](void* at) { munmap(at, mapped); });
  auto* aligned = reinterpret_cast<char*>(round_up(reinterpret_cast<uintptr_t>(memory), kHugePage));
  if (huge) (void)madvise(aligned, bytes, MADV_HUGEPAGE);
  return {std::move(owner), aligned};
}

}  // namespace

std::shared_ptr<float[]> BlockMemory::allocate(size_t count) {
  const size_t bytes = round_up(count * sizeof(float), kAlignment);
  if (used_ + bytes > size_) {
    // The first slab may be all that a small build needs.
    const bool huge = slab_ != nullptr || bytes > kSlabBytes;
    size_ = std::max(kSlabBytes, round_up(bytes, kHugePage));
    slab_ = map_slab(size_, huge);
    used_ = 0;
    if (slab_ == nullptr) {
      size_ = 0;
      return nullptr;
    }
  }
  auto* at = reinterpret_cast<float*>(slab_.get() + used_);
  used_ += bytes;
  return {slab_, at};
}

}  // namespace vecino::index
