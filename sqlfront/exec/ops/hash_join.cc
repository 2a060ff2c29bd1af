#include <algorithm>

#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/spill/partition_tapes.h"
#include "sqlfront/exec/spill/spilling_store.h"

namespace vecino::sql {
namespace {

// One join key: both sides hash with the same type, equality is the default one of that type or the operator's function.
class JoinKey {
 public:
  JoinKey(const ExprPtr& outer, const ExprPtr& inner, const OperatorDef* op)
      : outer_(compile(outer)), inner_(compile(inner)), common_(common_type(outer->type.id, inner->type.id)) {
    const TypeInfo &left = type_info(outer->type.id), &right = type_info(inner->type.id);
    bool same_order = left.kind == right.kind && (left.kind != PhysicalKind::kBytes || left.compare == right.compare);
    if (!same_order && op != nullptr) {
      call_ = std::make_unique<BoundFunction>(function_of(*op), std::vector<Oid>{left.id, right.id},
                                              TypeRef{type_id::kBool, -1}, -1);
    }
  }
  Evaluator& outer() { return *outer_; }
  Evaluator& inner() { return *inner_; }
  uint64_t hash(const Datum& value) const { return common_.hash(value); }
  bool equal(RunState& run, Arena& scratch, const Datum& outer, const Datum& inner) {
    if (call_ == nullptr) return common_.equal(outer, inner);
    Datum args[2] = {outer, inner};
    Datum verdict = call_->call(run, scratch, args);
    return !verdict.is_null && verdict.boolean();
  }

 private:
  static TypeId common_type(TypeId left, TypeId right) {
    bool floats = type_info(left).kind == PhysicalKind::kFloat && type_info(right).kind == PhysicalKind::kFloat;
    return floats ? type_id::kFloat8 : left;
  }
  EvaluatorPtr outer_, inner_;
  KeyType common_;
  std::unique_ptr<BoundFunction> call_;
};

std::vector<TypeRef> stored_types(const HashJoinNode& node) {
  std::vector<TypeRef> types = node.children[1]->output_types;
  for (const ExprPtr& key : node.inner_keys) types.push_back(key->type);
  return types;
}

// Hash join; the inner side is the hash table. All join types; NULL keys match nothing. When the table does not fit into memory, both sides
// are divided by their keys' hash and joined part by part (the Grace hash join of Kitsuregawa and others).
class HashJoin final : public Operator {
 public:
  HashJoin(const HashJoinNode& node, RunState& run)
      : Operator(node, run), join_(node.join), condition_(node.join_condition), tail_(node, run, counters_),
        inner_depends_on_(free_slots(*node.children[1], *run.plan)), table_(stored_types(node), run.memory),
        inner_format_(stored_types(node)), outer_format_(node.children[0]->output_types) {
    outer_.op = make_child(0);
    inner_.op = make_child(1);
    outer_width_ = outer_.op->width();
    inner_width_ = inner_.op->width();
    for (size_t k = 0; k < node.outer_keys.size(); ++k) {
      keys_.emplace_back(node.outer_keys[k], node.inner_keys[k],
                         k < node.equality.size() ? node.equality[k] : nullptr);
    }
    keep_inner_ = join_ == JoinType::kRight || join_ == JoinType::kFull;
    keep_outer_ = join_ == JoinType::kLeft || join_ == JoinType::kFull || join_ == JoinType::kAnti;
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
    start_outer();
    tail_.discard();
    restarted_ = true;
  }

 private:
  static constexpr uint32_t kEnd = UINT32_MAX;  // also: no inner row
  struct Pair {
    uint32_t outer, inner;
  };

  // False: there is nothing more.
  bool step(size_t max) {
    run_.check_cancel();
    prepare_table();
    if (is_divided_ && !in_part_ && !open_part()) return false;
    if (table_.size() == 0 && !keep_outer_ && !keep_inner_) return end_part();
    if (outer_done_) return emit_unmatched_inner(max) || end_part();
    if (row_ >= rows_ && !next_outer(max)) {
      outer_done_ = true;
      return keep_inner_ || end_part();
    }
    collect_pairs(std::max<size_t>(max, 64));
    settle_pairs();
    return true;
  }

