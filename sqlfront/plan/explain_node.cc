#include "sqlfront/plan/explain_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::plan {

namespace {

std::string_view join_name(JoinType type) {
  switch (type) {
    case JoinType::kInner: return "Inner";
    case JoinType::kLeft: return "Left";
    case JoinType::kFull: return "Full";
    case JoinType::kRight: return "Right";
    case JoinType::kSemi: return "Semi";
    case JoinType::kAnti: return "Anti";
  }
  return "";
}

std::string_view set_op_name(const SetOpNode& node) {
  if (node.op == SetOperator::kExcept) return node.all ? "Except All" : "Except";
  return node.all ? "Intersect All" : "Intersect";
}

std::string_view command_name(Command command) {
  switch (command) {
    case Command::kInsert: return "Insert";
    case Command::kUpdate: return "Update";
    case Command::kDelete: return "Delete";
    case Command::kSelect: break;
  }
  return "Select";
}

std::set<int> subplans_of(const PlanNode& node) {
  std::set<int> ids;
  visit_node_exprs(node, [&](const ExprPtr& expr) {
    std::function<void(const Expr&)> walk = [&](const Expr& e) {
      if (e.kind == ExprKind::kSubPlan) ids.insert(as<SubPlanExpr>(e).plan_id);
      for_each_child(e, [&](const ExprPtr& child) { walk(*child); });
    };
    walk(*expr);
  });
  return ids;
}

bool is_scan(PlanKind kind) {
  switch (kind) {
    case PlanKind::kSeqScan: case PlanKind::kIndexScan: case PlanKind::kTidScan: case PlanKind::kFunctionScan:
    case PlanKind::kValuesScan: case PlanKind::kCteScan: case PlanKind::kSystemScan:
      return true;
    default: return false;
  }
}

}  // namespace

ExplainPrinter::NodeName ExplainPrinter::node_name(const PlanNode& node) const {
  auto plain = [](std::string_view text) { return NodeName{std::string(text), std::string(text), {}, {}}; };
  switch (node.kind) {
    case PlanKind::kResult: return plain("Result");
    case PlanKind::kProjectSet: return plain("ProjectSet");
    case PlanKind::kSeqScan: case PlanKind::kSystemScan: return plain("Seq Scan");
    case PlanKind::kIndexScan: {
      const auto& scan = static_cast<const IndexScanNode&>(node);
      return plain(scan.index_only ? "Index Only Scan" : "Index Scan");
    }
    case PlanKind::kKnnScan: return plain("Sort");
    case PlanKind::kTidScan: return plain("Tid Scan");
    case PlanKind::kFunctionScan: return plain("Function Scan");
    case PlanKind::kValuesScan: return plain("Values Scan");
    case PlanKind::kSubqueryScan: return plain("Subquery Scan");
    case PlanKind::kCteScan: return plain(static_cast<const CteScanNode&>(node).work_table ? "WorkTable Scan" : "CTE Scan");
    case PlanKind::kNestLoop: case PlanKind::kHashJoin: case PlanKind::kMergeJoin: {
      JoinType type = static_cast<const JoinNode&>(node).join;
      std::string base = node.kind == PlanKind::kNestLoop ? "Nested Loop" : node.kind == PlanKind::kHashJoin ? "Hash" : "Merge";
      NodeName name;
      name.type = node.kind == PlanKind::kNestLoop ? base : base + " Join";
      name.join_type = join_name(type);
      name.text = base;
      if (type != JoinType::kInner) name.text += fmt::format(" {} Join", join_name(type));
      else if (node.kind != PlanKind::kNestLoop) name.text += " Join";
      return name;
    }
    case PlanKind::kHash: return plain("Hash");
    case PlanKind::kMaterialize: return plain("Materialize");
    case PlanKind::kMemoize: return plain("Memoize");
    case PlanKind::kSort: return plain("Sort");
    case PlanKind::kIncrementalSort: return plain("Incremental Sort");
    case PlanKind::kLimit: return plain("Limit");
    case PlanKind::kUnique: return plain("Unique");
    case PlanKind::kGroup: return plain("Group");
    case PlanKind::kAggregate: {
      NodeName name;
      name.type = "Aggregate";
      switch (static_cast<const AggregateNode&>(node).strategy) {
        case AggregateStrategy::kPlain: name.text = "Aggregate"; name.strategy = "Plain"; break;
        case AggregateStrategy::kSorted: name.text = "GroupAggregate"; name.strategy = "Sorted"; break;
        case AggregateStrategy::kHashed: name.text = "HashAggregate"; name.strategy = "Hashed"; break;
        case AggregateStrategy::kMixed: name.text = "MixedAggregate"; name.strategy = "Mixed"; break;
      }
      return name;
    }
    case PlanKind::kWindowAgg: return plain("WindowAgg");
    case PlanKind::kAppend: return plain("Append");
    case PlanKind::kSetOp: return {"HashSetOp", "SetOp", "Hashed", {}};
    case PlanKind::kRecursiveUnion: return plain("Recursive Union");
    case PlanKind::kLockRows: return plain("LockRows");
    case PlanKind::kModifyTable: return {std::string(command_name(static_cast<const ModifyTableNode&>(node).command)), "ModifyTable", {}, {}};
    case PlanKind::kGather: return plain("Gather");
  }
  return plain("???");
}

