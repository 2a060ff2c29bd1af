#include "index/ivfflat/ivf_core.h"

#include <algorithm>
#include <bit>

#include "index/vector/search_totals.h"

namespace vecino::index::ivfflat {
namespace {

bool needs_unit(Metric metric) { return metric == Metric::kCosine; }

}  // namespace

IvfCore::IvfCore(Metric metric, Centers centers, std::vector<float> mean)
    : centers_(std::move(centers)),
      vectors_(metric, static_cast<int>(centers_.dimensions), std::move(mean)) {
  for (size_t i = 0; i < centers_.count; ++i) lists_.push_back(std::make_unique<List>());
}

uint32_t IvfCore::list_of(const float* raw) const {
  if (!needs_unit(vectors_.metric())) return centers_.nearest(raw);
  thread_local std::vector<float> unit;
  unit.assign(raw, raw + centers_.dimensions);
  to_unit(unit.data(), unit.size());
  return centers_.nearest(unit.data());
}

Status IvfCore::add(const float* raw, RowId row, SequenceNumber begin) { return add_to(list_of(raw), raw, row, begin); }

Status IvfCore::add_many(const CenterPanels& panels, const float* raw, std::span<const RowId> rows, SequenceNumber begin,
                         uint32_t* lists) {
  const size_t dimensions = centers_.dimensions;
  std::vector<float> units;
  if (needs_unit(vectors_.metric())) {
    units.assign(raw, raw + rows.size() * dimensions);
    for (size_t i = 0; i < rows.size(); ++i) to_unit(units.data() + i * dimensions, dimensions);
  }
  panels.nearest(units.empty() ? raw : units.data(), rows.size(), lists);
  for (size_t i = 0; i < rows.size(); ++i) RETURN_IF_ERROR(add_to(lists[i], raw + i * dimensions, rows[i], begin));
  return Status::ok();
}

Status IvfCore::add_to(uint32_t number, const float* raw, RowId row, SequenceNumber begin) {
  return place(number, raw, [&](NodeId id) -> Result<bool> {
    RETURN_IF_ERROR(entries_.add_first(id, row, begin));
    return true;
  });
}

Status IvfCore::restore(uint32_t number, const float* raw, RowId row) {
  // False: the log has the row's last state.
  return place(number, raw, [&](NodeId id) { return entries_.restore(id, row); });
}

template <typename Announce>
Status IvfCore::place(uint32_t number, const float* raw, Announce&& announce) {
  std::lock_guard lock(lists_[number]->mutex);
  ASSIGN_OR_RETURN(Slot slot, next_slot(number));
  RETURN_IF_ERROR(vectors_.put(slot.id, raw));
  ASSIGN_OR_RETURN(bool announced, announce(slot.id));
  if (announced) list_slot(slot);
  return Status::ok();
}

Result<IvfCore::Slot> IvfCore::next_slot(uint32_t number) {
  List& list = *lists_[number];
  while (list.open < list.runs.size() && list.runs[list.open].used == kFull) ++list.open;
  if (list.open == list.runs.size()) RETURN_IF_ERROR(add_run(number));
  Run& run = list.runs[list.open];
  return Slot{run.first + static_cast<NodeId>(std::countr_one(run.used)), &run};
}

void IvfCore::list_slot(const Slot& slot) {
  const uint32_t bit = 1u << (slot.id % kRun);
  slot.run->used |= bit;
  slot.run->listed |= bit;
}

Status IvfCore::add_run(uint32_t number) {
  std::lock_guard allocation(allocation_mutex_);
  const RunHome home{number, static_cast<uint32_t>(lists_[number]->runs.size())};
  NodeId first = next_.load(std::memory_order_relaxed);
  if (!free_runs_.empty()) {
    first = free_runs_.back();
    free_runs_.pop_back();
    home_of_run_[first / kRun] = home;
  } else {
    RETURN_IF_ERROR(vectors_.ensure(first + size_t{kRun}));
    RETURN_IF_ERROR(entries_.ensure(first + size_t{kRun}));
    home_of_run_.push_back(home);
    next_.store(first + kRun, std::memory_order_release);
  }
  lists_[number]->runs.push_back({first});
  return Status::ok();
}

void IvfCore::collect(uint32_t number, std::vector<NodeId>& out) const {
  const List& list = *lists_[number];
  std::lock_guard lock(list.mutex);
  for (const Run& run : list.runs) {
    for (uint32_t left = run.listed; left != 0; left &= left - 1) {
      out.push_back(run.first + static_cast<NodeId>(std::countr_zero(left)));
    }
  }
}

// The nearest `probes` lists, then, when iterative, the next ones; the rows of one round come in exact order.
class IvfScan final : public CoreScan {
 public:
  IvfScan(const IvfCore& core, const ScanSpec& spec, const float* raw_query)
      : core_(core), pass_(core.scans_.enter()), cancel_(spec.cancel) {
    core.vectors_.prepare(raw_query, query_);
    size_t lists = core.centers_.count;
    probes_ = std::clamp<size_t>(static_cast<size_t>(std::max(1, spec.probes)), 1, lists);
    most_ = spec.iterative == IterativeScan::kOff
                ? probes_
                : std::min(lists, std::max(probes_, static_cast<size_t>(std::max(1, spec.max_probes))));
    std::vector<float> distances(lists), unit;
    if (needs_unit(core.vectors_.metric())) {
      unit.assign(raw_query, raw_query + core.centers_.dimensions);
      to_unit(unit.data(), unit.size());
    }
    core.centers_.distances(unit.empty() ? raw_query : unit.data(), distances.data());
    order_of_lists_.resize(lists);
    for (size_t i = 0; i < lists; ++i) order_of_lists_[i] = {distances[i], static_cast<uint32_t>(i)};
    std::partial_sort(order_of_lists_.begin(), order_of_lists_.begin() + static_cast<std::ptrdiff_t>(most_),
                      order_of_lists_.end());
    buffers_ = 1 + lists * core.centers_.dimensions * sizeof(float) / 8192;
    compared_ = lists;
  }
  ~IvfScan() override { search_totals.add(compared_, next_list_); }