  // --- build ---
  void prepare_table() {
    if (built_ && !restarted_) return;
    uint64_t version = run_.slots_version(inner_depends_on_);
    if (built_ && version == version_ && !is_divided_) {
      std::fill(inner_matched_.begin(), inner_matched_.end(), 0);
    } else {
      if (built_) inner_.op->rescan();
      build();
      version_ = version;
    }
    restarted_ = false;
  }
  void start_outer() {
    row_ = rows_ = 0;
    outer_done_ = false;
    cursor_ = kEnd;
    unmatched_inner_ = 0;
  }
  void clear_table() {
    table_.clear();
    if (hashes_.capacity() * sizeof(uint64_t) > threshold()) hashes_ = {};
    hashes_.clear();
  }
  void build() {
    built_ = true;
    clear_table();
    parts_.clear();
    is_divided_ = in_part_ = false;
    batches_ = 1;
    std::unique_ptr<PartitionTapes> divided;
    std::vector<const Datum*> columns;
    std::vector<Datum*> key_values(keys_.size());
    while (inner_.next(kBatchRows)) {
      size_t rows = inner_.batch.rows;
      Frame frame;
      frame.run = &run_;
      frame.arena = &inner_.batch.arena;
      frame.input = inner_.columns;
      frame.rows = rows;
      columns.assign(inner_.columns, inner_.columns + inner_width_);
      for (size_t k = 0; k < keys_.size(); ++k) {
        key_values[k] = frame.allocate(rows);
        keys_[k].inner().evaluate_into(frame, key_values[k]);
        columns.push_back(key_values[k]);
      }
      for (size_t r = 0; r < rows; ++r) add_inner(columns.data(), key_values, r);
      divide_if_full(divided, 0);
    }
    if (divided != nullptr) {
      divide_outer(std::move(divided));
      return;
    }
    link_buckets();
    note_memory();
  }
  void note_memory() {
    NodeInstrumentation* hash = run_.counters(*node_.children[1]);
    if (hash == nullptr) return;
    hash->hash_buckets = std::max(hash->hash_buckets, static_cast<int64_t>(heads_.size()));
    hash->hash_batches = std::max(hash->hash_batches, batches_);
    hash->memory_kb = std::max<uint64_t>(
        hash->memory_kb, (table_.memory_usage() + heads_.size() * 4 + hashes_.size() * 12 + 1023) / 1024);
  }

  // --- on disk ---
  struct Part {
    std::shared_ptr<const PartitionTapes> inner, outer;
    size_t partition;
  };