void ExplainPrinter::print_scan_target(int rte, const RelationPtr& relation, std::string_view object) {
  print_scan_target(names_.relation_name(rte), relation, object);
}

void ExplainPrinter::print_scan_target(const std::string& alias, const RelationPtr& relation, std::string_view object) {
  std::string name = relation ? relation->name : std::string(object);
  if (emit_.is_text()) {
    emit_.raw(" on");
    if (!name.empty()) {
      std::string qualified = quote_identifier(name);
      if (options_.verbose && relation)
        if (SchemaPtr schema = catalog_.find_schema(relation->schema)) qualified = quote_identifier(schema->name) + "." + qualified;
      emit_.raw(" " + qualified);
    }
    if (!alias.empty() && (name.empty() || alias != name)) emit_.raw(" " + quote_identifier(alias));
    return;
  }
  if (relation) {
    emit_.text("Relation Name", relation->name);
    if (options_.verbose)
      if (SchemaPtr schema = catalog_.find_schema(relation->schema)) emit_.text("Schema", schema->name);
  }
  if (!alias.empty()) emit_.text("Alias", alias);
}

void ExplainPrinter::print_target(const PlanNode& node) {
  switch (node.kind) {
    case PlanKind::kSeqScan: case PlanKind::kTidScan: case PlanKind::kSystemScan: {
      const auto& scan = static_cast<const ScanNode&>(node);
      return print_scan_target(scan.rte, scan.relation, {});
    }
    case PlanKind::kIndexScan: {
      const auto& scan = static_cast<const IndexScanNode&>(node);
      if (emit_.is_text()) {
        if (scan.backward) emit_.raw(" Backward");
        emit_.raw(" using " + quote_identifier(scan.index->name));
      } else {
        emit_.text("Scan Direction", scan.backward ? "Backward" : "Forward");
        emit_.text("Index Name", scan.index->name);
      }
      return print_scan_target(scan.rte, scan.relation, {});
    }
    case PlanKind::kFunctionScan: {
      const auto& scan = static_cast<const FunctionScanNode&>(node);
      std::string_view name;
      const FunctionExpr* call = scan.functions.size() == 1 ? try_as<FunctionExpr>(scan.functions[0].call) : nullptr;
      if (call) name = call->function->name;
      if (!emit_.is_text() && call) emit_.text("Function Name", name);
      return print_scan_target(scan.rte, nullptr, name);
    }
    case PlanKind::kValuesScan: return print_scan_target(static_cast<const ValuesScanNode&>(node).rte, nullptr, {});
    case PlanKind::kSubqueryScan: return print_scan_target(static_cast<const SubqueryScanNode&>(node).rte, nullptr, {});
    case PlanKind::kCteScan: {
      const auto& scan = static_cast<const CteScanNode&>(node);
      if (!emit_.is_text()) emit_.text("CTE Name", scan.cte_name);
      return print_scan_target(scan.rte, nullptr, scan.cte_name);
    }
    case PlanKind::kModifyTable: {
      const auto& modify = static_cast<const ModifyTableNode&>(node);
      // Range-table numbers are counted over the whole plan, and WITH comes first.
      if (plan_.source && plan_.source->has_modifying_cte) return print_scan_target(modify.alias, modify.relation, {});
      return print_scan_target(plan_.source ? plan_.source->result_rte : -1, modify.relation, {});
    }
    case PlanKind::kSetOp:
      if (emit_.is_text()) emit_.raw(fmt::format(" {}", set_op_name(static_cast<const SetOpNode&>(node))));
      else emit_.text("Command", set_op_name(static_cast<const SetOpNode&>(node)));
      return;
    default: return;
  }
}

