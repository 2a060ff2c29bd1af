#include <algorithm>
#include <bit>
#include <cmath>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/plan/planner.h"

// Ordered index scans: equality prefix plus a range on the next column, IN/ANY, IS NULL, order, parameterised inner scans
// (PostgreSQL's indxpath.c and btcostestimate).

namespace vecino::sql::plan {

namespace {

constexpr double kLookupPage = 0.05;  // of random_page_cost

struct Candidate {  // a clause usable on one index column
  IndexCondition condition;
  RelSet outer = 0;  // relations the value comes from
};

// May a value of type `value` be looked up in keys of type `column`? Same order-preserving bytes, or the same type. The same bytes
// are another day in a date, a timestamp and one with a time zone.
bool same_key_space(TypeId column, TypeId value) {
  if (column == value) return true;
  constexpr char kDateTime = 'D';
  const TypeInfo *a = find_type(column), *b = find_type(value);
  return a && a->category != kDateTime && b && a->kind == b->kind && a->key_codec.encode && a->key_codec.encode == b->key_codec.encode;
}

class IndexMatcher {
 public:
  IndexMatcher(Level& level, BaseRel& rel, RelationPtr index) : level_(level), rel_(rel), index_(std::move(index)) {
    for (const auto& column : index_->index->columns) columns_.push_back(column_expr(column));
  }

