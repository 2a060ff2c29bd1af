#include "index/api/recovery.h"
#include "sqlfront/statement/session_impl.h"

// Statements found again by their text, and statements that run where they arrive, without another thread.

namespace vecino::sql {

// A statement for all texts that differ from this one in integer literals only. Null: this one is not to be shared; it
// is made as usual, which also reports what is wrong with it. Its plan knows no values, so only a plan that is cheap
// whatever they are is kept.
PreparedPtr SessionImpl::make_shared_statement(std::shared_ptr<const ast::Node> node, int location, int length) {
  auto statement = std::make_shared<PreparedStatement>();
  statement->source = simple_.sql;
  statement->node = std::move(node);
  statement->location = location;
  statement->length = length;
  statement->is_query = is_query_node(statement->node.get());
  statement->prepared_at_us = env_.statement_timestamp();
  statement->literals = simple_.text.literals;
  statement->literal_uses.assign(statement->literals.size(), LiteralParameters::Use::kConstant);
  if (!statement->is_query && !ast::try_as<ast::TransactionStmt>(statement->node.get())) {
    cache_.reject(simple_.text);
    return nullptr;
  }
  try {
    ensure_analyzed(*statement);
    if (statement->is_query && statement->query && is_timeless(*statement->query)) make_current_plan(*statement);
  } catch (const SqlError&) {
    statement->plan.reset();
  }
  if (statement->is_query && (!statement->plan || !statement->cheap)) {
    if (block_.state() != TransactionBlock::State::kFailed) cache_.reject(simple_.text);
    return nullptr;
  }
  cache_.add(simple_.text, statement);
  return statement;
}

bool SessionImpl::is_reusable(const PreparedStatement& statement) const {
  if (ast::try_as<ast::TransactionStmt>(statement.node.get())) return true;
  return statement.is_query && statement.query && is_timeless(*statement.query);
}

// Is the analysis what it would be now?
bool SessionImpl::is_current(const PreparedStatement& statement) {
  if (!statement.is_query) return true;
  return statement.query && statement.analyzed_catalog == block_.catalog()->version() &&
         statement.analyzed_settings == settings_.version();
}

bool SessionImpl::reuse_parsed(const std::string& sql, const std::vector<Oid>& parameter_types, ResultSink& sink) {
  PreparedPtr known = cache_.find_parsed(sql, parameter_types);
  if (!known || !is_current(*known)) return false;
  begin_statement(known->node.get());
  source_ = known->source;
  statements_[""] = std::move(known);
  sink.parse_complete();
  return true;
}

// A message that may not wait and would have to: as if it had not come. What it wrote is undone; relation locks stay,
// they are taken again anyway.
Progress SessionImpl::undo_message() {
  PortalPtr portal = simple_.active ? simple_.portal : execute_.portal;
  if (portal) {
    portal->execution.reset();
    portal->started = portal->finished = false;
  }
  if (undo_point_) {
    block_.txn().rollback_to(*undo_point_);
    block_.txn().release(*undo_point_);
    undo_point_.reset();
  }
  foreign_keys_.clear();
  simple_ = {};
  execute_ = {};
  logged_before_ = statement_logged_;
  return Progress::kMustWait;
}

void SessionImpl::set_may_wait(bool may_wait) {
  may_wait_ = may_wait;
  block_.set_may_wait(may_wait);
}

// `commits`: the message also ends the implicit transaction.
bool SessionImpl::is_short_now(const PreparedStatement& statement, bool commits) {
  using State = TransactionBlock::State;
  const State state = block_.state();
  if (state == State::kFailed || skip_to_sync_) return false;
  if (const auto* transaction = ast::try_as<ast::TransactionStmt>(statement.node.get())) {
    switch (transaction->op) {
      case ast::TransactionOp::kBegin:
      case ast::TransactionOp::kStart: return true;
      case ast::TransactionOp::kCommit: return !block_.has_writes() && !temporary_.has_commit_actions();
      default: return false;
    }
  }
  if (!statement.short_read && !(statement.short_write && (!commits || state == State::kInBlock))) return false;
  if (!statement.plan || statement.planned_settings != settings_.version() ||
      now_microseconds() > statement.replan_after_us) {
    return false;
  }
  if (statement.graph) {
    auto graph = statement.graph->lock();
    if (!graph || index::health(*graph) != index::IndexHealth::kReady) return false;
  }
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

bool SessionImpl::prepare_short_query(std::string_view sql) {
  if (!split_literals(sql, short_text_)) return false;
  std::optional<StatementCache::Found> found = cache_.find(short_text_);
  return found && is_current(*found->statement) && is_short_now(*found->statement, true);
}

bool SessionImpl::prepare_short_parse(std::string_view name, std::string_view sql, std::span<const Oid> types) {
  if (!name.empty()) return false;
  PreparedPtr known = cache_.find_parsed(sql, {types.begin(), types.end()});
  return known && is_current(*known);
}

bool SessionImpl::prepare_short_bind(std::string_view name) {
  auto found = statements_.find(name);
  return found != statements_.end() && is_short_now(*found->second, false);
}

bool SessionImpl::ends_transaction(std::string_view name) const {
  auto found = statements_.find(name);
  if (found == statements_.end()) return false;
  const auto* transaction = ast::try_as<ast::TransactionStmt>(found->second->node.get());
  return transaction != nullptr && (transaction->op == ast::TransactionOp::kCommit ||
                                    transaction->op == ast::TransactionOp::kRollback);
}

bool SessionImpl::is_sync_short() const {
  return block_.state() != TransactionBlock::State::kImplicit || !block_.has_writes();
}

}  // namespace vecino::sql