void ExplainPrinter::print_costs(const PlanCost& cost) {
  if (!options_.costs) return;
  if (emit_.is_text()) {
    emit_.raw(fmt::format("  (cost={:.2f}..{:.2f} rows={:.0f} width={})", cost.startup, cost.total, cost.rows, cost.width));
    return;
  }
  emit_.number("Startup Cost", cost.startup, 2);
  emit_.number("Total Cost", cost.total, 2);
  emit_.number("Plan Rows", cost.rows, 0);
  emit_.integer("Plan Width", cost.width);
}

void ExplainPrinter::print_actual(const NodeInstrumentation* c) {
  if (!execution_) return;
  double loops = c ? c->loops : 0;
  double startup = loops > 0 ? c->startup_ms / loops : 0, total = loops > 0 ? c->total_ms / loops : 0;
  double rows = loops > 0 ? c->rows / loops : 0;
  if (emit_.is_text()) {
    if (loops <= 0) emit_.raw(" (never executed)");
    else if (options_.timing) emit_.raw(fmt::format(" (actual time={:.3f}..{:.3f} rows={:.0f} loops={:.0f})", startup, total, rows, loops));
    else emit_.raw(fmt::format(" (actual rows={:.0f} loops={:.0f})", rows, loops));
    return;
  }
  if (options_.timing) {
    emit_.number("Actual Startup Time", startup, 3);
    emit_.number("Actual Total Time", total, 3);
  }
  emit_.number("Actual Rows", rows, 0);
  emit_.number("Actual Loops", loops, 0);
}

void ExplainPrinter::print_header(const PlanNode& node, const NodeName& name, std::string_view relationship, std::string_view plan_name) {
  if (emit_.is_text()) {
    if (!plan_name.empty()) {
      emit_.indent_text();
      emit_.raw(plan_name);
      emit_.raw("\n");
      ++emit_.indent;
    }
    if (emit_.indent > 0) {
      emit_.indent_text();
      emit_.raw("->  ");
      emit_.indent += 2;
    }
    emit_.raw(name.text);
    ++emit_.indent;
  } else {
    emit_.text("Node Type", name.type);
    if (node.kind == PlanKind::kModifyTable)
      emit_.text("Operation", command_name(static_cast<const ModifyTableNode&>(node).command));
    if (!name.strategy.empty()) emit_.text("Strategy", name.strategy);
    if (node.kind == PlanKind::kAggregate) emit_.text("Partial Mode", "Simple");
    if (!relationship.empty()) emit_.text("Parent Relationship", relationship);
    if (!plan_name.empty()) emit_.text("Subplan Name", plan_name);
    emit_.boolean("Parallel Aware", node.parallel_aware);
    emit_.boolean("Async Capable", false);
  }
  print_target(node);
  if (!emit_.is_text() && !name.join_type.empty()) emit_.text("Join Type", name.join_type);
}

