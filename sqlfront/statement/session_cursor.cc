#include <algorithm>

#include "sqlfront/interrupts.h"
#include "sqlfront/statement/session_impl.h"
#include "sqlfront/statement/view_scope.h"

namespace vecino::sql {

// DECLARE CURSOR (manual: DECLARE, FETCH, MOVE, CLOSE). A cursor is a portal that SQL drives. SCROLL and WITH HOLD cursors
// are read into memory when first needed; others stream forward.

namespace {

// Plans that PostgreSQL can run backwards (ExecSupportsBackwardScan).
bool runs_backwards(const PlanNode& node) {
  check_stack_depth();
  switch (node.kind) {
    case PlanKind::kSeqScan:
    case PlanKind::kIndexScan:
    case PlanKind::kTidScan:
    case PlanKind::kFunctionScan:
    case PlanKind::kValuesScan:
    case PlanKind::kCteScan:
    case PlanKind::kSystemScan:
    case PlanKind::kKnnScan:
    case PlanKind::kMaterialize:
    case PlanKind::kSort: return true;
    case PlanKind::kSubqueryScan:
    case PlanKind::kLimit: return runs_backwards(*node.children[0]);
    case PlanKind::kResult: return !node.children.empty() && runs_backwards(*node.children[0]);
    case PlanKind::kAppend:
      return std::all_of(node.children.begin(), node.children.end(),
                         [](const PlanPtr& child) { return runs_backwards(*child); });
    default: return false;
  }
}

}  // namespace

// Reads all rows of a cursor again, as it saw them when it was opened, so that it can move both ways.
void SessionImpl::make_scrollable(Portal& cursor) {
  if (!cursor.opened_at) return;
  std::vector<TypeRef> types;
  for (const ResultColumn& column : cursor.columns) types.push_back(column.type);
  auto store = new_row_store(types);
  ViewScope scope(block_.txn(), *cursor.opened_at);
  std::unique_ptr<Execution> execution = start_execution(cursor.plan, exec_context(cursor.parameters));
  Batch batch;
  std::vector<Datum> row(std::max<size_t>(cursor.columns.size(), 1));
  while (execution->next(batch, batch_rows_)) {
    for (size_t r = 0; r < batch.rows; ++r) {
      for (size_t c = 0; c < cursor.columns.size(); ++c) row[c] = batch.column(c)[r];
      store->append(row.data());
    }
  }
  if (cursor.finished) cursor.cursor_position = static_cast<int64_t>(store->rows()) + 1;
  cursor.store = std::move(store);
  cursor.execution.reset();
  cursor.opened_at.reset();
  cursor.scroll = true;
}

void SessionImpl::run_declare(const ast::DeclareCursorStmt& statement, Portal& portal) {
  const bool hold = statement.options & ast::cursor_option::kHold;
  if (!hold) require_block("DECLARE CURSOR");
  if (portals_.contains(statement.name)) {
    throw SqlError(sqlstate::kDuplicateCursor, "cursor \"" + statement.name + "\" already exists");
  }
  auto prepared = std::make_shared<PreparedStatement>(*portal.statement);
  prepared->is_query = true;
  // Aliases the DECLARE's tree, which stays alive with it.
  prepared->node = std::shared_ptr<const ast::Node>(portal.statement->node, statement.query.get());
  prepared->query.reset();
  prepared->plan.reset();
  auto cursor = make_portal(statement.name, prepared);
  if (prepared->query->has_modifying_cte) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "DECLARE CURSOR must not contain data-modifying statements in WITH");
  }
  if (prepared->query->command != Command::kSelect) {
    throw SqlError(sqlstate::kInvalidCursorDefinition, "DECLARE CURSOR can only be used with SELECT");
  }
  cursor->is_cursor = true;
  cursor->hold = hold;
  cursor->scroll = statement.options & ast::cursor_option::kScroll;
  cursor->binary = statement.options & ast::cursor_option::kBinary;
  cursor->parameters = portal.parameters;
  for (size_t i = 0; i < cursor->parameters.size(); ++i) {  // the DECLARE's portal may go before the cursor
    Datum& value = cursor->parameters[i];
    if (!value.is_null && type_info(prepared->parameter_types[i]).kind == PhysicalKind::kBytes) {
      value = Datum::from_bytes(cursor->arena.copy(value.bytes()));
    }
  }
  cursor->started = true;
  start_query(*cursor, *prepared);
  if (cursor->scroll) {
    store_remaining(*cursor);
  } else if (!(statement.options & ast::cursor_option::kNoScroll) && prepared->query->row_marks.empty() &&
             runs_backwards(*cursor->plan->root)) {
    check_stack_depth();
    cursor->opened_at = block_.txn().view();
  }
  portals_[statement.name] = std::move(cursor);
  portal.tag = "DECLARE CURSOR";
}

