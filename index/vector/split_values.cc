#include "index/vector/split_values.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "index/distance/distance.h"

namespace vecino::index {
namespace {

constexpr size_t kMostPrefetched = 1024;  // the hardware streams the rest
constexpr size_t kMostCells = UINT32_MAX;
constexpr uint32_t kLowBits = 0xffffff;

// A cell: the dimension (there are at most 16,000) below, the upper byte of the value above.
uint32_t make_cell(size_t dimension, uint32_t bits) { return static_cast<uint32_t>(dimension) | bits >> 24 << 16; }

size_t list_offset(size_t dimensions) {
  return (dimensions * (sizeof(uint16_t) + sizeof(uint8_t)) + sizeof(uint32_t) - 1) / sizeof(uint32_t) * sizeof(uint32_t);
}

}  // namespace

SplitValues::SplitValues(const std::vector<float>& mean)
    : dimensions_(mean.size()),
      list_offset_(list_offset(dimensions_)),
      prefetch_bytes_(std::min(kMostPrefetched, list_offset_ + sizeof(uint32_t))),
      mean_(mean),
      kernels_(split_kernels(kernels().isa)),
      rests_(list_offset_ + sizeof(uint32_t), kMaxNodes),
      cells_(sizeof(uint32_t), kMostCells) {}

SplitRow SplitValues::row(NodeId id, const CodedVector& code) const {
  char* rest = rests_.at(id);
  return {code.values, mean_.data(), code.scale, code.length, reinterpret_cast<uint16_t*>(rest),
          reinterpret_cast<uint8_t*>(rest + dimensions_ * sizeof(uint16_t))};
}

Status SplitValues::put(NodeId id, const float* values, const CodedVector& code) {
  free_list(std::exchange(*list_of(id), 0));
  SplitRow split = row(id, code);
  kernels_.split(values, dimensions_, split);
  thread_local std::vector<float> joined;
  joined.resize(dimensions_);
  kernels_.join(split, dimensions_, joined.data());
  uint32_t wrong = 0;
  for (size_t i = 0; i < dimensions_; ++i) wrong += std::bit_cast<uint32_t>(joined[i]) != std::bit_cast<uint32_t>(values[i]);
  if (wrong == 0) return Status::ok();
  ASSIGN_OR_RETURN(uint32_t place, allocate(wrong + 1));
  uint32_t* next = cell(place);
  *next++ = wrong;
  for (size_t i = 0; i < dimensions_; ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(values[i]);
    if (std::bit_cast<uint32_t>(joined[i]) != bits) *next++ = make_cell(i, bits);
  }
  *list_of(id) = place;
  return Status::ok();
}

void SplitValues::discard(NodeId begin, NodeId end) {
  for (NodeId id = begin; id < end; ++id) free_list(std::exchange(*list_of(id), 0));
  rests_.discard(begin, end);
}

void SplitValues::get(NodeId id, const CodedVector& code, float* out) const {
  kernels_.join(row(id, code), dimensions_, out);
  const uint32_t place = *list_of(id);
  if (place == 0) return;
  const uint32_t* cells = cell(place);
  for (uint32_t i = 1; i <= cells[0]; ++i) {
    float& value = out[cells[i] & 0xffff];
    value = std::bit_cast<float>((std::bit_cast<uint32_t>(value) & kLowBits) | cells[i] >> 16 << 24);
  }
}

bool SplitValues::same(NodeId a, NodeId b) const {
  if (std::memcmp(rests_.at(a), rests_.at(b), dimensions_ * (sizeof(uint16_t) + sizeof(uint8_t))) != 0) return false;
  const uint32_t place_a = *list_of(a), place_b = *list_of(b);
  if (place_a == 0 || place_b == 0) return place_a == place_b;
  const uint32_t *x = cell(place_a), *y = cell(place_b);
  return x[0] == y[0] && std::equal(x + 1, x + 1 + x[0], y + 1);
}

Result<uint32_t> SplitValues::allocate(uint32_t length) {
  std::lock_guard lock(mutex_);
  if (auto found = free_.find(length); found != free_.end() && !found->second.empty()) {
    const uint32_t place = found->second.back();
    found->second.pop_back();
    return place;
  }
  size_t place = next_cell_.load(std::memory_order_relaxed);
  // A list lies in one chunk.
  while (place + length > cells_.end_of_chunk(place)) place = cells_.end_of_chunk(place);
  RETURN_IF_ERROR(cells_.ensure(place + length));
  next_cell_.store(static_cast<uint32_t>(place + length), std::memory_order_relaxed);
  return static_cast<uint32_t>(place);
}

void SplitValues::free_list(uint32_t place) {
  if (place == 0) return;
  std::lock_guard lock(mutex_);
  free_[*cell(place) + 1].push_back(place);
}

}  // namespace vecino::index