  void match(const ClausePtr& clause, std::vector<std::vector<Candidate>>& out) const {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i]) continue;
      if (auto candidate = match_column(clause, static_cast<int>(i))) out[i].push_back(std::move(*candidate));
    }
  }

  const std::vector<ExprPtr>& columns() const { return columns_; }

 private:
  ExprPtr column_expr(const IndexColumnDesc& column) const {
    if (column.attr != 0) return make_var(rel_.rte, column.attr, rel_.entry->relation->columns[column.attr - 1].type);
    AnalyzeContext context;
    context.catalog = level_.planner.input.catalog;
    context.settings = level_.planner.input.settings;
    context.env = level_.planner.env();
    ExprPtr bound = bind_table_expression(column.expr, rel_.entry->relation.get(), column.type, context, "index expressions");
    std::function<ExprPtr(const ExprPtr&)> to_var = [&](const ExprPtr& expr) -> ExprPtr {
      if (const InputExpr* input = try_as<InputExpr>(expr))
        return make_var(rel_.rte, static_cast<AttrNumber>(input->index + 1), input->type);
      return map_children(expr, to_var);
    };
    return level_.prepare(to_var(bound));
  }

  bool is_column(const ExprPtr& expr, int column) const {
    return equal_expr(strip_relabel(expr), strip_relabel(columns_[column]));
  }

  bool usable_value(const ExprPtr& value) const {
    return !overlaps(level_.refs_of(value), rel_.rels) && !contains_volatile(value) &&
           !contains_kind(value, ExprKind::kSubPlan);
  }

  std::optional<Candidate> match_column(const ClausePtr& clause, int column) const {
    const ExprPtr& expr = clause->expr;
    switch (expr->kind) {
      case ExprKind::kOperator: return match_operator(clause, column);
      case ExprKind::kScalarArrayOp: return match_array(clause, column);
      case ExprKind::kNullTest: {
        const auto& e = as<NullTestExpr>(*expr);
        if (e.is_not || !is_column(e.arg, column)) return std::nullopt;
        Candidate result;
        result.condition.column = column;
        result.condition.is_null_test = true;
        result.condition.value = make_null_const(columns_[column]->type);
        result.condition.original = expr;
        result.condition.clause = clause;
        return result;
      }
      case ExprKind::kVar:
        return is_column(expr, column) && expr->type.id == type_id::kBool ? match_bool(clause, column, true) : std::nullopt;
      case ExprKind::kBool: {
        const auto& e = as<BoolExpr>(*expr);
        if (e.op != BoolKind::kNot || !is_column(e.args[0], column) || columns_[column]->type.id != type_id::kBool)
          return std::nullopt;
        return match_bool(clause, column, false);
      }
      default: return std::nullopt;
    }
  }

  std::optional<Candidate> match_bool(const ClausePtr& clause, int column, bool value) const {
    Candidate result;
    result.condition.column = column;
    result.condition.value = make_bool_const(value);
    result.condition.original = clause->expr;
    result.condition.clause = clause;
    return result;
  }

  std::optional<Candidate> match_operator(const ClausePtr& clause, int column) const {
    const auto& e = as<OperatorExpr>(*clause->expr);
    if (!e.op || e.args.size() != 2) return std::nullopt;
    bool commuted = false;
    if (!is_column(e.args[0], column)) {
      if (!is_column(e.args[1], column)) return std::nullopt;
      commuted = true;
    }
    const ExprPtr& value = e.args[commuted ? 0 : 1];
    if (!usable_value(value)) return std::nullopt;
    auto strategy = btree_strategy(*e.op);
    if (!strategy) return std::nullopt;
    if (!same_key_space(columns_[column]->type.id, value->type.id)) {
      // text operators serve varchar and name-like columns through relabelling; others must agree exactly.
      TypeId side = e.args[commuted ? 1 : 0]->type.id;
      if (side != value->type.id || side == columns_[column]->type.id) return std::nullopt;
      if (!same_key_space(columns_[column]->type.id, side)) return std::nullopt;
    }
    Candidate result;
    result.condition.column = column;
    result.condition.strategy = commuted ? commute(*strategy) : *strategy;
    result.condition.value = value;
    result.condition.original = commuted ? commuted_clause(e, clause->expr) : clause->expr;
    result.condition.clause = clause;
    result.outer = level_.refs_of(value);
    return result;
  }

  std::optional<Candidate> match_array(const ClausePtr& clause, int column) const {
    const auto& e = as<ScalarArrayOpExpr>(*clause->expr);
    if (!e.use_or || !e.op || !is_column(e.left, column) || !usable_value(e.array)) return std::nullopt;
    auto strategy = btree_strategy(*e.op);
    const TypeInfo* array = find_type(e.array->type.id);
    if (!strategy || *strategy != Strategy::kEqual || !array) return std::nullopt;
    if (!same_key_space(columns_[column]->type.id, array->element_id)) return std::nullopt;
    Candidate result;
    result.condition.column = column;
    result.condition.strategy = Strategy::kEqual;
    result.condition.value = e.array;
    result.condition.is_any = true;
    result.condition.original = clause->expr;
    result.condition.clause = clause;
    result.outer = level_.refs_of(e.array);
    return result;
  }

  static Strategy commute(Strategy strategy) {
    return static_cast<Strategy>(6 - static_cast<int>(strategy));  // 1 <-> 5, 2 <-> 4
  }

  static ExprPtr commuted_clause(const OperatorExpr& e, const ExprPtr& expr) {
    const OperatorDef* commutator = find_operator(e.op->commutator);
    if (!commutator) return expr;
    auto copy = std::make_shared<OperatorExpr>(e);
    copy->op = commutator;
    copy->function = find_function(commutator->function);
    std::swap(copy->args[0], copy->args[1]);
    return copy;
  }

  Level& level_;
  BaseRel& rel_;
  RelationPtr index_;
  std::vector<ExprPtr> columns_;
};

// ---- cost

struct IndexCost {
  double startup = 0, total = 0, selectivity = 1, correlation = 0;
};

double key_width(const Level& level, const std::vector<ExprPtr>& columns) {
  double width = 16;
  for (const auto& column : columns) width += column ? level.width_of(column) : 8;
  return width;
}

class IndexPathBuilder {
 public:
  IndexPathBuilder(Level& level, BaseRel& rel, const RelationPtr& index, const IndexMatcher& matcher)
      : level_(level), rel_(rel), index_(index), matcher_(matcher) {}