namespace {

// False only where going forward will certainly do.
bool asks_for_more_than_forward(const ast::FetchStmt& statement) {
  using ast::FetchDirection;
  switch (statement.direction) {
    case FetchDirection::kForward: return statement.count <= 0;
    case FetchDirection::kBackward: return statement.count >= 0;
    case FetchDirection::kAbsolute:
    case FetchDirection::kRelative: return true;
  }
  return true;
}

[[noreturn]] void throw_forward_only() {
  throw SqlError(sqlstate::kObjectNotInPrerequisiteState, "cursor can only scan forward")
      .hint("Declare it with SCROLL option to enable backward scan.");
}

}  // namespace

// Rows of a FETCH are gathered first, because backward fetches return them in reverse.
void SessionImpl::run_fetch(const ast::FetchStmt& statement, Portal& portal) {
  auto found = portals_.find(statement.cursor);
  if (found == portals_.end()) {
    throw SqlError(sqlstate::kInvalidCursorName, "cursor \"" + statement.cursor + "\" does not exist");
  }
  PortalPtr cursor = found->second;
  if (!cursor->started) {  // a portal made by Bind
    cursor->started = true;
    start_query(*cursor, *cursor->statement);
  }
  std::vector<TypeRef> types;
  for (const ResultColumn& column : cursor->columns) types.push_back(column.type);
  auto rows = new_row_store(types);

  // Positions: 0 before the first row, n on row n, rows + 1 after the last.
  int64_t& position = cursor->cursor_position;
  if (asks_for_more_than_forward(statement)) make_scrollable(*cursor);
  const bool random_access = cursor->scroll && cursor->store != nullptr;
  auto stored_rows = [&] { return static_cast<int64_t>(cursor->store->rows()); };
  auto forward = [&](int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      const Datum* row = nullptr;
      if (random_access) {
        if (position < stored_rows()) row = cursor->store->row(static_cast<size_t>(position));
        if (position <= stored_rows()) ++position;
      } else {
        row = next_row(*cursor);
        if (row) ++position;
      }
      if (!row) break;
      rows->append(row);
    }
  };
  auto backward = [&](int64_t count) {
    if (!random_access) throw_forward_only();
    for (int64_t i = 0; i < count && position > 0; ++i) {
      if (--position == 0) break;
      rows->append(cursor->store->row(static_cast<size_t>(position - 1)));
    }
  };
  auto current = [&] {
    if (!random_access) throw_forward_only();
    if (position >= 1 && position <= stored_rows()) rows->append(cursor->store->row(static_cast<size_t>(position - 1)));
  };
  auto move_to = [&](int64_t target) {  // then returns that row
    if (!random_access) {
      if (target <= position) throw_forward_only();
      while (position < target - 1 && next_row(*cursor)) ++position;
      if (position == target - 1) forward(1);
      return;
    }
    position = std::clamp<int64_t>(target, 0, stored_rows() + 1);
    current();
  };

  using ast::FetchDirection;
  switch (statement.direction) {
    case FetchDirection::kForward:
      if (statement.count == 0) current();
      else if (statement.count > 0) forward(statement.count);
      else backward(-statement.count);
      break;
    case FetchDirection::kBackward:
      if (statement.count == 0) current();
      else if (statement.count > 0) backward(statement.count);
      else forward(-statement.count);
      break;
    case FetchDirection::kAbsolute: {
      int64_t target = statement.count;
      if (target < 0) {
        if (!random_access) throw_forward_only();
        target = std::max<int64_t>(stored_rows() + 1 + target, 0);
      }
      if (target == 0 && !random_access && position == 0) break;
      move_to(target);
      break;
    }
    case FetchDirection::kRelative:
      if (statement.count == 0) current();
      else move_to(std::max<int64_t>(position + statement.count, 0));
      break;
  }
  const std::string count = std::to_string(rows->rows());
  portal.tag = (statement.is_move ? "MOVE " : "FETCH ") + count;
  if (!statement.is_move) {
    portal.store = std::move(rows);
    if (cursor->binary) portal.formats = {1};
  }
}

void SessionImpl::run_close(const ast::ClosePortalStmt& statement, Portal& portal) {
  if (statement.name.empty()) {
    std::erase_if(portals_, [&](const auto& entry) { return entry.second.get() != &portal; });
    portal.tag = "CLOSE CURSOR ALL";
    return;
  }
  if (portals_.erase(statement.name) == 0) {
    throw SqlError(sqlstate::kInvalidCursorName, "cursor \"" + statement.name + "\" does not exist");
  }
  portal.tag = "CLOSE CURSOR";
}

}  // namespace vecino::sql
