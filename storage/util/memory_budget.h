#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/util/status.h"

namespace vecino {

// Who holds memory of the process.
enum class MemoryPart : uint8_t { kBlockCache, kRowCache, kVectorCopies, kVectorIndexes, kStatements };
inline constexpr size_t kMemoryParts = 5;
std::string_view memory_part_name(MemoryPart part);

// What the process may hold in memory together, and who holds it. Whoever asks last is refused; before that, caches give way: the
// elastic one shrinks to its floor, then others are asked to drop what nobody uses. What nobody accounts for (stacks, small things,
// the allocator's slack) is measured: resident memory that no part explains counts like a part.
// Reservations are made in large pieces, so that the counters are touched rarely. Thread-safe.
class MemoryBudget {
 public:
  static constexpr uint64_t kUnlimited = UINT64_MAX;

  // A cache that lives in what others leave, between two bounds. `resize` is called under a mutex and must not reserve.
  struct ElasticCache {
    MemoryPart part{};
    uint64_t least = 0, most = 0;
    std::function<void(uint64_t capacity)> resize;
    std::function<uint64_t()> used;
  };
  // Drops what nobody uses, `wanted` bytes if it can; returns how much it was. Called without locks; must not reserve.
  using GiveWay = std::function<uint64_t(uint64_t wanted)>;
  // Keeps a cache known to the budget. Afterwards none of its functions runs.
  class Registration {
   public:
    Registration() = default;
    Registration(MemoryBudget* budget, uint64_t id) : budget_(budget), id_(id) {}
    Registration(Registration&& other) noexcept { *this = std::move(other); }
    Registration& operator=(Registration&& other) noexcept;
    ~Registration();

   private:
    MemoryBudget* budget_ = nullptr;
    uint64_t id_ = 0;
  };

  // `resident`: bytes of memory that the process really uses; empty = only what is reserved counts.
  explicit MemoryBudget(std::function<uint64_t()> resident = {}) : resident_(std::move(resident)) {}
  MemoryBudget(const MemoryBudget&) = delete;

  // Before anything large is reserved, or again at any time.
  void set_limit(uint64_t bytes);
  uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }
  [[nodiscard]] Registration add_elastic(ElasticCache cache);
  [[nodiscard]] Registration add_cache(MemoryPart part, GiveWay give_way);

  // While one lives, reservations of its thread are never refused: for what must succeed because it was promised before.
  class Promised {
   public:
    Promised() { ++depth(); }
    ~Promised() { --depth(); }
    Promised(const Promised&) = delete;
    static bool any() { return depth() > 0; }

   private:
    static int& depth() {
      thread_local int depth = 0;
      return depth;
    }
  };

  // False = there is no room, and caches had nothing left to give. `part`'s own cache is not asked.
  bool try_reserve(MemoryPart part, uint64_t bytes);
  void release(MemoryPart part, uint64_t bytes);
  // The 53200 for somebody who was refused.
  Status refusal(uint64_t bytes) const;

  // Measures, and lets the elastic cache follow. To be called now and then: what is not reserved grows unnoticed otherwise.
  void measure();

  struct Usage {
    uint64_t limit = 0, other = 0;  // other: what nobody accounts for
    std::array<uint64_t, kMemoryParts> parts{};
  };
  Usage usage() const;

 private:
  struct Giver {
    uint64_t id;
    MemoryPart part;
    std::shared_ptr<std::mutex> running;  // held during a call, so that a registration ends after it
    GiveWay give_way;
  };
  bool fits(uint64_t reserved) const;
  bool make_room(MemoryPart part, uint64_t asked);
  bool make_room_of_elastic(uint64_t asked, uint64_t& missing);
  void measure_locked(uint64_t asked);
  void follow_locked();
  uint64_t ask_givers(MemoryPart part, uint64_t wanted);
  void end(uint64_t id);

  const std::function<uint64_t()> resident_;
  std::atomic<uint64_t> limit_{kUnlimited};
  std::atomic<uint64_t> reserved_{0};          // all parts but the elastic cache
  std::atomic<uint64_t> elastic_capacity_{0};  // what the elastic cache may use now
  std::atomic<uint64_t> other_{0};
  std::array<std::atomic<uint64_t>, kMemoryParts> parts_{};
  mutable std::mutex mutex_;
  ElasticCache elastic_;     // guarded by mutex_
  uint64_t elastic_id_ = 0;  // 0 = there is none
  std::atomic<bool> elastic_shrunk_{false};
  std::vector<Giver> givers_;  // guarded by mutex_
  uint64_t next_id_ = 1;
};

// The budget of this process, which has one as it has one heap. Never destroyed.
MemoryBudget& process_memory();

// Memory held of a budget until it is destroyed. Not thread-safe.
class MemoryReservation {
 public:
  explicit MemoryReservation(MemoryPart part, MemoryBudget& budget = process_memory()) : budget_(&budget), part_(part) {}
  MemoryReservation(MemoryReservation&& other) noexcept
      : budget_(other.budget_), part_(other.part_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryReservation& operator=(MemoryReservation&& other) noexcept;
  ~MemoryReservation() { shrink(0); }

  uint64_t bytes() const { return bytes_; }
  // Holds `bytes` from now on. False (only when it would grow): nothing changed.
  [[nodiscard]] bool try_resize(uint64_t bytes);
  // As a status: 53200.
  Status resize(uint64_t bytes);
  void shrink(uint64_t bytes);  // to that much, if it is more
  // A part of it that is held on its own. REQUIRES: bytes <= bytes()
  MemoryReservation split(uint64_t bytes);

 private:
  MemoryBudget* budget_;
  MemoryPart part_;
  uint64_t bytes_ = 0;
};

}  // namespace vecino
