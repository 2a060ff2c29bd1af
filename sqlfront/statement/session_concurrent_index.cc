// CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY of vector indexes: writers go on while the index is built. As in PostgreSQL
// the statement takes several transactions:
//   1. the index enters the catalog, not valid: from here on new statements maintain it;
//   2. the transactions that wrote to the table before they could know of it end;
//   3. it is built from a snapshot taken now; what is committed meanwhile waits in the index and follows (VectorIndex), and the
//      index becomes valid.
// Older snapshots keep reading the table (Index::can_answer), so there is nothing to wait for at the end. When a step fails, the
// index is dropped again; what a crash leaves behind is dropped at the next start (IndexRecovery).
#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_index.h"
#include "sqlfront/statement/session_impl.h"

namespace vecino::sql {

namespace {

constexpr std::string_view kCreate = "CREATE INDEX CONCURRENTLY", kRebuild = "REINDEX CONCURRENTLY";

bool is_concurrent_reindex(const ast::Node& node) {
  const auto* reindex = ast::try_as<ast::ReindexStmt>(&node);
  const ast::DefElem* option = reindex ? ast::find_def(reindex->options, "concurrently") : nullptr;
  return option && ast::def_bool(*option);
}

}  // namespace

// One step, committed.
template <typename Step>
auto SessionImpl::run_step(Portal& portal, Step&& step) {
  block_.ensure_started();
  block_.txn().begin_command();
  DdlContext context = ddl_context(&portal);
  auto result = step(context);
  block_.finish_implicit();
  return result;
}

void SessionImpl::build_concurrently(Portal& portal, Oid index, std::string_view command) {
  IndexBuildInfo info;
  info.command = command;
  info.index = index;
  info.phase = "waiting for writers before build";
  info.table = run_step(portal, [&](DdlContext& context) {
    RelationPtr relation = context.catalog->find_relation(index);
    return relation ? relation->index->table : kInvalidOid;
  });
  const storage::LockTag table{storage::LockSpace::kRelation, database_, info.table, {}};
  Status waited = instance_.transactions->wait_for_holders(
      table, storage::LockMode::kShare, startup_.pid, cancel_, [&](size_t total, size_t done, int32_t pid) {
        info.lockers_total = static_cast<int64_t>(total);
        info.lockers_done = static_cast<int64_t>(done);
        info.locker_pid = pid;
        env_.report_index_build(info);
      });
  env_.report_index_build(std::nullopt);
  throw_if_error(std::move(waited));
  run_step(portal, [&](DdlContext& context) { return build_declared_index(index, command, context), true; });
}

// Runs the steps after an index has been declared; drops it when one of them fails.
template <typename Steps>
void SessionImpl::or_drop_index(Portal& portal, Oid index, Steps&& steps) {
  try {
    steps();
  } catch (SqlError&) {
    block_.on_error();
    cancel_.clear_statement_reasons();  // a cancelled statement must be able to tidy up
    try {
      run_step(portal, [&](DdlContext& context) { return drop_declared_index(index, context), true; });
    } catch (SqlError& error) {
      block_.on_error();
      warn(error.info().code, "could not drop the unfinished index: " + error.info().message);
    }
    throw;
  }
}

void SessionImpl::rebuild_concurrently(Portal& portal, Oid index) {
  bool in_place = run_step(portal, [&](DdlContext& context) {
    RelationPtr relation = context.catalog->find_relation(index);
    if (relation && !builds_under_writers(*relation)) reindex_index(index, context);
    return !relation || !builds_under_writers(*relation);
  });
  if (in_place) return;
  Oid twin = run_step(portal, [&](DdlContext& context) { return declare_twin(index, context); });
  or_drop_index(portal, twin, [&] {
    build_concurrently(portal, twin, kRebuild);
    run_step(portal, [&](DdlContext& context) { return replace_index(index, twin, context), true; });
  });
}

// False: not such a statement.
bool SessionImpl::run_concurrent_index(Portal& portal) {
  const ast::Node& node = *portal.statement->node;
  if (const auto* create = ast::try_as<ast::IndexStmt>(&node); create && builds_under_writers(*create)) {
    auto index = run_step(portal, [&](DdlContext& context) { return declare_index(*create, context); });
    if (index) or_drop_index(portal, *index, [&] { build_concurrently(portal, *index, kCreate); });
    portal.tag = "CREATE INDEX";
  } else if (is_concurrent_reindex(node)) {
    auto indexes = run_step(portal, [&](DdlContext& context) {
      return indexes_to_rebuild(ast::as<ast::ReindexStmt>(node), context);
    });
    for (Oid index : indexes) rebuild_concurrently(portal, index);
    portal.tag = "REINDEX";
  } else {
    return false;
  }
  block_.ensure_started();
  return true;
}

}  // namespace vecino::sql
