#include "storage/util/memory_budget.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <string>

#include "storage/util/available_memory.h"
#include "storage/util/sqlstate.h"

namespace vecino {
namespace {

// Reservations that pass a multiple of this look at what the process really uses.
constexpr int kMeasureShift = 24;
// The elastic cache shrinks by this part of the limit more than it must, so that it does not shrink for every reservation, and grows
// when twice as much is free.
constexpr uint64_t kSlackPart = 32;

// Resident memory that is the process's own: without pages of files. The second and third number of /proc/self/statm.
uint64_t resident_memory() {
  static const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  static const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  char text[128];
  const ssize_t size = ::pread(file, text, sizeof text - 1, 0);
  if (size <= 0) return 0;
  text[size] = '\0';
  unsigned long total = 0, resident = 0, shared = 0;
  if (std::sscanf(text, "%lu %lu %lu", &total, &resident, &shared) != 3) return 0;
  return (resident - std::min(resident, shared)) * page;
}

std::string megabytes(uint64_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

}  // namespace

std::string_view memory_part_name(MemoryPart part) {
  static constexpr std::string_view kNames[kMemoryParts] = {"block_cache", "row_cache", "vector_copies", "vector_indexes",
                                                            "statements"};
  return kNames[static_cast<size_t>(part)];
}

MemoryBudget& process_memory() {
  static auto* budget = new MemoryBudget(&resident_memory);
  return *budget;
}

MemoryBudget::Registration& MemoryBudget::Registration::operator=(Registration&& other) noexcept {
  if (this == &other) return *this;
  if (budget_ != nullptr) budget_->end(id_);
  budget_ = std::exchange(other.budget_, nullptr);
  id_ = other.id_;
  return *this;
}

MemoryBudget::Registration::~Registration() {
  if (budget_ != nullptr) budget_->end(id_);
}

void MemoryBudget::set_limit(uint64_t bytes) {
  std::lock_guard lock(mutex_);
  limit_ = bytes;
  follow_locked();
}

MemoryBudget::Registration MemoryBudget::add_elastic(ElasticCache cache) {
  std::lock_guard lock(mutex_);
  assert(elastic_id_ == 0 && cache.least <= cache.most);
  elastic_ = std::move(cache);
  elastic_id_ = next_id_++;
  elastic_capacity_ = 0;
  follow_locked();
  return {this, elastic_id_};
}

MemoryBudget::Registration MemoryBudget::add_cache(MemoryPart part, GiveWay give_way) {
  std::lock_guard lock(mutex_);
  givers_.push_back({next_id_++, part, std::make_shared<std::mutex>(), std::move(give_way)});
  return {this, givers_.back().id};
}

void MemoryBudget::end(uint64_t id) {
  std::shared_ptr<std::mutex> running;
  {
    std::lock_guard lock(mutex_);
    if (id == elastic_id_) {
      elastic_ = {};
      elastic_id_ = 0;
      elastic_capacity_ = 0;
      elastic_shrunk_ = false;
      return;
    }
    auto found = std::find_if(givers_.begin(), givers_.end(), [&](const Giver& giver) { return giver.id == id; });
    if (found == givers_.end()) return;
    running = found->running;
    givers_.erase(found);
  }
  std::lock_guard wait(*running);
}

bool MemoryBudget::fits(uint64_t reserved) const {
  const uint64_t limit = limit_.load(std::memory_order_relaxed);
  return limit == kUnlimited ||
         reserved + elastic_capacity_.load(std::memory_order_relaxed) + other_.load(std::memory_order_relaxed) <= limit;
}

bool MemoryBudget::try_reserve(MemoryPart part, uint64_t bytes) {
  const uint64_t reserved = reserved_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const bool looks = (reserved >> kMeasureShift) != ((reserved - bytes) >> kMeasureShift);
  if ((looks || !fits(reserved)) && limit() != kUnlimited && !make_room(part, bytes) && !Promised::any()) {
    reserved_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  parts_[static_cast<size_t>(part)].fetch_add(bytes, std::memory_order_relaxed);
  return true;
}

void MemoryBudget::release(MemoryPart part, uint64_t bytes) {
  [[maybe_unused]] const uint64_t had = parts_[static_cast<size_t>(part)].fetch_sub(bytes, std::memory_order_relaxed);
  assert(had >= bytes);
  const uint64_t reserved = reserved_.fetch_sub(bytes, std::memory_order_relaxed) - bytes;
  if (!elastic_shrunk_.load(std::memory_order_relaxed) || !fits(reserved + 2 * (limit() / kSlackPart))) return;
  std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock.owns_lock()) follow_locked();
}

// True = what is reserved by now, the caller's part of it included, fits. Several who ask at once may all be refused.
bool MemoryBudget::make_room(MemoryPart part, uint64_t asked) {
  bool purged = false;
  for (;;) {
    uint64_t missing = 0;
    if (make_room_of_elastic(asked, missing)) return true;
    if (!purged) {  // what was freed a moment ago may still be the process's
      purged = true;
      return_free_memory();
      if (make_room_of_elastic(asked, missing)) return true;
    }
    if (ask_givers(part, missing) == 0) return make_room_of_elastic(asked, missing);
    purged = false;
  }
}

// `missing`: what is too much even with the elastic cache at its floor.
bool MemoryBudget::make_room_of_elastic(uint64_t asked, uint64_t& missing) {
  std::lock_guard lock(mutex_);
  measure_locked(asked);
  const uint64_t held = reserved_.load(std::memory_order_relaxed) + other_.load(std::memory_order_relaxed);
  const uint64_t limit = limit_.load(std::memory_order_relaxed);
  if (held + elastic_.least > limit) {
    missing = held + elastic_.least - limit;
    return false;
  }
  if (!fits(reserved_.load(std::memory_order_relaxed))) follow_locked();
  return true;
}

// `asked`: reserved a moment ago, so that it explains nothing of what is resident.
void MemoryBudget::measure_locked(uint64_t asked) {
  if (!resident_) return;
  const uint64_t reserved = reserved_.load(std::memory_order_relaxed);
  uint64_t explained = reserved - std::min(reserved, asked);
  if (elastic_.used) explained += elastic_.used();
  const uint64_t resident = resident_();
  other_.store(resident - std::min(resident, explained), std::memory_order_relaxed);
}

// Gives the elastic cache what others leave.
void MemoryBudget::follow_locked() {
  if (elastic_id_ == 0) return;
  const uint64_t limit = limit_.load(std::memory_order_relaxed);
  uint64_t capacity = elastic_.most;
  if (limit != kUnlimited) {
    const uint64_t taken = reserved_.load(std::memory_order_relaxed) + other_.load(std::memory_order_relaxed) +
                           limit / kSlackPart;
    capacity = std::clamp(limit - std::min(limit, taken), elastic_.least, elastic_.most);
  }
  elastic_shrunk_ = capacity < elastic_.most;
  if (capacity == elastic_capacity_.load(std::memory_order_relaxed)) return;
  elastic_capacity_ = capacity;
  elastic_.resize(capacity);
}

uint64_t MemoryBudget::ask_givers(MemoryPart part, uint64_t wanted) {
  std::vector<Giver> givers;
  {
    std::lock_guard lock(mutex_);
    givers = givers_;
  }
  uint64_t given = 0;
  for (const Giver& giver : givers) {
    if (giver.part == part || given >= wanted) continue;
    std::lock_guard running(*giver.running);
    {
      std::lock_guard lock(mutex_);  // it may have ended meanwhile
      if (std::none_of(givers_.begin(), givers_.end(), [&](const Giver& other) { return other.id == giver.id; })) continue;
    }
    given += giver.give_way(wanted - given);
  }
  return given;
}

void MemoryBudget::measure() {
  if (limit() == kUnlimited) return;
  {
    std::lock_guard lock(mutex_);
    measure_locked(0);
    const uint64_t reserved = reserved_.load(std::memory_order_relaxed);
    if (!fits(reserved) || (elastic_shrunk_ && fits(reserved + 2 * (limit() / kSlackPart)))) follow_locked();
    if (fits(reserved)) return;
  }
  return_free_memory();
}

Status MemoryBudget::refusal(uint64_t bytes) const {
  const Usage now = usage();
  uint64_t used = now.other;
  for (uint64_t part : now.parts) used += part;
  return Status::error(sqlstate::kOutOfMemory, "out of memory",
                       "Failed on request of size " + std::to_string(bytes) + ": " + megabytes(used) + " of " +
                           megabytes(now.limit) + " that the server may use are in use.");
}

MemoryBudget::Usage MemoryBudget::usage() const {
  Usage usage;
  usage.limit = limit();
  usage.other = other_.load(std::memory_order_relaxed);
  for (size_t i = 0; i < kMemoryParts; ++i) usage.parts[i] = parts_[i].load(std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  if (elastic_id_ != 0 && elastic_.used) usage.parts[static_cast<size_t>(elastic_.part)] += elastic_.used();
  return usage;
}

MemoryReservation& MemoryReservation::operator=(MemoryReservation&& other) noexcept {
  if (this == &other) return *this;
  shrink(0);
  budget_ = other.budget_;
  part_ = other.part_;
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

bool MemoryReservation::try_resize(uint64_t bytes) {
  if (bytes <= bytes_) {
    shrink(bytes);
    return true;
  }
  if (!budget_->try_reserve(part_, bytes - bytes_)) return false;
  bytes_ = bytes;
  return true;
}

Status MemoryReservation::resize(uint64_t bytes) {
  const uint64_t more = bytes - std::min(bytes, bytes_);
  return try_resize(bytes) ? Status::ok() : budget_->refusal(more);
}

void MemoryReservation::shrink(uint64_t bytes) {
  if (bytes >= bytes_) return;
  budget_->release(part_, bytes_ - bytes);
  bytes_ = bytes;
}

MemoryReservation MemoryReservation::split(uint64_t bytes) {
  assert(bytes <= bytes_);
  MemoryReservation part(part_, *budget_);
  part.bytes_ = bytes;
  bytes_ -= bytes;
  return part;
}

}  // namespace vecino