void ExplainPrinter::print(const PlanNode& node, std::string_view relationship, std::string_view plan_name) {
  check_stack_depth();
  if (node.kind == PlanKind::kKnnScan) return print_knn(static_cast<const KnnScanNode&>(node), relationship, plan_name);
  int saved = emit_.indent;
  emit_.open_group("Plan", relationship.empty() ? "Plan" : "", true);
  NodeName name = node_name(node);
  print_header(node, name, relationship, plan_name);
  print_costs(node.cost);
  print_actual(counters(node));
  if (emit_.is_text()) emit_.raw("\n");
  if (options_.verbose) print_output(node);
  print_details(node);
  print_buffers(node);
  print_children(node);
  emit_.indent = saved;
  emit_.close_group("Plan", relationship.empty() ? "Plan" : "", true);
}

// The fused node prints as the Sort over a Seq Scan that it stands for.
void ExplainPrinter::print_knn(const KnnScanNode& node, std::string_view relationship, std::string_view plan_name) {
  int saved = emit_.indent;
  const NodeInstrumentation* c = counters(node);
  emit_.open_group("Plan", relationship.empty() ? "Plan" : "", true);
  print_header(node, node_name(node), relationship, plan_name);
  print_costs(node.cost);
  print_actual(c);
  if (emit_.is_text()) emit_.raw("\n");
  if (options_.verbose) print_output(node);
  std::string key = "(" + names_.expr(node.distance, upper_prefix()) + ")";
  if (node.descending) key += " DESC";
  emit_.list("Sort Key", {key});
  if (c) {
    NodeInstrumentation sorted = *c;
    if (sorted.sort_method.empty()) sorted.sort_method = "top-N heapsort";
    print_sort_method(&sorted);
  }
  print_buffers(node);
  emit_.open_group("Plans", "Plans", false);
  int inner = emit_.indent;
  emit_.open_group("Plan", "", true);
  if (emit_.is_text()) {
    emit_.indent_text();
    emit_.raw("->  Seq Scan");
    emit_.indent += 3;
  } else {
    emit_.text("Node Type", "Seq Scan");
    emit_.text("Parent Relationship", "Outer");
    emit_.boolean("Parallel Aware", false);
    emit_.boolean("Async Capable", false);
  }
  print_scan_target(node.rte, node.relation, {});
  print_costs(node.scan_cost);
  if (execution_ && c) {
    NodeInstrumentation scan = *c;
    scan.startup_ms = 0;
    if (c->rows_scanned > 0 || c->rows == 0) scan.rows = c->rows_scanned - c->filtered;
    print_actual(&scan);
  } else {
    print_actual(nullptr);
  }
  if (emit_.is_text()) emit_.raw("\n");
  print_filter("Filter", node.filter, scan_prefix());
  if (node.filter) print_removed("Rows Removed by Filter", node, c ? c->filtered : 0);
  print_buffers(node);
  emit_.indent = inner;
  emit_.close_group("Plan", "", true);
  emit_.close_group("Plans", "Plans", false);
  emit_.indent = saved;
  emit_.close_group("Plan", relationship.empty() ? "Plan" : "", true);
}

// ---- properties

void ExplainPrinter::print_filter(std::string_view label, const ExprPtr& expr, ExplainNames::Prefix prefix) {
  if (expr) emit_.text(label, names_.expr(expr, prefix));
}

void ExplainPrinter::print_removed(std::string_view label, const PlanNode& node, double removed) {
  const NodeInstrumentation* c = counters(node);
  if (!execution_ || !c) return;
  if (removed <= 0 && emit_.is_text()) return;
  emit_.number(label, c->loops > 0 ? removed / c->loops : 0, 0);
}

