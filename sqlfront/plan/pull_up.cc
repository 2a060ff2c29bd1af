#include "sqlfront/catalog/row_security.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"

// Turns subqueries in FROM, EXISTS and IN into members of the enclosing join tree (PostgreSQL's prepjointree.c).

namespace vecino::sql::plan {

namespace {

enum class Nullable : uint8_t { kNo, kYes };  // below the nullable side of an outer join

bool inlineable(const CommonTableExpr& cte) {
  if (cte.recursive || cte.query->command != Command::kSelect || !cte.query->row_marks.empty()) return false;
  if (cte.materialized ? *cte.materialized : cte.reference_count != 1) return false;
  return !query_any(*cte.query, [](const Expr& node) {
    if (node.kind == ExprKind::kFunction) return as<FunctionExpr>(node).function->volatility == Volatility::kVolatile;
    if (node.kind == ExprKind::kOperator) return as<OperatorExpr>(node).function->volatility == Volatility::kVolatile;
    return false;
  });
}

// A non-materialized CTE used once is a subquery.
void inline_cte(Level& level, int rte) {
  const RangeTableEntry& entry = *level.rtes[rte];
  const Level* owner = &level;
  for (int i = 0; i < entry.cte_levels_up; ++i) owner = owner->parent;
  const CommonTableExpr* cte = owner->find_cte(entry.cte_name);
  if (!cte || !inlineable(*cte)) return;
  auto copy = std::make_shared<RangeTableEntry>(entry);
  copy->kind = RteKind::kSubquery;
  LevelRewrite deeper;
  deeper.outer_delta = entry.cte_levels_up;
  copy->subquery = entry.cte_levels_up == 0 ? cte->query : rewrite_query(*cte->query, deeper, 0);
  level.rtes[rte] = copy;
}

bool has_plain_shape(const Query& q) {
  return q.command == Command::kSelect && !q.set_operation && !q.has_aggregates && !q.has_windows &&
         !q.has_target_srfs && q.group_by.empty() && q.grouping_sets.empty() && !q.having && q.row_marks.empty() &&
         q.ctes.empty();
}

bool simple_subquery(const Query& q, Nullable nullable) {
  if (!has_plain_shape(q) || !q.distinct.empty() || !q.order_by.empty() || q.limit || q.offset || q.from.empty()) return false;
  for (const auto& target : q.targets) {
    if (contains_volatile(target.expr) || target.expr->kind == ExprKind::kSubLink) return false;
    if (nullable == Nullable::kNo) continue;
    const VarExpr* var = try_as<VarExpr>(target.expr);
    if (!var || var->levels_up > 0 || var->attno == 0) return false;
  }
  return true;
}

void shift_tree(TreeNode& node, int offset, const LevelRewrite& rewrite) {
  check_stack_depth();
  if (node.rte >= 0) node.rte += offset;
  node.qual = rewrite_levels(node.qual, rewrite, 0);
  for (auto& child : node.children) shift_tree(*child, offset, rewrite);
}

// Appends the range table of `query` to the level; returns its join tree in the level's numbering.
TreePtr splice(Level& level, const QueryPtr& query, LevelRewrite& rewrite) {
  int offset = static_cast<int>(level.rtes.size());
  rewrite.outer_delta = -1;
  rewrite.rte = [offset](int rte) { return rte + offset; };
  for (size_t i = 0; i < query->range_table.size(); ++i) {
    const RangeTableEntry& entry = query->range_table[i];
    if (entry.kind == RteKind::kRelation)
      level.add_rte(RtePtr(query, &entry));
    else
      level.add_rte(std::make_shared<RangeTableEntry>(rewrite_rte(entry, rewrite, 0)));
  }
  TreePtr tree = convert_from_list(*query);
  shift_tree(*tree, offset, rewrite);
  return tree;
}

// Where in the tree: `join` is the innermost join around that is no inner one.
struct Place {
  Nullable nullable = Nullable::kNo;
  const TreeNode* join = nullptr;
};

void pull_up_tree(Level& level, TreePtr& node, Place place);

void pull_up_leaf(Level& level, TreePtr& node, Place place) {
  int rte = node->rte;
  if (place.nullable == Nullable::kYes) level.nullable_rtes.insert(rte);
  if (level.rtes[rte]->kind == RteKind::kCte) inline_cte(level, rte);
  RtePtr entry = level.rtes[rte];
  if (entry->kind != RteKind::kSubquery || !simple_subquery(*entry->subquery, place.nullable)) return;
  if (place.nullable == Nullable::kYes && reads_whole_row(level, rte)) return;
  if (entry->lateral && (place.nullable == Nullable::kYes || !lateral_fits(level, *entry->subquery, place.join))) return;
  // What the query asks must not run on rows that the view leaves out: it might tell of them.
  if (entry->relation && is_security_barrier(*entry->relation)) return;
  LevelRewrite rewrite;
  TreePtr tree = splice(level, entry->subquery, rewrite);
  level.pulled_up.resize(level.rtes.size());
  auto& columns = level.pulled_up[rte];
  for (const auto& target : entry->subquery->targets)
    if (!target.junk) columns.push_back(rewrite_levels(target.expr, rewrite, 0));
  if (columns.empty()) columns.push_back(make_bool_const(true));  // never read; marks the entry as pulled up
  node = std::move(tree);
  // The new tree may not be part of the level's yet.
  size_t detached = level.detached_quals.size();
  collect_quals(*node, level.detached_quals);
  pull_up_tree(level, node, place);
  level.detached_quals.resize(detached);
}

// ---- sublinks

TreePtr semi_join(TreePtr left, TreePtr right, JoinType type, ExprPtr qual) {
  auto join = std::make_unique<TreeNode>();
  join->is_join = true;
  join->type = type;
  join->qual = std::move(qual);
  join->children.push_back(std::move(left));
  join->children.push_back(std::move(right));
  return join;
}

bool references_own_level(const ExprPtr& expr) {
  return any_node(expr, [](const Expr& node) { return node.kind == ExprKind::kVar && as<VarExpr>(node).levels_up == 0; });
}

// x IN (SELECT y ...) with a sub-select that does not look at this level.
bool convert_any(Level& level, const SubLinkExpr& link, TreePtr& list) {
  if (link.query->command != Command::kSelect || query_references_level(*link.query, 1)) return false;
  if (!references_own_level(link.test) || contains_volatile(link.test) || contains_kind(link.test, ExprKind::kSubLink)) return false;
  if (!reads_only(level, link.test, 0, {list.get()})) return false;
  auto entry = std::make_shared<RangeTableEntry>();
  entry->kind = RteKind::kSubquery;
  entry->alias = "ANY_subquery";
  entry->subquery = link.query;
  for (const auto& target : link.query->targets) {
    if (target.junk) continue;
    entry->column_names.push_back(target.name);
    entry->column_types.push_back(target.expr->type);
  }
  int rte = level.add_rte(entry);
  std::function<ExprPtr(const ExprPtr&)> replace = [&](const ExprPtr& expr) -> ExprPtr {
    const ParamExpr* param = try_as<ParamExpr>(expr);
    if (param && param->source == ParamSource::kExec && param->id < 0)
      return make_var(rte, static_cast<AttrNumber>(-param->id), param->type);
    return map_children(expr, replace);
  };
  auto leaf = std::make_unique<TreeNode>();
  leaf->rte = rte;
  TreePtr right = std::move(leaf);
  pull_up_tree(level, right, {});
  auto left = std::move(list);
  list = std::make_unique<TreeNode>();
  list->children.push_back(semi_join(std::move(left), std::move(right), JoinType::kSemi, replace(link.test)));
  return true;
}

bool positive_limit(const ExprPtr& limit) {
  if (!limit) return true;
  const ConstExpr* value = try_as<ConstExpr>(limit);
  return value && (value->value.is_null || value->value.i64 > 0);
}

// EXISTS over a plain SELECT whose WHERE alone looks at this level.
bool convert_exists(Level& level, const SubLinkExpr& link, JoinType type, TreePtr& list) {
  const Query& q = *link.query;
  if (!has_plain_shape(q) || q.offset || !positive_limit(q.limit) || q.from.empty() || !q.where) return false;
  if (contains_volatile(q.where)) return false;
  auto stripped = std::make_shared<Query>();  // the sub-select without WHERE and targets
  LevelRewrite rewrite;
  TreePtr probe = convert_from_list(q);
  probe->qual = nullptr;
  bool elsewhere = false;
  std::function<void(const TreeNode&)> check_tree = [&](const TreeNode& node) {
    elsewhere = elsewhere || any_node(node.qual, [](const Expr& e) {
      return (e.kind == ExprKind::kVar && as<VarExpr>(e).levels_up > 0) || e.kind == ExprKind::kSubLink;
    });
    for (const auto& child : node.children) check_tree(*child);
  };
  check_tree(*probe);
  for (const auto& entry : q.range_table) {
    if (entry.subquery && query_references_level(*entry.subquery, 2)) elsewhere = true;
    for (const auto& function : entry.functions) elsewhere = elsewhere || contains_outer_reference(function.call);
    for (const auto& row : entry.values)
      for (const auto& value : row) elsewhere = elsewhere || contains_outer_reference(value);
    if (entry.kind == RteKind::kCte && entry.cte_levels_up == 0) elsewhere = true;
  }
  if (elsewhere) return false;
  bool correlated = any_node(q.where, [](const Expr& e) { return e.kind == ExprKind::kVar && as<VarExpr>(e).levels_up == 1; });
  bool own = references_own_level(q.where);
  if (!correlated || !own || !reads_only(level, q.where, 1, {list.get()})) return false;
  TreePtr right = splice(level, link.query, rewrite);
  ExprPtr where = std::move(right->qual);
  right->qual = nullptr;
  level.detached_quals.push_back(where);
  pull_up_tree(level, right, {});
  level.detached_quals.pop_back();
  auto left = std::move(list);
  list = std::make_unique<TreeNode>();
  list->children.push_back(semi_join(std::move(left), std::move(right), type, where));
  return true;
}

bool convert_sublink(Level& level, const ExprPtr& qual, TreePtr& list) {
  if (const SubLinkExpr* link = try_as<SubLinkExpr>(qual)) {
    if (link->link == SubLinkKind::kAny) return convert_any(level, *link, list);
    if (link->link == SubLinkKind::kExists) return convert_exists(level, *link, JoinType::kSemi, list);
    return false;
  }
  const BoolExpr* negated = try_as<BoolExpr>(qual);
  if (!negated || negated->op != BoolKind::kNot) return false;
  const SubLinkExpr* link = try_as<SubLinkExpr>(negated->args[0]);
  return link && link->link == SubLinkKind::kExists && convert_exists(level, *link, JoinType::kAnti, list);
}

void pull_up_list_sublinks(Level& level, TreePtr& node) {
  if (node->children.empty() || !contains_kind(node->qual, ExprKind::kSubLink)) return;
  std::vector<ExprPtr> conjuncts, rest;
  split_conjuncts(node->qual, conjuncts);
  level.detached_quals.push_back(std::move(node->qual));
  node->qual = nullptr;
  for (const auto& conjunct : conjuncts)
    if (!convert_sublink(level, conjunct, node)) rest.push_back(conjunct);
  level.detached_quals.pop_back();
  node->qual = make_conjunction(std::move(rest));
}

// Sub-select conditions of an inner list that could not be joined there, because they look at its neighbours.
void hoist_sublinks(TreeNode& list) {
  std::vector<ExprPtr> quals;
  split_conjuncts(list.qual, quals);
  for (auto& child : list.children) {
    if (child->rte >= 0 || child->is_join || !contains_kind(child->qual, ExprKind::kSubLink)) continue;
    std::vector<ExprPtr> stay, own;
    split_conjuncts(child->qual, own);
    for (const auto& qual : own) (contains_kind(qual, ExprKind::kSubLink) ? quals : stay).push_back(qual);
    child->qual = make_conjunction(std::move(stay));
  }
  list.qual = make_conjunction(std::move(quals));
}

void pull_up_tree(Level& level, TreePtr& node, Place place) {
  if (node->rte >= 0) return pull_up_leaf(level, node, place);
  if (!node->is_join) {
    for (auto& child : node->children) pull_up_tree(level, child, place);
    hoist_sublinks(*node);
    return pull_up_list_sublinks(level, node);
  }
  Nullable left = node->type == JoinType::kFull ? Nullable::kYes : place.nullable;
  Nullable right = node->type == JoinType::kFull || node->type == JoinType::kLeft ? Nullable::kYes : place.nullable;
  pull_up_tree(level, node->children[0], {left, node.get()});
  pull_up_tree(level, node->children[1], {right, node.get()});
}

}  // namespace

void pull_up(Level& level) {
  level.pulled_up.resize(level.rtes.size());
  pull_up_tree(level, level.tree, {});
  level.pulled_up.resize(level.rtes.size());
}

}  // namespace vecino::sql::plan
