#include "index/ivfflat/ivf_core.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "index/vector/search_totals.h"
#include "storage/util/bytes.h"

namespace vecino::index::ivfflat {
namespace {

bool needs_unit(Metric metric) { return metric == Metric::kCosine; }

void scale_to_unit(const float* raw, size_t n, std::vector<float>& out) {
  out.assign(raw, raw + n);
  double norm = 0;
  for (size_t i = 0; i < n; ++i) norm += double{raw[i]} * raw[i];
  float factor = norm > 0 ? static_cast<float>(1 / std::sqrt(norm)) : 0;
  for (float& x : out) x *= factor;
}

}  // namespace

IvfCore::IvfCore(Metric metric, Centers centers, std::vector<float> mean)
    : centers_(std::move(centers)),
      vectors_(metric, static_cast<int>(centers_.dimensions), std::move(mean)) {
  for (size_t i = 0; i < centers_.count; ++i) lists_.push_back(std::make_unique<List>());
}

uint32_t IvfCore::list_of(const float* raw) const {
  if (!needs_unit(vectors_.metric())) return centers_.nearest(raw);
  thread_local std::vector<float> unit;
  scale_to_unit(raw, centers_.dimensions, unit);
  return centers_.nearest(unit.data());
}

Status IvfCore::add(const float* raw, RowId row, SequenceNumber begin) { return add_to(list_of(raw), raw, row, begin); }

Status IvfCore::add_many(const float* raw, std::span<const RowId> rows, SequenceNumber begin) {
  const size_t dimensions = centers_.dimensions;
  std::vector<uint32_t> lists(rows.size());
  std::vector<float> units, unit;
  if (needs_unit(vectors_.metric())) {
    units.reserve(rows.size() * dimensions);
    for (size_t i = 0; i < rows.size(); ++i) {
      scale_to_unit(raw + i * dimensions, dimensions, unit);
      units.insert(units.end(), unit.begin(), unit.end());
    }
  }
  centers_.nearest_many(units.empty() ? raw : units.data(), rows.size(), lists.data());
  for (size_t i = 0; i < rows.size(); ++i) RETURN_IF_ERROR(add_to(lists[i], raw + i * dimensions, rows[i], begin));
  return Status::ok();
}

Status IvfCore::add_to(uint32_t number, const float* raw, RowId row, SequenceNumber begin) {
  List& list = *lists_[number];
  std::lock_guard lock(list.mutex);
  if (!list.free.empty()) {
    NodeId id = list.free.back();
    vectors_.put(id, raw);
    RETURN_IF_ERROR(entries_.add_first(id, row, begin));
    list.free.pop_back();
    return Status::ok();
  }
  if (list.runs.empty() || list.used == kRun) {
    std::lock_guard allocation(allocation_mutex_);
    NodeId run = next_.load(std::memory_order_relaxed);
    RETURN_IF_ERROR(vectors_.ensure(run + size_t{kRun}));
    RETURN_IF_ERROR(entries_.ensure(run + size_t{kRun}));
    list_of_run_.push_back(number);
    next_.store(run + kRun, std::memory_order_release);
    list.runs.push_back(run);
    list.used = 0;
  }
  NodeId id = list.runs.back() + list.used;
  vectors_.put(id, raw);
  RETURN_IF_ERROR(entries_.add_first(id, row, begin));
  ++list.used;
  return Status::ok();
}

void IvfCore::collect(uint32_t number, std::vector<NodeId>& out) const {
  const List& list = *lists_[number];
  std::lock_guard lock(list.mutex);
  for (size_t r = 0; r < list.runs.size(); ++r) {
    uint32_t count = r + 1 < list.runs.size() ? kRun : list.used;
    for (uint32_t i = 0; i < count; ++i) out.push_back(list.runs[r] + i);
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
    if (needs_unit(core.vectors_.metric())) scale_to_unit(raw_query, core.centers_.dimensions, unit);
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

std::unique_ptr<CoreScan> IvfCore::scan(const ScanSpec& spec, const float* raw_query) const {
  return std::make_unique<IvfScan>(*this, spec, raw_query);
}

void IvfCore::recycle_if_drained() {
  if (!has_ticket_ || !scans_.drained(ticket_)) return;
  has_ticket_ = false;
  entries_.forget(retired_);
  entries_.reuse_unchained();
  for (NodeId id : retired_) {
    uint32_t number;
    {
      std::lock_guard lock(allocation_mutex_);
      number = list_of_run_[id / kRun];
    }
    std::lock_guard lock(lists_[number]->mutex);
    lists_[number]->free.push_back(id);
  }
  retired_.clear();
}

Status IvfCore::vacuum(SequenceNumber oldest, const std::function<bool()>&) {
  recycle_if_drained();
  entries_.collect_dead(oldest, [](NodeId) {}, retired_);
  ticket_ = scans_.turn();
  has_ticket_ = true;
  recycle_if_drained();
  return Status::ok();
}

void IvfCore::describe(IndexStatistics& out) const { out.lists = static_cast<int>(centers_.count); }

uint64_t IvfCore::memory_bytes() const {
  size_t nodes = next_.load(std::memory_order_acquire);
  return centers_.values.size() * sizeof(float) + nodes * vectors_.bytes_per_node() + entries_.memory_bytes(nodes);
}

// ---- image: the centres ('h') and one piece per list ('l')

Status IvfCore::save(ImageWriter& writer) {
  std::string header;
  append_le(header, static_cast<uint32_t>(centers_.count));
  append_le(header, static_cast<uint32_t>(centers_.spherical));
  append_le(header, static_cast<uint32_t>(vectors_.mean().size()));
  header.append(reinterpret_cast<const char*>(vectors_.mean().data()), vectors_.mean().size() * sizeof(float));
  header.append(reinterpret_cast<const char*>(centers_.values.data()), centers_.values.size() * sizeof(float));
  RETURN_IF_ERROR(writer.put('h', 0, std::move(header)));
  EpochGate::Pass pass = scans_.enter();
  std::vector<NodeId> ids;
  std::vector<RowId> rows;
  size_t bytes = centers_.dimensions * sizeof(float);
  for (uint32_t number = 0; number < lists_.size(); ++number) {
    ids.clear();
    collect(number, ids);
    std::string piece;
    for (NodeId id : ids) {
      entries_.current_rows(id, rows);
      for (RowId row : rows) {
        append_le(piece, row);
        piece.append(reinterpret_cast<const char*>(vectors_.values(id)), bytes);
      }
    }
    RETURN_IF_ERROR(writer.put('l', number, std::move(piece)));
  }
  return Status::ok();
}

Status IvfCore::load(ImageReader& reader) {
  size_t record = sizeof(RowId) + centers_.dimensions * sizeof(float);
  std::vector<float> vector(centers_.dimensions);
  for (uint32_t number = 0; number < lists_.size(); ++number) {
    ASSIGN_OR_RETURN(std::string piece, reader.get('l', number));
    if (piece.size() % record != 0) return damaged("a list");
    for (size_t at = 0; at < piece.size(); at += record) {
      RowId row = load_le<uint64_t>(piece.data() + at);
      if (entries_.has(row)) continue;  // moved while the image was written: the log has its last state
      std::memcpy(vector.data(), piece.data() + at + sizeof(RowId), record - sizeof(RowId));
      RETURN_IF_ERROR(add_to(number, vector.data(), row, 0));
    }
  }
  return Status::ok();
}

}  // namespace vecino::index::ivfflat