  size_t threshold() const { return run_.context.temp == nullptr ? SIZE_MAX : hash_spill_threshold(run_); }
  bool is_full() const { return table_.memory_usage() + hashes_.size() * 20 > threshold(); }
  // Moves the table to `tapes` when it is too large, and all further rows once it has been.
  void divide_if_full(std::unique_ptr<PartitionTapes>& tapes, int level) {
    if (tapes == nullptr && (!is_full() || level >= PartitionTapes::kMostLevels)) return;
    if (tapes == nullptr) tapes = std::make_unique<PartitionTapes>(inner_format_, *run_.context.temp, level);
    for (size_t i = 0; i < table_.size(); ++i) tapes->append(hashes_[i], table_.row(i));
    clear_table();
  }
  // The whole outer side goes to the tapes of the hashes it would look up.
  void divide_outer(std::unique_ptr<PartitionTapes> inner) {
    auto outer = std::make_unique<PartitionTapes>(outer_format_, *run_.context.temp, 0);
    in_part_ = false;
    while (fetch_outer(kBatchRows)) append_outer(*outer);
    add_parts(std::move(inner), std::move(outer));
    is_divided_ = true;
    start_outer();
  }
  void append_outer(PartitionTapes& tapes) {
    std::vector<Datum> row(outer_width_);
    for (size_t r = 0; r < rows_; ++r) {
      // Without a partner for certain.
      if (outer_hashes_[r] == kNullHash && !keep_outer_) continue;
      for (size_t c = 0; c < outer_width_; ++c) row[c] = outer_.columns[c][r];
      tapes.append(outer_hashes_[r], row.data());
    }
  }
  void add_parts(std::shared_ptr<PartitionTapes> inner, std::shared_ptr<PartitionTapes> outer) {
    inner->finish();
    outer->finish();
    for (size_t i = PartitionTapes::kCount; i-- > 0;) {
      const bool has_inner = inner->tape(i).rows() > 0, has_outer = outer->tape(i).rows() > 0;
      if ((has_inner && has_outer) || (has_inner && keep_inner_) || (has_outer && keep_outer_)) {
        parts_.push_back({inner, outer, i});
        ++batches_;
      }
    }
  }
  // The next part becomes table and outer side. False: there is none.
  bool open_part() {
    while (!parts_.empty()) {
      part_ = std::move(parts_.back());
      parts_.pop_back();
      outer_reader_ = std::make_unique<RowTape::Reader>(part_.outer->tape(part_.partition));
      in_part_ = true;
      start_outer();
      if (load_part()) return true;
    }
    in_part_ = false;
    return false;
  }
  // False: it was too large and has been divided again.
  bool load_part() {
    clear_table();
    std::unique_ptr<PartitionTapes> divided;
    RowTape::Reader reader(part_.inner->tape(part_.partition));
    const int level = part_.inner->level() + 1;
    size_t loaded = 0;
    bool differ = false;  // rows that are all alike cannot be divided
    while (const Datum* row = reader.next()) {
      if (++loaded % kBatchRows == 0) {
        run_.check_cancel();
        if (differ) divide_if_full(divided, level);
      }
      table_.append_row(row);
      hashes_.push_back(hash_inner(row + inner_width_));
      differ = differ || hashes_.back() != hashes_.front();
    }
    if (divided == nullptr) {
      link_buckets();
      note_memory();
      return true;
    }
    divide_if_full(divided, level);
    auto outer = std::make_unique<PartitionTapes>(outer_format_, *run_.context.temp, level);
    while (fetch_outer(kBatchRows)) append_outer(*outer);
    in_part_ = false;
    add_parts(std::move(divided), std::move(outer));
    return false;
  }
  // What is left when a table has been joined: the next part, if there are parts.
  bool end_part() {
    if (!in_part_) return false;
    in_part_ = false;
    return true;
  }
  uint64_t hash_inner(const Datum* keys) const {
    uint64_t hash = 0;
    for (size_t k = 0; k < keys_.size(); ++k) {
      if (keys[k].is_null) return kNullHash;
      hash = combine_hash(hash, keys_[k].hash(keys[k]));
    }
    return hash == kNullHash ? 0 : hash;
  }
  void add_inner(const Datum* const* columns, const std::vector<Datum*>& key_values, size_t r) {
    inner_keys_.resize(keys_.size());
    for (size_t k = 0; k < keys_.size(); ++k) inner_keys_[k] = key_values[k][r];
    const uint64_t hash = hash_inner(inner_keys_.data());
    if (hash == kNullHash && !keep_inner_) return;
    table_.append(columns, r);
    hashes_.push_back(hash);
  }
  void link_buckets() {
    size_t count = table_.size(), buckets = 1;
    while (buckets < count) buckets *= 2;
    heads_.assign(buckets, kEnd);
    next_.assign(count, kEnd);
    // Backwards, so that chains list rows in the order in which they came.
    for (size_t i = count; i-- > 0;) {
      if (hashes_[i] == kNullHash) continue;
      uint32_t& head = heads_[hashes_[i] & (buckets - 1)];
      next_[i] = head;
      head = static_cast<uint32_t>(i);
    }
    inner_matched_.assign(keep_inner_ ? count : 0, 0);
  }

