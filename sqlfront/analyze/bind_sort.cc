#include <algorithm>

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::analysis {

using namespace type_id;

int assign_sort_ref(TargetEntry& target, std::vector<TargetEntry>& targets) {
  if (target.sort_group_ref != 0) return target.sort_group_ref;
  int highest = 0;
  for (const TargetEntry& other : targets) highest = std::max(highest, other.sort_group_ref);
  return target.sort_group_ref = highest + 1;
}

const TargetEntry& target_of(const SortGroupClause& clause, const std::vector<TargetEntry>& targets) {
  for (const TargetEntry& target : targets) {
    if (target.sort_group_ref == clause.ref) return target;
  }
  throw SqlError(sqlstate::kInternalError, "ORDER/GROUP BY expression not found in targetlist");
}

SortGroupClause group_clause_for(const TargetEntry& target, int location) {
  SortOperators ops = sort_operators(target.expr->type.id);
  if (ops.equal == nullptr) {
    throw SqlError(sqlstate::kUndefinedFunction,
                   "could not identify an equality operator for type " + format_type(target.expr->type.id), location);
  }
  SortGroupClause out;
  out.ref = target.sort_group_ref;
  out.eq = ops.equal;
  out.sort_op = ops.less;
  out.hashable = ops.hashable;
  return out;
}

namespace {

int find_by_expression(ParseState& state, const ast::Node& node, std::vector<TargetEntry>& targets, Clause clause) {
  ExprPtr expr = transform_expr(state, node, clause);
  for (size_t i = 0; i < targets.size(); ++i) {
    // A literal already made text by the target list is still the same literal.
    ExprPtr bare = strip_implicit_coercions(targets[i].expr);
    if (equal_expr(expr, targets[i].expr) || equal_expr(expr, bare)) return static_cast<int>(i);
  }
  TargetEntry junk;
  junk.expr = std::move(expr);
  junk.junk = true;
  targets.push_back(std::move(junk));
  return static_cast<int>(targets.size()) - 1;
}

int find_by_name(ParseState& state, const std::string& name, std::vector<TargetEntry>& targets, Clause clause,
                 int location) {
  int found = -1;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].junk || targets[i].name != name) continue;
    if (found >= 0 && !equal_expr(targets[found].expr, targets[i].expr)) {
      throw SqlError(sqlstate::kAmbiguousColumn,
                     std::string(clause_name(clause)) + " \"" + name + "\" is ambiguous", location);
    }
    if (found < 0) found = static_cast<int>(i);
  }
  return found;
}

void check_target_clause(const ExprPtr& expr, Clause clause) {
  // What GROUP BY and friends name through the target list must obey their own rules.
  if (clause != Clause::kGroupBy) return;
  walk_expr(expr, [&](const ExprPtr& node, int depth) {
    if (depth > 0) return false;
    if (auto* aggregate = try_as<AggregateExpr>(node); aggregate != nullptr && aggregate->levels_up == 0) {
      throw SqlError(sqlstate::kGroupingError, "aggregate functions are not allowed in GROUP BY", node->location);
    }
    if (node->kind == ExprKind::kWindow) {
      throw SqlError(sqlstate::kWindowingError, "window functions are not allowed in GROUP BY", node->location);
    }
    return true;
  });
}

