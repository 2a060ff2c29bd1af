#include <algorithm>

#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"

namespace vecino::sql {
namespace {

// Sorts its input in memory (stable, so ties keep the input's order); with `bound`, keeps only the first rows in a heap.
class Sort final : public Operator {
 public:
  Sort(const SortNode& node, RunState& run)
      : Operator(node, run), sort_node_(node), comparator_(node.keys), tail_(node, run, counters_),
        depends_on_(free_slots(node, *run.plan)), rows_(node.children[0]->output_types, run.memory) {
    input_.op = make_child(0);
    if (node.bound) bound_expr_ = compile(node.bound);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!sorted_) sort();
    while (!tail_.pending()) {
      size_t count = std::min(max, order_.size() - position_);
      if (count == 0) return false;
      raw_.reset(rows_.width(), count);
      for (size_t c = 0; c < rows_.width(); ++c) {
        Datum* column = raw_.column(c);
        for (size_t i = 0; i < count; ++i) column[i] = order_[position_ + i].row[c];
      }
      raw_.rows = count;
      position_ += count;
      tail_.feed(pointers_.of(raw_), count, raw_.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    position_ = 0;
    tail_.discard();
    if (sorted_ && run_.slots_version(depends_on_) == version_) return;
    sorted_ = false;
    rows_.clear();
    order_.clear();
    input_.op->rescan();
  }

 private:
  struct Entry {
    const Datum* row;
    uint64_t sequence;
  };

  void sort() {
    version_ = run_.slots_version(depends_on_);
    size_t bound = compute_bound();
    if (bound < kMaxHeap) {
      sort_top(bound);
    } else {
      sort_all();
    }
    sorted_ = true;
    if (counters_ != nullptr) {
      counters_->sort_method = bound < kMaxHeap && dropped_ ? "top-N heapsort" : "quicksort";
      counters_->memory_kb = (rows_.memory_usage() + order_.capacity() * sizeof(Entry) + 1023) / 1024;
    }
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
      rows_.append_batch(input_.batch);
    }
    order_.reserve(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) order_.push_back({rows_.row(i), i});
    rows_.rows() = {};
    uint64_t comparisons = 0;
    std::sort(order_.begin(), order_.end(), [&](const Entry& a, const Entry& b) {
      if ((++comparisons & 0xFFFF) == 0) run_.check_cancel();
      return before(a, b);
    });
  }
  bool before(const Entry& a, const Entry& b) const {
    int order = comparator_(a.row, b.row);
    return order != 0 ? order < 0 : a.sequence < b.sequence;
  }
  // A max-heap of the best rows seen. Rows that fall out leave garbage; it is collected when it outweighs the heap.
  void sort_top(size_t bound) {
    auto less = [this](const Entry& a, const Entry& b) { return before(a, b); };
    uint64_t sequence = 0;
    size_t stored = 0;
    std::vector<Datum> candidate(rows_.width());
    while (input_.next(kBatchRows)) {
      run_.check_cancel();
      for (size_t r = 0; r < input_.batch.rows; ++r, ++sequence) {
        if (order_.size() >= bound) {
          dropped_ = true;
          if (bound == 0) continue;
          for (size_t c = 0; c < candidate.size(); ++c) candidate[c] = input_.columns[c][r];
          if (comparator_(candidate.data(), order_.front().row) >= 0) continue;
          std::pop_heap(order_.begin(), order_.end(), less);
          order_.pop_back();
        }
        order_.push_back({rows_.copy_row(input_.columns, r), sequence});
        std::push_heap(order_.begin(), order_.end(), less);
        if (++stored > 4 * bound + kBatchRows) stored = collect_garbage();
      }
    }
    std::sort_heap(order_.begin(), order_.end(), less);
  }
  size_t collect_garbage() {
    TupleStore compact(sort_node_.children[0]->output_types, run_.memory);
    for (Entry& entry : order_) entry.row = compact.append_row(entry.row);
    rows_.clear();
    for (Entry& entry : order_) entry.row = rows_.append_row(entry.row);
    rows_.rows().clear();
    return order_.size();
  }

  static constexpr size_t kMaxHeap = 100'000;  // beyond, sorting everything is not slower
  const SortNode& sort_node_;
  RowComparator comparator_;
  FilterProject tail_;
  std::vector<int> depends_on_;
  TupleStore rows_;
  EvaluatorPtr bound_expr_;
  Input input_;
  std::vector<Entry> order_;
  size_t position_ = 0;
  bool sorted_ = false, dropped_ = false;
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