std::vector<std::string> ExplainPrinter::output_list(const PlanNode& node, bool inside) {
  auto prefix = names_.several_relations() ? ExplainNames::Prefix::kYes : ExplainNames::Prefix::kNo;
  std::vector<std::string> result;
  if (!node.targets.empty()) {
    for (const auto& target : node.targets) {
      std::string text = names_.expr(target.expr, prefix);
      bool plain = target.expr->kind == ExprKind::kInput || target.expr->kind == ExprKind::kConst || target.expr->kind == ExprKind::kParam;
      result.push_back(inside && !plain ? "(" + text + ")" : text);
    }
    return result;
  }
  switch (node.kind) {
    case PlanKind::kSeqScan: case PlanKind::kIndexScan: case PlanKind::kTidScan: case PlanKind::kSystemScan: case PlanKind::kKnnScan: {
      const auto& scan = static_cast<const ScanNode&>(node);
      for (AttrNumber attno : scan.fetch) {
        auto var = std::make_shared<VarExpr>();
        var->rte = scan.rte;
        var->attno = attno;
        result.push_back(names_.expr(var, prefix));
      }
      return result;
    }
    case PlanKind::kFunctionScan: case PlanKind::kValuesScan: case PlanKind::kCteScan: {
      int rte = node.kind == PlanKind::kFunctionScan ? static_cast<const FunctionScanNode&>(node).rte
                : node.kind == PlanKind::kValuesScan ? static_cast<const ValuesScanNode&>(node).rte
                                                     : static_cast<const CteScanNode&>(node).rte;
      for (size_t i = 0; i < node.output_types.size(); ++i) {
        auto var = std::make_shared<VarExpr>();
        var->rte = rte;
        var->attno = static_cast<AttrNumber>(i + 1);
        result.push_back(names_.expr(var, prefix));
      }
      return result;
    }
    case PlanKind::kAggregate: {
      const auto& aggregate = static_cast<const AggregateNode&>(node);
      std::vector<std::string> below = output_list(*node.children[0], true);
      for (const auto& key : aggregate.group_keys)
        result.push_back(static_cast<size_t>(key.column) < below.size() ? below[key.column] : "?column?");
      for (const auto& call : aggregate.aggregates) result.push_back((inside ? "(" : "") + names_.expr(call, prefix) + (inside ? ")" : ""));
      return result;
    }
    default: break;
  }
  size_t inputs = node.kind == PlanKind::kNestLoop || node.kind == PlanKind::kHashJoin ? 2 : std::min<size_t>(1, node.children.size());
  for (size_t i = 0; i < inputs; ++i)
    for (auto& text : output_list(*node.children[i], true)) result.push_back(std::move(text));
  if (node.kind == PlanKind::kWindowAgg)
    for (const auto& call : static_cast<const WindowAggNode&>(node).functions) result.push_back(names_.expr(call, prefix));
  return result;
}

void ExplainPrinter::print_output(const PlanNode& node) {
  if (node.kind == PlanKind::kAppend || node.kind == PlanKind::kRecursiveUnion) return;
  std::vector<std::string> columns;
  if (node.kind == PlanKind::kModifyTable) {
    for (const auto& target : static_cast<const ModifyTableNode&>(node).returning)
      columns.push_back(names_.expr(target.expr, names_.several_relations() ? ExplainNames::Prefix::kYes : ExplainNames::Prefix::kNo));
  } else {
    columns = output_list(node, false);
  }
  if (!columns.empty()) emit_.list("Output", columns);
}

