#include <algorithm>

#include "sqlfront/interrupts.h"
#include "sqlfront/plan/distance_column.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// Paths become plan nodes; expressions over Vars become expressions over input columns (createplan.c and setrefs.c).

namespace vecino::sql::plan {

int layout_index(const std::vector<ExprPtr>& layout, const ExprPtr& expr) {
  for (size_t i = 0; i < layout.size(); ++i)
    if (layout[i] == expr) return static_cast<int>(i);
  for (size_t i = 0; i < layout.size(); ++i)
    if (equal_expr(layout[i], expr)) return static_cast<int>(i);
  return -1;
}

std::vector<TypeRef> types_of(const std::vector<ExprPtr>& exprs) {
  std::vector<TypeRef> types;
  for (const auto& expr : exprs) types.push_back(expr->type);
  return types;
}

namespace {

ExprPtr make_input(size_t index, const ExprPtr& expr, const ExprPtr& origin, bool direct) {
  auto input = std::make_shared<InputExpr>();
  input->index = static_cast<int>(index);
  input->type = expr->type;
  input->location = expr->location;
  input->origin = origin;
  input->computed_below = !direct && origin && origin->kind != ExprKind::kVar && origin->kind != ExprKind::kConst;
  return input;
}

ExprPtr bind_over(const std::vector<ExprPtr>& layout, const std::vector<ExprPtr>& origins, bool direct, const ExprPtr& expr) {
  if (!expr || expr->kind == ExprKind::kConst || expr->kind == ExprKind::kParam) return expr;
  int index = layout_index(layout, expr);
  if (index >= 0) return make_input(static_cast<size_t>(index), expr, origins[index], direct);
  bool unbound = (expr->kind == ExprKind::kVar && as<VarExpr>(*expr).levels_up == 0) || expr->kind == ExprKind::kAggregate ||
                 expr->kind == ExprKind::kWindow;
  if (unbound) throw SqlError(sqlstate::kInternalError, "variable not found in subplan target list");
  return map_children(expr, [&](const ExprPtr& child) { return bind_over(layout, origins, direct, child); });
}

bool same_layout(const std::vector<ExprPtr>& a, const std::vector<ExprPtr>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && (!equal_expr(a[i], b[i]) || contains_volatile(a[i]))) return false;
  return true;
}

bool can_project(PlanKind kind) {
  switch (kind) {
    case PlanKind::kSort: case PlanKind::kLimit: case PlanKind::kUnique: case PlanKind::kAppend: case PlanKind::kSetOp:
    case PlanKind::kMaterialize: case PlanKind::kHash: case PlanKind::kLockRows: case PlanKind::kModifyTable:
    case PlanKind::kRecursiveUnion: case PlanKind::kProjectSet:
      return false;
    default: return true;
  }
}

std::vector<ExprPtr> new_origins(const Level& level, const Built& built, const std::vector<ExprPtr>& wanted) {
  std::vector<ExprPtr> origins;
  for (const auto& expr : wanted) {
    int index = layout_index(built.raw, expr);
    origins.push_back(index >= 0 ? built.raw_origins[index] : level.flat_origin(expr));
  }
  return origins;
}

double target_cost(const Level& level, const std::vector<ExprPtr>& raw, const std::vector<ExprPtr>& wanted) {
  double total = 0;
  for (const auto& expr : wanted)
    if (expr->kind != ExprKind::kVar && layout_index(raw, expr) < 0) total += expr_cost(level.planner, expr);
  return total;
}

int layout_width(const Level& level, const std::vector<ExprPtr>& layout) {
  int width = 0;
  for (const auto& expr : layout) width += level.width_of(expr);
  return width;
}

}  // namespace

ExprPtr bind_expr(const Built& input, const ExprPtr& expr, bool raw) {
  return raw ? bind_over(input.raw, input.raw_origins, input.direct, expr) : bind_over(input.layout, input.origins, false, expr);
}

std::vector<TargetEntry> bind_targets(const Built& input, const std::vector<ExprPtr>& exprs, bool raw) {
  std::vector<TargetEntry> targets;
  for (const auto& expr : exprs) {
    TargetEntry entry;
    entry.expr = bind_expr(input, expr, raw);
    targets.push_back(std::move(entry));
  }
  return targets;
}

