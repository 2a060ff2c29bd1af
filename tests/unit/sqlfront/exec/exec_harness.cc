#include "tests/unit/sqlfront/exec/exec_harness.h"

#include <algorithm>

namespace vecino::sql::test {

Rows TestDatabase::run(const PlanPtr& root, std::vector<SubplanInfo> subplans, int slots, size_t batch_rows) {
  auto plan = std::make_shared<PhysicalPlan>();
  plan->root = root;
  plan->subplans = std::move(subplans);
  plan->exec_slots = slots;
  plan->read_only = root->kind != PlanKind::kModifyTable;
  if (root->kind == PlanKind::kModifyTable) plan->command = static_cast<const ModifyTableNode&>(*root).command;
  auto execution = start_execution(plan, context());
  Rows rows;
  Batch batch;
  while (execution->next(batch, batch_rows)) {
    for (size_t r = 0; r < batch.rows; ++r) {
      std::vector<std::string> row;
      for (size_t c = 0; c < root->output_types.size(); ++c) {
        const Datum& value = batch.column(c)[r];
        std::string text = "~";
        if (!value.is_null) {
          text.clear();
          Arena arena;
          CallContext context{&arena, &environment, {}, root->output_types[c].id, -1};
          type_info(root->output_types[c].id).output(context, value, text);
        }
        row.push_back(text);
      }
      rows.push_back(std::move(row));
    }
  }
  affected = execution->rows_affected();
  txn->begin_command();
  return rows;
}

ExprPtr input(int index, TypeId type) {
  auto expr = std::make_shared<InputExpr>();
  expr->index = index;
  expr->type = {type, -1};
  return expr;
}
ExprPtr constant(int64_t value, TypeId type) { return make_const({type, -1}, Datum::from_int(value)); }
ExprPtr text(std::string_view value) { return make_const({type_id::kText, -1}, Datum::from_bytes(value)); }
ExprPtr null(TypeId type) { return make_null_const({type, -1}); }
ExprPtr slot(int id, TypeId type) {
  auto expr = std::make_shared<ParamExpr>();
  expr->source = ParamSource::kExec;
  expr->id = id;
  expr->type = {type, -1};
  return expr;
}
ExprPtr op(std::string_view name, ExprPtr left, ExprPtr right) {
  for (const OperatorDef* candidate : operators_named(name)) {
    if (candidate->left != left->type.id || candidate->right != right->type.id) continue;
    auto expr = std::make_shared<OperatorExpr>();
    expr->op = candidate;
    expr->function = find_function(candidate->function);
    expr->type = {candidate->result, -1};
    expr->args = {std::move(left), std::move(right)};
    return expr;
  }
  throw std::runtime_error("no operator " + std::string(name));
}
ExprPtr call(std::string_view name, std::vector<ExprPtr> args) {
  for (const FunctionDef* candidate : functions_named(name)) {
    if (candidate->arg_types.size() != args.size()) continue;
    bool fits = true;
    for (size_t a = 0; a < args.size(); ++a) fits = fits && candidate->arg_types.begin()[a] == args[a]->type.id;
    if (!fits) continue;
    auto expr = std::make_shared<FunctionExpr>();
    expr->function = candidate;
    expr->type = {candidate->result_type, -1};
    expr->args = std::move(args);
    expr->returns_set = candidate->set != nullptr;
    return expr;
  }
  throw std::runtime_error("no function " + std::string(name));
}
ExprPtr logic(BoolKind kind, std::vector<ExprPtr> args) {
  auto expr = std::make_shared<BoolExpr>();
  expr->op = kind;
  expr->args = std::move(args);
  return expr;
}
std::shared_ptr<const AggregateExpr> aggregate(std::string_view name, std::vector<ExprPtr> args, bool distinct) {
  for (const FunctionDef* candidate : functions_named(name)) {
    if (candidate->aggregate == nullptr || candidate->arg_types.size() != args.size()) continue;
    bool fits = true;
    for (size_t a = 0; a < args.size(); ++a) {
      Oid declared = candidate->arg_types.begin()[a];
      fits = fits && (declared == args[a]->type.id || declared == type_id::kAny);
    }
    if (!fits) continue;
    auto expr = std::make_shared<AggregateExpr>();
    expr->function = candidate;
    expr->type = {candidate->result_type, -1};
    expr->args = std::move(args);
    expr->distinct = distinct;
    return expr;
  }
  throw std::runtime_error("no aggregate " + std::string(name));
}

std::vector<TargetEntry> targets(const std::vector<ExprPtr>& exprs) {
  std::vector<TargetEntry> result;
  for (const ExprPtr& expr : exprs) {
    TargetEntry entry;
    entry.expr = expr;
    result.push_back(entry);
  }
  return result;
}
std::vector<TypeRef> types_of(const std::vector<ExprPtr>& exprs) {
  std::vector<TypeRef> result;
  for (const ExprPtr& expr : exprs) result.push_back(expr->type);
  return result;
}
PlanPtr values(const std::vector<std::vector<ExprPtr>>& rows) {
  auto node = std::make_shared<ValuesScanNode>();
  node->rows = rows;
  node->output_types = types_of(rows.at(0));
  return node;
}
std::shared_ptr<SeqScanNode> seq_scan(RelationPtr table, std::vector<AttrNumber> fetch) {
  auto node = std::make_shared<SeqScanNode>();
  if (fetch.empty()) {
    for (size_t c = 0; c < table->columns.size(); ++c) fetch.push_back(static_cast<AttrNumber>(c + 1));
  }
  for (AttrNumber attno : fetch) {
    node->output_types.push_back(attno > 0 ? table->columns[attno - 1].type : TypeRef{type_id::kInt8, -1});
  }
  node->fetch = std::move(fetch);
  node->relation = std::move(table);
  return node;
}
SortKey sort_key(int column, TypeId type, bool descending) {
  const OperatorDef* less = btree_operator(descending ? Strategy::kGreater : Strategy::kLess, type, type);
  return {column, less, {type, -1}, descending, descending};
}
Rows sorted(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace vecino::sql::test
