#include <utility>

#include "sqlfront/analyze/permissions.h"
#include "sqlfront/analyze/walk.h"
#include "sqlfront/plan/physical.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/statement/session_impl.h"
#include "sqlfront/statement/view_scope.h"

namespace vecino::sql {

using conf::SettingId;

bool is_query_node(const ast::Node* node) {
  using ast::NodeKind;
  if (!node) return false;
  if (const auto* select = ast::try_as<ast::SelectStmt>(node)) return !select->into;
  return node->kind == NodeKind::kInsertStmt || node->kind == NodeKind::kUpdateStmt ||
         node->kind == NodeKind::kDeleteStmt;
}

namespace {

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
  block_.refresh_catalog();
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
  context.trusted_names = trusted_;
  return context;
}

PreparedPtr SessionImpl::make_statement(std::string name, std::shared_ptr<const std::string> source,
                                        ParsedStatement parsed, std::vector<TypeId> parameter_types,
                                        bool variable_parameters) {
  return make_statement(std::move(name), std::move(source), std::move(parsed.node), parsed.location, parsed.length,
                        std::move(parameter_types), variable_parameters);
}

PreparedPtr SessionImpl::make_statement(std::string name, std::shared_ptr<const std::string> source,
                                        std::shared_ptr<const ast::Node> node, int location, int length,
                                        std::vector<TypeId> parameter_types, bool variable_parameters) {
  auto statement = std::make_shared<PreparedStatement>();
  statement->name = std::move(name);
  statement->source = std::move(source);
  statement->node = std::move(node);
  statement->location = location;
  statement->length = length;
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
  AnalyzeContext context = analyze_context(&types, statement.variable_parameters);
  LiteralParameters literals{*statement.source, statement.literals, {}};
  if (!statement.literals.empty()) {
    context.literals = &literals;
    types.assign(statement.literals.size(), type_id::kInt4);
  }
  statement.query = analyze_query(*statement.node, context);
  statement.literal_uses = std::move(literals.uses);
  statement.parameter_types = std::move(types);
  statement.analyzed_catalog = catalog_version;
  statement.analyzed_path = std::move(path);
  statement.analyzed_settings = settings_.version();
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

PhysicalPlanPtr SessionImpl::plan_query(const QueryPtr& query, const std::vector<TypeId>& parameter_types,
                                        std::span<const Datum> values) {
  QueryPtr visible = query;
  if (!trusted_) {
    check_query_permissions(*query, env_.catalog(), env_.current_role());
    visible = apply_row_security(query, env_.catalog(), env_.current_role(), settings_.get_bool(conf::SettingId::row_security),
                                 [](const Query& original) { return plan::rewrite_query(original, {}, 0); });
  }
  PlannerInput input;
  input.catalog = &env_.catalog();
  input.settings = &settings_;
  input.env = &env_;
  input.tables = instance_.tables;
  input.catalogs = instance_.catalogs;
  for (TypeId type : parameter_types) input.parameter_types.push_back({type, -1});
  for (size_t i = 0; i < values.size(); ++i) {
    input.parameter_values.push_back(make_const({parameter_types[i], -1}, values[i]));
  }
  return make_plan(visible, input);
}

namespace {

const char* command_name(const PhysicalPlan& plan) {
  switch (plan.command) {
    case Command::kInsert: return "INSERT";
    case Command::kUpdate: return "UPDATE";
    case Command::kDelete: return "DELETE";
    case Command::kSelect: break;
  }
  return plan.source->has_modifying_cte ? "SELECT" : "SELECT FOR UPDATE";
}

// LIMIT over an HNSW scan without a filter: a hundred microseconds, whatever the cost model (which counts disk pages) says.
// nullptr: another plan.
const IndexScanNode* graph_search(const PlanNode& root) {
  const PlanNode* node = &root;
  if (node->kind == PlanKind::kLimit && node->children.size() == 1) node = node->children[0].get();
  if (node->kind != PlanKind::kIndexScan || node->filter) return nullptr;
  const auto& scan = static_cast<const IndexScanNode&>(*node);
  return scan.order_by_query && scan.index->index->access_method == "hnsw" ? &scan : nullptr;
}

// Microseconds, and no surprises: volatile functions may sleep or take advisory locks; queries of several levels are not
// worth the look.
bool is_cheap_plan(const Query& query, const PhysicalPlan& plan) {
  constexpr double kCheap = 50;  // planner units: a point lookup is below 1
  if (plan.root->cost.total > kCheap && !graph_search(*plan.root)) return false;
  if (query.has_sublinks || query.set_operation || !query.ctes.empty()) return false;
  for (const RangeTableEntry& rte : query.range_table) {
    if (rte.kind != RteKind::kRelation && rte.kind != RteKind::kResult) return false;
    if (rte.relation && rte.relation->system) return false;
  }
  auto calm = [](const ExprPtr& expr) { return !expr || !analysis::contains_volatile(expr); };
  for (const TargetEntry& target : query.targets) {
    if (!calm(target.expr)) return false;
  }
  for (const TargetEntry& target : query.returning) {
    if (!calm(target.expr)) return false;
  }
  return calm(query.where) && calm(query.having) && calm(query.limit) && calm(query.offset);
}

}  // namespace

storage::LockTag relation_tag(Oid database, const RelationDesc& relation) {
  return {storage::LockSpace::kRelation, database, relation.oid, {}};
}

// Tables grow and are analyzed: a plan lives a second, or so long that making it again costs a thousandth of the time.
void SessionImpl::make_current_plan(PreparedStatement& statement) {
  constexpr int64_t kPlanLife = 1000000, kPlanningShare = 1000;
  const int64_t begun = now_microseconds();
  statement.plan = plan_query(statement.query, statement.parameter_types);
  const int64_t done = now_microseconds();
  statement.replan_after_us = done + std::max(kPlanLife, (done - begun) * kPlanningShare);
  statement.planned_catalog = env_.catalog().version();
  statement.planned_settings = settings_.version();
  const PhysicalPlan& plan = *statement.plan;
  statement.cheap = is_cheap_plan(*statement.query, plan);
  statement.short_read = statement.cheap && plan.read_only && statement.query->row_marks.empty();
  statement.short_write = statement.cheap && plan.command != Command::kSelect && !statement.has_result;
  // While it is being loaded, the table is searched instead, which takes long.
  const IndexScanNode* graph = graph_search(*plan.root);
  statement.graph.reset();
  if (graph) statement.graph = instance_.catalogs->open_index(*graph->index, *graph->relation);
}

PhysicalPlanPtr SessionImpl::ensure_plan(PreparedStatement& statement) {
  while (true) {
    ensure_analyzed(statement);
    const uint64_t catalog_version = env_.catalog().version();
    if (!statement.plan || statement.planned_catalog != catalog_version ||
        statement.planned_settings != settings_.version() ||
        env_.statement_timestamp() > statement.replan_after_us) {
      make_current_plan(statement);
    }
    const PhysicalPlan& plan = *statement.plan;
    if (block_.txn().read_only() && !plan.read_only) {
      throw SqlError(sqlstate::kReadOnlySqlTransaction, std::string("cannot execute ") + command_name(plan) +
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
  context.counter = &counter_;
  context.foreign_keys = &foreign_keys_;
  context.work_mem = static_cast<size_t>(settings_.get_int(SettingId::work_mem)) * 1024;
  context.hash_mem_multiplier = settings_.get_real(SettingId::hash_mem_multiplier);
  temp_space_.set_limit_kb(settings_.get_int(SettingId::temp_file_limit));
  context.temp = &temp_space_;
  return context;
}

namespace {

// While the server's own SQL is planned: the user's privileges have no say in it.
class TrustedScope {
 public:
  explicit TrustedScope(bool& trusted) : trusted_(trusted), before_(std::exchange(trusted, true)) {}
  ~TrustedScope() { trusted_ = before_; }
  TrustedScope(const TrustedScope&) = delete;

 private:
  bool& trusted_;
  const bool before_;
};

}  // namespace

uint64_t SessionImpl::run_internal(const InternalQuery& query) {
  constexpr size_t kMaxKept = 100;
  TrustedScope trusted(trusted_);
  storage::Transaction& txn = block_.txn();
  const bool newest = query.newest_snapshot && txn.isolation() == storage::IsolationLevel::kRepeatableRead;
  try {
    if (internal_statements_.size() > kMaxKept) internal_statements_.clear();
    // One text may come with several types: a foreign key's columns need not have those of the key they refer to.
    std::string key = query.sql;
    for (TypeId type : query.parameter_types) key += " " + std::to_string(type);
    PreparedPtr& statement = internal_statements_[key];
    if (!statement) {
      auto source = std::make_shared<const std::string>(query.sql);
      std::vector<ParsedStatement> parsed = parse_sql(*source);
      statement = make_statement("", source, std::move(parsed[0]), query.parameter_types, true);
    }
    PreparedPtr running = statement;  // a cascade may clear the map
    PhysicalPlanPtr plan = ensure_plan(*running);
    txn.begin_command();
    std::optional<ViewScope> scope;
    if (newest) scope.emplace(txn, storage::TransactionView{instance_.engine->snapshot(), txn.view().command});
    std::unique_ptr<Execution> execution = start_execution(plan, exec_context(query.parameters));
    Batch batch;
    uint64_t rows = 0;
    while (execution->next(batch, batch_rows_)) rows += batch.rows;
    if (plan->command != Command::kSelect) rows = execution->rows_affected();
    return rows;
  } catch (SqlError& error) {
    // A location would point into our text, not into the client's.
    throw SqlError(error.info()).context("SQL statement \"" + query.sql + "\"");
  }
}

std::vector<std::optional<std::string>> SessionImpl::query_strings(const std::string& sql) {
  TrustedScope trusted(trusted_);
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