void set_passthrough(Built& built, std::shared_ptr<PlanNode> node, PlanCost cost) {
  node->children.push_back(built.node);
  node->output_types = built.node->output_types;
  node->cost = cost;
  built.node = std::move(node);
  built.raw = built.layout;
  built.raw_origins = built.origins;
  built.pruned = false;
  built.direct = false;
  built.subquery_rte = -1;
}

Built make_result(Level& level, Built input, const std::vector<ExprPtr>& wanted) {
  std::shared_ptr<PlanNode> node;
  if (input.subquery_rte >= 0) {
    auto scan = std::make_shared<SubqueryScanNode>();
    scan->rte = input.subquery_rte;
    scan->alias = input.subquery_alias;
    node = scan;
  } else {
    node = std::make_shared<ResultNode>();
  }
  PlanCost cost = input.node->cost;
  cost.total += cost.rows * target_cost(level, input.layout, wanted);
  cost.width = layout_width(level, wanted);
  node->targets = bind_targets(input, wanted, false);
  node->output_types = types_of(wanted);
  set_passthrough(input, node, cost);
  input.node->output_types = types_of(wanted);
  std::vector<ExprPtr> origins = new_origins(level, input, wanted);
  input.layout = wanted;
  input.origins = std::move(origins);
  return input;
}

void apply_target(Level& level, Built& built, const std::vector<ExprPtr>& wanted) {
  // A row without columns cannot be asked for (no targets = pass through): what is there stays as junk.
  if (wanted.empty() || same_layout(built.layout, wanted)) return;
  bool replaceable = can_project(built.node->kind) && (built.node->targets.empty() || built.pruned);
  if (!replaceable) {
    built = make_result(level, std::move(built), wanted);
    return;
  }
  double extra = target_cost(level, built.raw, wanted);
  std::vector<ExprPtr> origins = new_origins(level, built, wanted);
  built.node->targets = bind_targets(built, wanted, true);
  built.node->output_types = types_of(wanted);
  built.node->cost.total += built.node->cost.rows * extra;
  built.node->cost.width = layout_width(level, wanted);
  built.layout = wanted;
  built.origins = std::move(origins);
  built.pruned = false;
}

SortKey sort_key_for(int column, const ExprPtr& expr, bool descending, bool nulls_first) {
  SortKey key;
  key.column = column;
  key.type = expr->type;
  key.descending = descending;
  key.nulls_first = nulls_first;
  key.op = btree_operator(descending ? Strategy::kGreater : Strategy::kLess, expr->type.id, expr->type.id);
  return key;
}

Built make_sort(Level& level, Built input, const PathKeys& keys, double limit) {
  std::vector<ExprPtr> wanted = input.layout;
  for (const auto& key : keys)
    if (layout_index(wanted, key.expr) < 0) wanted.push_back(key.expr);
  apply_target(level, input, wanted);
  auto node = std::make_shared<SortNode>();
  for (const auto& key : keys) {
    int column = layout_index(input.layout, key.expr);
    node->keys.push_back(sort_key_for(column, key.expr, key.descending, key.nulls_first));
  }
  PlanCost cost = input.node->cost;
  cost_sort(level.planner.cost, cost.total, cost.rows, cost.width, limit, cost.startup, cost.total);
  set_passthrough(input, node, cost);
  input.keys = keys;
  return input;
}

// ---- scans

ExprPtr Level::replace_outer_vars(const ExprPtr& expr, RelSet own) {
  if (!expr) return expr;
  if (const VarExpr* var = try_as<VarExpr>(expr)) {
    if (var->levels_up > 0 || is_subset(refs_of(expr), own)) return expr;
    auto param = std::make_shared<ParamExpr>();
    param->source = ParamSource::kExec;
    param->type = var->type;
    param->origin = flat_origin(expr);
    for (const auto& known : outer_params)
      if (equal_expr(known.expr, expr)) {
        param->id = known.slot;
        return param;
      }
    param->id = planner.new_slot();
    outer_params.push_back({param->id, expr});
    return param;
  }
  return map_children(expr, [&](const ExprPtr& child) { return replace_outer_vars(child, own); });
}

