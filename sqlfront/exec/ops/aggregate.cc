#include "sqlfront/exec/aggregate_call.h"
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/row_set.h"

namespace vecino::sql {
namespace {

// Groups of one grouping set: key rows, aggregate states, a hash index over the keys.
class GroupTable {
 public:
  GroupTable(std::vector<int> key_columns, const std::vector<TypeId>& key_types,
             std::vector<std::unique_ptr<AggregateCall>>& calls, MemoryAccount& account)
      : key_columns_(std::move(key_columns)), calls_(calls), account_(account), index_(key_types),
        keys_(refs(key_types), account), key_(key_types.size()) {
    for (auto& call : calls) {
      offsets_.push_back(state_bytes_);
      state_bytes_ += call->state_size();
    }
  }
  ~GroupTable() { clear(); }
  size_t size() const { return states_.size(); }
  const Datum* key(size_t group) const { return keys_.row(group); }
  char* state(size_t group, size_t call) const { return states_[group] + offsets_[call]; }

  size_t group_of(const Datum* const* input, size_t r) {
    load_key(input, r);
    uint64_t hash = index_.hash(key_.data());
    size_t group = index_.find(key_.data(), hash);
    if (group != RowSet::kNone) return group;
    Datum* row = keys_.append_row(key_.data());
    index_.insert(row, hash);
    add_states();
    return states_.size() - 1;
  }
  void add_empty_group() {
    keys_.append_row(key_.data());
    add_states();
  }
  void clear() {
    for (char* states : states_) {
      for (size_t c = 0; c < calls_.size(); ++c) calls_[c]->destroy(states + offsets_[c]);
    }
    states_.clear();
    index_.clear();
    keys_.clear();
    arena_.reset();
    account_.release(accounted_);
    accounted_ = 0;
  }
  size_t memory_usage() const { return keys_.memory_usage() + arena_.memory_usage() + index_.memory_usage(); }

 private:
  static std::vector<TypeRef> refs(const std::vector<TypeId>& types) {
    std::vector<TypeRef> result;
    for (TypeId type : types) result.push_back({type, -1});
    return result;
  }
  void load_key(const Datum* const* input, size_t r) {
    for (size_t k = 0; k < key_.size(); ++k) key_[k] = input[key_columns_[k]][r];
  }
  void add_states() {
    char* states = arena_.allocate(std::max<size_t>(state_bytes_, 8), 8);
    for (size_t c = 0; c < calls_.size(); ++c) calls_[c]->init(states + offsets_[c]);
    states_.push_back(states);
    size_t used = arena_.memory_usage() + index_.memory_usage();
    if (used > accounted_) {
      size_t more = used - accounted_;
      accounted_ = used;
      account_.add(more);
    }
  }
  std::vector<int> key_columns_;
  std::vector<std::unique_ptr<AggregateCall>>& calls_;
  MemoryAccount& account_;
  RowSet index_;
  TupleStore keys_;
  std::vector<Datum> key_;
  Arena arena_;
  std::vector<char*> states_;
  std::vector<size_t> offsets_;
  size_t state_bytes_ = 0, accounted_ = 0;
};

// Plain and hashed aggregation, and grouping sets: every group is kept until the input ends.
class HashAggregate final : public Operator {
 public:
  HashAggregate(const AggregateNode& node, RunState& run)
      : Operator(node, run), agg_node_(node), tail_(node, run, counters_) {
    input_.op = make_child(0);
    for (const auto& aggregate : node.aggregates) calls_.push_back(std::make_unique<AggregateCall>(*aggregate, run));
    std::vector<std::vector<int>> sets = node.grouping_sets;
    if (sets.empty()) {
      sets.emplace_back();
      for (size_t k = 0; k < node.group_keys.size(); ++k) sets[0].push_back(static_cast<int>(k));
    }
    for (auto& set : sets) add_set(std::move(set));
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!consumed_) consume_all();
    while (!tail_.pending()) {
      size_t rows = fill(max);
      if (rows == 0) return false;
      tail_.feed(pointers_.of(raw_), rows, raw_.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    set_ = group_ = 0;
    tail_.discard();
    // Finishing an aggregate may consume its state, so the groups are built again.
    for (auto& set : sets_) set.table->clear();
    consumed_ = false;
    input_.op->rescan();
  }

 private:
  struct Set {
    std::vector<int> positions;  // into group_keys
    std::unique_ptr<GroupTable> table;
  };
  void add_set(std::vector<int> positions) {
    Set set;
    std::vector<int> columns;
    std::vector<TypeId> types;
    for (int position : positions) {
      columns.push_back(agg_node_.group_keys[position].column);
      types.push_back(agg_node_.group_keys[position].type.id);
    }
    set.positions = std::move(positions);
    set.table = std::make_unique<GroupTable>(std::move(columns), types, calls_, run_.memory);
    sets_.push_back(std::move(set));
  }
  void prepare_batch() {
    Frame frame;
    frame.run = &run_;
    frame.arena = &input_.batch.arena;
    frame.input = input_.columns;
    frame.rows = input_.batch.rows;
    for (auto& call : calls_) call->prepare(frame);
  }
  void step_group(GroupTable& table, size_t group, size_t r) {
    for (size_t c = 0; c < calls_.size(); ++c) calls_[c]->step(table.state(group, c), r);
  }
  void consume_all() {
    while (input_.next(kBatchRows)) {
      run_.check_cancel();
      prepare_batch();
      for (Set& set : sets_) {
        bool single = set.positions.empty();
        if (single && set.table->size() == 0) set.table->add_empty_group();
        for (size_t r = 0; r < input_.batch.rows; ++r) {
          step_group(*set.table, single ? 0 : set.table->group_of(input_.columns, r), r);
        }
      }
    }
    // Without GROUP BY (and for the empty grouping set) there is a row even when there was no input.
    for (Set& set : sets_) {
      if (set.positions.empty() && set.table->size() == 0) set.table->add_empty_group();
    }
    consumed_ = true;
    note_memory();
  }
  size_t fill(size_t max) {
    while (set_ < sets_.size() && group_ >= sets_[set_].table->size()) {
      ++set_;
      group_ = 0;
    }
    if (set_ >= sets_.size()) return 0;
    Set& set = sets_[set_];
    size_t key_count = agg_node_.group_keys.size();
    size_t rows = std::min(max, set.table->size() - group_);
    raw_.reset(key_count + calls_.size(), rows);
    for (size_t k = 0; k < key_count; ++k) std::fill(raw_.column(k), raw_.column(k) + rows, Datum::null());
    for (size_t i = 0; i < rows; ++i) {
      const Datum* key = set.table->key(group_ + i);
      for (size_t k = 0; k < set.positions.size(); ++k) raw_.column(set.positions[k])[i] = key[k];
      for (size_t c = 0; c < calls_.size(); ++c) {
        raw_.column(key_count + c)[i] = calls_[c]->finish(set.table->state(group_ + i, c), raw_.arena);
      }
    }
    raw_.rows = rows;
    group_ += rows;
    return rows;
  }
  void note_memory() {
    if (counters_ == nullptr) return;
    size_t bytes = 0;
    for (const Set& set : sets_) bytes += set.table->memory_usage();
    counters_->memory_kb = std::max<uint64_t>(counters_->memory_kb, (bytes + 1023) / 1024);
    counters_->hash_batches = 1;
  }

  const AggregateNode& agg_node_;
  FilterProject tail_;
  Input input_;
  std::vector<std::unique_ptr<AggregateCall>> calls_;
  std::vector<Set> sets_;
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
