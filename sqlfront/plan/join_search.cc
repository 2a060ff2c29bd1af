#include <algorithm>
#include <bit>
#include <cmath>

#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// Paths of base relations and the search for a join order: dynamic programming over sets for small problems, greedy beyond
// (PostgreSQL's allpaths.c, joinrels.c, joinpath.c).

namespace vecino::sql::plan {

namespace {

constexpr size_t kExhaustiveItems = 8;

// The special join that joining a and b implements, or why they may not be joined.
struct JoinKind {
  bool legal = true;
  const SpecialJoin* join = nullptr;
  bool reversed = false;  // b is the left side
};

JoinKind classify(const Level& level, RelSet a, RelSet b) {
  JoinKind kind;
  RelSet both = a | b;
  for (const auto& sj : level.special_joins) {
    const SpecialJoin& join = *sj;
    if (!overlaps(join.min_right, both)) continue;
    if (is_subset(both, join.min_right)) continue;
    RelSet whole = join.min_left | join.min_right;
    if (is_subset(whole, a) || is_subset(whole, b)) continue;
    bool forward = is_subset(join.min_left, a) && is_subset(join.min_right, b);
    bool backward = is_subset(join.min_left, b) && is_subset(join.min_right, a);
    // The right side must be joined alone.
    if (forward && b != join.min_right) forward = false;
    if (backward && a != join.min_right) backward = false;
    if ((!forward && !backward) || kind.join) return {.legal = false};
    kind.join = &join;
    kind.reversed = backward;
  }
  return kind;
}

class JoinSearch {
 public:
  explicit JoinSearch(Level& level) : level_(level) {}

  // `written`: the query's join tree if the items are all there is, for the case that the search has cut off every order.
  RelInfo& solve(const std::vector<RelInfo*>& items, const TreeNode* written) {
    check_stack_depth();
    if (items.size() == 1) return *items[0];
    for (RelInfo* item : items) known_[item->rels] = item;
    RelInfo* result = items.size() <= kExhaustiveItems ? exhaustive(items) : greedy(items);
    if ((!result || result->paths.empty()) && written) result = as_written(*written);
    if (!result || result->paths.empty()) throw SqlError(sqlstate::kInternalError, "failed to build a join plan");
    return *result;
  }

 private:
  // Left to right as the query has it: lateral references point to the left, so this order is always possible.
  RelInfo* as_written(const TreeNode& node) {
    check_stack_depth();
    if (node.rte >= 0) return level_.base[static_cast<size_t>(level_.base_of_rte[node.rte])].get();
    RelInfo* result = nullptr;
    for (const auto& child : node.children) {
      RelInfo* next = as_written(*child);
      if (!next) return nullptr;
      result = result ? join(*result, *next) : next;
      if (!result) return nullptr;
    }
    return result;
  }

  RelInfo* exhaustive(const std::vector<RelInfo*>& items) {
    size_t n = items.size(), full = (size_t{1} << n) - 1;
    std::vector<RelInfo*> table(full + 1, nullptr);
    for (size_t i = 0; i < n; ++i) table[size_t{1} << i] = items[i];
    // First only pairs with something in common; Cartesian products where a set has no other plan.
    for (size_t size = 2; size <= n; ++size) {
      for (size_t set = 1; set <= full; ++set) {
        if (static_cast<size_t>(std::popcount(set)) != size) continue;
        for (bool cartesian : {false, true}) {
          if (cartesian && table[set] && !table[set]->paths.empty()) break;
          if (cartesian && set != full && connected_later(items, set)) break;
          size_t low = set & (~set + 1);
          for (size_t part = (set - 1) & set; part != 0; part = (part - 1) & set) {
            if (!(part & low)) continue;  // each split once
            RelInfo *a = table[part], *b = table[set & ~part];
            if (!a || !b || a->paths.empty() || b->paths.empty()) continue;
            if (!cartesian && !related(*a, *b)) continue;
            if (RelInfo* joined = join(*a, *b)) table[set] = joined;
          }
        }
      }
    }
    RelInfo* result = table[full];
    if (!result || result->paths.empty()) {
      // Postponed products may have cut off every order: allow everything.
      for (size_t size = 2; size <= n; ++size)
        for (size_t set = 1; set <= full; ++set) {
          if (static_cast<size_t>(std::popcount(set)) != size) continue;
          for (size_t part = (set - 1) & set; part != 0; part = (part - 1) & set) {
            RelInfo *a = table[part], *b = table[set & ~part];
            if (part < (set & ~part) || !a || !b || a->paths.empty() || b->paths.empty()) continue;
            if (RelInfo* joined = join(*a, *b)) table[set] = joined;
          }
        }
      result = table[full];
    }
    return result;
  }

