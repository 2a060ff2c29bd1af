#include "sqlfront/exec/aggregate_call.h"
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/groups.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/ops/parallel_aggregate.h"
#include "sqlfront/exec/spill/spilling_store.h"

namespace vecino::sql {
namespace {

// Plain and hashed aggregation, and grouping sets: every group is kept until the input ends. When memory is full, rows of further groups
// wait on disk and are aggregated part by part after the groups of the parts before were given out.
class HashAggregate final : public Operator {
 public:
  HashAggregate(const AggregateNode& node, RunState& run)
      : Operator(node, run), agg_node_(node), tail_(node, run, counters_), groups_(node, run) {
    input_.op = make_child(0);
    if (run.context.temp != nullptr && !node.group_keys.empty()) {
      format_ = std::make_unique<RowFormat>(node.children[0]->output_types);
    }
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!consumed_) consume_all();
    while (!tail_.pending()) {
      size_t rows = fill(max);
      if (rows == 0) {
        if (parts_.empty()) return false;
        consume_part();
        continue;
      }
      tail_.feed(pointers_.of(raw_), rows, raw_.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    set_ = group_ = 0;
    tail_.discard();
    // Finishing an aggregate may consume its state, so the groups are built again.
    groups_.clear();
    parts_.clear();
    consumed_ = false;
    input_.op->rescan();
  }

 private:
  void consume_all() {
    batches_ = 1;
    disk_bytes_ = 0;
    if (!consume_in_parallel(agg_node_, run_, groups_)) {
      if (format_ != nullptr) first_ = std::make_unique<GroupSpill>(*format_, *run_.context.temp, hash_spill_threshold(run_));
      groups_.consume(input_, first_.get());
      if (first_ != nullptr) disk_bytes_ += first_->take_parts(parts_);
    }
    groups_.end_input();
    consumed_ = true;
    note_memory();
  }
  // The next part that waits on disk takes the place of the groups that were given out.
  void consume_part() {
    const GroupSpill::Part part = std::move(parts_.back());
    parts_.pop_back();
    groups_.clear();
    set_ = group_ = 0;
    GroupSpill spill(*first_, part);
    Input input;
    input.op = std::make_unique<PartScan>(*node_.children[0], run_, part.tape(), *format_);
    groups_.consume(input, &spill);
    disk_bytes_ += spill.take_parts(parts_);
    ++batches_;
    note_memory();
  }
  size_t fill(size_t max) {
    auto& sets = groups_.sets();
    auto& calls = groups_.calls();
    while (set_ < sets.size() && group_ >= sets[set_].table->size()) {
      ++set_;
      group_ = 0;
    }
    if (set_ >= sets.size()) return 0;
    Groups::Set& set = sets[set_];
    size_t key_count = agg_node_.group_keys.size();
    size_t rows = std::min(max, set.table->size() - group_);
    raw_.reset(key_count + calls.size(), rows);
    for (size_t k = 0; k < key_count; ++k) std::fill(raw_.column(k), raw_.column(k) + rows, Datum::null());
    for (size_t i = 0; i < rows; ++i) {
      const Datum* key = set.table->key(group_ + i);
      for (size_t k = 0; k < set.positions.size(); ++k) raw_.column(set.positions[k])[i] = key[k];
      for (size_t c = 0; c < calls.size(); ++c) {
        raw_.column(key_count + c)[i] = calls[c]->finish(set.table->state(group_ + i, c), raw_.arena);
      }
    }
    raw_.rows = rows;
    group_ += rows;
    return rows;
  }
  void note_memory() {
    if (counters_ == nullptr) return;
    counters_->memory_kb = std::max<uint64_t>(counters_->memory_kb, (groups_.memory_usage() + 1023) / 1024);
    counters_->hash_batches = batches_;
    counters_->disk_kb = std::max<uint64_t>(counters_->disk_kb, (disk_bytes_ + 1023) / 1024);
  }

  const AggregateNode& agg_node_;
  FilterProject tail_;
  Input input_;
  Groups groups_;
  std::unique_ptr<RowFormat> format_;  // of the input; null = everything must fit into memory
  std::unique_ptr<GroupSpill> first_;
  std::vector<GroupSpill::Part> parts_;
  int64_t batches_ = 1;
  uint64_t disk_bytes_ = 0;
  bool consumed_ = false;
  size_t set_ = 0, group_ = 0;
  Batch raw_;
  ColumnPointers pointers_;
};

// Input sorted by the group keys: one group at a time.
class SortedAggregate final : public Operator {
 public:
  SortedAggregate(const AggregateNode& node, RunState& run)
      : Operator(node, run), agg_node_(node), tail_(node, run, counters_) {
    input_.op = make_child(0);
    size_t bytes = 0;
    for (const auto& aggregate : node.aggregates) {
      calls_.push_back(std::make_unique<AggregateCall>(*aggregate, run));
      offsets_.push_back(bytes);
      bytes += calls_.back()->state_size();
    }
    states_ = std::make_unique<uint64_t[]>(bytes / 8 + 1);
    for (const SortKey& key : node.group_keys) {
      types_.emplace_back(key.type.id);
      is_bytes_.push_back(is_by_bytes(key.type.id));
    }
    key_.resize(types_.size());
  }
  ~SortedAggregate() override { drop_group(); }

