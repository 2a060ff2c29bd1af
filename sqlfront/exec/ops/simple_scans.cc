// Scans that have no table: VALUES, sub-selects, virtual catalog relations.
#include "sqlfront/catalog/system_relation.h"
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/catalog_lookup.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/types/record.h"

namespace vecino::sql {
namespace {

class ValuesScan final : public Operator {
 public:
  ValuesScan(const ValuesScanNode& node, RunState& run)
      : Operator(node, run), rows_(node.rows), tail_(node, run, counters_) {
    width_ = rows_.empty() ? 0 : rows_[0].size();
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    while (!tail_.pending()) {
      if (position_ >= rows_.size()) return false;
      size_t count = std::min(max, rows_.size() - position_);
      raw_.reset(width_, count);
      for (size_t i = 0; i < count; ++i) {
        for (size_t c = 0; c < width_; ++c) raw_.column(c)[i] = value(rows_[position_ + i][c]);
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
  }

 private:
  Datum value(const ExprPtr& expr) {
    if (const auto* constant = try_as<ConstExpr>(expr)) return constant->value;
    // Each expression is evaluated once per scan, so its compiled form is not kept. Evaluators of constants below it
    // point into the plan, results into the batch.
    return evaluate_one(*compile(expr), run_, raw_.arena);
  }
  const std::vector<std::vector<ExprPtr>>& rows_;
  size_t width_ = 0, position_ = 0;
  FilterProject tail_;
  Batch raw_;
  ColumnPointers pointers_;
};

class SubqueryScan final : public Operator {
 public:
  SubqueryScan(const PlanNode& node, RunState& run) : Operator(node, run), tail_(node, run, counters_) {
    input_.op = make_child(0);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (tail_.is_identity()) return input_.op->next(out, max);
    while (!tail_.pending()) {
      if (!input_.next(size_.next(max, tail_.has_filter()))) return false;
      tail_.feed(input_.columns, input_.batch.rows, input_.batch.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    input_.op->rescan();
    tail_.discard();
    size_.restart();
  }

 private:
  Input input_;
  FilterProject tail_;
  FetchSize size_;
};

// Rows of a catalog relation, produced at once from the statement's catalog.
class SystemScan final : public Operator, private SystemRowSink {
 public:
  SystemScan(const SystemScanNode& node, RunState& run)
      : Operator(node, run), scan_node_(node), lookup_(node), tail_(node, run, counters_) {}

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!produced_) produce();
    while (!tail_.pending()) {
      if (position_ >= rows_.size()) return false;
      size_t count = std::min(size_.next(max, tail_.has_filter()), rows_.size() - position_);
      fill(count);
      tail_.feed(pointers_.of(raw_), count, raw_.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    position_ = 0;
    tail_.discard();
    size_.restart();
    if (!lookup_.usable()) return;  // all rows are there
    produced_ = false;
    rows_.clear();
    arena_.reset();
  }

 private:
  void produce() {
    const RelationDesc& relation = *scan_node_.relation;
    CallContext context;
    context.arena = &arena_;
    context.env = run_.context.env;
    if (relation.kind == 'S') {
      add_sequence_row(context, relation.oid);
    } else if (lookup_.usable()) {
      const Catalog& all = *run_.context.catalog;
      relation.system->produce(context, CatalogSubset(all, lookup_.relations(run_, all, arena_)), *this);
    } else {
      relation.system->produce(context, *run_.context.catalog, *this);
    }
    produced_ = true;
  }
  // A sequence read as a relation: last_value, log_cnt, is_called.
  void add_sequence_row(CallContext& context, Oid sequence) {
    std::optional<SequenceState> state = context.env->sequence_state(sequence);
    const Datum row[] = {Datum::from_int(state ? state->last_value : 0), Datum::from_int(0),
                         Datum::from_bool(state && state->is_called)};
    add(row);
  }
  Arena& arena() override { return arena_; }
  void add(std::span<const Datum> row) override {
    if ((rows_.size() & 1023) == 0) run_.check_cancel();
    auto* copy = reinterpret_cast<Datum*>(arena_.allocate((row.size() + 1) * sizeof(Datum), alignof(Datum)));
    std::copy(row.begin(), row.end(), copy);
    rows_.push_back(copy);
  }
  void fill(size_t count) {
    raw_.reset(scan_node_.fetch.size(), count);
    for (size_t c = 0; c < scan_node_.fetch.size(); ++c) {
      AttrNumber attno = scan_node_.fetch[c];
      Datum* column = raw_.column(c);
      for (size_t i = 0; i < count; ++i) column[i] = attno == 0 ? whole_row(position_ + i) : value(attno, position_ + i);
    }
    raw_.rows = count;
    position_ += count;
  }
  Datum whole_row(size_t row) {
    const RelationDesc& relation = *scan_node_.relation;
    std::vector<Oid> types;
    std::vector<std::string> names;
    for (const ColumnDesc& column : relation.columns) {
      types.push_back(column.type.id);
      names.push_back(column.name);
    }
    const Oid type = relation.row_type != kInvalidOid ? relation.row_type : type_id::kRecord;
    return pack_record(raw_.arena, types, {rows_[row], types.size()}, names, type);
  }
  Datum value(AttrNumber attno, size_t row) const {
    if (attno > 0) return rows_[row][attno - 1];
    if (attno == system_attr::kTableoid) return Datum::from_int(scan_node_.relation->oid);
    if (attno == system_attr::kCtid) return Datum::from_int(static_cast<int64_t>(row));
    throw SqlError(sqlstate::kFeatureNotSupported, "this system column of a catalog relation is not supported");
  }
  const SystemScanNode& scan_node_;
  CatalogLookup lookup_;
  FilterProject tail_;
  bool produced_ = false;
  Arena arena_;
  std::vector<Datum*> rows_;
  size_t position_ = 0;
  Batch raw_;
  ColumnPointers pointers_;
  FetchSize size_;
};

}  // namespace

OperatorPtr make_values_scan(const PlanNode& node, RunState& run) {
  return std::make_unique<ValuesScan>(static_cast<const ValuesScanNode&>(node), run);
}
OperatorPtr make_subquery_scan(const PlanNode& node, RunState& run) {
  return std::make_unique<SubqueryScan>(node, run);
}
OperatorPtr make_system_scan(const PlanNode& node, RunState& run) {
  return std::make_unique<SystemScan>(static_cast<const SystemScanNode&>(node), run);
}

}  // namespace vecino::sql
