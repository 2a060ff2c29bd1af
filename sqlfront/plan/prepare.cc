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
    if (var.attno > 0) {
      // One object per column: later passes recognise repeated uses by it, also of sub-selects.
      uint64_t key = var_key(var.rte, var.attno);
      if (auto it = resolved_columns.find(key); it != resolved_columns.end()) return it->second;
      ExprPtr resolved = prepare((*columns)[var.attno - 1]);
      resolved_columns.emplace(key, resolved);
      return resolved;
    }
    auto row = std::make_shared<RowExpr>();
    row->type = var.type;
    row->names = entry.column_names;
    row->explicit_row = false;
    for (const auto& column : *columns) row->args.push_back(prepare(column));
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