// SQL92: a bare name is an output column, a bare integer a position; anything else (and in SQL99 everything) is an expression.
int find_target(ParseState& state, const ast::Node& node, std::vector<TargetEntry>& targets, Clause clause, bool sql99) {
  if (sql99) return find_by_expression(state, node, targets, clause);
  if (auto* column = ast::try_as<ast::ColumnRef>(&node); column != nullptr && !column->star && column->fields.size() == 1) {
    const std::string& name = column->fields[0];
    // In GROUP BY an input column of that name goes first (SQL99 compatibility of PostgreSQL).
    bool input_first = clause == Clause::kGroupBy && find_column(state, name, column->location) != nullptr;
    int found = input_first ? -1 : find_by_name(state, name, targets, clause, column->location);
    if (found >= 0) {
      check_target_clause(targets[found].expr, clause);
      return found;
    }
  }
  if (auto* constant = ast::try_as<ast::Const>(&node); constant != nullptr) {
    if (constant->value_kind != ast::ConstKind::kInteger) {
      throw SqlError(sqlstate::kSyntaxError, "non-integer constant in " + std::string(clause_name(clause)),
                     constant->location);
    }
    int position = 0;
    for (size_t i = 0; i < targets.size(); ++i) {
      if (targets[i].junk || ++position != constant->integer) continue;
      check_target_clause(targets[i].expr, clause);
      return static_cast<int>(i);
    }
    throw SqlError(sqlstate::kInvalidColumnReference,
                   std::string(clause_name(clause)) + " position " + std::to_string(constant->integer) +
                       " is not in select list",
                   constant->location);
  }
  return find_by_expression(state, node, targets, clause);
}

void settle_unknown(ParseState& state, TargetEntry& target) {
  if (target.expr->type.id != kUnknown) return;
  target.expr = coerce_type(state, target.expr, {kText, -1}, CastContext::kImplicit, CoercionForm::kImplicitCast, -1);
}

bool listed(const std::vector<SortGroupClause>& clauses, int ref) {
  return ref != 0 && std::any_of(clauses.begin(), clauses.end(), [&](const auto& c) { return c.ref == ref; });
}

SortGroupClause sort_clause_for(ParseState& state, const ast::SortBy& sort, TargetEntry& target) {
  TypeId type = target.expr->type.id;
  SortGroupClause out;
  SortOperators ops = sort_operators(type);
  int location = sort.location >= 0 ? sort.location : location_of(target.expr);
  switch (sort.direction) {
    case ast::SortDirection::kUsing: {
      const OperatorDef& op = resolve_operator(operator_name(state, sort.using_operator, location), type, type, location,
                                               name_scope(state.shared.context));
      std::optional<Strategy> strategy = btree_strategy(op);
      if (strategy != Strategy::kLess && strategy != Strategy::kGreater) {
        throw SqlError(sqlstate::kWrongObjectType,
                       "operator " + join_name(sort.using_operator) + " is not a valid ordering operator", location)
            .hint("Ordering operators must be \"<\" or \">\" members of btree operator families.");
      }
      out.sort_op = &op;
      out.descending = strategy == Strategy::kGreater;
      break;
    }
    case ast::SortDirection::kDescending:
      out.sort_op = ops.greater;
      out.descending = true;
      break;
    default: out.sort_op = ops.less; break;
  }
  if (out.sort_op == nullptr) {
    throw SqlError(sqlstate::kUndefinedFunction, "could not identify an ordering operator for type " + format_type(type),
                   location_of(target.expr))
        .hint("Use an explicit ordering operator or modify the query.");
  }
  out.eq = ops.equal;
  out.hashable = ops.hashable;
  out.nulls_first = sort.nulls == ast::NullsOrder::kDefault ? out.descending : sort.nulls == ast::NullsOrder::kFirst;
  return out;
}

}  // namespace

std::vector<SortGroupClause> transform_order_by(ParseState& state,
                                                const std::vector<std::unique_ptr<ast::SortBy>>& list,
                                                std::vector<TargetEntry>& targets, Clause clause, bool sql99) {
  std::vector<SortGroupClause> out;
  for (const auto& sort : list) {
    TargetEntry& target = targets[find_target(state, *sort->expr, targets, clause, sql99)];
    settle_unknown(state, target);
    if (listed(out, target.sort_group_ref)) continue;  // a repeated key cannot change the order
    SortGroupClause item = sort_clause_for(state, *sort, target);
    item.ref = assign_sort_ref(target, targets);
    out.push_back(item);
  }
  return out;
}

std::vector<SortGroupClause> transform_group_list(ParseState& state, const ast::NodeList& list,
                                                  std::vector<TargetEntry>& targets, Clause clause, bool sql99) {
  std::vector<SortGroupClause> out;
  for (const auto& node : list) {
    TargetEntry& target = targets[find_target(state, *node, targets, clause, sql99)];
    settle_unknown(state, target);
    if (listed(out, target.sort_group_ref)) continue;
    assign_sort_ref(target, targets);
    out.push_back(group_clause_for(target, location_of(target.expr)));
  }
  return out;
}