std::string ExplainPrinter::column_text(const PlanNode& node, int column, ExplainNames::Prefix prefix) {
  if (!node.targets.empty() && static_cast<size_t>(column) < node.targets.size()) {
    const ExprPtr& expr = node.targets[column].expr;
    std::string text = names_.expr(expr, prefix);
    bool plain = expr->kind == ExprKind::kInput && !as<InputExpr>(*expr).computed_below;
    bool wrapped = expr->kind == ExprKind::kInput && as<InputExpr>(*expr).computed_below;
    const InputExpr* input = try_as<InputExpr>(expr);
    if (input && input->origin && input->origin->kind != ExprKind::kVar && !wrapped) return "(" + text + ")";
    return plain || wrapped || expr->kind == ExprKind::kConst ? text : "(" + text + ")";
  }
  switch (node.kind) {
    case PlanKind::kSeqScan: case PlanKind::kIndexScan: case PlanKind::kTidScan: case PlanKind::kSystemScan: case PlanKind::kKnnScan: {
      const auto& scan = static_cast<const ScanNode&>(node);
      auto var = std::make_shared<VarExpr>();
      var->rte = scan.rte;
      var->attno = scan.fetch.at(static_cast<size_t>(column));
      return names_.expr(var, prefix);
    }
    case PlanKind::kFunctionScan: case PlanKind::kValuesScan: case PlanKind::kCteScan: {
      auto var = std::make_shared<VarExpr>();
      var->rte = node.kind == PlanKind::kFunctionScan ? static_cast<const FunctionScanNode&>(node).rte
                 : node.kind == PlanKind::kValuesScan ? static_cast<const ValuesScanNode&>(node).rte
                                                      : static_cast<const CteScanNode&>(node).rte;
      var->attno = static_cast<AttrNumber>(column + 1);
      return names_.expr(var, prefix);
    }
    case PlanKind::kAggregate: {
      const auto& aggregate = static_cast<const AggregateNode&>(node);
      if (static_cast<size_t>(column) < aggregate.group_keys.size())
        return column_text(*node.children[0], aggregate.group_keys[column].column, prefix);
      return "(" + names_.expr(aggregate.aggregates.at(static_cast<size_t>(column) - aggregate.group_keys.size()), prefix) + ")";
    }
    case PlanKind::kWindowAgg: {
      const auto& window = static_cast<const WindowAggNode&>(node);
      size_t inputs = node.children[0]->output_types.size();
      if (static_cast<size_t>(column) >= inputs)
        return "(" + names_.expr(window.functions.at(static_cast<size_t>(column) - inputs), prefix) + ")";
      break;
    }
    default: break;
  }
  for (const auto& child : node.children) {
    if (static_cast<size_t>(column) < child->output_types.size()) return column_text(*child, column, prefix);
    column -= static_cast<int>(child->output_types.size());
  }
  return "?column?";
}

void ExplainPrinter::print_sort_keys(std::string_view label, const PlanNode& child, const std::vector<SortKey>& keys) {
  std::vector<std::string> texts;
  for (const auto& key : keys) {
    std::string text = column_text(child, key.column, upper_prefix());
    if (label == "Sort Key") {
      if (key.descending) text += " DESC";
      if (key.nulls_first != key.descending) text += key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    }
    texts.push_back(std::move(text));
  }
  if (!texts.empty()) emit_.list(label, texts);
}

void ExplainPrinter::print_sort_method(const NodeInstrumentation* c) {
  if (!execution_ || !c || c->loops <= 0 || c->sort_method.empty()) return;
  const char* type = c->disk_kb > 0 ? "Disk" : "Memory";
  const uint64_t space = c->disk_kb > 0 ? c->disk_kb : std::max<uint64_t>(c->memory_kb, 25);
  if (emit_.is_text()) {
    emit_.indent_text();
    emit_.raw(fmt::format("Sort Method: {}  {}: {}kB\n", c->sort_method, type, space));
    return;
  }
  emit_.text("Sort Method", c->sort_method);
  emit_.integer("Sort Space Used", static_cast<int64_t>(space));
  emit_.text("Sort Space Type", type);
}

void ExplainPrinter::print_hash(const NodeInstrumentation* c) {
  if (!execution_ || !c || c->hash_buckets <= 0) return;
  int64_t batches = std::max<int64_t>(1, c->hash_batches);
  if (emit_.is_text()) {
    emit_.indent_text();
    emit_.raw(fmt::format("Buckets: {}  Batches: {}  Memory Usage: {}kB\n", c->hash_buckets, batches, c->memory_kb));
    return;
  }
  emit_.integer("Hash Buckets", c->hash_buckets);
  emit_.integer("Original Hash Buckets", c->hash_buckets);
  emit_.integer("Hash Batches", batches);
  emit_.integer("Original Hash Batches", batches);
  emit_.integer("Peak Memory Usage", static_cast<int64_t>(c->memory_kb));
}