  Result<bool> next(NodeHit& hit) override {
    ExactOrder::Entry entry;
    while (!started_ || !order_.next(entry)) {
      if (next_list_ >= most_) return false;
      started_ = true;
      RETURN_IF_ERROR(scan_lists());
    }
    hit = {entry.distance, entry.id};
    return true;
  }
  const PreparedQuery& query() const override { return query_; }
  uint64_t buffers() const override { return buffers_; }

 private:
  Status scan_lists() {
    candidates_.clear();
    size_t end = std::min(next_list_ + probes_, most_);
    for (; next_list_ < end; ++next_list_) {
      if (cancel_ != nullptr) RETURN_IF_ERROR(cancel_->check());
      ids_.clear();
      core_.collect(order_of_lists_[next_list_].second, ids_);
      estimates_.resize(ids_.size());
      core_.vectors_.estimate(query_, ids_.data(), ids_.size(), estimates_.data());
      for (size_t i = 0; i < ids_.size(); ++i) candidates_.push_back({estimates_[i], ids_[i]});
      buffers_ += 1 + ids_.size() * core_.vectors_.bytes_per_node() / 8192;
      compared_ += ids_.size();
    }
    order_.start_unsorted(core_.vectors_, query_, candidates_);
    return Status::ok();
  }

  const IvfCore& core_;
  EpochGate::Pass pass_;
  const CancelState* cancel_;
  PreparedQuery query_;
  size_t probes_, most_, next_list_ = 0;
  std::vector<std::pair<float, uint32_t>> order_of_lists_;
  std::vector<NodeId> ids_;
  std::vector<float> estimates_;
  std::vector<ExactOrder::Entry> candidates_;
  ExactOrder order_;
  bool started_ = false;
  uint64_t buffers_, compared_;
};

std::unique_ptr<CoreScan> IvfCore::scan(const ScanSpec& spec, const float* raw_query, NodeFilter) const {
  return std::make_unique<IvfScan>(*this, spec, raw_query);
}

template <typename Change>
void IvfCore::at_home(NodeId id, Change&& change) {
  RunHome home;
  {
    std::lock_guard lock(allocation_mutex_);
    home = home_of_run_[id / kRun];
  }
  List& list = *lists_[home.list];
  std::lock_guard lock(list.mutex);
  change(list.runs[home.position], 1u << (id % kRun));
  list.open = std::min<size_t>(list.open, home.position);
}

void IvfCore::recycle_if_drained() {
  if (!has_ticket_ || !scans_.drained(ticket_)) return;
  has_ticket_ = false;
  entries_.forget(retired_);
  entries_.reuse_unchained();
  for (NodeId id : retired_) at_home(id, [](Run& run, uint32_t bit) { run.used &= ~bit; });
  for (NodeId& id : retired_) id -= id % kRun;
  std::sort(retired_.begin(), retired_.end());
  retired_.erase(std::unique(retired_.begin(), retired_.end()), retired_.end());
  for (NodeId first : retired_) free_run_if_empty(first);
  retired_.clear();
}

// Vacuum's only, which alone moves runs: their homes stay what they are meanwhile.
void IvfCore::free_run_if_empty(NodeId first) {
  RunHome home;
  {
    std::lock_guard lock(allocation_mutex_);
    home = home_of_run_[first / kRun];
  }
  List& list = *lists_[home.list];
  std::lock_guard lock(list.mutex);
  if (list.runs[home.position].used != 0) return;
  vectors_.discard(first, first + kRun);
  std::lock_guard allocation(allocation_mutex_);
  list.runs[home.position] = list.runs.back();
  home_of_run_[list.runs[home.position].first / kRun].position = home.position;
  list.runs.pop_back();
  list.open = std::min<size_t>(list.open, list.runs.size());
  free_runs_.push_back(first);
}

// Dead numbers leave the lists now, and may be taken again when the scans that began before are over.
Status IvfCore::vacuum(const Snapshots& snapshots, const std::function<bool()>&) {
  recycle_if_drained();
  std::vector<NodeId> dead;
  entries_.collect_dead(snapshots, [](NodeId) {}, dead);
  for (NodeId id : dead) at_home(id, [](Run& run, uint32_t bit) { run.listed &= ~bit; });
  retired_.insert(retired_.end(), dead.begin(), dead.end());
  ticket_ = scans_.turn();
  has_ticket_ = true;
  recycle_if_drained();
  return Status::ok();
}

void IvfCore::describe(IndexStatistics& out) const { out.lists = static_cast<int>(centers_.count); }

uint64_t IvfCore::memory_bytes() const {
  size_t nodes = next_.load(std::memory_order_acquire);
  {
    std::lock_guard lock(allocation_mutex_);
    nodes -= free_runs_.size() * kRun;
  }
  return centers_.values.size() * sizeof(float) + vectors_.memory_bytes(nodes) + entries_.memory_bytes(nodes);
}

}  // namespace vecino::index::ivfflat
