#include "sqlfront/exec/expr/set_function.h"
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"

namespace vecino::sql {
namespace {

// FROM f(...), ROWS FROM (...), WITH ORDINALITY (manual 7.2.1.4): functions run side by side, shorter ones are padded with
// NULLs.
class FunctionScan final : public Operator {
 public:
  FunctionScan(const FunctionScanNode& node, RunState& run)
      : Operator(node, run), with_ordinality_(node.with_ordinality), tail_(node, run, counters_) {
    for (const RangeFunction& function : node.functions) {
      size_t columns = function.column_types.size();
      calls_.push_back({SetCall(function.call, SetCall::Shape::kColumns, function.column_types), width_, columns, true});
      width_ += columns;
    }
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!started_) start();
    while (!tail_.pending()) {
      size_t rows = fill(size_.next(max, tail_.has_filter()));
      if (rows == 0) return false;
      tail_.feed(pointers_.of(raw_), rows, raw_.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    started_ = false;
    tail_.discard();
    size_.restart();
  }

 private:
  struct Call {
    SetCall call;
    size_t first, columns;
    bool open;
  };
  void start() {
    started_ = true;
    ordinal_ = 0;
    argument_arena_.reset();
    for (Call& call : calls_) {
      call.call.start(run_, argument_arena_, nullptr, 0);
      call.open = true;
    }
  }
  size_t fill(size_t max) {
    raw_.reset(width_ + with_ordinality_, max);
    row_.resize(width_);
    size_t rows = 0;
    run_.check_cancel();
    for (; rows < max; ++rows) {
      bool any = false;
      std::fill(row_.begin(), row_.end(), Datum::null());
      for (Call& call : calls_) {
        if (!call.open) continue;
        call.open = call.call.next(run_, raw_.arena, {row_.data() + call.first, call.columns});
        any |= call.open;
      }
      if (!any) break;
      for (size_t c = 0; c < width_; ++c) raw_.column(c)[rows] = row_[c];
      if (with_ordinality_) raw_.column(width_)[rows] = Datum::from_int(++ordinal_);
    }
    raw_.rows = rows;
    return rows;
  }
  bool with_ordinality_, started_ = false;
  std::vector<Call> calls_;
  size_t width_ = 0;
  FilterProject tail_;
  int64_t ordinal_ = 0;
  Arena argument_arena_;
  std::vector<Datum> row_;
  Batch raw_;
  ColumnPointers pointers_;
  FetchSize size_;
};

}  // namespace

OperatorPtr make_function_scan(const PlanNode& node, RunState& run) {
  return std::make_unique<FunctionScan>(static_cast<const FunctionScanNode&>(node), run);
}

}  // namespace vecino::sql