void ExplainPrinter::print_aggregate(const AggregateNode& node) {
  const NodeInstrumentation* c = counters(node);
  print_sort_keys("Group Key", *node.children[0], node.group_keys);
  print_filter("Filter", node.filter, upper_prefix());
  if (execution_ && c && node.strategy == AggregateStrategy::kHashed && c->loops > 0) {
    if (emit_.is_text()) {
      emit_.indent_text();
      emit_.raw(fmt::format("Batches: {}  Memory Usage: {}kB", std::max<int64_t>(1, c->hash_batches), std::max<uint64_t>(24, c->memory_kb)));
      emit_.raw(c->disk_kb > 0 ? fmt::format("  Disk Usage: {}kB\n", c->disk_kb) : "\n");
    } else {
      emit_.integer("HashAgg Batches", std::max<int64_t>(1, c->hash_batches));
      emit_.integer("Peak Memory Usage", static_cast<int64_t>(std::max<uint64_t>(24, c->memory_kb)));
      emit_.integer("Disk Usage", static_cast<int64_t>(c->disk_kb));
    }
  }
  if (node.filter) print_removed("Rows Removed by Filter", node, c ? c->filtered : 0);
}

void ExplainPrinter::print_modify(const ModifyTableNode& node) {
  if (node.on_conflict == OnConflictAction::kNone) return;
  emit_.text("Conflict Resolution", node.on_conflict == OnConflictAction::kNothing ? "NOTHING" : "UPDATE");
  std::vector<std::string> arbiters;
  for (Oid oid : node.arbiters)
    if (RelationPtr index = catalog_.find_relation(oid)) arbiters.push_back(index->name);
  if (!arbiters.empty()) emit_.list("Conflict Arbiter Indexes", arbiters);
  print_filter("Conflict Filter", node.conflict_where, upper_prefix());
}

void ExplainPrinter::print_details(const PlanNode& node) {
  const NodeInstrumentation* c = counters(node);
  double filtered = c ? c->filtered : 0;
  switch (node.kind) {
    case PlanKind::kIndexScan: {
      const auto& scan = static_cast<const IndexScanNode&>(node);
      std::vector<ExprPtr> conditions;
      for (const auto& condition : scan.conditions) conditions.push_back(condition.original);
      if (conditions.size() == 1) {
        print_filter("Index Cond", conditions[0], scan_prefix());
      } else if (!conditions.empty()) {
        auto all = std::make_shared<BoolExpr>();
        all->args = conditions;
        print_filter("Index Cond", all, scan_prefix());
      }
      if (!scan.conditions.empty()) print_removed("Rows Removed by Index Recheck", node, c ? c->recheck_removed : 0);
      print_filter("Order By", scan.order_by, scan_prefix());
      break;
    }
    case PlanKind::kTidScan: {
      const auto& scan = static_cast<const TidScanNode&>(node);
      if (scan.tid) emit_.text("TID Cond", "(ctid = " + names_.expr(scan.tid, scan_prefix()) + ")");
      break;
    }
    case PlanKind::kFunctionScan:
      if (options_.verbose) {
        std::vector<std::string> calls;
        for (const auto& function : static_cast<const FunctionScanNode&>(node).functions)
          calls.push_back(names_.expr(function.call, ExplainNames::Prefix::kYes));
        emit_.list("Function Call", calls);
      }
      break;
    case PlanKind::kNestLoop: case PlanKind::kHashJoin: {
      const auto& join = static_cast<const JoinNode&>(node);
      if (node.kind == PlanKind::kHashJoin) {
        if (!emit_.is_text()) emit_.boolean("Inner Unique", false);
        print_filter("Hash Cond", static_cast<const HashJoinNode&>(node).hash_condition, upper_prefix());
      } else if (!emit_.is_text()) {
        emit_.boolean("Inner Unique", false);
      }
      print_filter("Join Filter", join.join_condition, upper_prefix());
      if (join.join_condition) print_removed("Rows Removed by Join Filter", node, c ? c->join_filtered : 0);
      print_filter("Filter", node.filter, upper_prefix());
      if (node.filter) print_removed("Rows Removed by Filter", node, filtered);
      return;
    }
    case PlanKind::kAggregate: return print_aggregate(static_cast<const AggregateNode&>(node));
    case PlanKind::kSort:
      print_sort_keys("Sort Key", *node.children[0], static_cast<const SortNode&>(node).keys);
      print_sort_method(c);
      break;
    case PlanKind::kResult:
      print_filter("One-Time Filter", static_cast<const ResultNode&>(node).one_time_filter, upper_prefix());
      break;
    case PlanKind::kModifyTable: return print_modify(static_cast<const ModifyTableNode&>(node));
    case PlanKind::kHash: print_hash(c); break;
    default: break;
  }
  if (!node.filter) return;
  print_filter("Filter", node.filter, is_scan(node.kind) ? scan_prefix() : upper_prefix());
  print_removed("Rows Removed by Filter", node, filtered);
}