  // --- probe ---
  bool next_outer(size_t max) {
    // Anti and left joins need every outer row, so small requests do not make sense to pass on as they are.
    if (!fetch_outer(std::min(kBatchRows, std::max<size_t>(max, 16)))) return false;
    row_ = 0;
    outer_matched_.assign(rows_, 0);
    start_row();
    return true;
  }
  bool read_outer(size_t max) {
    if (!in_part_) return outer_.next(max);
    if (!read_tape(*outer_reader_, outer_format_, outer_.batch, max)) return false;
    outer_.columns = outer_.pointers.of(outer_.batch);
    return true;
  }
  // The next outer rows, their keys and hashes.
  bool fetch_outer(size_t max) {
    rows_ = 0;
    if (!read_outer(max)) return false;
    rows_ = outer_.batch.rows;
    Frame frame;
    frame.run = &run_;
    frame.arena = &outer_.batch.arena;
    frame.input = outer_.columns;
    frame.rows = rows_;
    key_columns_.resize(keys_.size());
    for (size_t k = 0; k < keys_.size(); ++k) key_columns_[k] = keys_[k].outer().evaluate(frame);
    outer_hashes_.resize(rows_);
    for (size_t r = 0; r < rows_; ++r) outer_hashes_[r] = hash_outer(r);
    return true;
  }
  uint64_t hash_outer(size_t r) const {
    uint64_t hash = 0;
    for (size_t k = 0; k < keys_.size(); ++k) {
      const Datum& value = key_columns_[k][r];
      if (value.is_null) return kNullHash;
      hash = combine_hash(hash, keys_[k].hash(value));
    }
    return hash == kNullHash ? 0 : hash;
  }
  void start_row() {
    if (row_ >= rows_) return;
    uint64_t hash = outer_hashes_[row_];
    cursor_ = hash == kNullHash ? kEnd : heads_[hash & (heads_.size() - 1)];
  }
  bool keys_equal(size_t r, uint32_t inner) {
    const Datum* row = table_.row(inner);
    for (size_t k = 0; k < keys_.size(); ++k) {
      if (!keys_[k].equal(run_, outer_.batch.arena, key_columns_[k][r], row[inner_width_ + k])) return false;
    }
    return true;
  }
  // Candidates of the next outer rows; rows whose chain ended are noted, their fate is decided after the condition.
  void collect_pairs(size_t limit) {
    pairs_.clear();
    ended_.clear();
    bool first_decides = condition_.empty() && (join_ == JoinType::kSemi || join_ == JoinType::kAnti);
    while (row_ < rows_) {
      uint64_t hash = outer_hashes_[row_];
      while (cursor_ != kEnd) {
        if (pairs_.size() >= limit) return;
        uint32_t inner = cursor_;
        cursor_ = next_[inner];
        if (hashes_[inner] != hash || !keys_equal(row_, inner)) continue;
        pairs_.push_back({static_cast<uint32_t>(row_), inner});
        if (first_decides) cursor_ = kEnd;
      }
      ended_.push_back(static_cast<uint32_t>(row_));
      ++row_;
      start_row();
      if (pairs_.size() + ended_.size() >= 2 * limit) return;
    }
  }
  void settle_pairs() {
    if (!condition_.empty() && !pairs_.empty()) apply_condition();
    bool is_existence = join_ == JoinType::kSemi || join_ == JoinType::kAnti;
    size_t kept = 0;
    for (const Pair& pair : pairs_) {
      bool first = !outer_matched_[pair.outer];
      outer_matched_[pair.outer] = 1;
      if (keep_inner_) inner_matched_[pair.inner] = 1;
      if (join_ == JoinType::kAnti || (is_existence && !first)) continue;
      pairs_[kept++] = pair;
    }
    pairs_.resize(kept);
    if (keep_outer_) {
      for (uint32_t r : ended_) {
        if (!outer_matched_[r]) pairs_.push_back({r, kEnd});
      }
    }
    if (pairs_.empty()) return;
    // The join condition read joined_; its values are the same for the pairs that are left.
    fill_joined();
    tail_.feed(pointers_.of(joined_), pairs_.size(), joined_.arena);
  }
  void apply_condition() {
    fill_joined();
    Frame frame;
    frame.run = &run_;
    frame.arena = &joined_.arena;
    frame.input = pointers_.of(joined_);
    frame.rows = pairs_.size();
    selected_.resize(pairs_.size());
    size_t kept = condition_.select(frame, selected_.data());
    if (counters_ != nullptr) counters_->join_filtered += static_cast<double>(pairs_.size() - kept);
    for (size_t i = 0; i < kept; ++i) pairs_[i] = pairs_[selected_[i]];
    pairs_.resize(kept);
  }
  void fill_joined() {
    size_t rows = pairs_.size();
    joined_.reset(outer_width_ + inner_width_, rows);
    for (size_t c = 0; c < outer_width_; ++c) {
      Datum* out = joined_.column(c);
      const Datum* source = outer_.columns[c];
      for (size_t i = 0; i < rows; ++i) out[i] = source[pairs_[i].outer];
    }
    for (size_t c = 0; c < inner_width_; ++c) {
      Datum* out = joined_.column(outer_width_ + c);
      for (size_t i = 0; i < rows; ++i) out[i] = pairs_[i].inner == kEnd ? Datum::null() : table_.row(pairs_[i].inner)[c];
    }
  }
  bool emit_unmatched_inner(size_t max) {
    if (!keep_inner_) return false;
    std::vector<uint32_t> rows;
    while (unmatched_inner_ < table_.size() && rows.size() < max) {
      if (!inner_matched_[unmatched_inner_]) rows.push_back(static_cast<uint32_t>(unmatched_inner_));
      ++unmatched_inner_;
    }
    if (rows.empty()) return false;
    joined_.reset(outer_width_ + inner_width_, rows.size());
    for (size_t c = 0; c < outer_width_; ++c) {
      std::fill(joined_.column(c), joined_.column(c) + rows.size(), Datum::null());
    }
    for (size_t c = 0; c < inner_width_; ++c) {
      Datum* out = joined_.column(outer_width_ + c);
      for (size_t i = 0; i < rows.size(); ++i) out[i] = table_.row(rows[i])[c];
    }
    tail_.feed(pointers_.of(joined_), rows.size(), joined_.arena);
    return true;
  }

