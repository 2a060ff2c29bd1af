#include "sqlfront/catalog/catalog.h"
#include "sqlfront/plan/planner.h"

namespace vecino::sql::plan {

namespace {

bool leads_index(const Planner& planner, const RelationDesc& table, AttrNumber attno) {
  for (Oid oid : table.indexes) {
    RelationPtr index = planner.input.catalog->find_relation(oid);
    if (!index || !index->index) continue;
    const IndexDesc& desc = *index->index;
    if (desc.access_method == "btree" && desc.valid && desc.predicate.empty() && desc.columns[0].attr == attno) return true;
  }
  return false;
}

bool plain_shape(const Query& q) {
  return q.command == Command::kSelect && q.has_aggregates && q.group_by.empty() && q.grouping_sets.empty() && !q.having &&
         !q.has_windows && !q.has_target_srfs && !q.where && !q.set_operation && q.ctes.empty() && q.row_marks.empty() &&
         q.distinct.empty() && q.from.size() == 1 && !q.from[0]->join && q.range_table.size() == 1 &&
         q.range_table[0].kind == RteKind::kRelation && !q.range_table[0].relation->system;
}

// The Var under a min or max that an index can answer.
const VarExpr* indexed_argument(const Planner& planner, const Query& q, const AggregateExpr& e) {
  bool named = e.function->name == "min" || e.function->name == "max";
  if (!named || e.args.size() != 1 || e.filter || e.levels_up != 0 || !e.order_by.empty()) return nullptr;
  const VarExpr* var = try_as<VarExpr>(e.args[0]);
  if (!var || var->levels_up != 0 || var->attno <= 0 || !leads_index(planner, *q.range_table[0].relation, var->attno)) return nullptr;
  return var;
}

// SELECT x FROM t WHERE x IS NOT NULL ORDER BY x [DESC] LIMIT 1
QueryPtr end_of_index(const Query& q, const AggregateExpr& e) {
  auto out = std::make_shared<Query>();
  out->range_table = q.range_table;
  auto leaf = std::make_unique<FromItem>();
  leaf->rte = 0;
  out->from.push_back(std::move(leaf));
  auto test = std::make_shared<NullTestExpr>();
  test->is_not = true;
  test->arg = e.args[0];
  out->where = test;
  TargetEntry target;
  target.expr = e.args[0];
  target.name = std::string(e.function->name);
  target.sort_group_ref = 1;
  out->targets.push_back(std::move(target));
  SortGroupClause order;
  order.ref = 1;
  order.descending = order.nulls_first = e.function->name == "max";
  TypeId type = e.args[0]->type.id;
  order.sort_op = btree_operator(order.descending ? Strategy::kGreater : Strategy::kLess, type, type);
  order.eq = btree_operator(Strategy::kEqual, type, type);
  out->order_by.push_back(order);
  out->limit = make_const({type_id::kInt8, -1}, Datum::from_int(1));
  return out;
}

}  // namespace

QueryPtr use_index_for_min_max(const Planner& planner, QueryPtr query) {
  if (!plain_shape(*query) || !planner.input.catalog || !planner.cost.indexscan) return query;
  bool other_use = false;
  std::function<ExprPtr(const ExprPtr&)> replace = [&](const ExprPtr& expr) -> ExprPtr {
    if (const AggregateExpr* e = try_as<AggregateExpr>(expr)) {
      if (!indexed_argument(planner, *query, *e)) {
        other_use = true;
        return expr;
      }
      auto link = std::make_shared<SubLinkExpr>();
      link->type = e->type;
      link->query = end_of_index(*query, *e);
      if (!(e->args[0]->type.id == e->type.id)) other_use = true;
      return link;
    }
    if (expr->kind == ExprKind::kVar || expr->kind == ExprKind::kSubLink) {
      other_use = true;
      return expr;
    }
    return map_children(expr, replace);
  };
  auto out = std::make_shared<Query>();
  out->targets = query->targets;
  for (auto& target : out->targets) target.expr = replace(target.expr);
  if (other_use) return query;
  out->has_sublinks = true;
  out->order_by = query->order_by;
  out->limit = query->limit;
  out->offset = query->offset;
  return out;
}

}  // namespace vecino::sql::plan
