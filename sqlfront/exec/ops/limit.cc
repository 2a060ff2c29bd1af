#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"

namespace vecino::sql {
namespace {

// LIMIT, OFFSET and FETCH FIRST ... WITH TIES (manual 7.6). NULL means no limit / no offset.
class Limit final : public Operator {
 public:
  Limit(const LimitNode& node, RunState& run)
      : Operator(node, run), tail_(node, run, counters_), last_(node.children[0]->output_types, run.memory) {
    input_.op = make_child(0);
    if (node.limit) limit_expr_ = compile(node.limit);
    if (node.offset) offset_expr_ = compile(node.offset);
    if (!node.ties.empty()) ties_ = std::make_unique<RowComparator>(node.ties);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!started_) start();
    while (!tail_.pending()) {
      if (done_) return false;
      if (left_ == 0 && ties_ == nullptr) return false;
      if (limit_is_null_ && to_skip_ == 0 && tail_.is_identity()) return input_.op->next(out, max);
      size_t wanted = max;
      if (ties_ == nullptr) wanted = static_cast<size_t>(std::min<uint64_t>(max, left_));
      // Rows to skip come in full batches; the row goal still bounds what is computed below.
      if (to_skip_ > 0) {
        uint64_t needed = ties_ != nullptr || left_ > UINT64_MAX - to_skip_ ? UINT64_MAX : left_ + to_skip_;
        wanted = static_cast<size_t>(std::min<uint64_t>(kBatchRows, needed));
      }
      if (!input_.next(wanted)) return false;
      take_batch();
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    started_ = false;
    done_ = false;
    tail_.discard();
    input_.op->rescan();
  }

 private:
  void start() {
    started_ = true;
    done_ = false;
    limit_is_null_ = true;
    left_ = UINT64_MAX;
    to_skip_ = 0;
    last_.clear();
    Arena arena;
    if (offset_expr_ != nullptr) {
      Datum offset = evaluate_one(*offset_expr_, run_, arena);
      if (!offset.is_null && offset.i64 < 0) {
        throw SqlError(sqlstate::kInvalidRowCountInOffset, "OFFSET must not be negative");
      }
      if (!offset.is_null) to_skip_ = static_cast<uint64_t>(offset.i64);
    }
    if (limit_expr_ != nullptr) {
      Datum limit = evaluate_one(*limit_expr_, run_, arena);
      if (!limit.is_null && limit.i64 < 0) {
        throw SqlError(sqlstate::kInvalidRowCountInLimit, "LIMIT must not be negative");
      }
      if (!limit.is_null) {
        left_ = static_cast<uint64_t>(limit.i64);
        limit_is_null_ = false;
      }
    }
    if (left_ == 0) done_ = true;
  }
  void take_batch() {
    size_t rows = input_.batch.rows, first = 0;
    if (to_skip_ > 0) {
      first = static_cast<size_t>(std::min<uint64_t>(rows, to_skip_));
      to_skip_ -= first;
      if (first == rows) return;
    }
    size_t count = static_cast<size_t>(std::min<uint64_t>(rows - first, left_));
    if (!limit_is_null_) left_ -= count;
    if (ties_ != nullptr && left_ == 0) count += count_ties(first, count);
    if (count == 0) return;
    shifted_.resize(input_.batch.column_count());
    for (size_t c = 0; c < shifted_.size(); ++c) shifted_[c] = input_.columns[c] + first;
    tail_.feed(shifted_.data(), count, input_.batch.arena);
  }
  // Rows after the limit that compare equal to the last row within it.
  size_t count_ties(size_t first, size_t count) {
    size_t width = last_.width();
    std::vector<Datum> row(width);
    auto load = [&](size_t r) {
      for (size_t c = 0; c < width; ++c) row[c] = input_.columns[c][r];
    };
    if (count > 0) {
      load(first + count - 1);
      last_.clear();
      last_.append_row(row.data());
    }
    if (last_.size() == 0) return 0;
    size_t ties = 0;
    for (size_t r = first + count; r < input_.batch.rows; ++r, ++ties) {
      load(r);
      if (!ties_->equal(row.data(), last_.row(0), ties_->size())) {
        done_ = true;
        break;
      }
    }
    return ties;
  }

  FilterProject tail_;
  TupleStore last_;
  EvaluatorPtr limit_expr_, offset_expr_;
  std::unique_ptr<RowComparator> ties_;
  Input input_;
  bool started_ = false, done_ = false, limit_is_null_ = true;
  uint64_t left_ = 0, to_skip_ = 0;
  std::vector<const Datum*> shifted_;
};

class Append final : public Operator {
 public:
  Append(const PlanNode& node, RunState& run) : Operator(node, run), tail_(node, run, counters_) {
    inputs_.resize(node.children.size());
    for (size_t i = 0; i < inputs_.size(); ++i) inputs_[i].op = make_child(i);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    while (!tail_.pending()) {
      if (current_ >= inputs_.size()) return false;
      if (!inputs_[current_].next(max)) {
        ++current_;
        continue;
      }
      Input& input = inputs_[current_];
      tail_.feed(input.columns, input.batch.rows, input.batch.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    current_ = 0;
    tail_.discard();
    for (Input& input : inputs_) input.op->rescan();
  }

 private:
  FilterProject tail_;
  std::vector<Input> inputs_;
  size_t current_ = 0;
};

}  // namespace

OperatorPtr make_limit(const PlanNode& node, RunState& run) {
  return std::make_unique<Limit>(static_cast<const LimitNode&>(node), run);
}
OperatorPtr make_append(const PlanNode& node, RunState& run) { return std::make_unique<Append>(node, run); }

}  // namespace vecino::sql
