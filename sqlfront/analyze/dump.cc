#include "sqlfront/analyze/dump.h"

namespace vecino::sql {

namespace {

std::string list(const std::vector<ExprPtr>& exprs) {
  std::string out;
  for (const ExprPtr& expr : exprs) {
    if (!out.empty()) out += ", ";
    out += dump_expr(expr);
  }
  return out;
}

std::string constant(const ConstExpr& expr) {
  std::string value = "null";
  if (!expr.value.is_null) {
    const TypeInfo* info = find_type(expr.type.id);
    if (info != nullptr && info->kind == PhysicalKind::kInt) {
      value = std::to_string(expr.value.i64);
    } else if (info != nullptr && info->kind == PhysicalKind::kFloat) {
      value = std::to_string(expr.value.f64);
    } else if (expr.type.id == type_id::kText || expr.type.id == type_id::kUnknown) {
      value = "'" + std::string(expr.value.bytes()) + "'";
    } else {
      value = "<" + std::to_string(expr.value.len) + " bytes>";
    }
  }
  return value + ":" + format_type(expr.type);
}

std::string aggregate(const AggregateExpr& expr) {
  std::string out = std::string(expr.function->name) + "(";
  if (expr.distinct) out += "distinct ";
  out += expr.star ? "*" : list(expr.args);
  for (size_t i = 0; i < expr.order_by.size(); ++i) {
    out += (i == 0 ? " order by " : ", ") + dump_expr(expr.order_by[i].expr) + (expr.order_by[i].descending ? " desc" : "");
  }
  out += ")";
  if (expr.filter) out += " filter " + dump_expr(expr.filter);
  return expr.levels_up > 0 ? out + "^" + std::to_string(expr.levels_up) : out;
}

std::string boolean(const BoolExpr& expr) {
  if (expr.op == BoolKind::kNot) return "not " + dump_expr(expr.args[0]);
  std::string out = "(";
  for (size_t i = 0; i < expr.args.size(); ++i) {
    if (i > 0) out += expr.op == BoolKind::kAnd ? " and " : " or ";
    out += dump_expr(expr.args[i]);
  }
  return out + ")";
}

std::string operation(const OperatorExpr& expr) {
  std::string name(expr.op->name);
  if (expr.kind == ExprKind::kDistinct) name = "is distinct from";
  if (expr.kind == ExprKind::kNullIf) name = "nullif";
  if (expr.args.size() == 1) return "(" + name + " " + dump_expr(expr.args[0]) + ")";
  return "(" + dump_expr(expr.args[0]) + " " + name + " " + dump_expr(expr.args[1]) + ")";
}

std::string from_item(const FromItem& item) {
  if (!item.join) return "#" + std::to_string(item.rte);
  static constexpr const char* kNames[] = {"inner", "left", "full", "right", "semi", "anti"};
  std::string out = "(" + from_item(*item.join->left) + " " + kNames[static_cast<int>(item.join->type)] + " " +
                    from_item(*item.join->right);
  if (item.join->condition) out += " on " + dump_expr(item.join->condition);
  return out + ")";
}

std::string targets(const std::vector<TargetEntry>& entries) {
  std::string out;
  for (const TargetEntry& entry : entries) {
    if (!out.empty()) out += ", ";
    out += dump_expr(entry.expr);
    if (!entry.name.empty()) out += " as " + entry.name;
    if (entry.sort_group_ref != 0) out += " [" + std::to_string(entry.sort_group_ref) + "]";
    if (entry.junk) out += " junk";
  }
  return out;
}

std::string refs(const std::vector<SortGroupClause>& clauses) {
  std::string out;
  for (const SortGroupClause& clause : clauses) {
    if (!out.empty()) out += ", ";
    out += std::to_string(clause.ref);
    if (clause.descending) out += " desc";
    if (clause.nulls_first != clause.descending) out += clause.nulls_first ? " nulls first" : " nulls last";
  }
  return out;
}

std::string set_operation(const SetOperation& op) {
  if (op.rte >= 0) return "#" + std::to_string(op.rte);
  static constexpr const char* kNames[] = {"union", "intersect", "except"};
  return "(" + set_operation(*op.left) + " " + kNames[static_cast<int>(op.op)] + (op.all ? " all " : " ") +
         set_operation(*op.right) + ")";
}

std::string range_table_entry(const RangeTableEntry& rte) {
  switch (rte.kind) {
    case RteKind::kRelation: return rte.relation->name + " " + rte.alias;
    case RteKind::kSubquery: return "{" + dump_query(*rte.subquery) + "} " + rte.alias;
    case RteKind::kJoin: return "join(" + list(rte.join_aliases) + ") " + rte.alias;
    case RteKind::kFunction: {
      std::string out;
      for (const RangeFunction& function : rte.functions) out += dump_expr(function.call) + " ";
      return out + rte.alias;
    }
    case RteKind::kValues: {
      std::string out = "values";
      for (const auto& row : rte.values) out += " (" + list(row) + ")";
      return out;
    }
    case RteKind::kCte: return "cte " + rte.cte_name + "^" + std::to_string(rte.cte_levels_up);
    case RteKind::kResult: return "result";
  }
  return {};
}

}  // namespace

std::string dump_expr(const ExprPtr& expr) {
  if (!expr) return "-";
  std::string type = "::" + format_type(expr->type);
  switch (expr->kind) {
    case ExprKind::kConst: return constant(as<ConstExpr>(*expr));
    case ExprKind::kParam: return "$" + std::to_string(as<ParamExpr>(*expr).id) + ":" + format_type(expr->type);
    case ExprKind::kVar: {
      const auto& var = as<VarExpr>(*expr);
      std::string out = "#" + std::to_string(var.rte) + "." + std::to_string(var.attno);
      return var.levels_up > 0 ? out + "^" + std::to_string(var.levels_up) : out;
    }
    case ExprKind::kFunction: {
      const auto& call = as<FunctionExpr>(*expr);
      return std::string(call.function->name) + "(" + list(call.args) + ")";
    }
    case ExprKind::kOperator: case ExprKind::kDistinct: case ExprKind::kNullIf: return operation(as<OperatorExpr>(*expr));
    case ExprKind::kScalarArrayOp: {
      const auto& op = as<ScalarArrayOpExpr>(*expr);
      return "(" + dump_expr(op.left) + " " + std::string(op.op->name) + (op.use_or ? " any " : " all ") +
             dump_expr(op.array) + ")";
    }
    case ExprKind::kBool: return boolean(as<BoolExpr>(*expr));
    case ExprKind::kNullTest:
      return dump_expr(as<NullTestExpr>(*expr).arg) + (as<NullTestExpr>(*expr).is_not ? " is not null" : " is null");
    case ExprKind::kBooleanTest: return "test(" + dump_expr(as<BooleanTestExpr>(*expr).arg) + ")";
    case ExprKind::kCase: {
      const auto& node = as<CaseExpr>(*expr);
      std::string out = "case " + (node.arg ? dump_expr(node.arg) + " " : std::string());
      for (const auto& when : node.whens) out += "when " + dump_expr(when.condition) + " then " + dump_expr(when.result) + " ";
      return out + "else " + dump_expr(node.otherwise) + " end";
    }
    case ExprKind::kCaseTest: return "@";
    case ExprKind::kCoalesce: return "coalesce(" + list(as<CoalesceExpr>(*expr).args) + ")";
    case ExprKind::kMinMax: return (as<MinMaxExpr>(*expr).greatest ? "greatest(" : "least(") + list(as<MinMaxExpr>(*expr).args) + ")";
    case ExprKind::kArray: return "array[" + list(as<ArrayExpr>(*expr).elements) + "]" + type;
    case ExprKind::kRow: return "row(" + list(as<RowExpr>(*expr).args) + ")";
    case ExprKind::kRowCompare:
      return "(row(" + list(as<RowCompareExpr>(*expr).left) + ") cmp row(" + list(as<RowCompareExpr>(*expr).right) + "))";
    case ExprKind::kFieldSelect: return dump_expr(as<FieldSelectExpr>(*expr).arg) + "." + as<FieldSelectExpr>(*expr).name;
    case ExprKind::kSubscript: return dump_expr(as<SubscriptExpr>(*expr).container) + "[" + list(as<SubscriptExpr>(*expr).upper) + "]";
    case ExprKind::kSubLink: {
      static constexpr const char* kNames[] = {"exists", "all", "any", "row", "expr", "array", "multi"};
      const auto& link = as<SubLinkExpr>(*expr);
      std::string test = link.test ? dump_expr(link.test) + " " : std::string();
      return std::string(kNames[static_cast<int>(link.link)]) + "(" + test + "{" + dump_query(*link.query) + "})";
    }
    case ExprKind::kSubPlan: return "subplan " + std::to_string(as<SubPlanExpr>(*expr).plan_id);
    case ExprKind::kAggregate: return aggregate(as<AggregateExpr>(*expr));
    case ExprKind::kWindow: {
      const auto& window = as<WindowExpr>(*expr);
      return std::string(window.function->name) + "(" + list(window.args) + ") over " + std::to_string(window.window);
    }
    case ExprKind::kGrouping: return "grouping(" + list(as<GroupingExpr>(*expr).args) + ")";
    case ExprKind::kRelabel: return dump_expr(as<RelabelExpr>(*expr).arg) + type;
    case ExprKind::kCoerceViaIO: return "io(" + dump_expr(as<CoerceViaIOExpr>(*expr).arg) + ")" + type;
    case ExprKind::kArrayCoerce:
      return "each(" + dump_expr(as<ArrayCoerceExpr>(*expr).arg) + ": " + dump_expr(as<ArrayCoerceExpr>(*expr).element) + ")" + type;
    case ExprKind::kSetToDefault: return "default";
    case ExprKind::kSqlValue: return "sqlvalue" + std::to_string(static_cast<int>(as<SqlValueExpr>(*expr).value)) + type;
    case ExprKind::kCollate: return dump_expr(as<CollateExpr>(*expr).arg) + " collate " + as<CollateExpr>(*expr).collation;
    case ExprKind::kInput: return "@" + std::to_string(as<InputExpr>(*expr).index);
  }
  return "?";
}

std::string dump_query(const Query& query) {
  static constexpr const char* kCommands[] = {"select", "insert", "update", "delete"};
  std::string out = kCommands[static_cast<int>(query.command)];
  for (const CommonTableExpr& cte : query.ctes) {
    out += std::string(" with ") + (cte.recursive ? "recursive " : "") + cte.name;
    if (cte.query) out += " {" + dump_query(*cte.query) + "}";
  }
  if (query.result_rte >= 0) out += " into #" + std::to_string(query.result_rte);
  out += " " + targets(query.targets);
  for (size_t i = 0; i < query.range_table.size(); ++i) {
    out += (i == 0 ? " rt " : "; ") + std::to_string(i) + "=" + range_table_entry(query.range_table[i]);
  }
  if (query.set_operation) out += " set " + set_operation(*query.set_operation);
  for (size_t i = 0; i < query.from.size(); ++i) out += (i == 0 ? " from " : ", ") + from_item(*query.from[i]);
  if (query.where) out += " where " + dump_expr(query.where);
  if (!query.group_by.empty()) out += " group " + refs(query.group_by);
  for (const GroupingSet& set : query.grouping_sets) {
    out += " {";
    for (int ref : set.refs) out += " " + std::to_string(ref);
    out += " }";
  }
  if (query.having) out += " having " + dump_expr(query.having);
  if (!query.distinct.empty()) out += (query.distinct_on ? " distinct on " : " distinct ") + refs(query.distinct);
  if (!query.order_by.empty()) out += " order " + refs(query.order_by);
  if (query.limit) out += " limit " + dump_expr(query.limit);
  if (query.offset) out += " offset " + dump_expr(query.offset);
  if (query.on_conflict.action == OnConflictAction::kNothing) out += " on conflict nothing";
  if (query.on_conflict.action == OnConflictAction::kUpdate) out += " on conflict set " + targets(query.on_conflict.set);
  if (!query.returning.empty()) out += " returning " + targets(query.returning);
  return out;
}

}  // namespace vecino::sql