  // The path that uses every candidate whose value is available from `outer`.
  void build(const std::vector<std::vector<Candidate>>& candidates, RelSet outer) {
    Path path;
    path.kind = PathKind::kIndex;
    path.rels = rel_.rels;
    path.rel = &rel_;
    path.index = index_;
    size_t equal_columns = choose_conditions(candidates, outer, path);
    for (const auto& condition : path.conditions) path.outer |= level_.refs_of(condition.value);
    if (outer != 0 && path.outer != outer) return;  // built for another set
    path.outer |= rel_.lateral;
    for (const auto& condition : path.conditions)
      if (!is_subset(condition.clause->refs, rel_.rels)) path.pushed.push_back(condition.clause);
    path.index_only = !is_hash() && covers_needed();
    if (!is_hash()) path.keys = index_order(path, equal_columns);
    bool useful_order = !path.keys.empty() && useful(path.keys);
    bool reverse_useful = !path.keys.empty() && useful(reversed(path.keys));
    if (path.conditions.empty() && !useful_order && !reverse_useful) return;
    cost(path);
    if (!useful_order && reverse_useful) {
      path.backward = true;
      path.keys = reversed(path.keys);
    } else if (!useful_order) {
      path.keys.clear();
    }
    add_path(rel_, std::make_shared<Path>(std::move(path)));
  }

 private:
  bool is_hash() const { return index_->index->access_method == "hash"; }

  size_t choose_conditions(const std::vector<std::vector<Candidate>>& candidates, RelSet outer, Path& path) const {
    auto available = [&](const Candidate& c) { return is_subset(c.outer, outer); };
    size_t column = 0;
    for (; column < candidates.size(); ++column) {
      const Candidate* equal = nullptr;
      for (const auto& c : candidates[column]) {
        if (!available(c) || c.condition.strategy != Strategy::kEqual) continue;
        if (is_hash() && (c.condition.is_any || c.condition.is_null_test)) continue;
        // Plain equality before ANY; values of this very scan before join values.
        if (!equal || (equal->condition.is_any && !c.condition.is_any)) equal = &c;
      }
      if (!equal) break;
      path.conditions.push_back(equal->condition);
    }
    if (column == candidates.size() || is_hash()) return column;
    bool lower = false, upper = false;
    for (const auto& c : candidates[column]) {
      if (!available(c) || c.condition.is_null_test) continue;
      bool is_upper = c.condition.strategy == Strategy::kLess || c.condition.strategy == Strategy::kLessEqual;
      bool& taken = is_upper ? upper : lower;
      if (taken) continue;
      taken = true;
      path.conditions.push_back(c.condition);
    }
    return column;
  }

