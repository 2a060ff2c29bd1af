#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"

namespace vecino::sql::plan {

bool any_node(const ExprPtr& expr, const std::function<bool(const Expr&)>& predicate) {
  if (!expr) return false;
  if (predicate(*expr)) return true;
  bool found = false;
  for_each_child(*expr, [&](const ExprPtr& child) { found = found || any_node(child, predicate); });
  return found;
}

namespace {

Volatility node_volatility(const Expr& expr) {
  const FunctionDef* function = nullptr;
  switch (expr.kind) {
    case ExprKind::kFunction: function = as<FunctionExpr>(expr).function; break;
    case ExprKind::kOperator: case ExprKind::kDistinct: case ExprKind::kNullIf:
      function = as<OperatorExpr>(expr).function;
      break;
    case ExprKind::kScalarArrayOp: function = as<ScalarArrayOpExpr>(expr).function; break;
    case ExprKind::kAggregate: function = as<AggregateExpr>(expr).function; break;
    case ExprKind::kSqlValue: return Volatility::kStable;
    case ExprKind::kCoerceViaIO: {
      // Input and output of date/time types depend on DateStyle and TimeZone, reg* types on the catalog.
      auto depends = [](TypeId id) {
        const TypeInfo* type = find_type(id);
        if (!type) return true;
        if (type->element_id != kInvalidOid && is_array_type(*type)) type = find_type(type->element_id);
        return !type || type->category == 'D' || type->category == 'T' || type->name.starts_with("reg") ||
               type->id == type_id::kRecord || type->id == type_id::kMoney;
      };
      const auto& cast = as<CoerceViaIOExpr>(expr);
      return depends(cast.type.id) || depends(cast.arg->type.id) ? Volatility::kStable : Volatility::kImmutable;
    }
    default: return Volatility::kImmutable;
  }
  return function ? function->volatility : Volatility::kImmutable;
}

bool contains_volatility(const ExprPtr& expr, Volatility at_least) {
  return any_node(expr, [at_least](const Expr& node) {
    Volatility volatility = node_volatility(node);
    if (volatility == Volatility::kVolatile) return true;
    if (at_least == Volatility::kStable && volatility == Volatility::kStable) return true;
    if (node.kind != ExprKind::kSubLink) return false;
    return query_any(*as<SubLinkExpr>(node).query, [at_least](const Expr& inner) {
      Volatility found = node_volatility(inner);
      return found == Volatility::kVolatile || (at_least == Volatility::kStable && found == Volatility::kStable);
    });
  });
}

void collect_unique(const ExprPtr& expr, std::vector<ExprPtr>& out) {
  for (const auto& known : out)
    if (equal_expr(known, expr)) return;
  out.push_back(expr);
}

}  // namespace

bool contains_volatile(const ExprPtr& expr) { return contains_volatility(expr, Volatility::kVolatile); }
bool contains_mutable(const ExprPtr& expr) { return contains_volatility(expr, Volatility::kStable); }

bool contains_kind(const ExprPtr& expr, ExprKind kind) {
  return any_node(expr, [kind](const Expr& node) { return node.kind == kind; });
}

bool is_srf(const Expr& expr) { return expr.kind == ExprKind::kFunction && as<FunctionExpr>(expr).returns_set; }
bool contains_srf(const ExprPtr& expr) { return any_node(expr, is_srf); }

bool contains_outer_reference(const ExprPtr& expr) {
  return any_node(expr, [](const Expr& node) {
    return (node.kind == ExprKind::kVar && as<VarExpr>(node).levels_up > 0) ||
           (node.kind == ExprKind::kParam && as<ParamExpr>(node).source == ParamSource::kExec);
  });
}

void collect_aggregates(const ExprPtr& expr, std::vector<ExprPtr>& out) {
  if (!expr) return;
  if (expr->kind == ExprKind::kAggregate && as<AggregateExpr>(*expr).levels_up == 0) return collect_unique(expr, out);
  for_each_child(*expr, [&](const ExprPtr& child) { collect_aggregates(child, out); });
}

void collect_windows(const ExprPtr& expr, std::vector<ExprPtr>& out) {
  if (!expr) return;
  if (expr->kind == ExprKind::kWindow) return collect_unique(expr, out);
  for_each_child(*expr, [&](const ExprPtr& child) { collect_windows(child, out); });
}

void split_conjuncts(const ExprPtr& expr, std::vector<ExprPtr>& out) {
  if (!expr) return;
  const BoolExpr* node = try_as<BoolExpr>(expr);
  check_stack_depth();
  if (!node || node->op != BoolKind::kAnd) {
    out.push_back(expr);
    return;
  }
  for (const auto& arg : node->args) split_conjuncts(arg, out);
}

ExprPtr make_conjunction(std::vector<ExprPtr> quals) {
  if (quals.empty()) return nullptr;
  if (quals.size() == 1) return quals[0];
  auto node = std::make_shared<BoolExpr>();
  node->args = std::move(quals);
  return node;
}

ExprPtr make_var(int rte, AttrNumber attno, TypeRef type, int levels_up) {
  auto var = std::make_shared<VarExpr>();
  var->rte = rte;
  var->attno = attno;
  var->type = type;
  var->levels_up = levels_up;
  return var;
}

uint64_t var_key(int rte, AttrNumber attno) {
  return (static_cast<uint64_t>(rte) << 16) | static_cast<uint16_t>(attno);
}

ExprPtr strip_relabel(const ExprPtr& expr) {
  check_stack_depth();
  const RelabelExpr* relabel = try_as<RelabelExpr>(expr);
  return relabel ? strip_relabel(relabel->arg) : expr;
}

}  // namespace vecino::sql::plan
