#include "sqlfront/analyze/expr.h"
#include "sqlfront/interrupts.h"

#include <algorithm>

#include "sqlfront/analyze/equal_query.h"

namespace vecino::sql {

ExprPtr make_const(TypeRef type, const Datum& value, int location) {
  auto node = std::make_shared<ConstExpr>();
  node->type = type;
  node->location = location;
  node->value = value;
  if (!value.is_null && type_info(type.id).kind == PhysicalKind::kBytes) {
    auto bytes = std::make_shared<const std::string>(value.bytes());
    node->value = Datum::from_bytes(*bytes);
    node->bytes = std::move(bytes);
  }
  return node;
}

ExprPtr make_null_const(TypeRef type, int location) {
  auto node = std::make_shared<ConstExpr>();
  node->type = type;
  node->location = location;
  return node;
}

ExprPtr make_bool_const(bool value) {
  auto node = std::make_shared<ConstExpr>();
  node->type = {type_id::kBool, -1};
  node->value = Datum::from_bool(value);
  return node;
}

namespace {

using Map = std::function<ExprPtr(const ExprPtr&)>;

bool map_slot(ExprPtr& slot, const Map& map) {
  if (!slot) return false;
  ExprPtr mapped = map(slot);
  if (mapped == slot) return false;
  slot = std::move(mapped);
  return true;
}

bool map_list(std::vector<ExprPtr>& list, const Map& map) {
  bool changed = false;
  for (auto& entry : list) changed |= map_slot(entry, map);
  return changed;
}

// Calls `edit` on a copy of the node; the copy is kept only when it reports a change. The probe copy costs one
// allocation per inner node, so leaves never get here.
template <typename T, typename Edit>
ExprPtr edited(const ExprPtr& expr, Edit edit) {
  auto copy = std::make_shared<T>(as<T>(*expr));
  if (!edit(*copy)) return expr;
  return copy;
}

}  // namespace

ExprPtr map_children(const ExprPtr& expr, const Map& map) {
  check_recursion();
  switch (expr->kind) {
    case ExprKind::kConst: case ExprKind::kParam: case ExprKind::kVar: case ExprKind::kCaseTest:
    case ExprKind::kSetToDefault: case ExprKind::kSqlValue: case ExprKind::kInput:
      return expr;
    case ExprKind::kFunction:
      return edited<FunctionExpr>(expr, [&](FunctionExpr& e) { return map_list(e.args, map); });
    case ExprKind::kOperator: case ExprKind::kDistinct: case ExprKind::kNullIf:
      return edited<OperatorExpr>(expr, [&](OperatorExpr& e) { return map_list(e.args, map); });
    case ExprKind::kScalarArrayOp:
      return edited<ScalarArrayOpExpr>(expr, [&](ScalarArrayOpExpr& e) {
        bool left = map_slot(e.left, map);
        return map_slot(e.array, map) || left;
      });
    case ExprKind::kBool:
      return edited<BoolExpr>(expr, [&](BoolExpr& e) { return map_list(e.args, map); });
    case ExprKind::kNullTest:
      return edited<NullTestExpr>(expr, [&](NullTestExpr& e) { return map_slot(e.arg, map); });
    case ExprKind::kBooleanTest:
      return edited<BooleanTestExpr>(expr, [&](BooleanTestExpr& e) { return map_slot(e.arg, map); });
    case ExprKind::kCase:
      return edited<CaseExpr>(expr, [&](CaseExpr& e) {
        bool changed = map_slot(e.arg, map);
        for (auto& when : e.whens) {
          changed |= map_slot(when.condition, map);
          changed |= map_slot(when.result, map);
        }
        return map_slot(e.otherwise, map) || changed;
      });
    case ExprKind::kCoalesce:
      return edited<CoalesceExpr>(expr, [&](CoalesceExpr& e) { return map_list(e.args, map); });
    case ExprKind::kMinMax:
      return edited<MinMaxExpr>(expr, [&](MinMaxExpr& e) { return map_list(e.args, map); });
    case ExprKind::kArray:
      return edited<ArrayExpr>(expr, [&](ArrayExpr& e) { return map_list(e.elements, map); });
    case ExprKind::kRow:
      return edited<RowExpr>(expr, [&](RowExpr& e) { return map_list(e.args, map); });
    case ExprKind::kRowCompare:
      return edited<RowCompareExpr>(expr, [&](RowCompareExpr& e) {
        bool left = map_list(e.left, map);
        return map_list(e.right, map) || left;
      });
    case ExprKind::kFieldSelect:
      return edited<FieldSelectExpr>(expr, [&](FieldSelectExpr& e) { return map_slot(e.arg, map); });
    case ExprKind::kSubscript:
      return edited<SubscriptExpr>(expr, [&](SubscriptExpr& e) {
        bool changed = map_slot(e.container, map);
        changed |= map_list(e.upper, map);
        changed |= map_list(e.lower, map);
        return map_slot(e.assign, map) || changed;
      });
    case ExprKind::kSubLink:
      return edited<SubLinkExpr>(expr, [&](SubLinkExpr& e) { return map_slot(e.test, map); });
    case ExprKind::kSubPlan:
      return edited<SubPlanExpr>(expr, [&](SubPlanExpr& e) {
        bool changed = map_list(e.args, map);
        changed |= map_slot(e.test, map);
        return map_list(e.hash_left, map) || changed;
      });
    case ExprKind::kAggregate:
      return edited<AggregateExpr>(expr, [&](AggregateExpr& e) {
        bool changed = map_list(e.args, map);
        for (auto& order : e.order_by) changed |= map_slot(order.expr, map);
        changed |= map_list(e.direct_args, map);
        return map_slot(e.filter, map) || changed;
      });
    case ExprKind::kWindow:
      return edited<WindowExpr>(expr, [&](WindowExpr& e) {
        bool changed = map_list(e.args, map);
        return map_slot(e.filter, map) || changed;
      });
    case ExprKind::kGrouping:
      return edited<GroupingExpr>(expr, [&](GroupingExpr& e) { return map_list(e.args, map); });
    case ExprKind::kRelabel:
      return edited<RelabelExpr>(expr, [&](RelabelExpr& e) { return map_slot(e.arg, map); });
    case ExprKind::kCoerceViaIO:
      return edited<CoerceViaIOExpr>(expr, [&](CoerceViaIOExpr& e) { return map_slot(e.arg, map); });
    case ExprKind::kArrayCoerce:
      return edited<ArrayCoerceExpr>(expr, [&](ArrayCoerceExpr& e) {
        bool arg = map_slot(e.arg, map);
        return map_slot(e.element, map) || arg;
      });
    case ExprKind::kCollate:
      return edited<CollateExpr>(expr, [&](CollateExpr& e) { return map_slot(e.arg, map); });
  }
  return expr;
}

void for_each_child(const Expr& expr, const std::function<void(const ExprPtr&)>& visit) {
  check_recursion();
  auto one = [&](const ExprPtr& child) {
    if (child) visit(child);
  };
  auto list = [&](const std::vector<ExprPtr>& children) {
    for (const auto& child : children) one(child);
  };
  switch (expr.kind) {
    case ExprKind::kConst: case ExprKind::kParam: case ExprKind::kVar: case ExprKind::kCaseTest:
    case ExprKind::kSetToDefault: case ExprKind::kSqlValue: case ExprKind::kInput:
      break;
    case ExprKind::kFunction: list(as<FunctionExpr>(expr).args); break;
    case ExprKind::kOperator: case ExprKind::kDistinct: case ExprKind::kNullIf:
      list(as<OperatorExpr>(expr).args);
      break;
    case ExprKind::kScalarArrayOp:
      one(as<ScalarArrayOpExpr>(expr).left);
      one(as<ScalarArrayOpExpr>(expr).array);
      break;
    case ExprKind::kBool: list(as<BoolExpr>(expr).args); break;
    case ExprKind::kNullTest: one(as<NullTestExpr>(expr).arg); break;
    case ExprKind::kBooleanTest: one(as<BooleanTestExpr>(expr).arg); break;
    case ExprKind::kCase: {
      const auto& e = as<CaseExpr>(expr);
      one(e.arg);
      for (const auto& when : e.whens) {
        one(when.condition);
        one(when.result);
      }
      one(e.otherwise);
      break;
    }
    case ExprKind::kCoalesce: list(as<CoalesceExpr>(expr).args); break;
    case ExprKind::kMinMax: list(as<MinMaxExpr>(expr).args); break;
    case ExprKind::kArray: list(as<ArrayExpr>(expr).elements); break;
    case ExprKind::kRow: list(as<RowExpr>(expr).args); break;
    case ExprKind::kRowCompare:
      list(as<RowCompareExpr>(expr).left);
      list(as<RowCompareExpr>(expr).right);
      break;
    case ExprKind::kFieldSelect: one(as<FieldSelectExpr>(expr).arg); break;
    case ExprKind::kSubscript: {
      const auto& e = as<SubscriptExpr>(expr);
      one(e.container);
      list(e.upper);
      list(e.lower);
      one(e.assign);
      break;
    }
    case ExprKind::kSubLink: one(as<SubLinkExpr>(expr).test); break;
    case ExprKind::kSubPlan:
      list(as<SubPlanExpr>(expr).args);
      one(as<SubPlanExpr>(expr).test);
      list(as<SubPlanExpr>(expr).hash_left);
      break;
    case ExprKind::kAggregate: {
      const auto& e = as<AggregateExpr>(expr);
      list(e.args);
      for (const auto& order : e.order_by) one(order.expr);
      list(e.direct_args);
      one(e.filter);
      break;
    }
    case ExprKind::kWindow:
      list(as<WindowExpr>(expr).args);
      one(as<WindowExpr>(expr).filter);
      break;
    case ExprKind::kGrouping: list(as<GroupingExpr>(expr).args); break;
    case ExprKind::kRelabel: one(as<RelabelExpr>(expr).arg); break;
    case ExprKind::kCoerceViaIO: one(as<CoerceViaIOExpr>(expr).arg); break;
    case ExprKind::kArrayCoerce:
      one(as<ArrayCoerceExpr>(expr).arg);
      one(as<ArrayCoerceExpr>(expr).element);
      break;
    case ExprKind::kCollate: one(as<CollateExpr>(expr).arg); break;
  }
}

namespace {

bool equal_lists(const std::vector<ExprPtr>& left, const std::vector<ExprPtr>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal_expr);
}

bool equal_consts(const ConstExpr& a, const ConstExpr& b) {
  if (a.value.is_null || b.value.is_null) return a.value.is_null == b.value.is_null;
  if (bool{a.bytes} != bool{b.bytes}) return false;
  return a.bytes ? a.value.bytes() == b.value.bytes() : a.value.i64 == b.value.i64;
}

bool equal_aggregates(const AggregateExpr& a, const AggregateExpr& b) {
  auto same_order = [](const AggregateExpr::Order& x, const AggregateExpr::Order& y) {
    return x.descending == y.descending && x.nulls_first == y.nulls_first && equal_expr(x.expr, y.expr);
  };
  return a.function == b.function && a.star == b.star && a.distinct == b.distinct &&
         a.within_group == b.within_group && a.levels_up == b.levels_up && equal_lists(a.args, b.args) &&
         equal_lists(a.direct_args, b.direct_args) && equal_expr(a.filter, b.filter) &&
         std::equal(a.order_by.begin(), a.order_by.end(), b.order_by.begin(), b.order_by.end(), same_order);
}

// What makes two nodes of one kind equal besides their types and children.
bool same_node(const Expr& x, const Expr& y) {
  switch (x.kind) {
    case ExprKind::kConst: return equal_consts(as<ConstExpr>(x), as<ConstExpr>(y));
    case ExprKind::kParam:
      return as<ParamExpr>(x).source == as<ParamExpr>(y).source && as<ParamExpr>(x).id == as<ParamExpr>(y).id;
    case ExprKind::kVar: {
      const auto &a = as<VarExpr>(x), &b = as<VarExpr>(y);
      return a.rte == b.rte && a.attno == b.attno && a.levels_up == b.levels_up;
    }
    case ExprKind::kFunction: {
      const auto &a = as<FunctionExpr>(x), &b = as<FunctionExpr>(y);
      return a.function == b.function && a.variadic_call == b.variadic_call && equal_lists(a.args, b.args);
    }
    case ExprKind::kOperator: case ExprKind::kDistinct: case ExprKind::kNullIf: {
      const auto &a = as<OperatorExpr>(x), &b = as<OperatorExpr>(y);
      return a.op == b.op && equal_lists(a.args, b.args);
    }
    case ExprKind::kScalarArrayOp: {
      const auto &a = as<ScalarArrayOpExpr>(x), &b = as<ScalarArrayOpExpr>(y);
      return a.op == b.op && a.use_or == b.use_or && equal_expr(a.left, b.left) && equal_expr(a.array, b.array);
    }
    case ExprKind::kBool:
      return as<BoolExpr>(x).op == as<BoolExpr>(y).op && equal_lists(as<BoolExpr>(x).args, as<BoolExpr>(y).args);
    case ExprKind::kNullTest:
      return as<NullTestExpr>(x).is_not == as<NullTestExpr>(y).is_not &&
             equal_expr(as<NullTestExpr>(x).arg, as<NullTestExpr>(y).arg);
    case ExprKind::kBooleanTest:
      return as<BooleanTestExpr>(x).test == as<BooleanTestExpr>(y).test &&
             equal_expr(as<BooleanTestExpr>(x).arg, as<BooleanTestExpr>(y).arg);
    case ExprKind::kCase: {
      const auto &a = as<CaseExpr>(x), &b = as<CaseExpr>(y);
      auto same_when = [](const CaseExpr::When& p, const CaseExpr::When& q) {
        return equal_expr(p.condition, q.condition) && equal_expr(p.result, q.result);
      };
      return equal_expr(a.arg, b.arg) && equal_expr(a.otherwise, b.otherwise) &&
             std::equal(a.whens.begin(), a.whens.end(), b.whens.begin(), b.whens.end(), same_when);
    }
    case ExprKind::kCaseTest: case ExprKind::kSetToDefault: return true;
    case ExprKind::kCoalesce: return equal_lists(as<CoalesceExpr>(x).args, as<CoalesceExpr>(y).args);
    case ExprKind::kMinMax:
      return as<MinMaxExpr>(x).greatest == as<MinMaxExpr>(y).greatest &&
             equal_lists(as<MinMaxExpr>(x).args, as<MinMaxExpr>(y).args);
    case ExprKind::kArray:
      return as<ArrayExpr>(x).multidims == as<ArrayExpr>(y).multidims &&
             equal_lists(as<ArrayExpr>(x).elements, as<ArrayExpr>(y).elements);
    case ExprKind::kRow: return equal_lists(as<RowExpr>(x).args, as<RowExpr>(y).args);
    case ExprKind::kRowCompare: {
      const auto &a = as<RowCompareExpr>(x), &b = as<RowCompareExpr>(y);
      return a.compare == b.compare && a.ops == b.ops && equal_lists(a.left, b.left) && equal_lists(a.right, b.right);
    }
    case ExprKind::kFieldSelect:
      return as<FieldSelectExpr>(x).field == as<FieldSelectExpr>(y).field &&
             equal_expr(as<FieldSelectExpr>(x).arg, as<FieldSelectExpr>(y).arg);
    case ExprKind::kSubscript: {
      const auto &a = as<SubscriptExpr>(x), &b = as<SubscriptExpr>(y);
      return a.slice == b.slice && equal_expr(a.container, b.container) && equal_lists(a.upper, b.upper) &&
             equal_lists(a.lower, b.lower) && equal_expr(a.assign, b.assign);
    }
    case ExprKind::kSubLink: {
      const auto &a = as<SubLinkExpr>(x), &b = as<SubLinkExpr>(y);
      return a.link == b.link && equal_expr(a.test, b.test) && equal_query(*a.query, *b.query);
    }
    case ExprKind::kSubPlan: {
      const auto &a = as<SubPlanExpr>(x), &b = as<SubPlanExpr>(y);
      return a.link == b.link && a.plan_id == b.plan_id && a.param_slots == b.param_slots &&
             equal_lists(a.args, b.args) && equal_expr(a.test, b.test);
    }
    case ExprKind::kAggregate: return equal_aggregates(as<AggregateExpr>(x), as<AggregateExpr>(y));
    case ExprKind::kWindow: {
      const auto &a = as<WindowExpr>(x), &b = as<WindowExpr>(y);
      return a.function == b.function && a.star == b.star && a.window == b.window && equal_lists(a.args, b.args) &&
             equal_expr(a.filter, b.filter);
    }
    case ExprKind::kGrouping: return equal_lists(as<GroupingExpr>(x).args, as<GroupingExpr>(y).args);
    case ExprKind::kRelabel: return equal_expr(as<RelabelExpr>(x).arg, as<RelabelExpr>(y).arg);
    case ExprKind::kCoerceViaIO: return equal_expr(as<CoerceViaIOExpr>(x).arg, as<CoerceViaIOExpr>(y).arg);
    case ExprKind::kArrayCoerce:
      return equal_expr(as<ArrayCoerceExpr>(x).arg, as<ArrayCoerceExpr>(y).arg) &&
             equal_expr(as<ArrayCoerceExpr>(x).element, as<ArrayCoerceExpr>(y).element);
    case ExprKind::kSqlValue: return as<SqlValueExpr>(x).value == as<SqlValueExpr>(y).value;
    case ExprKind::kCollate:
      return as<CollateExpr>(x).collation == as<CollateExpr>(y).collation &&
             equal_expr(as<CollateExpr>(x).arg, as<CollateExpr>(y).arg);
    case ExprKind::kInput: return as<InputExpr>(x).index == as<InputExpr>(y).index;
  }
  return false;
}

}  // namespace

bool equal_expr(const ExprPtr& left, const ExprPtr& right) {
  if (left == right) return true;
  if (!left || !right || left->kind != right->kind || !(left->type == right->type)) return false;
  check_stack_depth();
  return same_node(*left, *right);
}

}  // namespace vecino::sql