  PathKeys index_order(const Path& path, size_t equal_columns) const {
    PathKeys keys;
    for (const auto& condition : path.conditions)
      if (condition.is_any) return keys;
    const auto& columns = index_->index->columns;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!matcher_.columns()[i]) break;
      if (i < equal_columns) continue;  // one value only
      keys.push_back({matcher_.columns()[i], columns[i].descending, columns[i].nulls_first});
    }
    return keys;
  }

  static PathKeys reversed(PathKeys keys) {
    for (auto& key : keys) {
      key.descending = !key.descending;
      key.nulls_first = !key.nulls_first;
    }
    return keys;
  }

  // Is the whole wanted order (or, for unions of wanted and index order, its beginning) given?
  bool useful(const PathKeys& keys) const {
    return !level_.wanted_keys.empty() && keys_contained(level_.wanted_keys, keys);
  }

  bool covers_needed() const {
    if (!level_.planner.cost.indexonlyscan) return false;
    std::set<AttrNumber> key_columns;
    for (const auto& column : index_->index->columns) key_columns.insert(column.attr);
    for (const auto& [key, where] : level_.needed) {
      if (static_cast<int>(key >> 16) != rel_.rte) continue;
      if (!key_columns.contains(static_cast<AttrNumber>(key & 0xffff))) return false;
    }
    return true;
  }

  void cost(Path& path) const {
    const CostSettings& c = level_.planner.cost;
    double tuples = std::max(1.0, rel_.tuples);
    std::vector<ClausePtr> boundary;
    double array_scans = 1, qual_cost = 0;
    size_t equalities = 0;
    for (const auto& condition : path.conditions) {
      boundary.push_back(condition.clause);
      if (condition.is_any) array_scans *= std::max(1.0, array_length(condition.value));
      qual_cost += c.cpu_operator;
      equalities += condition.strategy == Strategy::kEqual && !condition.is_any && !condition.is_null_test ? 1 : 0;
    }
    path.index_selectivity = list_selectivity(level_, boundary);
    double index_tuples = std::rint(path.index_selectivity * tuples);
    bool single = index_->index->unique && equalities == index_->index->columns.size();
    if (single) {
      index_tuples = 1;
      path.index_selectivity = std::min(path.index_selectivity, 1 / tuples);
    }
    index_tuples = std::max(1.0, index_tuples);
    double index_pages_total = std::max(1.0, std::ceil(tuples * key_width(level_, matcher_.columns()) * 1.1 / 8192));
    double pages = std::max(1.0, std::ceil(index_tuples * index_pages_total / tuples));
    double height = std::max(0.0, std::ceil(std::log(std::max(2.0, index_pages_total)) / std::log(300.0)));
    double descent = array_scans * (std::ceil(std::log2(std::max(2.0, tuples))) * c.cpu_operator + (height + 1) * 50 * c.cpu_operator);
    double loops = 1;
    if (path.outer != 0) {
      loops = 1;
      for (const auto& other : level_.base)
        if (overlaps(other->rels, path.outer)) loops *= std::max(1.0, other->rows);
    }
    // One row by its unique key is two point reads. A sequential scan of even a few rows costs more when they are updated
    // often, as it passes over each version that is still in memory.
    const bool lookup = single && path.outer == 0;
    const double random_page = lookup ? c.random_page * kLookupPage : c.random_page;
    double index_io = pages * random_page;
    if (loops > 1 || array_scans > 1) {
      double all = index_pages_fetched(pages * loops * array_scans, index_pages_total, c.effective_cache_pages);
      index_io = all * c.random_page / loops;
    }
    double startup = descent;
    double total = descent + index_io + index_tuples * (c.cpu_index_tuple + qual_cost);
    // Heap fetches, between the perfectly ordered and the random case.
    double fetched = clamp_rows(path.index_selectivity * tuples);
    double max_io = 0, min_io = 0;
    if (loops > 1) {
      max_io = index_pages_fetched(fetched * loops, rel_.pages, c.effective_cache_pages) * c.random_page / loops;
      min_io = index_pages_fetched(std::ceil(path.index_selectivity * rel_.pages) * loops, rel_.pages, c.effective_cache_pages) *
               c.random_page / loops;
    } else {
      max_io = index_pages_fetched(fetched, rel_.pages, c.effective_cache_pages) * random_page;
      double ordered = std::ceil(path.index_selectivity * rel_.pages);
      min_io = ordered > 0 ? random_page + (ordered - 1) * c.seq_page : 0;
    }
    double correlation = column_correlation();
    double squared = correlation * correlation;
    total += max_io + squared * (min_io - max_io);
    double filters = 0;
    for (const auto& clause : rel_.clauses)
      if (std::find(boundary.begin(), boundary.end(), clause) == boundary.end()) filters += expr_cost(level_.planner, clause->expr);
    total += fetched * (c.cpu_tuple + filters);
    if (!c.indexscan) {
      startup += kDisableCost;
      total += kDisableCost;
    }
    path.startup = startup;
    path.total = total;
    path.rows = rel_.rows;
    if (!path.pushed.empty()) {
      std::vector<ClausePtr> all = rel_.clauses;
      all.insert(all.end(), path.pushed.begin(), path.pushed.end());
      path.rows = clamp_rows(tuples * list_selectivity(level_, all));
    }
    if (single) path.rows = 1;
  }

  double column_correlation() const {
    const auto& columns = rel_.entry->relation->statistics.columns;
    auto it = columns.find(index_->index->columns[0].attr);
    if (it == columns.end()) return 0;
    return it->second.correlation * (index_->index->columns.size() > 1 ? 0.75 : 1);
  }

  Level& level_;
  BaseRel& rel_;
  RelationPtr index_;
  const IndexMatcher& matcher_;
};

// Join clauses that a scan of `rel` on the inner side of a nested loop may use.
std::vector<ClausePtr> join_clauses_for(const Level& level, const BaseRel& rel) {
  std::vector<ClausePtr> result;
  for (const auto& clause : level.clauses)
    if (overlaps(clause->refs, rel.rels) && clause->required == clause->refs && !clause->is_volatile) result.push_back(clause);
  for (const auto& join : level.special_joins) {
    if (join->type == JoinType::kFull || !is_subset(rel.rels, join->syn_right)) continue;
    for (const auto& clause : join->clauses) {
      bool rest_outside = is_subset(clause->refs & ~rel.rels, join->syn_left);
      if (overlaps(clause->refs, rel.rels) && rest_outside && !clause->is_volatile) result.push_back(clause);
    }
  }
  return result;
}

