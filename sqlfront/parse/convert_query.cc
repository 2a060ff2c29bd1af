#include "sqlfront/interrupts.h"
#include "sqlfront/parse/convert.h"

namespace vecino::sql::parse {

using namespace ast;

namespace {
Alias alias(const PgQuery__Alias* in) {
  Alias out;
  if (in == nullptr) return out;
  out.name = text(in->aliasname);
  out.columns = strings(in->n_colnames, in->colnames);
  return out;
}
}  // namespace

std::unique_ptr<RangeVar> Converter::range_var(const PgQuery__RangeVar* in) {
  if (in == nullptr) return nullptr;
  auto out = std::make_unique<RangeVar>();
  out->location = in->location;
  out->catalog = text(in->catalogname);
  out->schema = text(in->schemaname);
  out->name = text(in->relname);
  out->inherit = in->inh;
  if (in->relpersistence != nullptr && in->relpersistence[0] != 0) out->persistence = in->relpersistence[0];
  out->alias = alias(in->alias);
  return out;
}

std::vector<std::unique_ptr<RangeVar>> Converter::range_vars(size_t count, PgQuery__Node* const* nodes) {
  std::vector<std::unique_ptr<RangeVar>> out;
  for (size_t i = 0; i < count; ++i) {
    if (nodes[i]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) out.push_back(range_var(nodes[i]->range_var));
  }
  return out;
}

std::unique_ptr<SortBy> Converter::sort_by(const PgQuery__SortBy& in) {
  auto out = std::make_unique<SortBy>();
  out->location = in.location;
  out->expr = expr(in.node);
  out->direction = same_order<SortDirection>(in.sortby_dir);
  out->nulls = same_order<NullsOrder>(in.sortby_nulls);
  out->using_operator = strings(in.n_use_op, in.use_op);
  return out;
}

std::vector<std::unique_ptr<SortBy>> Converter::sort_list(size_t count, PgQuery__Node* const* nodes) {
  std::vector<std::unique_ptr<SortBy>> out;
  for (size_t i = 0; i < count; ++i) {
    if (nodes[i]->node_case == PG_QUERY__NODE__NODE_SORT_BY) {
      out.push_back(sort_by(*nodes[i]->sort_by));
      continue;
    }
    auto plain = std::make_unique<SortBy>();
    plain->expr = expr(nodes[i]);
    out.push_back(std::move(plain));
  }
  return out;
}

std::unique_ptr<WindowDef> Converter::window_def(const PgQuery__WindowDef& in) {
  auto out = std::make_unique<WindowDef>();
  out->location = in.location;
  out->name = text(in.name);
  out->ref_name = text(in.refname);
  out->partition_by = exprs(in.n_partition_clause, in.partition_clause);
  out->order_by = sort_list(in.n_order_clause, in.order_clause);
  out->frame_options = in.frame_options;
  out->start_offset = expr(in.start_offset);
  out->end_offset = expr(in.end_offset);
  return out;
}

NodePtr Converter::grouping_set(const PgQuery__GroupingSet& in) {
  auto out = std::make_unique<GroupingSet>();
  out->location = in.location;
  out->set_kind = same_order<GroupingSetKind>(in.kind);
  out->content = exprs(in.n_content, in.content);
  return out;
}

std::vector<std::unique_ptr<ResTarget>> Converter::res_targets(size_t count, PgQuery__Node* const* nodes) {
  std::vector<std::unique_ptr<ResTarget>> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const PgQuery__ResTarget& in = *nodes[i]->res_target;
    auto target = std::make_unique<ResTarget>();
    target->location = in.location;
    target->name = text(in.name);
    target->indirection = exprs(in.n_indirection, in.indirection);
    target->value = expr(in.val);
    out.push_back(std::move(target));
  }
  return out;
}

std::unique_ptr<LockingClause> Converter::locking(const PgQuery__LockingClause& in) {
  auto out = std::make_unique<LockingClause>();
  out->relations = range_vars(in.n_locked_rels, in.locked_rels);
  out->strength = static_cast<LockingStrength>(
      in.strength - PG_QUERY__LOCK_CLAUSE_STRENGTH__LCS_FORKEYSHARE);
  out->wait = same_order<LockingWait>(in.wait_policy);
  return out;
}

std::unique_ptr<IntoClause> Converter::into(const PgQuery__IntoClause* in) {
  if (in == nullptr) return nullptr;
  auto out = std::make_unique<IntoClause>();
  out->relation = range_var(in->rel);
  out->columns = strings(in->n_col_names, in->col_names);
  out->access_method = text(in->access_method);
  out->tablespace = text(in->table_space_name);
  out->options = def_list(in->n_options, in->options);
  out->on_commit = same_order<OnCommit>(in->on_commit);
  out->with_no_data = in->skip_data;
  return out;
}

