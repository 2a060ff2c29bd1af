#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "storage/api/table_store.h"
#include "storage/meta/meta_keys.h"
#include "storage/util/log.h"

namespace vecino::storage {
namespace {

// Values logged ahead of use, as PostgreSQL's SEQ_LOG_VALS: a crash loses at most as many. A load that uses them up at once logs
// twice as many the next time, and so on: it would write to the log for every 32 rows.
constexpr int kLoggedAhead = 32, kMostLoggedAhead = 1024;
constexpr auto kAtOnce = std::chrono::milliseconds(20);

struct Sequence {
  std::mutex mutex;
  bool loaded = false;
  bool exists = false;  // false: never used, the options' start counts
  int64_t last = 0;
  bool called = false;
  int ahead = 0;          // further values that the stored state covers
  int logged_ahead = kLoggedAhead;
  std::chrono::steady_clock::time_point logged_at{};
  int64_t increment = 0;  // with which they were counted
};

// A value and whether the step wrapped round or ended.
struct Step {
  int64_t value;
  bool at_limit;
};

Step step(int64_t last, const SequenceOptions& options) {
  int64_t next;
  bool overflow = __builtin_add_overflow(last, options.increment, &next);
  bool past = options.increment > 0 ? overflow || next > options.max : overflow || next < options.min;
  if (!past) return {next, false};
  return {options.increment > 0 ? options.min : options.max, true};
}

class SequenceStoreImpl final : public SequenceStore {
 public:
  explicit SequenceStoreImpl(KvEngine& engine) : engine_(engine) {}

  // A clean shutdown leaves no gap.
  ~SequenceStoreImpl() override {
    for (auto& [storage_id, sequence] : sequences_) {
      if (sequence->ahead > 0 && !store(storage_id, sequence->last, sequence->called).is_ok()) {
        log::warning("could not store the position of a sequence");
      }
    }
  }

  Result<int64_t> nextval(uint32_t storage_id, const SequenceOptions& options, std::string_view name) override {
    Sequence& sequence = find(storage_id);
    std::lock_guard lock(sequence.mutex);
    RETURN_IF_ERROR(load(storage_id, sequence));
    if (sequence.increment != options.increment) sequence.ahead = 0;
    int64_t value = sequence.exists ? sequence.last : options.start;
    if (sequence.exists && sequence.called) {
      Step next = step(sequence.last, options);
      if (next.at_limit && !options.cycle) return limit_error(options, name);
      value = next.value;
      if (next.at_limit) sequence.ahead = 0;
    }
    if (sequence.ahead > 0) {
      --sequence.ahead;
    } else {
      int ahead = 0;
      int64_t logged = value;
      const auto now = std::chrono::steady_clock::now();
      sequence.logged_ahead =
          now - sequence.logged_at < kAtOnce ? std::min(sequence.logged_ahead * 2, kMostLoggedAhead) : kLoggedAhead;
      sequence.logged_at = now;
      for (; ahead < sequence.logged_ahead; ++ahead) {
        Step next = step(logged, options);
        if (next.at_limit) break;
        logged = next.value;
      }
      RETURN_IF_ERROR(store(storage_id, logged, true));
      sequence.ahead = ahead;
      sequence.increment = options.increment;
    }
    sequence.exists = true;
    sequence.last = value;
    sequence.called = true;
    return value;
  }

  Status setval(uint32_t storage_id, int64_t value, bool is_called) override {
    Sequence& sequence = find(storage_id);
    std::lock_guard lock(sequence.mutex);
    RETURN_IF_ERROR(store(storage_id, value, is_called));
    sequence.loaded = sequence.exists = true;
    sequence.last = value;
    sequence.called = is_called;
    sequence.ahead = 0;
    return Status::ok();
  }

  Result<State> state(uint32_t storage_id, const SequenceOptions& options) override {
    Sequence& sequence = find(storage_id);
    std::lock_guard lock(sequence.mutex);
    RETURN_IF_ERROR(load(storage_id, sequence));
    if (!sequence.exists) return State{options.start, false};
    return State{sequence.last, sequence.called};
  }

 private:
  static Status limit_error(const SequenceOptions& options, std::string_view name) {
    bool ascending = options.increment > 0;
    return Status::error(sqlstate::kSequenceGeneratorLimitExceeded,
                         fmt::format("nextval: reached {} value of sequence \"{}\" ({})",
                                     ascending ? "maximum" : "minimum", name, ascending ? options.max : options.min));
  }

  Sequence& find(uint32_t storage_id) {
    {
      std::shared_lock lock(mutex_);
      auto found = sequences_.find(storage_id);
      if (found != sequences_.end()) return *found->second;
    }
    std::unique_lock lock(mutex_);
    auto& place = sequences_[storage_id];
    if (place == nullptr) place = std::make_unique<Sequence>();
    return *place;
  }

  Status load(uint32_t storage_id, Sequence& sequence) {
    if (sequence.loaded) return Status::ok();
    PinnedValue value;
    ASSIGN_OR_RETURN(sequence.exists, engine_.get(Family::kMeta, meta_keys::sequence(storage_id), nullptr, value));
    if (sequence.exists) {
      if (value.view().size() != 9) return Status::error(sqlstate::kDataCorrupted, "sequence is damaged");
      sequence.last = static_cast<int64_t>(load_le<uint64_t>(value.view().data()));
      sequence.called = value.view()[8] != 0;
    }
    sequence.loaded = true;
    return Status::ok();
  }

  // Not synced: it precedes, in the write-ahead log, every commit that can use one of the values.
  Status store(uint32_t storage_id, int64_t last, bool called) {
    char bytes[9];
    store_le(bytes, static_cast<uint64_t>(last));
    bytes[8] = called ? 1 : 0;
    auto batch = engine_.new_batch();
    batch->put(Family::kMeta, meta_keys::sequence(storage_id), {bytes, sizeof bytes});
    return engine_.write(*batch, Durability::kNoSync);
  }

  KvEngine& engine_;
  std::shared_mutex mutex_;
  std::unordered_map<uint32_t, std::unique_ptr<Sequence>> sequences_;
};

}  // namespace

std::unique_ptr<SequenceStore> make_sequence_store(KvEngine& engine) {
  return std::make_unique<SequenceStoreImpl>(engine);
}

}  // namespace vecino::storage