  // A product is worth trying early only when no clause will ever connect the set's members to the rest.
  bool connected_later(const std::vector<RelInfo*>& items, size_t set) const {
    if (std::popcount(set) > 2) return true;
    RelSet rels = 0;
    double rows = 1;
    for (size_t i = 0; i < items.size(); ++i)
      if (set & (size_t{1} << i)) rels |= items[i]->rels, rows *= items[i]->rows;
    return rows > 100;
  }

  RelInfo* greedy(std::vector<RelInfo*> items) {
    while (items.size() > 1) {
      RelInfo* best = nullptr;
      size_t best_a = 0, best_b = 0;
      for (bool cartesian : {false, true}) {
        if (best) break;
        for (size_t a = 0; a < items.size(); ++a) {
          for (size_t b = a + 1; b < items.size(); ++b) {
            if (!cartesian && !related(*items[a], *items[b])) continue;
            RelInfo* joined = join(*items[a], *items[b]);
            if (!joined || joined->paths.empty()) continue;
            if (best && !better(*joined, *best)) continue;
            best = joined;
            best_a = a;
            best_b = b;
          }
        }
      }
      if (!best) return nullptr;
      items.erase(items.begin() + static_cast<long>(best_b));
      items[best_a] = best;
    }
    return items[0];
  }

  static double cheapest(const RelInfo& rel) {
    double cost = HUGE_VAL;
    for (const auto& path : rel.paths) cost = std::min(cost, path->total);
    return cost;
  }
  static bool better(const RelInfo& a, const RelInfo& b) {
    if (a.rows != b.rows) return a.rows < b.rows;
    return cheapest(a) < cheapest(b);
  }

  bool related(const RelInfo& a, const RelInfo& b) const {
    RelSet both = a.rels | b.rels;
    if (overlaps(a.lateral, b.rels) || overlaps(b.lateral, a.rels)) return true;
    for (const auto& clause : level_.clauses)
      if (overlaps(clause->refs, a.rels) && overlaps(clause->refs, b.rels)) return true;
    for (const auto& join : level_.special_joins) {
      RelSet whole = join->min_left | join->min_right;
      if (is_subset(whole, both) && !is_subset(whole, a.rels) && !is_subset(whole, b.rels)) return true;
    }
    return false;
  }

  // nullptr = not legal.
  RelInfo* join(RelInfo& a, RelInfo& b) {
    check_for_interrupts();
    JoinKind kind = classify(level_, a.rels, b.rels);
    if (!kind.legal) return nullptr;
    RelSet both = a.rels | b.rels;
    JoinType type = kind.join ? kind.join->type : JoinType::kInner;
    RelInfo& left = kind.reversed ? b : a;
    RelInfo& right = kind.reversed ? a : b;
    if (!lateral_allows(level_, left, right, kind.join)) return nullptr;
    std::vector<ClausePtr> join_clauses, filters;
    for (const auto& clause : level_.clauses) {
      if (!is_subset(clause->required, both) || is_subset(clause->required, a.rels) || is_subset(clause->required, b.rels)) continue;
      (type == JoinType::kInner ? join_clauses : filters).push_back(clause);
    }
    if (kind.join) join_clauses.insert(join_clauses.end(), kind.join->clauses.begin(), kind.join->clauses.end());
    RelInfo*& slot = known_[both];
    if (!slot) {
      level_.join_rels.push_back(std::make_unique<RelInfo>());
      slot = level_.join_rels.back().get();
      slot->rels = both;
      slot->lateral = (a.lateral | b.lateral) & ~both;
      slot->direct_lateral = (a.direct_lateral | b.direct_lateral) & ~both;
      slot->rows = join_rows(left, right, type, join_clauses, filters);
      bool semi = type == JoinType::kSemi || type == JoinType::kAnti;
      slot->width = semi ? left.width : left.width + right.width;
    }
    add_join_paths(*slot, left, right, type, join_clauses, filters);
    if (type == JoinType::kInner || type == JoinType::kFull) add_join_paths(*slot, right, left, type, join_clauses, filters);
    if (type == JoinType::kLeft) add_hash_paths(*slot, right, left, JoinType::kRight, join_clauses, filters);
    return slot;
  }