std::unique_ptr<WithClause> Converter::with(const PgQuery__WithClause* in) {
  if (in == nullptr) return nullptr;
  auto out = std::make_unique<WithClause>();
  out->location = in->location;
  out->recursive = in->recursive;
  for (size_t i = 0; i < in->n_ctes; ++i) {
    const PgQuery__CommonTableExpr& cte = *in->ctes[i]->common_table_expr;
    auto item = std::make_unique<CommonTableExpr>();
    item->location = cte.location;
    item->name = text(cte.ctename);
    item->columns = strings(cte.n_aliascolnames, cte.aliascolnames);
    if (cte.ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways) item->materialized = true;
    if (cte.ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever) item->materialized = false;
    if (cte.ctequery != nullptr) item->query = statement(*cte.ctequery);
    item->has_search = cte.search_clause != nullptr;
    item->has_cycle = cte.cycle_clause != nullptr;
    out->ctes.push_back(std::move(item));
  }
  return out;
}

NodePtr Converter::range_function(const PgQuery__RangeFunction& in) {
  auto out = std::make_unique<RangeFunction>();
  out->lateral = in.lateral;
  out->ordinality = in.ordinality;
  out->rows_from = in.is_rowsfrom;
  for (size_t i = 0; i < in.n_functions; ++i) {
    // Each is a list (function, column definitions).
    const PgQuery__Node& pair = *in.functions[i];
    RangeFunction::Item item;
    if (pair.node_case == PG_QUERY__NODE__NODE_LIST && pair.list->n_items > 0) {
      item.call = expr(pair.list->items[0]);
      if (pair.list->n_items > 1 && pair.list->items[1]->node_case == PG_QUERY__NODE__NODE_LIST) {
        const PgQuery__List& columns = *pair.list->items[1]->list;
        for (size_t c = 0; c < columns.n_items; ++c) {
          item.columns.push_back(column_def(*columns.items[c]->column_def));
        }
      }
    } else {
      item.call = expr(&pair);
    }
    if (out->location < 0 && item.call != nullptr) out->location = item.call->location;
    out->functions.push_back(std::move(item));
  }
  out->alias = alias(in.alias);
  for (size_t i = 0; i < in.n_coldeflist; ++i) out->columns.push_back(column_def(*in.coldeflist[i]->column_def));
  return out;
}

NodePtr Converter::join(const PgQuery__JoinExpr& in) {
  auto out = std::make_unique<JoinExpr>();
  out->join = same_order<JoinKind>(in.jointype);
  out->natural = in.is_natural;
  if (in.larg != nullptr) out->left = from_item(*in.larg);
  if (in.rarg != nullptr) out->right = from_item(*in.rarg);
  out->using_columns = strings(in.n_using_clause, in.using_clause);
  if (in.join_using_alias != nullptr) out->using_alias = text(in.join_using_alias->aliasname);
  out->condition = expr(in.quals);
  out->alias = alias(in.alias);
  return out;
}

NodePtr Converter::from_item(const PgQuery__Node& node) {
  check_stack_depth();
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR: return range_var(node.range_var);
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT: {
      auto out = std::make_unique<RangeSubselect>();
      out->lateral = node.range_subselect->lateral;
      if (node.range_subselect->subquery != nullptr) out->query = statement(*node.range_subselect->subquery);
      out->alias = alias(node.range_subselect->alias);
      return out;
    }
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION: return range_function(*node.range_function);
    case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE: {
      const PgQuery__RangeTableSample& in = *node.range_table_sample;
      auto out = std::make_unique<RangeTableSample>();
      out->location = in.location;
      if (in.relation != nullptr) out->relation = from_item(*in.relation);
      out->method = strings(in.n_method, in.method);
      out->args = exprs(in.n_args, in.args);
      out->repeatable = expr(in.repeatable);
      return out;
    }
    case PG_QUERY__NODE__NODE_JOIN_EXPR: return join(*node.join_expr);
    default: {
      auto out = std::make_unique<UnsupportedRange>();
      out->description = node.node_case == PG_QUERY__NODE__NODE_RANGE_TABLE_FUNC ? "XMLTABLE" : "this FROM item";
      if (node.node_case == PG_QUERY__NODE__NODE_RANGE_TABLE_FUNC) out->location = node.range_table_func->location;
      return out;
    }
  }
}