namespace {

struct ScanColumns {
  std::vector<AttrNumber> fetched, output;
};

ScanColumns columns_of(const Level& level, const BaseRel& rel) {
  ScanColumns columns;
  for (const auto& [key, where] : level.needed) {
    if (static_cast<int>(key >> 16) != rel.rte || where == 0) continue;
    AttrNumber attno = static_cast<AttrNumber>(key & 0xffff);
    columns.fetched.push_back(attno);
    if (!is_subset(where, rel.rels)) columns.output.push_back(attno);
  }
  std::sort(columns.fetched.begin(), columns.fetched.end());
  std::sort(columns.output.begin(), columns.output.end());
  return columns;
}

TypeRef column_type(const BaseRel& rel, AttrNumber attno) {
  if (attno > 0) return rel.entry->column_types[attno - 1];
  switch (attno) {
    case 0: return {type_id::kRecord, -1};
    case system_attr::kCtid: return {type_id::kTid, -1};
    case system_attr::kTableoid: return {type_id::kOid, -1};
    case system_attr::kCmin: case system_attr::kCmax: return {type_id::kCid, -1};
    default: return {type_id::kXid, -1};
  }
}

// Equality of Vars ignores nothing but location, so whole-row Vars must carry the analyzer's type.
std::vector<ExprPtr> scan_vars(const Level& level, const BaseRel& rel, const std::vector<AttrNumber>& attnos) {
  std::vector<ExprPtr> vars;
  for (AttrNumber attno : attnos) {
    auto it = level.var_types.find(var_key(rel.rte, attno));
    TypeRef type = it != level.var_types.end() ? it->second : column_type(rel, attno);
    vars.push_back(make_var(rel.rte, attno, type));
  }
  return vars;
}

void set_raw(const Level& level, Built& built, std::vector<ExprPtr> raw) {
  built.raw_origins.clear();
  for (const auto& expr : raw) built.raw_origins.push_back(level.flat_origin(expr));
  built.layout = built.raw = std::move(raw);
  built.origins = built.raw_origins;
  built.node->output_types = types_of(built.raw);
}

// Drops the columns that nobody above reads.
void prune(Built& built, const std::vector<ExprPtr>& output) {
  if (output.empty() || same_layout(built.raw, output)) return;
  std::vector<ExprPtr> origins;
  for (const auto& expr : output) origins.push_back(built.raw_origins[layout_index(built.raw, expr)]);
  built.node->targets = bind_targets(built, output, true);
  built.node->output_types = types_of(output);
  built.layout = output;
  built.origins = std::move(origins);
  built.pruned = true;
}

// A vector that is only needed for the distance stays in the store: the index knows the distance.
void leave_out_vector(const Level& level, const BaseRel& rel, const Path& path, ScanColumns& columns) {
  std::vector<ExprPtr> vars;
  collect_inputs(path.distance, {}, vars);
  for (const auto& var : vars) {
    if (read_outside(level, rel, var, path.sort_expr)) continue;
    std::erase(columns.fetched, as<VarExpr>(*var).attno);
    std::erase(columns.output, as<VarExpr>(*var).attno);
  }
}

// Bound over all columns of the table, for EXPLAIN only.
ExprPtr distance_for_display(Level& level, const BaseRel& rel, const Path& path) {
  Built all;
  std::vector<ExprPtr> vars;
  collect_inputs(path.distance, {}, vars);
  for (const auto& var : vars) {
    if (as<VarExpr>(*var).rte != rel.rte) continue;
    all.raw.push_back(var);
    all.raw_origins.push_back(level.flat_origin(var));
  }
  return bind_expr(all, level.replace_outer_vars(path.distance, rel.rels), true);
}

// What a whole row of a subquery, function, VALUES list or CTE is to its own scan: tables have their rows from storage.
ExprPtr expand_rows(const BaseRel& rel, const ExprPtr& expr) {
  const VarExpr* var = try_as<VarExpr>(expr);
  if (!var) return expr ? map_children(expr, [&](const ExprPtr& child) { return expand_rows(rel, child); }) : expr;
  if (var->levels_up > 0 || var->rte != rel.rte || var->attno != 0) return expr;
  auto row = std::make_shared<RowExpr>();
  row->type = var->type;
  row->names = rel.entry->column_names;
  row->explicit_row = false;
  for (size_t i = 0; i < rel.entry->column_types.size(); ++i)
    row->args.push_back(make_var(rel.rte, static_cast<AttrNumber>(i + 1), rel.entry->column_types[i]));
  return row;
}

// Makes the whole rows, too, that are read above the scan.
void output_rows(const Level& level, const BaseRel& rel, Built& built, const std::vector<ExprPtr>& output) {
  std::vector<ExprPtr> exprs;
  for (const auto& var : output) exprs.push_back(expand_rows(rel, var));
  built.node->targets = bind_targets(built, exprs, true);
  built.node->output_types = types_of(output);
  built.layout = output;
  built.origins.clear();
  for (const auto& var : output) built.origins.push_back(level.flat_origin(var));
}

void fill_scan(const Level& level, ScanNode& node, const BaseRel& rel, const ScanColumns& columns) {
  node.relation = rel.entry->relation;
  node.alias = rel.entry->alias;
  node.fetch = columns.fetched;
  node.rte = level.flat_base + rel.rte;
}

}  // namespace

