#include <algorithm>

#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/row_set.h"

namespace vecino::sql {
namespace {

// INTERSECT and EXCEPT, with ALL (manual 7.4): counts of equal rows on both sides decide how many are output. Rows are found by
// hash, or, where a column's type has no hash function, brought together by sorting.
class SetOp final : public Operator {
 public:
  SetOp(const SetOpNode& node, RunState& run)
      : Operator(node, run), op_(node.op), all_(node.all), tail_(node, run, counters_),
        rows_(node.children[0]->output_types, run.memory), set_(types_of(node)), order_(node.keys),
        sorts_(!are_hashable(node)) {
    left_.op = make_child(0);
    right_.op = make_child(1);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!computed_) compute();
    while (!tail_.pending()) {
      size_t width = rows_.width(), count = 0;
      raw_.reset(width, max);
      while (count < max && group_ < copies_.size()) {
        if (copies_[group_] == 0) {
          ++group_;
          continue;
        }
        --copies_[group_];
        const Datum* row = sorts_ ? firsts_[group_] : rows_.row(group_);
        for (size_t c = 0; c < width; ++c) raw_.column(c)[count] = row[c];
        ++count;
      }
      if (count == 0) return false;
      raw_.rows = count;
      tail_.feed(pointers_.of(raw_), count, raw_.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    computed_ = false;
    tail_.discard();
    left_.op->rescan();
    right_.op->rescan();
  }

 private:
  static std::vector<TypeId> types_of(const PlanNode& node) {
    std::vector<TypeId> types;
    for (const TypeRef& type : node.children[0]->output_types) types.push_back(type.id);
    return types;
  }
  static bool are_hashable(const PlanNode& node) {
    auto is_hashable = [](const TypeRef& column) {
      const TypeInfo& type = type_info(column.id);
      return type.kind == PhysicalKind::kInt || (type.hash != nullptr && column.id != type_id::kRecord);
    };
    const auto& types = node.children[0]->output_types;
    return std::all_of(types.begin(), types.end(), is_hashable);
  }
  void compute() {
    computed_ = true;
    rows_.clear();
    set_.clear();
    group_ = 0;
    if (sorts_) return compute_sorted();
    std::vector<uint64_t> left, right;
    count_rows(left_, &left, true);
    right.assign(left.size(), 0);
    count_rows(right_, &right, false);
    copies_.resize(left.size());
    for (size_t g = 0; g < left.size(); ++g) copies_[g] = copies(left[g], right[g]);
  }
  void count_rows(Input& input, std::vector<uint64_t>* counts, bool adds) {
    std::vector<Datum> row(rows_.width());
    while (input.next(kBatchRows)) {
      run_.check_cancel();
      for (size_t r = 0; r < input.batch.rows; ++r) {
        for (size_t c = 0; c < row.size(); ++c) row[c] = input.columns[c][r];
        uint64_t hash = set_.hash(row.data());
        size_t group = set_.find(row.data(), hash);
        if (group == RowSet::kNone) {
          if (!adds) continue;
          group = set_.insert(rows_.append_row(row.data()), hash);
          counts->push_back(0);
        }
        ++(*counts)[group];
      }
    }
  }
  struct SortedRow {
    const Datum* row;
    bool is_left;
  };
  void gather(Input& input, bool is_left, std::vector<SortedRow>& out) {
    std::vector<Datum> row(rows_.width());
    while (input.next(kBatchRows)) {
      run_.check_cancel();
      for (size_t r = 0; r < input.batch.rows; ++r) {
        for (size_t c = 0; c < row.size(); ++c) row[c] = input.columns[c][r];
        out.push_back({rows_.append_row(row.data()), is_left});
      }
    }
  }
  void compute_sorted() {
    std::vector<SortedRow> sorted;
    gather(left_, true, sorted);
    gather(right_, false, sorted);
    size_t compared = 0;
    std::sort(sorted.begin(), sorted.end(), [&](const SortedRow& a, const SortedRow& b) {
      if (++compared % kBatchRows == 0) run_.check_cancel();
      return order_(a.row, b.row) < 0;
    });
    firsts_.clear();
    copies_.clear();
    for (size_t i = 0; i < sorted.size();) {
      uint64_t left = 0, right = 0;
      const Datum* first = sorted[i].row;
      for (; i < sorted.size() && order_(first, sorted[i].row) == 0; ++i) ++(sorted[i].is_left ? left : right);
      firsts_.push_back(first);
      copies_.push_back(left > 0 ? copies(left, right) : 0);
    }
  }
  uint64_t copies(uint64_t left, uint64_t right) const {
    if (op_ == SetOperator::kIntersect) return all_ ? std::min(left, right) : (right > 0 ? 1 : 0);
    return all_ ? (left > right ? left - right : 0) : (right == 0 ? 1 : 0);
  }
  SetOperator op_;
  bool all_, computed_ = false;
  FilterProject tail_;
  TupleStore rows_;
  RowSet set_;
  RowComparator order_;
  const bool sorts_;
  std::vector<const Datum*> firsts_;  // of the groups, when sorting
  Input left_, right_;
  std::vector<uint64_t> copies_;
  size_t group_ = 0;
  Batch raw_;
  ColumnPointers pointers_;
};

}  // namespace

OperatorPtr make_set_op(const PlanNode& node, RunState& run) {
  return std::make_unique<SetOp>(static_cast<const SetOpNode&>(node), run);
}

}  // namespace vecino::sql