namespace {

// GROUPING SETS / ROLLUP / CUBE are multiplied out to plain sets of references (manual 7.2.4).
using Sets = std::vector<std::vector<int>>;

struct GroupBinder {
  ParseState& state;
  std::vector<TargetEntry>& targets;
  std::vector<SortGroupClause>& clauses;
  const std::vector<SortGroupClause>& order_by;

  int column(const ast::Node& node) {
    TargetEntry& target = targets[find_target(state, node, targets, Clause::kGroupBy, false)];
    settle_unknown(state, target);
    if (!listed(clauses, target.sort_group_ref)) {
      assign_sort_ref(target, targets);
      SortGroupClause clause = group_clause_for(target, location_of(target.expr));
      // Sorting for GROUP BY then also serves ORDER BY.
      for (const SortGroupClause& sort : order_by) {
        if (sort.ref == clause.ref) clause = sort;
      }
      clauses.push_back(clause);
    }
    return target.sort_group_ref;
  }

  static void add_unique(std::vector<int>& set, int ref) {
    if (std::find(set.begin(), set.end(), ref) == set.end()) set.push_back(ref);
  }

  // A column, or a parenthesised list that acts as one.
  std::vector<int> element(const ast::Node& node) {
    std::vector<int> out;
    if (auto* row = ast::try_as<ast::RowExpr>(&node); row != nullptr && !row->explicit_row) {
      for (const auto& item : row->args) add_unique(out, column(*item));
      return out;
    }
    if (auto* list = ast::try_as<ast::ListNode>(&node)) {
      for (const auto& item : list->items) add_unique(out, column(*item));
      return out;
    }
    out.push_back(column(node));
    return out;
  }

  static std::vector<int> merged(const std::vector<int>& left, const std::vector<int>& right) {
    std::vector<int> out = left;
    for (int ref : right) add_unique(out, ref);
    return out;
  }

  Sets expand(const ast::Node& node) {
    check_stack_depth();
    auto* set = ast::try_as<ast::GroupingSet>(&node);
    if (set == nullptr) return {element(node)};
    switch (set->set_kind) {
      case ast::GroupingSetKind::kEmpty: return {{}};
      case ast::GroupingSetKind::kSimple: {
        std::vector<int> all;
        for (const auto& item : set->content) all = merged(all, element(*item));
        return {all};
      }
      case ast::GroupingSetKind::kSets: {
        Sets out;
        for (const auto& item : set->content) {
          for (auto& inner : expand(*item)) out.push_back(std::move(inner));
        }
        return out;
      }
      case ast::GroupingSetKind::kRollup: {
        std::vector<std::vector<int>> parts;
        for (const auto& item : set->content) parts.push_back(element(*item));
        Sets out;
        for (size_t length = parts.size() + 1; length-- > 0;) {
          std::vector<int> prefix;
          for (size_t i = 0; i < length; ++i) prefix = merged(prefix, parts[i]);
          out.push_back(std::move(prefix));
        }
        return out;
      }
      case ast::GroupingSetKind::kCube: {
        std::vector<std::vector<int>> parts;
        for (const auto& item : set->content) parts.push_back(element(*item));
        if (parts.size() > 12) {
          throw SqlError(sqlstate::kTooManyColumns, "CUBE is limited to 12 elements", set->location);
        }
        Sets out;
        size_t full = (size_t{1} << parts.size()) - 1;
        for (size_t mask = full + 1; mask-- > 0;) {
          std::vector<int> chosen;
          for (size_t i = 0; i < parts.size(); ++i) {
            if ((mask >> (parts.size() - 1 - i)) & 1) chosen = merged(chosen, parts[i]);
          }
          out.push_back(std::move(chosen));
        }
        return out;
      }
    }
    return {};
  }
};

}  // namespace