  static constexpr uint64_t kNullHash = UINT64_MAX;
  JoinType join_;
  Filter condition_;
  FilterProject tail_;
  Input outer_, inner_;
  size_t outer_width_ = 0, inner_width_ = 0;
  std::vector<JoinKey> keys_;
  bool keep_inner_ = false, keep_outer_ = false;

  std::vector<int> inner_depends_on_;
  uint64_t version_ = 0;
  bool built_ = false, restarted_ = false;
  TupleStore table_;  // inner columns, then keys
  std::vector<Datum> inner_keys_;
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> heads_, next_;

  const RowFormat inner_format_, outer_format_;
  bool is_divided_ = false, in_part_ = false;
  std::vector<Part> parts_;  // still to be joined, the last one next
  Part part_;
  std::unique_ptr<RowTape::Reader> outer_reader_;
  int64_t batches_ = 1;
  std::vector<char> inner_matched_;

  size_t row_ = 0, rows_ = 0, unmatched_inner_ = 0;
  uint32_t cursor_ = kEnd;
  bool outer_done_ = false;
  std::vector<Column> key_columns_;
  std::vector<uint64_t> outer_hashes_;
  std::vector<char> outer_matched_;
  std::vector<Pair> pairs_;
  std::vector<uint32_t> ended_, selected_;
  Batch joined_;
  ColumnPointers pointers_;
};

// The input of a hash join's table; the join itself builds it.
class Hash final : public Operator {
 public:
  Hash(const PlanNode& node, RunState& run) : Operator(node, run), child_(make_child(0)) {}

 protected:
  bool do_next(Batch& out, size_t max) override { return child_->next(out, max); }
  void do_rescan() override { child_->rescan(); }

 private:
  std::unique_ptr<Operator> child_;
};

}  // namespace

OperatorPtr make_hash_join(const PlanNode& node, RunState& run) {
  return std::make_unique<HashJoin>(static_cast<const HashJoinNode&>(node), run);
}
OperatorPtr make_hash(const PlanNode& node, RunState& run) { return std::make_unique<Hash>(node, run); }

}  // namespace vecino::sql
