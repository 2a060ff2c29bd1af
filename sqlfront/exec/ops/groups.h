#pragma once

#include "sqlfront/exec/aggregate_call.h"
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/row_set.h"
#include "sqlfront/exec/spill/group_spill.h"

namespace vecino::sql {

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
    return group_of(key_.data());
  }
  // The same, but RowSet::kNone when the group is not there; `hash`: of its key.
  size_t find_group(const Datum* const* input, size_t r, uint64_t& hash) {
    load_key(input, r);
    hash = index_.hash(key_.data());
    return index_.find(key_.data(), hash);
  }
  // The groups of another part of the input.
  void combine(const GroupTable& other) {
    for (size_t g = 0; g < other.size(); ++g) {
      if (key_.empty() && states_.empty()) add_empty_group();
      const size_t group = key_.empty() ? 0 : group_of(other.key(g));
      for (size_t c = 0; c < calls_.size(); ++c) calls_[c]->combine(state(group, c), other.state(g, c));
    }
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
  size_t group_of(const Datum* key) {
    uint64_t hash = index_.hash(key);
    size_t group = index_.find(key, hash);
    if (group != RowSet::kNone) return group;
    Datum* row = keys_.append_row(key);
    index_.insert(row, hash);
    add_states();
    return states_.size() - 1;
  }
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
      account_.add(used - accounted_);
      accounted_ = used;
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

// All groups of an Aggregate node that keeps them until its input ends. Not thread-safe; each thread fills one of its own, then they
// are combined.
class Groups {
 public:
  struct Set {
    std::vector<int> positions;  // into group_keys
    std::unique_ptr<GroupTable> table;
  };
  Groups(const AggregateNode& node, RunState& run) : node_(node), run_(run) {
    for (const auto& aggregate : node.aggregates) calls_.push_back(std::make_unique<AggregateCall>(*aggregate, run));
    std::vector<std::vector<int>> sets = node.grouping_sets;
    if (sets.empty()) {
      sets.emplace_back();
      for (size_t k = 0; k < node.group_keys.size(); ++k) sets[0].push_back(static_cast<int>(k));
    }
    for (auto& set : sets) add_set(std::move(set));
  }

  // Until the input ends. `spill`: where rows go whose groups would not fit into memory; null = all must fit.
  void consume(Input& input, GroupSpill* spill = nullptr) {
    while (input.next(kBatchRows)) {
      run_.check_cancel();
      if (spill != nullptr) spill->note_memory(memory_usage());
      prepare(input);
      for (size_t s = 0; s < sets_.size(); ++s) {
        Set& set = sets_[s];
        if (spill != nullptr && !spill->takes(s)) continue;
        const bool single = set.positions.empty();
        if (single && set.table->size() == 0) set.table->add_empty_group();
        if (!single && spill != nullptr && spill->is_full()) {
          step_or_spill(s, input, *spill);
          continue;
        }
        for (size_t r = 0; r < input.batch.rows; ++r) {
          step(*set.table, single ? 0 : set.table->group_of(input.columns, r), r);
        }
      }
    }
  }
  // REQUIRES: of the same node, and all aggregates can be combined.
  void combine(const Groups& other) {
    for (size_t s = 0; s < sets_.size(); ++s) sets_[s].table->combine(*other.sets_[s].table);
  }
  // Without GROUP BY (and for the empty grouping set) there is a row even when there was no input.
  void end_input() {
    for (Set& set : sets_) {
      if (set.positions.empty() && set.table->size() == 0) set.table->add_empty_group();
    }
  }
  void clear() {
    for (auto& set : sets_) set.table->clear();
  }
  std::vector<Set>& sets() { return sets_; }
  std::vector<std::unique_ptr<AggregateCall>>& calls() { return calls_; }
  size_t memory_usage() const {
    size_t bytes = 0;
    for (const Set& set : sets_) bytes += set.table->memory_usage();
    return bytes;
  }

 private:
  void add_set(std::vector<int> positions) {
    Set set;
    std::vector<int> columns;
    std::vector<TypeId> types;
    for (int position : positions) {
      columns.push_back(node_.group_keys[position].column);
      types.push_back(node_.group_keys[position].type.id);
    }
    set.positions = std::move(positions);
    set.table = std::make_unique<GroupTable>(std::move(columns), types, calls_, run_.memory);
    sets_.push_back(std::move(set));
  }
  void step_or_spill(size_t s, Input& input, GroupSpill& spill) {
    GroupTable& table = *sets_[s].table;
    for (size_t r = 0; r < input.batch.rows; ++r) {
      uint64_t hash = 0;
      const size_t group = table.find_group(input.columns, r, hash);
      if (group != RowSet::kNone) {
        step(table, group, r);
      } else {
        spill.write(s, hash, input.columns, r);
      }
    }
  }
  void prepare(Input& input) {
    Frame frame;
    frame.run = &run_;
    frame.arena = &input.batch.arena;
    frame.input = input.columns;
    frame.rows = input.batch.rows;
    for (auto& call : calls_) call->prepare(frame);
  }
  void step(GroupTable& table, size_t group, size_t r) {
    for (size_t c = 0; c < calls_.size(); ++c) calls_[c]->step(table.state(group, c), r);
  }

  const AggregateNode& node_;
  RunState& run_;
  std::vector<std::unique_ptr<AggregateCall>> calls_;
  std::vector<Set> sets_;
};

}  // namespace vecino::sql