std::unique_ptr<SelectStmt> Converter::select(const PgQuery__SelectStmt& in) {
  check_stack_depth();
  auto out = std::make_unique<SelectStmt>();
  out->distinct = in.n_distinct_clause > 0;
  for (size_t i = 0; i < in.n_distinct_clause; ++i) {
    // Plain DISTINCT is a list of one empty node.
    if (auto on = expr(in.distinct_clause[i])) out->distinct_on.push_back(std::move(on));
  }
  out->into = into(in.into_clause);
  out->targets = res_targets(in.n_target_list, in.target_list);
  for (size_t i = 0; i < in.n_from_clause; ++i) out->from.push_back(from_item(*in.from_clause[i]));
  out->where = expr(in.where_clause);
  out->group_by = exprs(in.n_group_clause, in.group_clause);
  out->group_distinct = in.group_distinct;
  out->having = expr(in.having_clause);
  for (size_t i = 0; i < in.n_window_clause; ++i) out->windows.push_back(window_def(*in.window_clause[i]->window_def));
  for (size_t i = 0; i < in.n_values_lists; ++i) {
    const PgQuery__List& row = *in.values_lists[i]->list;
    out->values.push_back(exprs(row.n_items, row.items));
  }
  out->op = same_order<SetOp>(in.op);
  out->all = in.all;
  if (in.larg != nullptr) out->left = select(*in.larg);
  if (in.rarg != nullptr) out->right = select(*in.rarg);
  out->order_by = sort_list(in.n_sort_clause, in.sort_clause);
  out->limit = expr(in.limit_count);
  out->offset = expr(in.limit_offset);
  out->with_ties = in.limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES;
  for (size_t i = 0; i < in.n_locking_clause; ++i) {
    out->locking.push_back(locking(*in.locking_clause[i]->locking_clause));
  }
  out->with = with(in.with_clause);
  return out;
}

std::unique_ptr<OnConflictClause> Converter::on_conflict(const PgQuery__OnConflictClause* in) {
  if (in == nullptr) return nullptr;
  auto out = std::make_unique<OnConflictClause>();
  out->location = in->location;
  out->do_update = in->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
  if (in->infer != nullptr) {
    out->has_target = true;
    out->infer_location = in->infer->location;
    for (size_t i = 0; i < in->infer->n_index_elems; ++i) {
      const PgQuery__IndexElem& elem = *in->infer->index_elems[i]->index_elem;
      auto item = std::make_unique<InferElem>();
      item->location = in->infer->location;
      item->column = text(elem.name);
      item->expr = expr(elem.expr);
      item->collation = strings(elem.n_collation, elem.collation);
      item->opclass = strings(elem.n_opclass, elem.opclass);
      item->has_ordering = elem.ordering > PG_QUERY__SORT_BY_DIR__SORTBY_DEFAULT ||
                           elem.nulls_ordering > PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT;
      out->infer.push_back(std::move(item));
    }
    out->infer_where = expr(in->infer->where_clause);
    out->constraint = text(in->infer->conname);
  }
  out->set = res_targets(in->n_target_list, in->target_list);
  out->where = expr(in->where_clause);
  return out;
}

NodePtr Converter::insert(const PgQuery__InsertStmt& in) {
  auto out = std::make_unique<InsertStmt>();
  out->relation = range_var(in.relation);
  out->columns = res_targets(in.n_cols, in.cols);
  if (in.select_stmt != nullptr) out->source = select(*in.select_stmt->select_stmt);
  out->on_conflict = on_conflict(in.on_conflict_clause);
  out->returning = res_targets(in.n_returning_list, in.returning_list);
  out->with = with(in.with_clause);
  out->overriding = same_order<Overriding>(in.override);
  return out;
}

NodePtr Converter::update(const PgQuery__UpdateStmt& in) {
  auto out = std::make_unique<UpdateStmt>();
  out->relation = range_var(in.relation);
  out->set = res_targets(in.n_target_list, in.target_list);
  for (size_t i = 0; i < in.n_from_clause; ++i) out->from.push_back(from_item(*in.from_clause[i]));
  out->where = expr(in.where_clause);
  out->returning = res_targets(in.n_returning_list, in.returning_list);
  out->with = with(in.with_clause);
  return out;
}

NodePtr Converter::delete_(const PgQuery__DeleteStmt& in) {
  auto out = std::make_unique<DeleteStmt>();
  out->relation = range_var(in.relation);
  for (size_t i = 0; i < in.n_using_clause; ++i) out->using_.push_back(from_item(*in.using_clause[i]));
  out->where = expr(in.where_clause);
  out->returning = res_targets(in.n_returning_list, in.returning_list);
  out->with = with(in.with_clause);
  return out;
}

NodePtr Converter::statement(const PgQuery__Node& node) {
  check_stack_depth();
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT: return select(*node.select_stmt);
    case PG_QUERY__NODE__NODE_INSERT_STMT: return insert(*node.insert_stmt);
    case PG_QUERY__NODE__NODE_UPDATE_STMT: return update(*node.update_stmt);
    case PG_QUERY__NODE__NODE_DELETE_STMT: return delete_(*node.delete_stmt);
    case PG_QUERY__NODE__NODE_MERGE_STMT: {
      auto out = std::make_unique<MergeStmt>();
      out->relation = range_var(node.merge_stmt->relation);
      return out;
    }
    default: break;
  }
  if (auto out = definition(node)) return out;
  if (auto out = utility(node)) return out;
  return unsupported(node);
}

}  // namespace vecino::sql::parse
