#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/ops/window_function.h"

namespace vecino::sql {
namespace {

// Window functions over input sorted by partition and order keys: one partition at a time, in memory.
class WindowAgg final : public Operator {
 public:
  WindowAgg(const WindowAggNode& node, RunState& run)
      : Operator(node, run), partition_keys_(node.partition_keys), order_keys_(node.order_keys),
        frame_(node, run), tail_(node, run, counters_), rows_(node.children[0]->output_types, run.memory) {
    input_.op = make_child(0);
    for (const auto& function : node.functions) functions_.push_back(make_window_function(*function, run));
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    while (!tail_.pending()) {
      if (!next_partition()) return false;
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    started_ = false;
    input_.batch.rows = 0;
    position_ = 0;
    tail_.discard();
    input_.op->rescan();
  }

 private:
  bool more_input() {
    if (position_ < input_.batch.rows) return true;
    if (ended_) return false;
    position_ = 0;
    if (input_.next(kBatchRows)) return true;
    ended_ = true;
    input_.batch.rows = 0;
    return false;
  }
  bool next_partition() {
    if (!started_) {
      started_ = true;
      ended_ = false;
      frame_.start_scan();
    }
    run_.check_cancel();
    rows_.clear();
    std::vector<Datum> row(rows_.width());
    while (more_input()) {
      for (size_t c = 0; c < row.size(); ++c) row[c] = input_.columns[c][position_];
      if (rows_.size() > 0 && !partition_keys_.equal(row.data(), rows_.row(0), partition_keys_.size())) break;
      rows_.append_row(row.data());
      ++position_;
    }
    if (rows_.size() == 0) return false;
    compute();
    return true;
  }
  void compute() {
    size_t width = rows_.width(), rows = rows_.size();
    batch_.reset(width + functions_.size(), rows);
    rows_.read(0, rows, batch_);
    WindowPartition partition;
    partition.rows = rows;
    partition.columns = pointers_.of(batch_);
    partition.group.resize(rows);
    for (size_t i = 0; i < rows; ++i) {
      bool peer = i > 0 && order_keys_.equal(rows_.row(i), rows_.row(i - 1), order_keys_.size());
      if (!peer) partition.group_start.push_back(static_cast<uint32_t>(i));
      partition.group[i] = static_cast<uint32_t>(partition.group_start.size() - 1);
    }
    partition.group_start.push_back(static_cast<uint32_t>(rows));
    frame_.compute(partition, start_, end_);
    for (size_t f = 0; f < functions_.size(); ++f) {
      functions_[f]->compute(partition, start_, end_, frame_, batch_.arena, batch_.column(width + f));
    }
    batch_.rows = rows;
    tail_.feed(partition.columns, rows, batch_.arena);
  }
  RowComparator partition_keys_, order_keys_;
  WindowFrame frame_;
  FilterProject tail_;
  TupleStore rows_;
  Input input_;
  std::vector<std::unique_ptr<WindowFunction>> functions_;
  std::vector<uint32_t> start_, end_;
  Batch batch_;
  ColumnPointers pointers_;
  size_t position_ = 0;
  bool started_ = false, ended_ = false;
};

}  // namespace

OperatorPtr make_window_agg(const PlanNode& node, RunState& run) {
  return std::make_unique<WindowAgg>(static_cast<const WindowAggNode&>(node), run);
}

}  // namespace vecino::sql
