#include "sqlfront/exec/spill/row_sorter.h"

#include <algorithm>

#include "sqlfront/exec/spill/spilling_store.h"

namespace vecino::sql {
namespace {

// Of one run while it is merged: its block, and what says where the rows in it are.
constexpr size_t kBytesPerSource = 40 << 10;
constexpr size_t kLeastOrder = 6, kMostOrder = 500;  // PostgreSQL's MINORDER and MAXORDER
constexpr uint64_t kRowsBetweenChecks = 1024;

}  // namespace

RowSorter::RowSorter(const std::vector<TypeRef>& types, const RowComparator& comparator, RunState& run)
    : run_(run), comparator_(comparator), format_(types), threshold_(spill_threshold(run)), rows_(types, run.memory) {}

RowSorter::~RowSorter() = default;

void RowSorter::add(const Datum* const* columns, size_t r) { note(rows_.copy_row(columns, r)); }

void RowSorter::add(const Datum* row) {
  note(rows_.append_row(row));
  rows_.rows().pop_back();
}

void RowSorter::note(const Datum* row) {
  entries_.push_back({row, entries_.size()});
  if (run_.context.temp == nullptr) return;
  if (rows_.memory_usage() + entries_.capacity() * sizeof(Entry) > threshold_) write_run();
}

void RowSorter::sort_memory() {
  peak_memory_ = std::max(peak_memory_, rows_.memory_usage() + entries_.capacity() * sizeof(Entry));
  uint64_t comparisons = 0;
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    if ((++comparisons & 0xFFFF) == 0) run_.check_cancel();
    const int order = comparator_(a.row, b.row);
    return order != 0 ? order < 0 : a.sequence < b.sequence;
  });
}

void RowSorter::write_run() {
  sort_memory();
  if (file_ == nullptr) file_ = value_or_throw(TempFile::create(*run_.context.temp));
  RowTape tape(format_, *file_);
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (i % kRowsBetweenChecks == 0) run_.check_cancel();
    tape.append(entries_[i].row);
  }
  tape.finish();
  runs_.push_back(std::move(tape));
  entries_.clear();
  rows_.clear();
  disk_bytes_ = std::max(disk_bytes_, file_->size());
}

void RowSorter::finish() {
  if (file_ == nullptr) {
    sort_memory();
    return;
  }
  if (!entries_.empty()) write_run();
  entries_ = {};
  while (runs_.size() > merge_order()) merge_some();
  rewind();
}

size_t RowSorter::merge_order() const { return std::clamp(threshold_ / kBytesPerSource, kLeastOrder, kMostOrder); }

// One pass: neighbouring runs become one, in another file.
void RowSorter::merge_some() {
  auto file = value_or_throw(TempFile::create(*run_.context.temp));
  std::vector<RowTape> merged_runs;
  const size_t order = merge_order();
  for (size_t first = 0; first < runs_.size(); first += order) {
    open_merge(first, std::min(order, runs_.size() - first));
    RowTape tape(format_, *file);
    for (uint64_t n = 0; const Datum* row = merged(); ++n) {
      if (n % kRowsBetweenChecks == 0) run_.check_cancel();
      tape.append(row);
    }
    tape.finish();
    merged_runs.push_back(std::move(tape));
  }
  sources_.clear();
  disk_bytes_ = std::max(disk_bytes_, file_->size() + file->size());
  runs_ = std::move(merged_runs);
  file_ = std::move(file);
}

void RowSorter::rewind() {
  position_ = 0;
  if (file_ != nullptr) open_merge(0, runs_.size());
}

namespace {

template <typename Source>
auto later_than(const RowComparator& comparator) {
  return [&comparator](const Source* a, const Source* b) {
    const int order = comparator(a->row, b->row);
    return order != 0 ? order > 0 : a->number > b->number;
  };
}

}  // namespace

void RowSorter::open_merge(size_t first, size_t count) {
  sources_.clear();
  heap_.clear();
  given_ = nullptr;
  for (size_t i = 0; i < count; ++i) {
    sources_.push_back(std::make_unique<Source>(Source{RowTape::Reader(runs_[first + i]), i}));
    Source& source = *sources_.back();
    source.row = source.reader.next();
    if (source.row != nullptr) heap_.push_back(&source);
  }
  std::make_heap(heap_.begin(), heap_.end(), later_than<Source>(comparator_));
}

// The next row of the open merge, until the next call; nullptr = end.
const Datum* RowSorter::merged() {
  const auto later = later_than<Source>(comparator_);
  if (given_ != nullptr) {  // popped, but still at the end of the vector
    given_->row = given_->reader.next();
    if (given_->row != nullptr) {
      std::push_heap(heap_.begin(), heap_.end(), later);
    } else {
      heap_.pop_back();
    }
    given_ = nullptr;
  }
  if (heap_.empty()) return nullptr;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  given_ = heap_.back();
  return given_->row;
}

size_t RowSorter::read_memory(Batch& out, size_t count) {
  count = std::min(count, entries_.size() - position_);
  for (size_t c = 0; c < width(); ++c) {
    Datum* column = out.column(c);
    for (size_t i = 0; i < count; ++i) column[i] = entries_[position_ + i].row[c];
  }
  position_ += count;
  return count;
}

size_t RowSorter::read(Batch& out, size_t count) {
  if (file_ == nullptr) return read_memory(out, count);
  size_t rows = 0;
  for (; rows < count; ++rows) {
    const Datum* row = merged();
    if (row == nullptr) break;
    for (size_t c = 0; c < width(); ++c) out.column(c)[rows] = format_.copy(c, row[c], out.arena);
  }
  return rows;
}

void RowSorter::clear() {
  sources_.clear();
  heap_.clear();
  given_ = nullptr;
  runs_.clear();
  file_.reset();
  entries_.clear();
  rows_.clear();
  position_ = 0;
  disk_bytes_ = peak_memory_ = 0;
}

}  // namespace vecino::sql