Built Level::create_scan(const Path& path) {
  const BaseRel& rel = *path.rel;
  const RangeTableEntry& entry = *rel.entry;
  ScanColumns columns = columns_of(*this, rel);
  Built built;
  std::vector<ExprPtr> raw;
  std::vector<ClausePtr> filters = rel.clauses;
  int flat_rte = flat_base + rel.rte;
  bool makes_rows = entry.kind != RteKind::kRelation && std::count(columns.output.begin(), columns.output.end(), 0) > 0;

  if (entry.kind == RteKind::kRelation) {
    if (path.distance) leave_out_vector(*this, rel, path, columns);
    raw = scan_vars(*this, rel, columns.fetched);
    if (path.distance) {
      columns.fetched.push_back(kDistanceColumn);
      raw.push_back(path.sort_expr);
    }
    if (path.kind == PathKind::kIndex) {
      auto node = std::make_shared<IndexScanNode>();
      node->index = path.index;
      node->backward = path.backward;
      node->index_only = path.index_only;
      for (const auto& condition : path.conditions)
        std::erase(filters, condition.clause);
      fill_scan(*this, *node, rel, columns);
      built.node = node;
      set_raw(*this, built, raw);
      std::vector<ExprPtr> recheck;
      for (const auto& condition : path.conditions) {
        IndexScanNode::Condition out;
        out.column = condition.column;
        out.strategy = condition.strategy;
        out.value = replace_outer_vars(condition.value, rel.rels);
        out.is_any = condition.is_any;
        out.is_null_test = condition.is_null_test;
        out.is_not_null_test = condition.is_not_null_test;
        out.original = bind_expr(built, replace_outer_vars(condition.original, rel.rels), true);
        recheck.push_back(out.original);
        node->conditions.push_back(std::move(out));
      }
      node->recheck = make_conjunction(std::move(recheck));
      for (const auto& clause : path.implied) std::erase(filters, clause);
      if (path.distance) {
        node->order_by_query = replace_outer_vars(path.distance_query, rel.rels);
        node->order_by = distance_for_display(*this, rel, path);
        node->complete = wants_every_row(*this, filters, path.sort_expr);
        if (node->complete && filters.empty()) node->rows_wanted = rows_bound();
      }
    } else if (path.kind == PathKind::kTid) {
      auto node = std::make_shared<TidScanNode>();
      node->tid = path.tid;
      fill_scan(*this, *node, rel, columns);
      built.node = node;
      set_raw(*this, built, raw);
    } else {
      std::shared_ptr<ScanNode> node;
      if (entry.relation->system || entry.relation->kind == 'S') {
        node = std::make_shared<SystemScanNode>();
      } else {
        node = std::make_shared<SeqScanNode>();
      }
      fill_scan(*this, *node, rel, columns);
      built.node = node;
      set_raw(*this, built, raw);
    }
  } else {
    for (size_t i = 0; i < entry.column_types.size(); ++i)
      raw.push_back(make_var(rel.rte, static_cast<AttrNumber>(i + 1), entry.column_types[i]));
    switch (entry.kind) {
      case RteKind::kFunction: {
        auto node = std::make_shared<FunctionScanNode>();
        node->alias = entry.alias;
        node->rte = flat_rte;
        node->functions = rel.functions;
        for (auto& function : node->functions) function.call = replace_outer_vars(function.call, rel.rels);
        node->with_ordinality = entry.with_ordinality;
        built.node = node;
        break;
      }
      case RteKind::kValues: {
        auto node = std::make_shared<ValuesScanNode>();
        node->alias = entry.alias.empty() ? "*VALUES*" : entry.alias;
        node->rte = flat_rte;
        node->rows = rel.values;
        if (rel.lateral)
          for (auto& row : node->rows)
            for (auto& value : row) value = replace_outer_vars(value, rel.rels);
        built.node = node;
        break;
      }
      case RteKind::kCte: {
        auto node = std::make_shared<CteScanNode>();
        node->alias = entry.alias;
        node->cte_name = entry.cte_name;
        node->rte = flat_rte;
        node->plan_id = rel.cte_plan;
        node->work_table = rel.work_table;
        built.node = node;
        break;
      }
      case RteKind::kSubquery: {
        for (const auto& param : rel.sub_params) {
          bool known = std::any_of(outer_params.begin(), outer_params.end(), [&](const NestParam& p) { return p.slot == param.slot; });
          if (!known) outer_params.push_back(param);
        }
        const Built& sub = *rel.subplan;
        while (raw.size() < sub.layout.size())  // junk columns of the subquery
          raw.push_back(make_var(rel.rte, static_cast<AttrNumber>(raw.size() + 1), sub.layout[raw.size()]->type));
        if (filters.empty() && !makes_rows) {  // no node of its own
          built = sub;
          built.raw = built.layout = raw;
          built.raw_origins = built.origins;
          built.direct = false;
          built.pruned = false;
          built.keys = path.keys;
          built.subquery_rte = flat_rte;
          built.subquery_alias = entry.alias;
          return built;
        }
        auto node = std::make_shared<SubqueryScanNode>();
        node->alias = entry.alias;
        node->rte = flat_rte;
        node->children.push_back(sub.node);
        built.node = node;
        break;
      }
      default: {
        auto node = std::make_shared<ResultNode>();
        built.node = node;
        break;
      }
    }
    set_raw(*this, built, raw);
  }
  std::vector<ExprPtr> quals;
  for (const auto& clause : filters) {
    ExprPtr qual = replace_outer_vars(clause->expr, rel.rels);
    quals.push_back(bind_expr(built, entry.kind == RteKind::kRelation ? qual : expand_rows(rel, qual), true));
  }
  built.node->filter = make_conjunction(std::move(quals));
  built.node->cost = {path.startup, path.total, path.rows, rel.width};
  if (makes_rows) output_rows(*this, rel, built, scan_vars(*this, rel, columns.output));
  else prune(built, scan_vars(*this, rel, columns.output));
  built.keys = path.keys;
  return built;
}

