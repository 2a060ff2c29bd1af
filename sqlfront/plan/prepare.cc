#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// A query level before planning: its own copies of what the passes change, alias resolution, references to outer levels.

namespace vecino::sql::plan {

namespace {

RtePtr share_rte(const QueryPtr& query, size_t index) { return RtePtr(query, &query->range_table[index]); }

TreePtr convert(const FromItem& item) {
  check_stack_depth();
  auto node = std::make_unique<TreeNode>();
  if (!item.join) {
    node->rte = item.rte;
    return node;
  }
  TreePtr left = convert(*item.join->left), right = convert(*item.join->right);
  node->qual = item.join->condition;
  node->type = item.join->type;
  if (node->type == JoinType::kRight) {
    node->type = JoinType::kLeft;
    std::swap(left, right);
  }
  node->is_join = node->type != JoinType::kInner;  // inner joins are lists with a qualification
  node->children.push_back(std::move(left));
  node->children.push_back(std::move(right));
  return node;
}

bool tree_has_leaf(const TreeNode& node, int rte) {
  check_stack_depth();
  if (node.rte == rte) return true;
  for (const auto& child : node.children)
    if (tree_has_leaf(*child, rte)) return true;
  return false;
}

}  // namespace

TreePtr convert_from_list(const Query& query) {
  auto root = std::make_unique<TreeNode>();
  for (const auto& item : query.from) root->children.push_back(convert(*item));
  root->qual = query.where;
  return root;
}

Level::Level(Planner& p, Level* up, QueryPtr q) : planner(p), parent(up), query(use_index_for_min_max(p, std::move(q))) {
  rtes.reserve(query->range_table.size() + 4);
  for (size_t i = 0; i < query->range_table.size(); ++i) add_rte(share_rte(query, i));
  targets = query->targets;
  returning = query->returning;
  having = query->having;
  limit = query->limit;
  offset = query->offset;
  windows = query->windows;
  on_conflict = query->on_conflict;
}

int Level::add_rte(RtePtr entry) {
  if (entry->relation && (entry->kind == RteKind::kRelation || entry->kind == RteKind::kSubquery)) {
    bool written = static_cast<int>(rtes.size()) == query->result_rte && query->command != Command::kSelect;
    planner.add_lock(entry->relation, written ? storage::LockMode::kRowExclusive : storage::LockMode::kAccessShare);
  }
  rtes.push_back(std::move(entry));
  return static_cast<int>(rtes.size()) - 1;
}

void Level::build_tree() {
  tree = convert_from_list(*query);
  bool reads_target = query->command == Command::kUpdate || query->command == Command::kDelete;
  if (reads_target && !tree_has_leaf(*tree, query->result_rte)) {
    auto leaf = std::make_unique<TreeNode>();
    leaf->rte = query->result_rte;
    tree->children.insert(tree->children.begin(), std::move(leaf));
  }
}

const CommonTableExpr* Level::find_cte(std::string_view name) const {
  for (const auto& cte : query->ctes)
    if (cte.name == name) return &cte;
  return nullptr;
}

ExprPtr Level::resolve_var(const VarExpr& var) {
  const RangeTableEntry& entry = *rtes[var.rte];
  const std::vector<ExprPtr>* columns = nullptr;
  if (entry.kind == RteKind::kJoin) {
    columns = &entry.join_aliases;
  } else if (static_cast<size_t>(var.rte) < pulled_up.size() && !pulled_up[var.rte].empty()) {
    columns = &pulled_up[var.rte];
  }
  if (columns) {
    const bool pulled = entry.kind != RteKind::kJoin, hold = above_grouping_sets;
    if (var.attno > 0) {
      // One object per column: later passes recognise repeated uses by it, also of sub-selects.
      uint64_t key = var_key(var.rte, var.attno);
      auto& known = hold ? grouped_columns : resolved_columns;
      if (auto it = known.find(key); it != known.end()) return it->second;
      if (pulled) above_grouping_sets = false;
      ExprPtr resolved = pulled && hold ? resolve_var(var) : prepare((*columns)[var.attno - 1]);
      above_grouping_sets = hold;
      if (pulled && hold) resolved = add_grouped_value(resolved, entry.column_names[var.attno - 1]);
      known.emplace(key, resolved);
      return resolved;
    }
    auto row = std::make_shared<RowExpr>();
    row->type = var.type;
    row->names = entry.column_names;
    row->explicit_row = false;
    if (pulled) above_grouping_sets = false;
    for (const auto& column : *columns) row->args.push_back(prepare(column));
    above_grouping_sets = hold;
    return row;
  }
  if (var.attno == 0 && entry.kind != RteKind::kRelation && !nullable_rtes.contains(var.rte)) {
    auto row = std::make_shared<RowExpr>();
    row->type = var.type;
    row->names = entry.column_names;
    row->explicit_row = false;
    for (size_t i = 0; i < entry.column_types.size(); ++i)
      row->args.push_back(make_var(var.rte, static_cast<AttrNumber>(i + 1), entry.column_types[i]));
    return row;
  }
  return nullptr;
}

void Level::add_group_rte() {
  if (query->grouping_sets.empty()) return;
  auto entry = std::make_shared<RangeTableEntry>();
  entry->kind = RteKind::kResult;
  entry->alias = "*GROUP*";
  group_rte = add_rte(std::move(entry));
}

ExprPtr Level::add_grouped_value(const ExprPtr& value, const std::string& name) {
  grouped_values.push_back(value);
  auto entry = std::make_shared<RangeTableEntry>(*rtes[group_rte]);
  entry->column_names.push_back(name);
  entry->column_types.push_back(value->type);
  rtes[group_rte] = entry;
  planner.plan.range_table[flat_base + group_rte] = entry;
  return make_var(group_rte, static_cast<AttrNumber>(grouped_values.size()), value->type);
}

ExprPtr Level::below_grouping(const ExprPtr& expr) const {
  if (!expr || group_rte < 0) return expr;
  const VarExpr* var = try_as<VarExpr>(expr);
  if (!var) return map_children(expr, [this](const ExprPtr& child) { return below_grouping(child); });
  bool grouped = var->levels_up == 0 && var->rte == group_rte;
  return grouped ? below_grouping(grouped_values[static_cast<size_t>(var->attno) - 1]) : expr;
}

// Targets are found by their expressions later on. Constants are not looked for, and equal expressions with different numbers
// are columns of their own in grouping sets; GROUPING(x) means the first that equals x.
void Level::hold_grouping_targets() {
  std::vector<std::pair<ExprPtr, ExprPtr>> constants;
  std::vector<ExprPtr> seen;
  for (const auto& clause : query->group_by) {
    for (auto& target : targets) {
      if (target.sort_group_ref != clause.ref) continue;
      const bool constant = target.expr->kind == ExprKind::kConst || target.expr->kind == ExprKind::kParam;
      const bool repeated = layout_index(seen, target.expr) >= 0;
      seen.push_back(target.expr);
      if (!constant && !repeated) continue;
      ExprPtr held = add_grouped_value(target.expr, target.name);
      if (!repeated) constants.emplace_back(target.expr, held);
      target.expr = held;
    }
  }
  std::function<ExprPtr(const ExprPtr&)> replace = [&](const ExprPtr& expr) -> ExprPtr {
    if (expr->kind != ExprKind::kGrouping) return map_children(expr, replace);
    return map_children(expr, [&](const ExprPtr& arg) {
      for (const auto& [plain, held] : constants)
        if (equal_expr(plain, arg)) return held;
      return arg;
    });
  };
  if (constants.empty()) return;
  for (auto& target : targets) target.expr = replace(target.expr);
  if (having) having = replace(having);
}

ExprPtr Level::outer_reference(const ExprPtr& expr, int levels_up) {
  Level* ancestor = this;
  for (int i = 0; i < levels_up && ancestor; ++i) ancestor = ancestor->parent;
  if (!ancestor) throw SqlError(sqlstate::kInternalError, "outer reference without an outer query");
  ExprPtr local;
  if (const VarExpr* var = try_as<VarExpr>(expr)) {
    auto copy = std::make_shared<VarExpr>(*var);
    copy->levels_up = 0;
    local = copy;
  } else {
    // Its arguments' columns are counted from here as well.
    LevelRewrite outwards;
    outwards.outer_delta = -levels_up;
    ExprPtr moved = map_children(expr, [&](const ExprPtr& child) { return rewrite_levels(child, outwards, 0); });
    auto copy = std::make_shared<AggregateExpr>(as<AggregateExpr>(*moved));
    copy->levels_up = 0;
    local = copy;
  }
  local = ancestor->prepare(local);
  auto mark_external = [&](int slot) {
    for (Level* level = this; level != ancestor; level = level->parent) level->external_slots.insert(slot);
  };
  bool closed = !any_node(local, [](const Expr& node) {
    return node.kind == ExprKind::kVar || node.kind == ExprKind::kAggregate || node.kind == ExprKind::kSubPlan;
  });
  if (closed && local->kind != ExprKind::kParam && !contains_volatile(local)) {
    any_node(local, [&](const Expr& node) {
      if (node.kind == ExprKind::kParam && as<ParamExpr>(node).origin) mark_external(as<ParamExpr>(node).id);
      return false;
    });
    return local;
  }
  ExprPtr result;
  if (const ParamExpr* param = try_as<ParamExpr>(local)) {
    if (param->source == ParamSource::kExternal) return local;
    result = local;
  } else {
    auto param_expr = std::make_shared<ParamExpr>();
    param_expr->source = ParamSource::kExec;
    param_expr->type = local->type;
    param_expr->origin = ancestor->flat_origin(local);
    for (const auto& known : ancestor->plan_params)
      if (equal_expr(known.expr, local)) param_expr->id = known.slot, result = param_expr;
    if (!result) {
      param_expr->id = planner.new_slot();
      ancestor->plan_params.push_back({param_expr->id, local});
      result = param_expr;
    }
  }
  int slot = as<ParamExpr>(*result).id;
  bool constant_slot = !as<ParamExpr>(*result).origin;  // an init plan's output: never changes
  if (!constant_slot) mark_external(slot);
  return result;
}

ExprPtr Level::prepare(const ExprPtr& expr) {
  if (!expr) return expr;
  switch (expr->kind) {
    case ExprKind::kConst: case ExprKind::kCaseTest: case ExprKind::kSqlValue: case ExprKind::kInput:
      return expr;
    case ExprKind::kVar: {
      const auto& var = as<VarExpr>(*expr);
      if (var.levels_up > 0) return outer_reference(expr, var.levels_up);
      ExprPtr resolved = resolve_var(var);
      return resolved ? resolved : expr;
    }
    case ExprKind::kParam: {
      const auto& param = as<ParamExpr>(*expr);
      const auto& values = planner.input.parameter_values;
      if (param.source != ParamSource::kExternal || param.id < 1 || static_cast<size_t>(param.id) > values.size()) return expr;
      const ExprPtr& value = values[param.id - 1];
      return value ? value : expr;
    }
    case ExprKind::kAggregate:
      if (as<AggregateExpr>(*expr).levels_up > 0) return outer_reference(expr, as<AggregateExpr>(*expr).levels_up);
      break;
    case ExprKind::kGrouping:
      if (query->grouping_sets.empty()) return make_const(expr->type, Datum::from_int(0));
      break;
    case ExprKind::kSubLink: {
      // A sub-select that is grouped by stands for its group's value wherever it is written again.
      const bool may_repeat = !query->group_by.empty() && !contains_volatile(expr);
      for (const auto& [written, planned] : grouped_sublinks)
        if (may_repeat && equal_expr(written, expr)) return planned;
      ExprPtr mapped = map_children(expr, [this](const ExprPtr& child) { return prepare(child); });
      ExprPtr planned = plan_sublink(*this, as<SubLinkExpr>(*mapped));
      if (may_repeat) grouped_sublinks.emplace_back(expr, planned);
      return planned;
    }
    case ExprKind::kSetToDefault:
      throw SqlError(sqlstate::kInternalError, "DEFAULT is not replaced");
    default: break;
  }
  const bool conditional = expr->kind == ExprKind::kCase || expr->kind == ExprKind::kCoalesce ||
                           (expr->kind == ExprKind::kBool && as<BoolExpr>(*expr).op != BoolKind::kNot);
  planner.conditional_depth += conditional;
  ExprPtr mapped = map_children(expr, [this](const ExprPtr& child) { return prepare(child); });
  ExprPtr folded = fold_node(mapped, planner);
  planner.conditional_depth -= conditional;
  return folded;
}

ExprPtr Level::prepare_qual(const ExprPtr& expr) { return canonical_qual(prepare(expr)); }

ExprPtr Level::flat_origin(const ExprPtr& expr) const {
  if (group_rte >= 0 && expr) {
    ExprPtr below = below_grouping(expr);
    if (below != expr) return flat_origin(below);
  }
  if (flat_base == 0 || !expr) return expr;
  if (const VarExpr* var = try_as<VarExpr>(expr)) {
    if (var->levels_up > 0) return expr;
    auto copy = std::make_shared<VarExpr>(*var);
    copy->rte += flat_base;
    return copy;
  }
  return map_children(expr, [this](const ExprPtr& child) { return flat_origin(child); });
}

}  // namespace vecino::sql::plan
