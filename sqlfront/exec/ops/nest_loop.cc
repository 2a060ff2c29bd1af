#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"

namespace vecino::sql {
namespace {

// Nested loop: for each outer row the inner side runs again with its parameters set. Inner, left, semi and anti joins
// (right and full joins need the inner rows' match marks and are hash joins).
class NestLoop final : public Operator {
 public:
  NestLoop(const NestLoopNode& node, RunState& run)
      : Operator(node, run), join_(node.join), condition_(node.join_condition), tail_(node, run, counters_) {
    if (join_ == JoinType::kRight || join_ == JoinType::kFull) {
      throw SqlError(sqlstate::kFeatureNotSupported, "right and full nested loop joins are not supported");
    }
    outer_.op = make_child(0);
    inner_.op = make_child(1);
    outer_width_ = outer_.op->width();
    inner_width_ = inner_.op->width();
    for (const auto& param : node.params) params_.push_back({param.slot, compile(param.outer)});
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    while (!tail_.pending()) {
      if (!step(max)) return false;
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    outer_.op->rescan();
    outer_.batch.rows = 0;
    row_ = 0;
    in_outer_row_ = false;
    // The inner side is rescanned when the first outer row comes.
    tail_.discard();
  }

 private:
  struct Param {
    int slot;
    EvaluatorPtr value;
  };
  bool is_existence() const { return join_ == JoinType::kSemi || join_ == JoinType::kAnti; }

  // Makes one batch of joined rows (perhaps none); false = end.
  bool step(size_t max) {
    run_.check_cancel();
    if (!in_outer_row_ && !next_outer(max)) return false;
    // A semi or anti join without a residual condition is decided by the first inner row.
    size_t wanted = is_existence() ? (condition_.empty() ? 1 : kBatchRows) : std::max<size_t>(max, 16);
    bool more = inner_.next(std::min(wanted, kBatchRows));
    if (!more) {
      in_outer_row_ = false;
      bool unmatched = !matched_ && (join_ == JoinType::kLeft || join_ == JoinType::kAnti);
      if (unmatched) emit_outer_only();
      return true;
    }
    join_batch();
    return true;
  }
  bool next_outer(size_t max) {
    if (++row_ >= outer_.batch.rows) {
      if (!outer_.next(max)) return false;
      row_ = 0;
    }
    in_outer_row_ = true;
    matched_ = false;
    bind_params();
    if (inner_started_) inner_.op->rescan();
    inner_started_ = true;
    return true;
  }
  void bind_params() {
    if (params_.empty()) return;
    param_arena_.reset();
    auto r = static_cast<uint32_t>(row_);
    for (Param& param : params_) {
      Frame frame;
      frame.run = &run_;
      frame.arena = &param_arena_;
      frame.input = outer_.columns;
      frame.selection = &r;
      frame.rows = 1;
      run_.set_slot(param.slot, param.value->evaluate(frame)[0]);
    }
  }
  void join_batch() {
    size_t rows = inner_.batch.rows;
    joined_.reset(outer_width_ + inner_width_, rows);
    for (size_t c = 0; c < outer_width_; ++c) {
      std::fill(joined_.column(c), joined_.column(c) + rows, outer_.columns[c][row_]);
    }
    for (size_t c = 0; c < inner_width_; ++c) {
      std::copy(inner_.columns[c], inner_.columns[c] + rows, joined_.column(outer_width_ + c));
    }
    size_t kept = rows;
    if (!condition_.empty()) kept = filter_joined(rows);
    if (kept == 0) return;
    matched_ = true;
    if (join_ == JoinType::kAnti || join_ == JoinType::kSemi) {
      in_outer_row_ = false;
      if (join_ == JoinType::kSemi) tail_.feed(pointers_.of(joined_), 1, joined_.arena);
      return;
    }
    tail_.feed(pointers_.of(joined_), kept, joined_.arena);
  }
  size_t filter_joined(size_t rows) {
    Frame frame;
    frame.run = &run_;
    frame.arena = &joined_.arena;
    frame.input = pointers_.of(joined_);
    frame.rows = rows;
    auto* selected = reinterpret_cast<uint32_t*>(joined_.arena.allocate(rows * sizeof(uint32_t), alignof(uint32_t)));
    size_t kept = condition_.select(frame, selected);
    if (counters_ != nullptr) counters_->join_filtered += static_cast<double>(rows - kept);
    if (kept == rows) return rows;
    for (size_t c = 0; c < joined_.column_count(); ++c) {
      Datum* column = joined_.column(c);
      for (size_t i = 0; i < kept; ++i) column[i] = column[selected[i]];
    }
    return kept;
  }
  void emit_outer_only() {
    joined_.reset(outer_width_ + inner_width_, 1);
    for (size_t c = 0; c < outer_width_; ++c) joined_.column(c)[0] = outer_.columns[c][row_];
    for (size_t c = 0; c < inner_width_; ++c) joined_.column(outer_width_ + c)[0] = Datum::null();
    tail_.feed(pointers_.of(joined_), 1, joined_.arena);
  }

  JoinType join_;
  Filter condition_;
  FilterProject tail_;
  Input outer_, inner_;
  size_t outer_width_, inner_width_;
  std::vector<Param> params_;
  size_t row_ = 0;
  bool in_outer_row_ = false, matched_ = false, inner_started_ = false;
  Arena param_arena_;
  Batch joined_;
  ColumnPointers pointers_;
};

}  // namespace

OperatorPtr make_nest_loop(const PlanNode& node, RunState& run) {
  return std::make_unique<NestLoop>(static_cast<const NestLoopNode&>(node), run);
}

}  // namespace vecino::sql