// With what the nodes below it touched, as the times are.
void ExplainPrinter::add_buffers(const PlanNode& node, uint64_t& hit, uint64_t& read) const {
  if (const NodeInstrumentation* c = counters(node)) {
    hit += c->buffers_hit;
    read += c->buffers_read;
  }
  for (const auto& child : node.children) add_buffers(*child, hit, read);
  for (int id : node.init_plans)
    if (plan_.subplans[id].plan) add_buffers(*plan_.subplans[id].plan, hit, read);
  for (int id : subplans_of(node))
    if (plan_.subplans[id].plan) add_buffers(*plan_.subplans[id].plan, hit, read);
}

void ExplainPrinter::print_buffers(const PlanNode& node) {
  if (!options_.buffers) return;
  uint64_t hit = 0, read = 0;
  add_buffers(node, hit, read);
  emit_.is_text() ? print_buffer_line(emit_, hit, read) : emit_block_counts(emit_, hit, read);
}

void print_buffer_line(ExplainEmitter& emit, uint64_t hit, uint64_t read) {
  if (hit == 0 && read == 0) return;
  emit.indent_text();
  std::string text = "Buffers: shared";
  if (hit > 0) text += fmt::format(" hit={}", hit);
  if (read > 0) text += fmt::format(" read={}", read);
  emit.raw(text + "\n");
}

void emit_block_counts(ExplainEmitter& emit, uint64_t hit, uint64_t read) {
  emit.integer("Shared Hit Blocks", static_cast<int64_t>(hit));
  emit.integer("Shared Read Blocks", static_cast<int64_t>(read));
  for (const char* label : {"Shared Dirtied Blocks", "Shared Written Blocks", "Local Hit Blocks", "Local Read Blocks",
                            "Local Dirtied Blocks", "Local Written Blocks", "Temp Read Blocks", "Temp Written Blocks"}) {
    emit.integer(label, 0);
  }
}

void ExplainPrinter::print_children(const PlanNode& node) {
  std::set<int> sub_plans = subplans_of(node);
  if (node.children.empty() && node.init_plans.empty() && sub_plans.empty()) return;
  emit_.open_group("Plans", "Plans", false);
  for (int id : node.init_plans)
    if (plan_.subplans[id].plan) print(*plan_.subplans[id].plan, "InitPlan", plan_.subplans[id].name);
  for (size_t i = 0; i < node.children.size(); ++i) {
    std::string_view relationship = i == 0 ? "Outer" : "Inner";
    if (node.kind == PlanKind::kAppend) relationship = "Member";
    if (node.kind == PlanKind::kSubqueryScan) relationship = "Subquery";
    print(*node.children[i], relationship, {});
  }
  for (int id : sub_plans)
    if (plan_.subplans[id].plan) print(*plan_.subplans[id].plan, "SubPlan", plan_.subplans[id].name);
  emit_.close_group("Plans", "Plans", false);
}

}  // namespace vecino::sql::plan