  double join_rows(const RelInfo& left, const RelInfo& right, JoinType type, const std::vector<ClausePtr>& clauses,
                   const std::vector<ClausePtr>& filters) {
    double selectivity = list_selectivity(level_, clauses, type), rows = 0;
    switch (type) {
      case JoinType::kSemi: rows = left.rows * selectivity; break;
      case JoinType::kAnti: rows = left.rows * (1 - selectivity); break;
      case JoinType::kLeft: rows = std::max(left.rows, left.rows * right.rows * selectivity); break;
      case JoinType::kFull: rows = std::max({left.rows, right.rows, left.rows * right.rows * selectivity}); break;
      default: rows = left.rows * right.rows * selectivity;
    }
    return clamp_rows(rows * list_selectivity(level_, filters));
  }

  void add_join_paths(RelInfo& rel, RelInfo& outer, RelInfo& inner, JoinType type, const std::vector<ClausePtr>& clauses,
                      const std::vector<ClausePtr>& filters) {
    if (type != JoinType::kFull) add_nested_loops(rel, outer, inner, type, clauses, filters);
    add_hash_paths(rel, outer, inner, type, clauses, filters);
  }

  bool acceptable_outer(const RelInfo& rel, RelSet outer) const { return is_subset(outer, rel.lateral); }

  void add_nested_loops(RelInfo& rel, RelInfo& outer, RelInfo& inner, JoinType type, const std::vector<ClausePtr>& clauses,
                        const std::vector<ClausePtr>& filters) {
    for (const auto& left : outer.paths) {
      if (overlaps(left->outer, inner.rels)) continue;
      for (const auto& right : inner.paths) {
        RelSet needs = (left->outer | right->outer) & ~rel.rels;
        if (!acceptable_outer(rel, needs)) continue;
        if (type == JoinType::kLeft && overlaps(right->outer, ~(outer.rels | rel.lateral))) continue;
        add_nested_loop(rel, left, right, type, clauses, filters, needs);
      }
    }
  }

  void add_nested_loop(RelInfo& rel, const PathPtr& left, const PathPtr& right, JoinType type,
                       const std::vector<ClausePtr>& clauses, const std::vector<ClausePtr>& filters, RelSet needs) {
    const CostSettings& c = level_.planner.cost;
    auto path = std::make_shared<Path>();
    path->kind = PathKind::kNestLoop;
    path->rels = rel.rels;
    path->outer = needs;
    path->left = left;
    path->right = right;
    path->join = type;
    path->filter_clauses = filters;
    for (const auto& clause : clauses)
      if (std::find(right->pushed.begin(), right->pushed.end(), clause) == right->pushed.end()) path->join_clauses.push_back(clause);
    path->keys = left->keys;
    path->rows = rel.rows;
    bool parameterised = overlaps(right->outer, left->rels);
    bool scan_like = right->kind == PathKind::kIndex || right->kind == PathKind::kTid;
    double outer_rows = std::max(1.0, left->rows), inner_run = right->total - right->startup;
    double rescan_startup = right->startup, rescan_run = inner_run;
    path->startup = left->startup + right->startup;
    double run = left->total - left->startup + inner_run;
    bool rescans_are_cheap = right->kind == PathKind::kScan && right->rel && right->rel->entry->kind != RteKind::kRelation &&
                             right->rel->entry->kind != RteKind::kSubquery;
    if (!parameterised && outer_rows > 1 && !(scan_like && right->rows <= 1) && !rescans_are_cheap && c.material) {
      path->materialize = true;
      run += 2 * c.cpu_operator * right->rows;
      rescan_startup = 0;
      rescan_run = c.cpu_operator * right->rows;
    } else if (rescans_are_cheap && !parameterised) {
      rescan_startup = 0;
      rescan_run = c.cpu_tuple * right->rows;
    }
    double quals = clauses_cost(level_.planner, path->join_clauses) + clauses_cost(level_.planner, filters);
    double tuples = outer_rows * right->rows;
    if (type == JoinType::kSemi || type == JoinType::kAnti) {
      // Stops at the first match: half of the inner rows on average.
      tuples *= 0.5;
      run += (outer_rows - 1) * (rescan_startup + rescan_run * (parameterised ? 1 : 0.5));
    } else {
      run += (outer_rows - 1) * (rescan_startup + rescan_run);
    }
    run += tuples * (c.cpu_tuple + quals);
    if (!c.nestloop) path->startup += kDisableCost;
    path->total = path->startup + run;
    add_path(rel, path);
  }

