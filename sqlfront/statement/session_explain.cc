// EXPLAIN, CREATE TABLE AS and SELECT INTO: statements around a query.
#include <chrono>

#include "sqlfront/plan/explain.h"
#include "sqlfront/statement/ddl_table.h"
#include "sqlfront/statement/session_impl.h"

namespace vecino::sql {

using ast::NodeKind;
using conf::SettingId;

namespace {

double elapsed_ms(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since).count();
}

}  // namespace

// The query inside EXPLAIN, CREATE TABLE AS and DECLARE, as a statement of its own with the outer one's text.
PreparedPtr SessionImpl::inner_statement(const Portal& portal, const ast::Node& query) {
  auto inner = std::make_shared<PreparedStatement>(*portal.statement);
  inner->node = std::shared_ptr<const ast::Node>(portal.statement->node, &query);
  inner->is_query = true;
  inner->query.reset();
  inner->plan.reset();
  inner->columns.clear();
  return inner;
}

void SessionImpl::run_explain(const ast::ExplainStmt& statement, Portal& portal) {
  ExplainOptions options = explain_options(statement);
  const ast::Node* query = statement.query.get();
  if (const auto* create = ast::try_as<ast::CreateTableAsStmt>(query)) query = create->query.get();
  if (const auto* declare = ast::try_as<ast::DeclareCursorStmt>(query)) query = declare->query.get();

  PreparedPtr inner;
  PortalPtr execute;  // EXPLAIN EXECUTE: the parameters' owner
  std::span<const Datum> parameters = portal.parameters;
  if (const auto* call = ast::try_as<ast::ExecuteStmt>(query)) {
    execute = bind_execute(*call);
    inner = execute->statement;
    parameters = execute->parameters;
  } else {
    inner = inner_statement(portal, *query);
    if (query->kind != NodeKind::kSelectStmt && query->kind != NodeKind::kInsertStmt &&
        query->kind != NodeKind::kUpdateStmt && query->kind != NodeKind::kDeleteStmt) {
      store_text_rows(portal, {{"Utility statements have no plan structure"}});
      portal.tag = "EXPLAIN";
      return;
    }
  }
  ensure_analyzed(*inner);
  ExplainTimes times;
  const auto planning_start = std::chrono::steady_clock::now();
  PhysicalPlanPtr plan = ensure_plan(*inner);
  // PostgreSQL's first executions are planned for their values, and EXPLAIN shows what would be run.
  if (execute && !parameters.empty() && settings_.get_string(SettingId::plan_cache_mode) != "force_generic_plan") {
    plan = plan_query(inner->query, inner->parameter_types, parameters);
  }
  times.planning_ms = elapsed_ms(planning_start);

  std::unique_ptr<Execution> execution;
  if (options.analyze) {
    detach_other_portals(&portal);
    block_.txn().begin_command();
    ExecContext context = exec_context(parameters);
    context.instrument = true;
    context.instrument_timing = options.timing;
    const auto start = std::chrono::steady_clock::now();
    execution = start_execution(plan, context);
    Batch batch;
    while (execution->next(batch, batch_rows_)) {
    }
    times.execution_ms = elapsed_ms(start);
  }
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (std::string& line : explain_plan(*plan, execution.get(), options, times, env_.catalog(), settings_)) {
    rows.push_back({std::move(line)});
  }
  store_text_rows(portal, std::move(rows));
  portal.tag = "EXPLAIN";
}

void SessionImpl::run_create_table_as(const ast::CreateTableAsStmt& statement, Portal& portal) {
  create_table_as(*statement.query, statement.into, statement.if_not_exists, statement.materialized_view, portal);
}

void SessionImpl::create_table_as(const ast::Node& query, const ast::IntoClause& into, bool if_not_exists,
                                  bool materialized_view, Portal& portal) {
  if (materialized_view) {
    throw SqlError(sqlstate::kFeatureNotSupported, "CREATE MATERIALIZED VIEW is not supported");
  }
  if (block_.txn().read_only()) {
    throw SqlError(sqlstate::kReadOnlySqlTransaction, "cannot execute CREATE TABLE AS in a read-only transaction");
  }
  PreparedPtr inner;
  PortalPtr execute;
  std::span<const Datum> parameters = portal.parameters;
  if (const auto* call = ast::try_as<ast::ExecuteStmt>(&query)) {
    execute = bind_execute(*call);
    inner = execute->statement;
    parameters = execute->parameters;
  } else {
    inner = inner_statement(portal, query);
  }
  ensure_analyzed(*inner);
  detach_other_portals(&portal);
  block_.txn().begin_command();
  DdlContext ddl = ddl_context(&portal);
  std::vector<NewColumn> columns;
  for (const ResultColumn& column : inner->columns) columns.push_back({column.name, column.type});
  RelationPtr table = create_table_from_columns(ddl, into, columns, if_not_exists);
  portal.tag = "CREATE TABLE AS";
  if (!table || into.with_no_data) return;

  // The query's plan is made against the catalog that now has the new table.
  env_.begin_statement(block_.catalog());
  PhysicalPlanPtr plan = ensure_plan(*inner);
  block_.txn().advance_command();
  ExecContext context = exec_context(parameters);
  std::unique_ptr<TableWriter> writer = make_table_writer(table, {}, {}, context);
  std::unique_ptr<Execution> execution = start_execution(plan, context);
  Batch batch;
  std::vector<const Datum*> input(columns.size());
  while (execution->next(batch, batch_rows_)) {
    for (size_t i = 0; i < input.size(); ++i) input[i] = batch.column(i);
    if (batch.rows > 0) writer->insert(input.data(), batch.rows);
  }
  portal.tag = "SELECT " + std::to_string(writer->rows_inserted());
}

}  // namespace vecino::sql
