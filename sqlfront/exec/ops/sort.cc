#include <algorithm>

#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/spill/row_sorter.h"
#include "sqlfront/exec/spill/spilling_store.h"

namespace vecino::sql {
namespace {

// The best rows seen so far, at most `bound` of them: a max-heap. Rows that fall out leave garbage, which is collected when it
// outweighs the heap.
class TopRows {
 public:
  struct Entry {
    const Datum* row;
    uint64_t sequence;
  };
  struct Less {
    const RowComparator& comparator;
    bool operator()(const Entry& a, const Entry& b) const {
      int order = comparator(a.row, b.row);
      return order != 0 ? order < 0 : a.sequence < b.sequence;
    }
  };
  TopRows(const std::vector<TypeRef>& types, const RowComparator& comparator, RunState& run)
      : types_(types), comparator_(comparator), run_(run), rows_(types, run.memory), candidate_(types.size()) {}

  void offer(const Datum* const* columns, size_t r, size_t bound) {
    const uint64_t sequence = next_sequence_++;
    if (entries_.size() >= bound) {
      dropped_ = true;
      if (bound == 0) return;
      for (size_t c = 0; c < candidate_.size(); ++c) candidate_[c] = columns[c][r];
      if (comparator_(candidate_.data(), entries_.front().row) >= 0) return;
      std::pop_heap(entries_.begin(), entries_.end(), Less{comparator_});
      entries_.pop_back();
    }
    entries_.push_back({rows_.copy_row(columns, r), sequence});
    std::push_heap(entries_.begin(), entries_.end(), Less{comparator_});
    if (++stored_ > 4 * bound + kBatchRows) collect_garbage();
  }
  void sort() { std::sort_heap(entries_.begin(), entries_.end(), Less{comparator_}); }
  // In the order in which they came.
  void sort_by_age() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.sequence < b.sequence; });
  }
  const std::vector<Entry>& entries() const { return entries_; }
  bool dropped() const { return dropped_; }
  size_t memory_usage() const { return rows_.memory_usage() + entries_.capacity() * sizeof(Entry); }
  void clear() {
    entries_ = {};
    rows_.clear();
    stored_ = 0;
    next_sequence_ = 0;
    dropped_ = false;
  }
  // Keeps only the rows of the heap.
  void collect_garbage() {
    TupleStore compact(types_, run_.memory);
    for (Entry& entry : entries_) entry.row = compact.append_row(entry.row);
    rows_.clear();
    for (Entry& entry : entries_) entry.row = rows_.append_row(entry.row);
    rows_.rows().clear();
    stored_ = entries_.size();
  }

 private:
  const std::vector<TypeRef>& types_;
  const RowComparator& comparator_;
  RunState& run_;
  TupleStore rows_;
  std::vector<Entry> entries_;
  std::vector<Datum> candidate_;
  uint64_t next_sequence_ = 0;
  size_t stored_ = 0;
  bool dropped_ = false;
};