  // A condition that PostgreSQL can sort both sides by, or that says nothing.
  static bool is_mergeable(const ClausePtr& clause) {
    if (clause->expr->kind == ExprKind::kConst) return true;
    const OperatorExpr* op = try_as<OperatorExpr>(clause->expr);
    return op && op->op && op->op->can_merge && op->args.size() == 2;
  }

  void add_hash_paths(RelInfo& rel, RelInfo& outer, RelInfo& inner, JoinType type, const std::vector<ClausePtr>& clauses,
                      const std::vector<ClausePtr>& filters) {
    std::vector<ClausePtr> hash, rest;
    for (const auto& clause : clauses) {
      bool usable = clause->equality && ((is_subset(clause->left_refs, outer.rels) && is_subset(clause->right_refs, inner.rels)) ||
                                         (is_subset(clause->left_refs, inner.rels) && is_subset(clause->right_refs, outer.rels)));
      (usable ? hash : rest).push_back(clause);
    }
    if (hash.empty() && type != JoinType::kFull) return;
    if (hash.empty() && !std::all_of(rest.begin(), rest.end(), is_mergeable)) {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions");
    }
    PathPtr left = best_path(outer, 0, outer.lateral), quick = best_path(outer, 1e-6, outer.lateral);
    PathPtr right = best_path(inner, 0, inner.lateral);
    if (!left || !right || overlaps(right->outer, outer.rels) || overlaps(left->outer, inner.rels)) return;
    RelSet needs = (left->outer | right->outer) & ~rel.rels;
    if (!acceptable_outer(rel, needs)) return;
    add_hash_join(rel, left, right, inner.width, type, hash, rest, filters, needs);
    if (quick && quick != left && quick->outer == left->outer)
      add_hash_join(rel, quick, right, inner.width, type, hash, rest, filters, needs);
  }

  void add_hash_join(RelInfo& rel, const PathPtr& left, const PathPtr& right, int inner_width, JoinType type,
                     const std::vector<ClausePtr>& hash, const std::vector<ClausePtr>& rest,
                     const std::vector<ClausePtr>& filters, RelSet needs) {
    const CostSettings& c = level_.planner.cost;
    auto path = std::make_shared<Path>();
    path->kind = PathKind::kHashJoin;
    path->rels = rel.rels;
    path->outer = needs;
    path->left = left;
    path->right = right;
    path->join = type;
    path->hash_clauses = hash;
    path->join_clauses = rest;
    path->filter_clauses = filters;
    path->rows = rel.rows;
    double keys = static_cast<double>(hash.size());
    double inner_rows = std::max(1.0, right->rows), outer_rows = std::max(1.0, left->rows);
    path->startup = left->startup + right->total + (c.cpu_operator * keys + c.cpu_tuple) * inner_rows;
    double run = left->total - left->startup + c.cpu_operator * keys * outer_rows;
    double inner_bytes = inner_rows * (inner_width + 24);
    if (inner_bytes > c.work_mem * 2) {
      double inner_pages = std::ceil(inner_bytes / 8192), outer_pages = std::ceil(outer_rows * 64 / 8192);
      path->startup += c.seq_page * inner_pages;
      run += c.seq_page * (inner_pages + 2 * outer_pages);
    }
    double bucket = 1;
    for (const auto& clause : hash) {
      const ExprPtr& side = is_subset(clause->right_refs, right->rels) ? clause->right : clause->left;
      bucket = std::min(bucket, 1 / std::max(1.0, std::min(distinct_values(level_, side), inner_rows)));
    }
    double compared = outer_rows * std::max(1.0, std::rint(inner_rows * bucket)) * 0.5;
    run += compared * c.cpu_operator * keys;
    double matches = std::max(rel.rows, outer_rows * inner_rows * bucket * (hash.empty() ? 1 : 0.0));
    run += matches * (c.cpu_tuple + clauses_cost(level_.planner, rest) + clauses_cost(level_.planner, filters));
    if (!c.hashjoin && type != JoinType::kFull) path->startup += c.mergejoin ? merge_join_sorts(*left, *right, inner_width) : kDisableCost;
    path->total = path->startup + run;
    add_path(rel, path);
  }