 protected:
  bool do_next(Batch& out, size_t max) override {
    while (!tail_.pending()) {
      size_t rows = fill(max);
      if (rows == 0) return false;
      tail_.feed(pointers_.of(raw_), rows, raw_.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    drop_group();
    row_ = 0;
    input_.batch.rows = 0;
    done_ = false;
    tail_.discard();
    input_.op->rescan();
  }

 private:
  char* state(size_t call) { return reinterpret_cast<char*>(states_.get()) + offsets_[call]; }
  size_t fill(size_t max) {
    raw_.reset(key_.size() + calls_.size(), max);
    size_t rows = 0;
    while (rows < max) {
      if (row_ >= input_.batch.rows && !read_batch()) {
        if (has_group_) finish_group(rows++);
        break;
      }
      if (has_group_ && !same_group()) {
        finish_group(rows++);
        continue;
      }
      if (!has_group_) start_group();
      for (size_t c = 0; c < calls_.size(); ++c) calls_[c]->step(state(c), row_);
      ++row_;
    }
    raw_.rows = rows;
    return rows;
  }
  bool read_batch() {
    if (done_ || !input_.next(kBatchRows)) {
      done_ = true;
      return false;
    }
    run_.check_cancel();
    row_ = 0;
    Frame frame;
    frame.run = &run_;
    frame.arena = &input_.batch.arena;
    frame.input = input_.columns;
    frame.rows = input_.batch.rows;
    for (auto& call : calls_) call->prepare(frame);
    return true;
  }
  bool same_group() const {
    for (size_t k = 0; k < key_.size(); ++k) {
      if (!types_[k].equal(key_[k], input_.columns[agg_node_.group_keys[k].column][row_])) return false;
    }
    return true;
  }
  void start_group() {
    key_arena_.reset();
    for (size_t k = 0; k < key_.size(); ++k) {
      key_[k] = input_.columns[agg_node_.group_keys[k].column][row_];
      if (is_bytes_[k] && !key_[k].is_null) key_[k].ptr = key_arena_.copy(key_[k].bytes()).data();
    }
    for (size_t c = 0; c < calls_.size(); ++c) calls_[c]->init(state(c));
    has_group_ = true;
  }
  void finish_group(size_t at) {
    for (size_t k = 0; k < key_.size(); ++k) {
      Datum value = key_[k];
      if (is_bytes_[k] && !value.is_null) value.ptr = raw_.arena.copy(value.bytes()).data();
      raw_.column(k)[at] = value;
    }
    for (size_t c = 0; c < calls_.size(); ++c) {
      raw_.column(key_.size() + c)[at] = calls_[c]->finish(state(c), raw_.arena);
    }
    drop_group();
  }
  void drop_group() {
    if (!has_group_) return;
    has_group_ = false;
    for (size_t c = 0; c < calls_.size(); ++c) calls_[c]->destroy(state(c));
  }

  const AggregateNode& agg_node_;
  FilterProject tail_;
  Input input_;
  std::vector<std::unique_ptr<AggregateCall>> calls_;
  std::vector<size_t> offsets_;
  std::unique_ptr<uint64_t[]> states_;
  std::vector<KeyType> types_;
  std::vector<bool> is_bytes_;
  std::vector<Datum> key_;
  Arena key_arena_;
  size_t row_ = 0;
  bool has_group_ = false, done_ = false;
  Batch raw_;
  ColumnPointers pointers_;
};

}  // namespace

OperatorPtr make_aggregate(const PlanNode& node, RunState& run) {
  const auto& aggregate = static_cast<const AggregateNode&>(node);
  bool sorted = aggregate.strategy == AggregateStrategy::kSorted && aggregate.grouping_sets.empty() &&
                !aggregate.group_keys.empty();
  if (sorted) return std::make_unique<SortedAggregate>(aggregate, run);
  return std::make_unique<HashAggregate>(aggregate, run);
}

}  // namespace vecino::sql
