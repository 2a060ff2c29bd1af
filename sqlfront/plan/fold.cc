#include <algorithm>
#include <unordered_map>

#include "sqlfront/exec/executor.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// Constant folding of one node (manual 38.7: what IMMUTABLE allows). An error of a constant expression ends the statement here,
// before it does anything, as in PostgreSQL; under CASE, COALESCE, AND and OR it is left for the evaluation that may not come.

namespace vecino::sql::plan {

namespace {

constexpr Oid kBoolEqual = 91, kBoolNotEqual = 85;

const ConstExpr* as_const(const ExprPtr& expr) { return try_as<ConstExpr>(expr); }
bool is_null_const(const ExprPtr& expr) { return as_const(expr) && as_const(expr)->value.is_null; }
bool all_const(const std::vector<ExprPtr>& args) {
  for (const auto& arg : args)
    if (!as_const(arg)) return false;
  return true;
}
bool any_null_const(const std::vector<ExprPtr>& args) {
  for (const auto& arg : args)
    if (is_null_const(arg)) return true;
  return false;
}

ExprPtr evaluate(const ExprPtr& expr, Planner& planner) {
  if (!planner.env()) return expr;
  try {
    Arena arena;
    ExecContext context;
    context.env = planner.env();
    context.catalog = planner.input.catalog;
    return make_const(expr->type, evaluate_constant(expr, context, arena), expr->location);
  } catch (const SqlError&) {
    if (planner.conditional_depth == 0) throw;
    return expr;
  }
}

ExprPtr fold_call(const ExprPtr& expr, const FunctionDef* function, const std::vector<ExprPtr>& args, Planner& planner) {
  if (!function || !function->row || function->set || function->kind != FunctionKind::kFunction) return expr;
  if (function->strict && any_null_const(args)) return make_null_const(expr->type, expr->location);
  if (function->volatility != Volatility::kImmutable || !all_const(args)) return expr;
  if (function->variadic != kInvalidOid) return evaluate(expr, planner);
  std::vector<Datum> values;
  std::vector<Oid> types;
  for (const auto& arg : args) {
    values.push_back(as_const(arg)->value);
    types.push_back(arg->type.id);
  }
  try {
    Arena arena;
    CallContext context;
    context.arena = &arena;
    context.env = planner.env();
    context.arg_types = types;
    context.result_type = expr->type.id;
    context.typmod = expr->type.typmod;
    context.location = expr->location;
    return make_const(expr->type, function->row(context, values.data()), expr->location);
  } catch (const SqlError&) {
    if (planner.conditional_depth == 0) throw;
    return expr;
  }
}

ExprPtr make_bool(BoolKind kind, std::vector<ExprPtr> args) {
  auto node = std::make_shared<BoolExpr>();
  node->op = kind;
  node->args = std::move(args);
  return node;
}

ExprPtr fold_operator(const ExprPtr& expr, Planner& planner) {
  const auto& e = as<OperatorExpr>(*expr);
  if (e.op && (e.op->oid == kBoolEqual || e.op->oid == kBoolNotEqual) && e.args.size() == 2) {
    for (int side = 0; side < 2; ++side) {
      Truth truth = constant_truth(e.args[side]);
      if (truth != Truth::kTrue && truth != Truth::kFalse) continue;
      const ExprPtr& other = e.args[1 - side];
      return (truth == Truth::kTrue) == (e.op->oid == kBoolEqual) ? other : negate(other);
    }
  }
  return fold_call(expr, e.function, e.args, planner);
}

ExprPtr fold_bool(const ExprPtr& expr) {
  const auto& e = as<BoolExpr>(*expr);
  if (e.op == BoolKind::kNot) return negate(e.args[0]);
  bool is_and = e.op == BoolKind::kAnd;
  std::vector<ExprPtr> args;
  bool has_null = false, changed = false;
  for (const auto& arg : e.args) {
    Truth truth = constant_truth(arg);
    if (truth == (is_and ? Truth::kFalse : Truth::kTrue)) return make_bool_const(!is_and);
    if (truth == (is_and ? Truth::kTrue : Truth::kFalse)) { changed = true; continue; }
    if (truth == Truth::kNull) { has_null = true; changed = true; continue; }
    const BoolExpr* nested = try_as<BoolExpr>(arg);
    if (nested && nested->op == e.op) {
      args.insert(args.end(), nested->args.begin(), nested->args.end());
      changed = true;
    } else {
      args.push_back(arg);
    }
  }
  if (has_null) args.push_back(make_null_const({type_id::kBool, -1}));
  if (args.empty()) return make_bool_const(is_and);
  if (args.size() == 1) return args[0];
  return changed ? make_bool(e.op, std::move(args)) : expr;
}

ExprPtr replace_case_test(const ExprPtr& expr, const ExprPtr& value) {
  if (expr->kind == ExprKind::kCaseTest) return value;
  if (const CaseExpr* nested = try_as<CaseExpr>(expr); nested && nested->arg) return expr;
  if (expr->kind == ExprKind::kArrayCoerce) return expr;
  return map_children(expr, [&](const ExprPtr& child) { return replace_case_test(child, value); });
}

ExprPtr fold_tree(const ExprPtr& expr, Planner& planner) {
  return fold_node(map_children(expr, [&](const ExprPtr& child) { return fold_tree(child, planner); }), planner);
}

ExprPtr fold_case(const ExprPtr& expr, Planner& planner) {
  const auto& e = as<CaseExpr>(*expr);
  bool constant_arg = e.arg && as_const(e.arg);
  auto copy = std::make_shared<CaseExpr>(e);
  copy->whens.clear();
  if (constant_arg) copy->arg = nullptr;
  bool changed = constant_arg;
  for (const auto& when : e.whens) {
    ExprPtr condition = when.condition;
    if (constant_arg) condition = fold_tree(replace_case_test(condition, e.arg), planner);
    Truth truth = constant_truth(condition);
    if (truth == Truth::kFalse || truth == Truth::kNull) { changed = true; continue; }
    if (truth == Truth::kTrue) {
      if (copy->whens.empty()) return when.result;
      copy->otherwise = when.result;
      copy->has_else = true;
      return copy;
    }
    copy->whens.push_back({condition, when.result});
  }
  if (copy->whens.empty()) return e.otherwise;
  return changed ? ExprPtr(copy) : expr;
}

ExprPtr fold_coalesce(const ExprPtr& expr) {
  const auto& e = as<CoalesceExpr>(*expr);
  std::vector<ExprPtr> args;
  for (const auto& arg : e.args) {
    if (is_null_const(arg)) continue;
    args.push_back(arg);
    if (as_const(arg)) break;
  }
  if (args.empty()) return make_null_const(e.type, e.location);
  if (args.size() == 1) return args[0];
  if (args.size() == e.args.size()) return expr;
  auto copy = std::make_shared<CoalesceExpr>(e);
  copy->args = std::move(args);
  return copy;
}

ExprPtr fold_null_test(const ExprPtr& expr) {
  const auto& e = as<NullTestExpr>(*expr);
  const ConstExpr* value = as_const(e.arg);
  if (!value || value->type.id == type_id::kRecord) return expr;
  return make_bool_const(value->value.is_null != e.is_not);
}

ExprPtr fold_boolean_test(const ExprPtr& expr) {
  const auto& e = as<BooleanTestExpr>(*expr);
  Truth truth = constant_truth(e.arg);
  if (truth == Truth::kUnknown) return expr;
  switch (e.test) {
    case BooleanTestKind::kIsTrue: return make_bool_const(truth == Truth::kTrue);
    case BooleanTestKind::kIsNotTrue: return make_bool_const(truth != Truth::kTrue);
    case BooleanTestKind::kIsFalse: return make_bool_const(truth == Truth::kFalse);
    case BooleanTestKind::kIsNotFalse: return make_bool_const(truth != Truth::kFalse);
    case BooleanTestKind::kIsUnknown: return make_bool_const(truth == Truth::kNull);
    case BooleanTestKind::kIsNotUnknown: return make_bool_const(truth != Truth::kNull);
  }
  return expr;
}

ExprPtr fold_relabel(const ExprPtr& expr) {
  const auto& e = as<RelabelExpr>(*expr);
  const ConstExpr* value = as_const(e.arg);
  if (!value) {
    // A chain of relabels is the last one.
    const RelabelExpr* inner = try_as<RelabelExpr>(e.arg);
    if (!inner) return expr;
    auto copy = std::make_shared<RelabelExpr>(e);
    copy->arg = inner->arg;
    return copy;
  }
  auto copy = std::make_shared<ConstExpr>(*value);
  copy->type = e.type;
  return copy;
}

}  // namespace

Truth constant_truth(const ExprPtr& expr) {
  const ConstExpr* value = as_const(expr);
  if (!value || (value->type.id != type_id::kBool && !value->value.is_null)) return Truth::kUnknown;
  if (value->value.is_null) return Truth::kNull;
  return value->value.boolean() ? Truth::kTrue : Truth::kFalse;
}

ExprPtr negate(const ExprPtr& expr) {
  check_stack_depth();
  switch (constant_truth(expr)) {
    case Truth::kTrue: return make_bool_const(false);
    case Truth::kFalse: return make_bool_const(true);
    case Truth::kNull: return expr;
    case Truth::kUnknown: break;
  }
  if (const BoolExpr* e = try_as<BoolExpr>(expr)) {
    if (e->op == BoolKind::kNot) return e->args[0];
    std::vector<ExprPtr> args;
    for (const auto& arg : e->args) args.push_back(negate(arg));
    return make_bool(e->op == BoolKind::kAnd ? BoolKind::kOr : BoolKind::kAnd, std::move(args));
  }
  if (const NullTestExpr* e = try_as<NullTestExpr>(expr); e && e->arg->type.id != type_id::kRecord) {
    auto copy = std::make_shared<NullTestExpr>(*e);
    copy->is_not = !e->is_not;
    return copy;
  }
  if (const OperatorExpr* e = try_as<OperatorExpr>(expr); e && e->op && e->op->negator != kInvalidOid) {
    const OperatorDef* negator = find_operator(e->op->negator);
    const FunctionDef* function = negator ? find_function(negator->function) : nullptr;
    if (function) {
      auto copy = std::make_shared<OperatorExpr>(*e);
      copy->op = negator;
      copy->function = function;
      return copy;
    }
  }
  if (const ScalarArrayOpExpr* e = try_as<ScalarArrayOpExpr>(expr); e && e->op && e->op->negator != kInvalidOid) {
    const OperatorDef* negator = find_operator(e->op->negator);
    const FunctionDef* function = negator ? find_function(negator->function) : nullptr;
    if (function) {
      auto copy = std::make_shared<ScalarArrayOpExpr>(*e);
      copy->op = negator;
      copy->function = function;
      copy->use_or = !e->use_or;
      return copy;
    }
  }
  return make_bool(BoolKind::kNot, {expr});
}

ExprPtr fold_node(const ExprPtr& expr, Planner& planner) {
  switch (expr->kind) {
    case ExprKind::kFunction:
      return fold_call(expr, as<FunctionExpr>(*expr).function, as<FunctionExpr>(*expr).args, planner);
    case ExprKind::kOperator: return fold_operator(expr, planner);
    case ExprKind::kDistinct: case ExprKind::kNullIf: {
      const auto& e = as<OperatorExpr>(*expr);
      bool foldable = all_const(e.args) && e.function && e.function->volatility == Volatility::kImmutable;
      return foldable ? evaluate(expr, planner) : expr;
    }
    case ExprKind::kScalarArrayOp: {
      const auto& e = as<ScalarArrayOpExpr>(*expr);
      if (is_null_const(e.array) && e.function && e.function->strict) return make_null_const(e.type, e.location);
      bool foldable = as_const(e.left) && as_const(e.array) && e.function &&
                      e.function->volatility == Volatility::kImmutable;
      return foldable ? evaluate(expr, planner) : expr;
    }
    case ExprKind::kBool: return fold_bool(expr);
    case ExprKind::kNullTest: return fold_null_test(expr);
    case ExprKind::kBooleanTest: return fold_boolean_test(expr);
    case ExprKind::kCase: return fold_case(expr, planner);
    case ExprKind::kCoalesce: return fold_coalesce(expr);
    case ExprKind::kMinMax:
      return all_const(as<MinMaxExpr>(*expr).args) ? evaluate(expr, planner) : expr;
    case ExprKind::kArray:
      return all_const(as<ArrayExpr>(*expr).elements) ? evaluate(expr, planner) : expr;
    case ExprKind::kRelabel: return fold_relabel(expr);
    case ExprKind::kCoerceViaIO:
      return as_const(as<CoerceViaIOExpr>(*expr).arg) && !contains_mutable(expr) ? evaluate(expr, planner) : expr;
    case ExprKind::kArrayCoerce: {
      const auto& e = as<ArrayCoerceExpr>(*expr);
      return as_const(e.arg) && !contains_mutable(e.element) ? evaluate(expr, planner) : expr;
    }
    case ExprKind::kFieldSelect: {
      const auto& e = as<FieldSelectExpr>(*expr);
      const RowExpr* row = try_as<RowExpr>(e.arg);
      if (row && e.field >= 0 && static_cast<size_t>(e.field) < row->args.size() &&
          row->args[e.field]->type == e.type) {
        return row->args[e.field];
      }
      return expr;
    }
    case ExprKind::kSubscript: {
      const auto& e = as<SubscriptExpr>(*expr);
      if (e.assign || !as_const(e.container)) return expr;
      for (const auto* bounds : {&e.upper, &e.lower})
        for (const auto& bound : *bounds)
          if (bound && !as_const(bound)) return expr;
      return evaluate(expr, planner);
    }
    default: return expr;
  }
}

namespace {

// (a AND b) OR (a AND c) -> a AND (b OR c), so that a can be pushed down.
ExprPtr factor_or(const BoolExpr& node, const ExprPtr& expr) {
  std::vector<std::vector<ExprPtr>> arms;
  for (const auto& arg : node.args) {
    arms.emplace_back();
    split_conjuncts(arg, arms.back());
  }
  auto has = [](const std::vector<ExprPtr>& arm, const ExprPtr& e) {
    for (const auto& other : arm)
      if (equal_expr(other, e)) return true;
    return false;
  };
  std::vector<ExprPtr> common;
  for (const auto& candidate : arms[0]) {
    bool everywhere = true;
    for (const auto& arm : arms) everywhere = everywhere && has(arm, candidate);
    if (everywhere) common.push_back(candidate);
  }
  if (common.empty()) return expr;
  std::vector<ExprPtr> rest;
  for (const auto& arm : arms) {
    std::vector<ExprPtr> remaining;
    for (const auto& e : arm)
      if (!has(common, e)) remaining.push_back(e);
    if (remaining.empty()) return make_conjunction(common);  // x OR (x AND y)
    rest.push_back(make_conjunction(std::move(remaining)));
  }
  common.push_back(make_bool(BoolKind::kOr, std::move(rest)));
  return make_conjunction(std::move(common));
}

}  // namespace

namespace {

uint64_t mixed(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x9E3779B97F4A7C15u + (hash >> 29); }

// Equal expressions (equal_expr) have equal hashes: kinds, types, columns and constants. Deep ones are looked at to some
// depth only.
uint64_t expr_hash(const Expr& expr, int depth = 8) {
  uint64_t hash = mixed(static_cast<uint64_t>(expr.kind), expr.type.id);
  if (expr.kind == ExprKind::kConst) {
    const auto& value = as<ConstExpr>(expr);
    if (value.value.is_null) return mixed(hash, 1);
    return mixed(hash, value.bytes ? std::hash<std::string_view>()(value.value.bytes()) : static_cast<uint64_t>(value.value.i64));
  }
  if (expr.kind == ExprKind::kVar) {
    const auto& var = as<VarExpr>(expr);
    return mixed(mixed(hash, static_cast<uint64_t>(var.rte)), static_cast<uint16_t>(var.attno));
  }
  if (depth == 0) return hash;
  for_each_child(expr, [&](const ExprPtr& child) { hash = mixed(hash, expr_hash(*child, depth - 1)); });
  return hash;
}

}  // namespace

ExprPtr canonical_qual(const ExprPtr& expr) {
  if (!expr) return expr;
  std::vector<ExprPtr> conjuncts, out;
  split_conjuncts(expr, conjuncts);
  for (const auto& conjunct : conjuncts) {
    const BoolExpr* node = try_as<BoolExpr>(conjunct);
    split_conjuncts(node && node->op == BoolKind::kOr ? factor_or(*node, conjunct) : conjunct, out);
  }
  std::vector<ExprPtr> unique;
  std::unordered_multimap<uint64_t, size_t> known_quals;  // by hash
  for (const auto& qual : out) {
    if (constant_truth(qual) == Truth::kTrue) continue;
    if (constant_truth(qual) == Truth::kFalse || constant_truth(qual) == Truth::kNull) return make_bool_const(false);
    const uint64_t hash = expr_hash(*qual);
    auto [first, last] = known_quals.equal_range(hash);
    const bool known = std::any_of(first, last, [&](const auto& other) { return equal_expr(unique[other.second], qual); });
    if (known && !contains_volatile(qual)) continue;
    known_quals.emplace(hash, unique.size());
    unique.push_back(qual);
  }
  return make_conjunction(std::move(unique));
}

}  // namespace vecino::sql::plan
