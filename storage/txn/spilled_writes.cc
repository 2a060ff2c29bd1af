#include "storage/txn/spilled_writes.h"

#include <algorithm>
#include <future>

#include "storage/txn/run_builder.h"
#include "storage/txn/run_iterator.h"
#include "storage/util/failpoint.h"
#include "storage/util/thread_start.h"

namespace vecino::storage {
namespace {

constexpr uint64_t kMaxRunBytes = uint64_t{128} << 20;  // of merged runs

// Writes of commands in [first, last]. Older intervals must come first: `out` is ordered by age.
Status spill_interval(KvBulkEngine& engine, const WriteSet& writes, Family family, WriteSet::Command first,
                      WriteSet::Command last, SpilledRuns& out) {
  RunBuilder builder(engine, family, first, last, out);
  for (const WriteSet::Node* node = writes.first(family); node != nullptr; node = WriteSet::next(node)) {
    if (const WriteSet::Node* following = WriteSet::next(node)) __builtin_prefetch(following);
    const WriteSet::Version* version = node->visible(last + 1);
    if (version == nullptr || version->command < first) continue;
    RETURN_IF_ERROR(version->erased ? builder.erase(node->key()) : builder.put(node->key(), version->value()));
  }
  return builder.finish();
}

// Runs [begin, end) of `sorted` overlap each other: one ascending sequence, newest writes only.
class Merger {
 public:
  Merger(KvBulkEngine& engine, Family family, std::vector<KvIngest>& out) : engine_(engine), family_(family), out_(out) {}

  Status merge(std::span<const SpilledRunPtr> oldest_first) {
    RunIterator entries(nullptr, oldest_first, {}, Pinning::kNone, RunIterator::Erased::kShown);
    for (entries.seek_to_first(); entries.valid(); entries.next()) {
      std::string_view key = entries.key();
      std::string_view prefix = key.substr(0, key_prefix_size(family_));
      if (writer_ != nullptr && (prefix != prefix_ || writer_->byte_size() >= kMaxRunBytes)) RETURN_IF_ERROR(finish());
      if (writer_ == nullptr) {
        ASSIGN_OR_RETURN(writer_, engine_.new_run(family_));
        prefix_ = prefix;
      }
      RETURN_IF_ERROR(entries.erased() ? writer_->erase(key) : writer_->put(key, entries.value()));
    }
    RETURN_IF_ERROR(entries.status());
    return finish();
  }

 private:
  Status finish() {
    if (writer_ == nullptr) return Status::ok();
    ASSIGN_OR_RETURN(KvRunPtr run, writer_->finish());
    writer_.reset();
    out_.push_back({family_, std::move(run)});
    return Status::ok();
  }
  KvBulkEngine& engine_;
  const Family family_;
  std::vector<KvIngest>& out_;
  std::unique_ptr<KvRunWriter> writer_;
  std::string prefix_;
};

}  // namespace

Result<SpilledRun::Found> SpilledRun::find(std::string_view key, PinnedValue* value) const {
  struct Holder final : PinnedValue::Holder {
    std::unique_ptr<KvIterator> entry;
  };
  KeyRange only{std::string(key), std::string(key) + '\0'};
  for (const auto& [run, found] : {std::pair(&puts, Found::kPut), std::pair(&erased, Found::kErased)}) {
    if (*run == nullptr) continue;
    auto holder = std::make_unique<Holder>();
    holder->entry = (*run)->iterator(only, Pinning::kNone);
    holder->entry->seek(key);
    if (!holder->entry->valid()) {
      RETURN_IF_ERROR(holder->entry->status());
      continue;
    }
    if (holder->entry->key() != key) continue;
    if (found == Found::kPut && value != nullptr) {
      std::string_view bytes = holder->entry->value();
      value->set(bytes, std::move(holder));
    }
    return found;
  }
  return Found::kNo;
}

namespace {

Status spill_family(KvBulkEngine& engine, const WriteSet& writes, Family family, std::span<const WriteSet::Command> cuts,
                    SpilledRuns& out) {
  if (writes.empty(family)) return Status::ok();
  WriteSet::Command first = 0;
  for (WriteSet::Command cut : cuts) {
    if (cut <= first) continue;
    // Each interval is a walk over the whole set, and most are empty.
    if (first <= writes.newest_command(family) && cut > writes.oldest_command(family)) {
      RETURN_IF_ERROR(spill_interval(engine, writes, family, first, cut - 1, out));
    }
    first = cut;
  }
  return Status::ok();
}

}  // namespace

Status spill(KvBulkEngine& engine, const WriteSet& writes, std::span<const WriteSet::Command> cuts, SpilledFamilies& out) {
  RETURN_IF_ERROR(failpoint::check("bulk_spill"));
  auto one = [&](Family family) {
    return spill_family(engine, writes, family, cuts, out[static_cast<size_t>(family)]);
  };
  // At the end of a load somebody waits for this: vectors are written beside everything else.
  std::future<Status> large;
  if (!writes.empty(Family::kLarge)) large = run_aside([&] { return one(Family::kLarge); });
  Status status;
  for (int i = 0; i < kFamilyCount && status.is_ok(); ++i) {
    const Family family = static_cast<Family>(i);
    if (family != Family::kLarge) status = one(family);
  }
  if (!large.valid()) return status;
  Status of_large = large.get();
  return status.is_ok() ? std::move(of_large) : std::move(status);
}

Status arrange_for_ingest(KvBulkEngine& engine, Family family, const SpilledRuns& runs, std::vector<KvIngest>& out) {
  // Positions by smallest key; a position is also the age.
  std::vector<size_t> order(runs.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return runs[a]->smallest < runs[b]->smallest; });
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    std::string_view largest = runs[order[begin]]->largest;
    for (; end < order.size() && runs[order[end]]->smallest <= largest; ++end) {
      largest = std::max(largest, std::string_view(runs[order[end]]->largest));
    }
    const SpilledRun& run = *runs[order[begin]];
    if (end == begin + 1 && run.erased == nullptr) {
      out.push_back({family, run.puts});
    } else {
      std::sort(order.begin() + static_cast<ptrdiff_t>(begin), order.begin() + static_cast<ptrdiff_t>(end));
      SpilledRuns component;
      for (size_t i = begin; i < end; ++i) component.push_back(runs[order[i]]);
      RETURN_IF_ERROR(Merger(engine, family, out).merge(component));
    }
    begin = end;
  }
  return Status::ok();
}

}  // namespace vecino::storage