// A partial index serves a query whose conditions contain the index predicate literally.
// `implied`: the conditions that are the predicate's.
bool predicate_implied(Level& level, const BaseRel& rel, const IndexDesc& index, std::vector<ClausePtr>& implied) {
  if (index.predicate.empty()) return true;
  AnalyzeContext context;
  context.catalog = level.planner.input.catalog;
  context.settings = level.planner.input.settings;
  context.env = level.planner.env();
  ExprPtr predicate = bind_table_expression(index.predicate, rel.entry->relation.get(), {type_id::kBool, -1}, context, "index predicate");
  std::function<ExprPtr(const ExprPtr&)> to_var = [&](const ExprPtr& expr) -> ExprPtr {
    if (const InputExpr* input = try_as<InputExpr>(expr))
      return make_var(rel.rte, static_cast<AttrNumber>(input->index + 1), input->type);
    return map_children(expr, to_var);
  };
  std::vector<ExprPtr> wanted;
  split_conjuncts(level.prepare_qual(to_var(predicate)), wanted);
  for (const auto& one : wanted) {
    bool found = false;
    for (const auto& clause : rel.clauses) {
      if (equal_expr(clause->expr, one)) {
        found = true;
        implied.push_back(clause);
      }
      // `x IS NOT NULL` follows from any strict comparison of x.
      const NullTestExpr* test = try_as<NullTestExpr>(one);
      const OperatorExpr* op = try_as<OperatorExpr>(clause->expr);
      if (test && test->is_not && op && op->function && op->function->strict)
        for (const auto& arg : op->args) found = found || equal_expr(strip_relabel(arg), test->arg);
    }
    if (!found) return false;
  }
  return true;
}

}  // namespace

double index_pages_fetched(double tuples, double pages, double cache_pages) {
  double T = std::max(1.0, pages), b = std::max(1.0, cache_pages);
  if (T <= b) return std::min(std::ceil(2 * T * tuples / (2 * T + tuples)), T);
  double limit = 2 * T * b / (2 * T - b);
  return std::ceil(tuples <= limit ? 2 * T * tuples / (2 * T + tuples) : b + (tuples - limit) * (T - b) / T);
}

void make_index_paths(Level& level, BaseRel& rel) {
  const Catalog* catalog = level.planner.input.catalog;
  if (!catalog || rel.entry->relation->indexes.empty()) return;
  std::vector<ClausePtr> join_clauses = join_clauses_for(level, rel);
  for (Oid oid : rel.entry->relation->indexes) {
    RelationPtr index = catalog->find_relation(oid);
    if (!index || !index->index || !index->index->valid) continue;
    const auto* method = index::find_access_method(index->index->access_method);
    std::vector<ClausePtr> implied;
    if (!method || method->name == "gin") continue;  // has no entries
    if (!predicate_implied(level, rel, *index->index, implied)) continue;
    IndexMatcher matcher(level, rel, index);
    if (method->order_by_operator) {
      make_vector_path(level, rel, index, matcher.columns()[0], implied);
      continue;
    }
    std::vector<std::vector<Candidate>> candidates(index->index->columns.size());
    for (const auto& clause : rel.clauses) matcher.match(clause, candidates);
    IndexPathBuilder builder(level, rel, index, matcher);
    builder.build(candidates, 0);
    if (join_clauses.empty()) continue;
    for (const auto& clause : join_clauses) matcher.match(clause, candidates);
    std::set<RelSet> sources;
    RelSet everything = 0;
    for (const auto& column : candidates)
      for (const auto& candidate : column)
        if (candidate.outer) {
          sources.insert(candidate.outer);
          everything |= candidate.outer;
        }
    if (sources.size() > 1 && candidates.size() > 1) sources.insert(everything);
    for (RelSet source : sources) builder.build(candidates, source);
  }
}

}  // namespace vecino::sql::plan