namespace {

ExprPtr bind_clauses(const Built& built, const std::vector<ClausePtr>& clauses) {
  std::vector<ExprPtr> quals;
  for (const auto& clause : clauses) quals.push_back(bind_expr(built, clause->expr, true));
  return make_conjunction(std::move(quals));
}

// Outer side on the left, as EXPLAIN prints Hash Cond.
ExprPtr oriented(const Clause& clause, RelSet outer) {
  if (is_subset(clause.left_refs, outer)) return clause.expr;
  const auto& e = as<OperatorExpr>(*clause.expr);
  auto copy = std::make_shared<OperatorExpr>(e);
  std::swap(copy->args[0], copy->args[1]);
  if (const OperatorDef* commutator = find_operator(e.op->commutator)) {
    copy->op = commutator;
    copy->function = find_function(commutator->function);
  }
  return copy;
}

}  // namespace

Built Level::create_join(const Path& path) {
  Built outer = create_plan(path.left);
  Built inner = create_plan(path.right);
  bool semi = path.join == JoinType::kSemi || path.join == JoinType::kAnti;
  Built built;
  std::shared_ptr<JoinNode> node;
  if (path.kind == PathKind::kNestLoop) {
    auto loop = std::make_shared<NestLoopNode>();
    std::vector<NestParam> remaining;
    for (const auto& param : outer_params) {
      if (is_subset(refs_of(param.expr), path.left->rels))
        loop->params.push_back({param.slot, bind_expr(outer, param.expr)});
      else
        remaining.push_back(param);
    }
    outer_params = std::move(remaining);
    if (path.materialize) {
      auto materialize = std::make_shared<MaterializeNode>();
      PlanCost cost = inner.node->cost;
      cost.total += 2 * planner.cost.cpu_operator * cost.rows;
      set_passthrough(inner, materialize, cost);
    }
    node = loop;
  } else {
    auto hash_join = std::make_shared<HashJoinNode>();
    PlanCost cost = inner.node->cost;
    cost.startup = cost.total;
    set_passthrough(inner, std::make_shared<HashNode>(), cost);
    node = hash_join;
  }
  node->join = path.join;
  node->children = {outer.node, inner.node};
  built.node = node;
  std::vector<ExprPtr> raw = outer.layout;
  raw.insert(raw.end(), inner.layout.begin(), inner.layout.end());
  std::vector<ExprPtr> origins = outer.origins;
  origins.insert(origins.end(), inner.origins.begin(), inner.origins.end());
  built.layout = built.raw = raw;
  built.origins = built.raw_origins = origins;
  node->output_types = types_of(raw);
  if (path.kind == PathKind::kHashJoin) {
    auto& hash_join = static_cast<HashJoinNode&>(*node);
    std::vector<ExprPtr> conditions;
    for (const auto& clause : path.hash_clauses) {
      ExprPtr expr = oriented(*clause, path.left->rels);
      const auto& e = as<OperatorExpr>(*expr);
      hash_join.outer_keys.push_back(bind_expr(outer, e.args[0]));
      hash_join.inner_keys.push_back(bind_expr(inner, e.args[1]));
      hash_join.equality.push_back(e.op);
      conditions.push_back(bind_expr(built, expr, true));
    }
    hash_join.hash_condition = make_conjunction(std::move(conditions));
  }
  node->join_condition = bind_clauses(built, path.join_clauses);
  node->filter = bind_clauses(built, path.filter_clauses);
  node->cost = {path.startup, path.total, path.rows, 0};

  std::vector<ExprPtr> output;
  size_t visible = semi ? outer.layout.size() : raw.size();
  for (size_t i = 0; i < visible; ++i) {
    const VarExpr* var = try_as<VarExpr>(raw[i]);
    if (!var || !is_subset(needed_at(var->rte, var->attno), path.rels)) output.push_back(raw[i]);
  }
  if (output.empty() && visible > 0) output.push_back(raw[0]);
  if (semi) {
    // Without targets a semi join's output would be ambiguous: always name the outer columns.
    if (output.empty()) output.push_back(make_bool_const(true));
    apply_target(*this, built, output);
    if (built.node->targets.empty()) built.node->targets = bind_targets(built, output, true);
    built.pruned = true;
  } else {
    prune(built, output);
  }
  built.node->cost.width = layout_width(*this, built.layout);
  built.keys = path.keys;
  return built;
}

Built Level::create_plan(const PathPtr& path) {
  check_stack_depth();
  switch (path->kind) {
    case PathKind::kNestLoop: case PathKind::kHashJoin: return create_join(*path);
    case PathKind::kGate: {
      Built built = create_plan(path->left);
      auto node = std::make_shared<ResultNode>();
      node->one_time_filter = make_conjunction(path->gate);
      PathKeys keys = built.keys;
      set_passthrough(built, node, built.node->cost);
      built.keys = keys;
      return built;
    }
    default: return create_scan(*path);
  }
}

}  // namespace vecino::sql::plan