void transform_group_by(ParseState& state, const ast::SelectStmt& select, std::vector<TargetEntry>& targets) {
  Query& query = *state.query;
  bool has_sets = std::any_of(select.group_by.begin(), select.group_by.end(),
                              [](const auto& node) { return node->kind == ast::NodeKind::kGroupingSet; });
  GroupBinder binder{state, targets, query.group_by, query.order_by};
  if (!has_sets) {
    for (const auto& node : select.group_by) binder.element(*node);
    return;
  }
  constexpr size_t kMaxSets = 4096;
  Sets product{{}};
  for (const auto& node : select.group_by) {
    Sets own = binder.expand(*node);
    Sets next;
    if (product.size() * own.size() > kMaxSets) {
      throw SqlError(sqlstate::kStatementTooComplex, "too many grouping sets present (maximum 4096)", node->location);
    }
    for (const auto& left : product) {
      for (const auto& right : own) next.push_back(GroupBinder::merged(left, right));
    }
    product = std::move(next);
  }
  if (select.group_distinct) {
    Sets unique;
    for (auto& set : product) {
      std::vector<int> sorted = set;
      std::sort(sorted.begin(), sorted.end());
      bool seen = std::any_of(unique.begin(), unique.end(), [&](std::vector<int> other) {
        std::sort(other.begin(), other.end());
        return other == sorted;
      });
      if (!seen) unique.push_back(set);
    }
    product = std::move(unique);
  }
  for (auto& set : product) query.grouping_sets.push_back({std::move(set)});
}

std::vector<SortGroupClause> transform_distinct(ParseState& state, std::vector<TargetEntry>& targets,
                                                const std::vector<SortGroupClause>& order_by, int location) {
  std::vector<SortGroupClause> out;
  for (const SortGroupClause& sort : order_by) {
    const TargetEntry& target = target_of(sort, targets);
    if (target.junk) {
      throw SqlError(sqlstate::kInvalidColumnReference,
                     "for SELECT DISTINCT, ORDER BY expressions must appear in select list", location_of(target.expr));
    }
    out.push_back(sort);
  }
  for (TargetEntry& target : targets) {
    if (target.junk) continue;
    settle_unknown(state, target);
    if (listed(out, target.sort_group_ref)) continue;
    assign_sort_ref(target, targets);
    out.push_back(group_clause_for(target, location_of(target.expr)));
  }
  if (out.empty()) {
    throw SqlError(sqlstate::kSyntaxError, "SELECT DISTINCT must have at least one column", location);
  }
  return out;
}

std::vector<SortGroupClause> transform_distinct_on(ParseState& state, const ast::NodeList& on,
                                                   std::vector<TargetEntry>& targets,
                                                   const std::vector<SortGroupClause>& order_by) {
  std::vector<int> refs;
  for (const auto& node : on) {
    TargetEntry& target = targets[find_target(state, *node, targets, Clause::kDistinctOn, false)];
    settle_unknown(state, target);
    refs.push_back(assign_sort_ref(target, targets));
  }
  // The DISTINCT ON expressions must be the leading ORDER BY expressions.
  std::vector<SortGroupClause> out;
  bool skipped = false;
  for (const SortGroupClause& sort : order_by) {
    bool wanted = std::find(refs.begin(), refs.end(), sort.ref) != refs.end();
    if (!wanted) {
      skipped = true;
      continue;
    }
    if (skipped) {
      throw SqlError(sqlstate::kInvalidColumnReference,
                     "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
                     location_of(target_of(sort, targets).expr));
    }
    out.push_back(sort);
  }
  for (size_t i = 0; i < refs.size(); ++i) {
    if (listed(out, refs[i])) continue;
    if (skipped) {
      throw SqlError(sqlstate::kInvalidColumnReference,
                     "SELECT DISTINCT ON expressions must match initial ORDER BY expressions", on[i]->location);
    }
    SortGroupClause probe;
    probe.ref = refs[i];
    out.push_back(group_clause_for(target_of(probe, targets), on[i]->location));
  }
  return out;
}

}  // namespace vecino::sql::analysis
