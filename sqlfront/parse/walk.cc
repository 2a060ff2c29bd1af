#include "sqlfront/parse/walk.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::ast {

namespace {

using Visit = std::function<void(const Node&)>;

template <typename T>
void one(const std::unique_ptr<T>& node, const Visit& visit) {
  if (node != nullptr) visit(*node);
}
template <typename List>
void each(const List& list, const Visit& visit) {
  for (const auto& node : list) one(node, visit);
}

void children_of_select(const SelectStmt& select, const Visit& visit) {
  one(select.with, visit);
  each(select.distinct_on, visit);
  each(select.targets, visit);
  each(select.from, visit);
  one(select.where, visit);
  each(select.group_by, visit);
  one(select.having, visit);
  each(select.windows, visit);
  for (const auto& row : select.values) each(row, visit);
  one(select.left, visit);
  one(select.right, visit);
  each(select.order_by, visit);
  one(select.limit, visit);
  one(select.offset, visit);
}

void children_of_insert(const InsertStmt& insert, const Visit& visit) {
  one(insert.with, visit);
  one(insert.source, visit);
  one(insert.on_conflict, visit);
  each(insert.returning, visit);
}

void children_of_query_part(const Node& node, const Visit& visit) {
  switch (node.kind) {
    case NodeKind::kResTarget:
      each(as<ResTarget>(node).indirection, visit);
      one(as<ResTarget>(node).value, visit);
      break;
    case NodeKind::kSortBy: one(as<SortBy>(node).expr, visit); break;
    case NodeKind::kWindowDef: {
      const auto& window = as<WindowDef>(node);
      each(window.partition_by, visit);
      each(window.order_by, visit);
      one(window.start_offset, visit);
      one(window.end_offset, visit);
      break;
    }
    case NodeKind::kGroupingSet: each(as<GroupingSet>(node).content, visit); break;
    case NodeKind::kRangeSubselect: one(as<RangeSubselect>(node).query, visit); break;
    case NodeKind::kRangeFunction:
      for (const auto& item : as<RangeFunction>(node).functions) one(item.call, visit);
      break;
    case NodeKind::kRangeTableSample: one(as<RangeTableSample>(node).relation, visit); break;
    case NodeKind::kJoinExpr:
      one(as<JoinExpr>(node).left, visit);
      one(as<JoinExpr>(node).right, visit);
      one(as<JoinExpr>(node).condition, visit);
      break;
    case NodeKind::kCommonTableExpr: one(as<CommonTableExpr>(node).query, visit); break;
    case NodeKind::kWithClause: each(as<WithClause>(node).ctes, visit); break;
    case NodeKind::kInferElem: one(as<InferElem>(node).expr, visit); break;
    case NodeKind::kOnConflictClause: {
      const auto& clause = as<OnConflictClause>(node);
      each(clause.infer, visit);
      one(clause.infer_where, visit);
      each(clause.set, visit);
      one(clause.where, visit);
      break;
    }
    case NodeKind::kSelectStmt: children_of_select(as<SelectStmt>(node), visit); break;
    case NodeKind::kInsertStmt: children_of_insert(as<InsertStmt>(node), visit); break;
    case NodeKind::kUpdateStmt: {
      const auto& update = as<UpdateStmt>(node);
      one(update.with, visit);
      each(update.set, visit);
      each(update.from, visit);
      one(update.where, visit);
      each(update.returning, visit);
      break;
    }
    case NodeKind::kDeleteStmt: {
      const auto& statement = as<DeleteStmt>(node);
      one(statement.with, visit);
      each(statement.using_, visit);
      one(statement.where, visit);
      each(statement.returning, visit);
      break;
    }
    default: break;
  }
}

}  // namespace

void for_each_child(const Node& node, const Visit& visit) {
  check_recursion();
  switch (node.kind) {
    case NodeKind::kAExpr:
      one(as<AExpr>(node).left, visit);
      one(as<AExpr>(node).right, visit);
      break;
    case NodeKind::kBoolExpr: each(as<BoolExpr>(node).args, visit); break;
    case NodeKind::kNullTest: one(as<NullTest>(node).arg, visit); break;
    case NodeKind::kBooleanTest: one(as<BooleanTest>(node).arg, visit); break;
    case NodeKind::kTypeCast:
      one(as<TypeCast>(node).arg, visit);
      one(as<TypeCast>(node).type, visit);
      break;
    case NodeKind::kCollateClause: one(as<CollateClause>(node).arg, visit); break;
    case NodeKind::kFuncCall: {
      const auto& call = as<FuncCall>(node);
      each(call.args, visit);
      each(call.order_by, visit);
      one(call.filter, visit);
      one(call.over, visit);
      break;
    }
    case NodeKind::kNamedArg: one(as<NamedArg>(node).arg, visit); break;
    case NodeKind::kIndices:
      one(as<Indices>(node).lower, visit);
      one(as<Indices>(node).upper, visit);
      break;
    case NodeKind::kIndirection:
      one(as<Indirection>(node).arg, visit);
      each(as<Indirection>(node).steps, visit);
      break;
    case NodeKind::kArrayExpr: each(as<ArrayExpr>(node).elements, visit); break;
    case NodeKind::kRowExpr: each(as<RowExpr>(node).args, visit); break;
    case NodeKind::kCaseWhen:
      one(as<CaseWhen>(node).condition, visit);
      one(as<CaseWhen>(node).result, visit);
      break;
    case NodeKind::kCaseExpr:
      one(as<CaseExpr>(node).arg, visit);
      each(as<CaseExpr>(node).whens, visit);
      one(as<CaseExpr>(node).otherwise, visit);
      break;
    case NodeKind::kCoalesceExpr: each(as<CoalesceExpr>(node).args, visit); break;
    case NodeKind::kMinMaxExpr: each(as<MinMaxExpr>(node).args, visit); break;
    case NodeKind::kSubLink:
      one(as<SubLink>(node).test, visit);
      one(as<SubLink>(node).query, visit);
      break;
    case NodeKind::kGroupingFunc: each(as<GroupingFunc>(node).args, visit); break;
    case NodeKind::kMultiAssignRef: one(as<MultiAssignRef>(node).source, visit); break;
    case NodeKind::kList: each(as<ListNode>(node).items, visit); break;
    default: children_of_query_part(node, visit); break;
  }
}

}  // namespace vecino::sql::ast