  // There is no merge join: where only hash joins are switched off, a hash join stands in for it at its price, because a nested
  // loop over large relations may take thousands of times as long.
  double merge_join_sorts(const Path& left, const Path& right, int width) const {
    double extra = 0, startup = 0, total = 0;
    for (const Path* side : {&left, &right}) {
      cost_sort(level_.planner.cost, 0, side->rows, width, -1, startup, total);
      extra += total;
    }
    return extra;
  }

  Level& level_;
  std::unordered_map<RelSet, RelInfo*> known_;
};

// ctid = constant.
void make_tid_path(Level& level, BaseRel& rel) {
  for (const auto& clause : rel.clauses) {
    const OperatorExpr* op = try_as<OperatorExpr>(clause->expr);
    if (!op || !op->op || op->op->name != "=" || op->args.size() != 2) continue;
    for (int side = 0; side < 2; ++side) {
      const VarExpr* var = try_as<VarExpr>(op->args[side]);
      const ExprPtr& value = op->args[1 - side];
      if (!var || var->attno != system_attr::kCtid || var->levels_up > 0 || level.refs_of(value) != 0 || contains_volatile(value))
        continue;
      auto path = std::make_shared<Path>();
      path->kind = PathKind::kTid;
      path->rels = rel.rels;
      path->rel = &rel;
      path->tid = value;
      path->rows = 1;
      path->total = level.planner.cost.random_page + level.planner.cost.cpu_tuple + level.planner.cost.cpu_operator;
      add_path(rel, path);
      return;
    }
  }
}

int output_width(const Level& level, const BaseRel& rel) {
  int width = 0;
  for (const auto& [key, where] : level.needed) {
    if (static_cast<int>(key >> 16) != rel.rte || is_subset(where, rel.rels)) continue;
    AttrNumber attno = static_cast<AttrNumber>(key & 0xffff);
    TypeRef type{type_id::kRecord, -1};
    if (attno > 0 && static_cast<size_t>(attno) <= rel.entry->column_types.size()) type = rel.entry->column_types[attno - 1];
    width += level.width_of(make_var(rel.rte, attno, type));
  }
  return width;
}

}  // namespace

void Level::make_base_paths(BaseRel& rel) {
  estimate_size(*this, rel);
  rel.width = output_width(*this, rel);
  auto path = std::make_shared<Path>();
  path->kind = PathKind::kScan;
  path->rels = rel.rels;
  path->outer = rel.lateral;
  path->rel = &rel;
  path->rows = rel.rows;
  const CostSettings& c = planner.cost;
  double filter = clauses_cost(planner, rel.clauses);
  double run = rel.tuples * (c.cpu_tuple + filter);
  switch (rel.entry->kind) {
    case RteKind::kRelation:
      run += rel.pages * c.seq_page;
      if (!c.seqscan && !rel.entry->relation->system) path->startup += kDisableCost;
      break;
    case RteKind::kSubquery: {
      const PlanCost& sub = rel.subplan->node->cost;
      path->startup = sub.startup;
      run += sub.total - sub.startup;
      if (rel.clauses.empty()) run -= rel.tuples * c.cpu_tuple;  // the scan node vanishes
      for (const auto& key : rel.subplan->keys) {
        int column = layout_index(rel.subplan->layout, key.expr);
        if (column < 0 || static_cast<size_t>(column) >= rel.entry->column_types.size()) break;
        path->keys.push_back({make_var(rel.rte, static_cast<AttrNumber>(column + 1), rel.subplan->layout[column]->type),
                              key.descending, key.nulls_first});
      }
      break;
    }
    case RteKind::kFunction:
      for (const auto& function : rel.functions) path->startup += expr_cost(planner, function.call);
      break;
    case RteKind::kValues: run = rel.tuples * (c.cpu_operator + c.cpu_tuple + filter); break;
    case RteKind::kResult: run = c.cpu_tuple; break;
    default: break;
  }
  path->total = path->startup + run;
  add_path(rel, path);
  bool table = rel.entry->kind == RteKind::kRelation && !rel.entry->relation->system;
  if (!table) return;
  make_index_paths(*this, rel);
  if (c.tidscan) make_tid_path(*this, rel);
}

RelInfo& Level::solve(const std::vector<JoinItem>& items, const TreeNode* written) {
  check_stack_depth();
  std::vector<RelInfo*> rels;
  for (const auto& item : items) rels.push_back(item.base >= 0 ? base[item.base].get() : &solve(item.list));
  return JoinSearch(*this).solve(rels, written);
}

}  // namespace vecino::sql::plan