// Sorts its input (stable, so ties keep the input's order), on disk when it is larger than work_mem; with `bound`, keeps only the first
// rows in a heap while that fits into work_mem.
class Sort final : public Operator {
 public:
  Sort(const SortNode& node, RunState& run)
      : Operator(node, run), comparator_(node.keys), tail_(node, run, counters_), depends_on_(free_slots(node, *run.plan)),
        top_(node.children[0]->output_types, comparator_, run), sorter_(node.children[0]->output_types, comparator_, run) {
    input_.op = make_child(0);
    if (node.bound) bound_expr_ = compile(node.bound);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!sorted_) sort();
    while (!tail_.pending()) {
      raw_.reset(sorter_.width(), max);
      raw_.rows = is_top_ ? read_top(max) : sorter_.read(raw_, max);
      if (raw_.rows == 0) return false;
      tail_.feed(pointers_.of(raw_), raw_.rows, raw_.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    tail_.discard();
    if (sorted_ && run_.slots_version(depends_on_) == version_) {
      position_ = 0;
      sorter_.rewind();
      return;
    }
    sorted_ = false;
    top_.clear();
    sorter_.clear();
    input_.op->rescan();
  }

 private:
  void sort() {
    version_ = run_.slots_version(depends_on_);
    position_ = 0;
    const size_t bound = compute_bound();
    is_top_ = bound < kMaxHeap && sort_top(bound);
    if (!is_top_) sort_all();
    sorted_ = true;
    if (counters_ != nullptr) note_method();
  }
  void note_method() {
    if (is_top_) {
      counters_->sort_method = top_.dropped() ? "top-N heapsort" : "quicksort";
      counters_->memory_kb = (top_.memory_usage() + 1023) / 1024;
      return;
    }
    counters_->sort_method = sorter_.is_external() ? "external merge" : "quicksort";
    counters_->memory_kb = (sorter_.memory_usage() + 1023) / 1024;
    counters_->disk_kb = (sorter_.disk_bytes() + 1023) / 1024;
  }
  size_t compute_bound() {
    if (bound_expr_ == nullptr) return SIZE_MAX;
    Arena arena;
    Datum value = evaluate_one(*bound_expr_, run_, arena);
    return value.is_null || value.i64 < 0 ? SIZE_MAX : static_cast<size_t>(value.i64);
  }
  void sort_all() {
    while (input_.next(kBatchRows)) {
      run_.check_cancel();
      for (size_t r = 0; r < input_.batch.rows; ++r) sorter_.add(input_.columns, r);
    }
    sorter_.finish();
  }
  // False: the heap became too large; what it had is with the sorter, and the rest of the input should follow.
  bool sort_top(size_t bound) {
    const size_t threshold = run_.context.temp == nullptr ? SIZE_MAX : spill_threshold(run_);
    while (input_.next(kBatchRows)) {
      run_.check_cancel();
      for (size_t r = 0; r < input_.batch.rows; ++r) top_.offer(input_.columns, r, bound);
      if (top_.memory_usage() <= threshold) continue;
      top_.collect_garbage();
      if (top_.memory_usage() <= threshold / 2) continue;
      top_.sort_by_age();
      for (const TopRows::Entry& entry : top_.entries()) sorter_.add(entry.row);
      top_.clear();
      return false;
    }
    top_.sort();
    return true;
  }
  size_t read_top(size_t max) {
    const auto& entries = top_.entries();
    const size_t count = std::min(max, entries.size() - position_);
    for (size_t c = 0; c < sorter_.width(); ++c) {
      Datum* column = raw_.column(c);
      for (size_t i = 0; i < count; ++i) column[i] = entries[position_ + i].row[c];
    }
    position_ += count;
    return count;
  }

  static constexpr size_t kMaxHeap = 100'000;  // beyond, sorting everything is not slower
  RowComparator comparator_;
  FilterProject tail_;
  std::vector<int> depends_on_;
  TopRows top_;
  RowSorter sorter_;
  EvaluatorPtr bound_expr_;
  Input input_;
  size_t position_ = 0;  // in top_
  bool sorted_ = false, is_top_ = false;
  uint64_t version_ = 0;
  Batch raw_;
  ColumnPointers pointers_;
};

// DISTINCT over sorted input: drops rows equal to the one before.
class Unique final : public Operator {
 public:
  Unique(const UniqueNode& node, RunState& run)
      : Operator(node, run), comparator_(node.keys), tail_(node, run, counters_),
        previous_(std::make_unique<TupleStore>(node.children[0]->output_types, run.memory)) {
    input_.op = make_child(0);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    while (!tail_.pending()) {
      if (!input_.next(max)) return false;
      size_t width = previous_->width(), rows = input_.batch.rows;
      raw_.reset(width, rows);
      row_.resize(width);
      for (size_t r = 0; r < rows; ++r) {
        for (size_t c = 0; c < width; ++c) row_[c] = input_.columns[c][r];
        if (has_previous_ && comparator_.equal(row_.data(), last_.data(), comparator_.size())) continue;
        for (size_t c = 0; c < width; ++c) raw_.column(c)[raw_.rows] = row_[c];
        ++raw_.rows;
        last_ = row_;
        has_previous_ = true;
      }
      if (has_previous_) {  // `last_` points into the batch that goes away
        TupleStore& store = *previous_;
        std::vector<Datum> keep = last_;
        auto fresh = std::make_unique<TupleStore>(node_.children[0]->output_types, run_.memory);
        const Datum* kept = fresh->append_row(keep.data());
        last_.assign(kept, kept + store.width());
        spare_ = std::move(previous_);
        previous_ = std::move(fresh);
      }
      if (raw_.rows > 0) tail_.feed(pointers_.of(raw_), raw_.rows, raw_.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    has_previous_ = false;
    tail_.discard();
    input_.op->rescan();
  }

 private:
  RowComparator comparator_;
  FilterProject tail_;
  std::unique_ptr<TupleStore> previous_, spare_;
  Input input_;
  std::vector<Datum> row_, last_;
  bool has_previous_ = false;
  Batch raw_;
  ColumnPointers pointers_;
};

}  // namespace

OperatorPtr make_sort(const PlanNode& node, RunState& run) {
  return std::make_unique<Sort>(static_cast<const SortNode&>(node), run);
}
OperatorPtr make_unique_op(const PlanNode& node, RunState& run) {
  return std::make_unique<Unique>(static_cast<const UniqueNode&>(node), run);
}

}  // namespace vecino::sql
