// Operators that keep their input's rows for repeated reading: Materialize, CTE scans.
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/spill/spilling_store.h"

namespace vecino::sql {
namespace {

class Materialize final : public Operator {
 public:
  Materialize(const PlanNode& node, RunState& run)
      : Operator(node, run), depends_on_(free_slots(node, *run.plan)), tail_(node, run, counters_),
        rows_(node.children[0]->output_types, run) {
    input_.op = make_child(0);
    version_ = run.slots_version(depends_on_);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (stale_) refresh();
    while (!tail_.pending()) {
      if (position_ >= rows_.size()) {
        if (complete_ || !input_.next(max)) {
          complete_ = true;
          return false;
        }
        rows_.append_batch(input_.batch);
      }
      size_t count = std::min(max, rows_.size() - position_);
      raw_.reset(rows_.width(), count);
      rows_.read(position_, count, raw_);
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
    stale_ = true;
  }

 private:
  // Reads again only when something its subtree depends on changed.
  void refresh() {
    stale_ = false;
    uint64_t version = run_.slots_version(depends_on_);
    if (version == version_) return;
    version_ = version;
    rows_.clear();
    complete_ = false;
    input_.op->rescan();
  }
  std::vector<int> depends_on_;
  FilterProject tail_;
  SpillingStore rows_;
  Input input_;
  uint64_t version_ = 0;
  size_t position_ = 0;
  bool complete_ = false, stale_ = false;
  Batch raw_;
  ColumnPointers pointers_;
};

// Reads the rows of a CTE (all its references share them) or the work table of a recursive one.
class CteScan final : public Operator {
 public:
  CteScan(const CteScanNode& node, RunState& run) : Operator(node, run), scan_node_(node), tail_(node, run, counters_) {}

 protected:
  bool do_next(Batch& out, size_t max) override {
    while (!tail_.pending()) {
      size_t wanted = size_.next(max, tail_.has_filter());
      SpillingStore& rows = source(position_ + wanted);
      if (position_ >= rows.size()) return false;
      size_t count = std::min(wanted, rows.size() - position_);
      raw_.reset(rows.width(), count);
      rows.read(position_, count, raw_);
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
    size_.restart();
  }

 private:
  SpillingStore& source(size_t at_least) {
    if (!scan_node_.work_table) return run_.subplan(scan_node_.plan_id).cte_rows(at_least);
    auto it = run_.work_tables.find(scan_node_.plan_id);
    if (it == run_.work_tables.end()) {
      throw SqlError(sqlstate::kInternalError, "work table of \"" + scan_node_.cte_name + "\" is not there");
    }
    return *it->second;
  }
  const CteScanNode& scan_node_;
  FilterProject tail_;
  size_t position_ = 0;
  Batch raw_;
  ColumnPointers pointers_;
  FetchSize size_;
};

}  // namespace

OperatorPtr make_materialize(const PlanNode& node, RunState& run) { return std::make_unique<Materialize>(node, run); }
OperatorPtr make_cte_scan(const PlanNode& node, RunState& run) {
  return std::make_unique<CteScan>(static_cast<const CteScanNode&>(node), run);
}

}  // namespace vecino::sql
