#include "sqlfront/analyze/walk.h"
#include "sqlfront/plan/physical.h"
#include "sqlfront/statement/session_impl.h"

namespace vecino::sql {

using conf::SettingId;

namespace {

bool is_query_node(const ast::Node* node) {
  using ast::NodeKind;
  if (!node) return false;
  if (const auto* select = ast::try_as<ast::SelectStmt>(node)) return !select->into;
  return node->kind == NodeKind::kInsertStmt || node->kind == NodeKind::kUpdateStmt ||
         node->kind == NodeKind::kDeleteStmt;
}

// The statements a failed block still takes.
bool ends_failed_block(const ast::Node* node) {
  const auto* transaction = ast::try_as<ast::TransactionStmt>(node);
  if (!transaction) return false;
  switch (transaction->op) {
    case ast::TransactionOp::kCommit:
    case ast::TransactionOp::kRollback:
    case ast::TransactionOp::kRollbackTo:
    case ast::TransactionOp::kPrepare: return true;
    default: return false;
  }
}

}  // namespace

void SessionImpl::begin_statement(const ast::Node* node) {
  if (block_.state() == TransactionBlock::State::kFailed) {
    if (node && !ends_failed_block(node)) {
      throw SqlError(sqlstate::kInFailedSqlTransaction,
                     "current transaction is aborted, commands ignored until end of transaction block");
    }
    return;
  }
  throw_if_error(cancel_.check());
  block_.ensure_started();
  env_.begin_statement(block_.catalog());
}

AnalyzeContext SessionImpl::analyze_context(std::vector<TypeId>* parameter_types, bool variable_parameters) {
  AnalyzeContext context;
  context.catalog = &env_.catalog();
  context.search_path = env_.search_path();
  context.settings = &settings_;
  context.env = &env_;
  context.parameter_types = parameter_types;
  context.variable_parameters = variable_parameters;
  return context;
}

PreparedPtr SessionImpl::make_statement(std::string name, std::shared_ptr<const std::string> source,
                                        ParsedStatement parsed, std::vector<TypeId> parameter_types,
                                        bool variable_parameters) {
  auto statement = std::make_shared<PreparedStatement>();
  statement->name = std::move(name);
  statement->source = std::move(source);
  statement->node = std::move(parsed.node);
  statement->location = parsed.location;
  statement->length = parsed.length;
  statement->parameter_types = std::move(parameter_types);
  statement->variable_parameters = variable_parameters;
  statement->is_query = is_query_node(statement->node.get());
  statement->prepared_at_us = env_.statement_timestamp();
  ensure_analyzed(*statement);
  return statement;
}

void SessionImpl::ensure_analyzed(PreparedStatement& statement) {
  if (!statement.node) return;
  if (block_.state() == TransactionBlock::State::kFailed) return;  // ROLLBACK and its kin have no result
  if (!statement.is_query) {
    describe_utility(statement);
    return;
  }
  const uint64_t catalog_version = env_.catalog().version();
  std::vector<Oid> path = env_.search_path();
  if (statement.query && statement.analyzed_catalog == catalog_version && statement.analyzed_path == path) return;
  const bool again = statement.query != nullptr;
  std::vector<ResultColumn> old_columns = std::move(statement.columns);
  std::vector<TypeId> types = statement.parameter_types;
  statement.query = analyze_query(*statement.node, analyze_context(&types, statement.variable_parameters));
  statement.parameter_types = std::move(types);
  statement.analyzed_catalog = catalog_version;
  statement.analyzed_path = std::move(path);
  const Query& query = *statement.query;
  statement.columns = result_columns(query.command == Command::kSelect ? query.targets : query.returning);
  statement.has_result = query.command == Command::kSelect || !query.returning.empty();
  if (again) statement.plan.reset();
  if (again && statement.variable_parameters) {  // the client may have seen the old description
    bool same = old_columns.size() == statement.columns.size();
    for (size_t i = 0; same && i < old_columns.size(); ++i) same = old_columns[i].type == statement.columns[i].type;
    if (!same) {
      statement.query.reset();
      statement.columns = std::move(old_columns);
      throw SqlError(sqlstate::kFeatureNotSupported, "cached plan must not change result type");
    }
  }
}

PhysicalPlanPtr SessionImpl::plan_query(const QueryPtr& query, const std::vector<TypeId>& parameter_types) {
  PlannerInput input;
  input.catalog = &env_.catalog();
  input.settings = &settings_;
  input.env = &env_;
  input.tables = instance_.tables;
  input.catalogs = instance_.catalogs;
  for (TypeId type : parameter_types) input.parameter_types.push_back({type, -1});
  return make_plan(query, input);
}

namespace {

const char* command_name(Command command) {
  switch (command) {
    case Command::kInsert: return "INSERT";
    case Command::kUpdate: return "UPDATE";
    case Command::kDelete: return "DELETE";
    case Command::kSelect: break;
  }
  return "SELECT FOR UPDATE";
}

// LIMIT over an HNSW scan without a filter: a hundred microseconds, whatever the cost model (which counts disk pages) says.
bool is_graph_search(const PlanNode& root) {
  const PlanNode* node = &root;
  if (node->kind == PlanKind::kLimit && node->children.size() == 1) node = node->children[0].get();
  if (node->kind != PlanKind::kIndexScan || node->filter) return false;
  const auto& scan = static_cast<const IndexScanNode&>(*node);
  return scan.order_by_query && scan.index->index->access_method == "hnsw";
}

// Volatile functions may sleep or take advisory locks; queries of several levels are not worth the look.
bool is_short_plan(const Query& query, const PhysicalPlan& plan) {
  constexpr double kShortCost = 50;  // planner units: a point lookup is about 8
  if (!plan.read_only || (plan.root->cost.total > kShortCost && !is_graph_search(*plan.root)) || query.has_sublinks || query.set_operation ||
      !query.ctes.empty() || !query.row_marks.empty()) {
    return false;
  }
  for (const RangeTableEntry& rte : query.range_table) {
    if (rte.kind != RteKind::kRelation && rte.kind != RteKind::kResult) return false;
    if (rte.relation && rte.relation->system) return false;
  }
  for (const TargetEntry& target : query.targets) {
    if (analysis::contains_volatile(target.expr)) return false;
  }
  auto calm = [](const ExprPtr& expr) { return !expr || !analysis::contains_volatile(expr); };
  return calm(query.where) && calm(query.having) && calm(query.limit) && calm(query.offset);
}

storage::LockTag relation_tag(Oid database, const RelationDesc& relation) {
  return {storage::LockSpace::kRelation, database, relation.oid, {}};
}

}  // namespace

bool SessionImpl::prepare_short(std::string_view name) {
  auto found = statements_.find(name);
  if (found == statements_.end()) return false;
  const PreparedStatement& statement = *found->second;
  if (!statement.plan || !statement.short_plan || statement.planned_settings != settings_.version()) return false;
  if (block_.state() == TransactionBlock::State::kFailed || skip_to_sync_) return false;
  try {
    block_.ensure_started();
    if (block_.catalog()->version() != statement.planned_catalog) return false;
    for (const auto& [relation, mode] : statement.plan->locks) {
      Result<bool> granted = block_.txn().lock(relation_tag(database_, *relation), mode, storage::LockWait::kSkip);
      if (!granted.is_ok() || !*granted) return false;
    }
    return true;
  } catch (const std::exception&) {
    return false;  // said again, and reported, where the statement runs
  }
}

PhysicalPlanPtr SessionImpl::ensure_plan(PreparedStatement& statement) {
  while (true) {
    ensure_analyzed(statement);
    const uint64_t catalog_version = env_.catalog().version();
    if (!statement.plan || statement.planned_catalog != catalog_version ||
        statement.planned_settings != settings_.version()) {
      statement.plan = plan_query(statement.query, statement.parameter_types);
      statement.planned_catalog = catalog_version;
      statement.planned_settings = settings_.version();
      statement.short_plan = is_short_plan(*statement.query, *statement.plan);
    }
    const PhysicalPlan& plan = *statement.plan;
    if (block_.txn().read_only() && !plan.read_only) {
      throw SqlError(sqlstate::kReadOnlySqlTransaction, std::string("cannot execute ") + command_name(plan.command) +
                                                            " in a read-only transaction");
    }
    for (const auto& [relation, mode] : plan.locks) {
      value_or_throw(block_.txn().lock(relation_tag(database_, *relation), mode, storage::LockWait::kBlock));
    }
    // A definition may have changed while we waited for its lock.
    std::shared_ptr<const Catalog> now = block_.catalog();
    if (now->version() == catalog_version) return statement.plan;
    env_.begin_statement(std::move(now));
  }
}

ExecContext SessionImpl::exec_context(std::span<const Datum> parameters) {
  ExecContext context;
  context.env = &env_;
  context.txn = &block_.txn();
  context.tables = instance_.tables;
  context.catalogs = instance_.catalogs;
  context.catalog = &env_.catalog();
  context.parameters = parameters;
  context.cancel = &cancel_;
  context.pool = instance_.workers;
  context.vectors = instance_.vectors;
  context.work_mem = static_cast<size_t>(settings_.get_int(SettingId::work_mem)) * 1024;
  return context;
}

std::vector<std::optional<std::string>> SessionImpl::query_strings(const std::string& sql) {
  std::vector<ParsedStatement> parsed = parse_sql(sql);
  std::vector<std::optional<std::string>> result;
  if (parsed.empty()) return result;
  QueryPtr query = analyze_query(*parsed[0].node, analyze_context(nullptr, false));
  PhysicalPlanPtr plan = plan_query(query, {});
  std::unique_ptr<Execution> execution = start_execution(plan, exec_context({}));
  TypeRef type = plan->result_columns.empty() ? TypeRef{} : plan->result_columns[0].expr->type;
  Batch batch;
  Arena scratch;
  CallContext context;
  context.arena = &scratch;
  context.env = &env_;
  context.result_type = type.id;
  context.typmod = type.typmod;
  while (execution->next(batch, batch_rows_)) {
    for (size_t i = 0; i < batch.rows; ++i) {
      const Datum& value = batch.column(0)[i];
      if (value.is_null) {
        result.emplace_back();
        continue;
      }
      std::string text;
      type_info(type.id).output(context, value, text);
      result.emplace_back(std::move(text));
    }
  }
  return result;
}

}  // namespace vecino::sql
