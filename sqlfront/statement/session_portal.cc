#include "sqlfront/statement/session_impl.h"

namespace vecino::sql {

PortalPtr SessionImpl::make_portal(std::string name, PreparedPtr statement) {
  ensure_analyzed(*statement);
  auto portal = std::make_shared<Portal>();
  portal->name = std::move(name);
  portal->columns = statement->columns;
  portal->has_result = statement->has_result;
  portal->statement = std::move(statement);
  portal->depth = block_.depth();
  portal->created_at_us = env_.statement_timestamp();
  return portal;
}

void SessionImpl::bind_parameters(Portal& portal, const FormatCodes& formats, std::span<const BoundValue> values) {
  CallContext context;
  context.arena = &portal.arena;
  context.env = &env_;
  const std::vector<TypeId>& types = portal.statement->parameter_types;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].is_null) {
      portal.parameters.push_back(Datum::null());
      continue;
    }
    const TypeInfo& type = type_info(types[i]);
    context.result_type = types[i];
    context.typmod = -1;
    const int16_t format = format_for(formats, i);
    try {
      if (format != 0 && format != 1) {
        throw SqlError(sqlstate::kInvalidParameterValue, "unsupported format code: " + std::to_string(format));
      }
      if (format == 1 ? !type.receive : !type.input) {
        throw SqlError(sqlstate::kUndefinedFunction, std::string("no ") + (format == 1 ? "binary " : "") +
                                                         "input function available for type " + format_type(types[i]));
      }
      const bool recode = format == 1 && text_from_client && is_text_type(types[i]);
      std::string_view bytes = recode ? context.copy(text_from_client(values[i].bytes)) : context.copy(values[i].bytes);
      portal.parameters.push_back(format == 1 ? type.receive(context, bytes) : type.input(context, bytes));
    } catch (SqlError& error) {
      // Locations of parameter text mean nothing in the query; PostgreSQL names the parameter instead.
      std::string where = portal.name.empty() ? "unnamed portal parameter $" : "portal \"" + portal.name + "\" parameter $";
      where += std::to_string(i + 1);
      if (format == 0) where += " = '...'";
      throw SqlError(error.info()).context(std::move(where));
    }
  }
}

void SessionImpl::start_query(Portal& portal, PreparedStatement& statement) {
  // Bind has planned it and taken the locks, unless something changed since.
  const bool current = portal.plan && portal.plan == statement.plan &&
                       statement.planned_catalog == env_.catalog().version() &&
                       statement.planned_settings == settings_.version();
  if (!current) portal.plan = ensure_plan(statement);
  portal.catalog = block_.catalog();
  detach_other_portals(&portal);
  block_.txn().begin_command();
  portal.execution = start_execution(portal.plan, exec_context(portal.parameters));
}

void SessionImpl::start_portal(Portal& portal) {
  PreparedStatement& statement = *portal.statement;
  portal.started = true;
  start_query(portal, statement);
  const bool modifies = portal.plan->command != Command::kSelect || portal.plan->source->has_modifying_cte;
  if (modifies && !may_wait_) undo_point_ = block_.txn().savepoint();
  if (!portal.has_result) {
    portal.batch.reset(0, batch_rows_);
    while (portal.execution->next(portal.batch, batch_rows_)) {
    }
    portal.finished = true;
  } else if (modifies) {
    // All changes happen at once, however slowly the client takes the RETURNING rows.
    store_remaining(portal);
  }
  if (undo_point_) {
    block_.txn().release(*undo_point_);
    undo_point_.reset();
  }
}

std::unique_ptr<RowStore> SessionImpl::new_row_store(const std::vector<TypeRef>& types) {
  temp_space_.set_limit_kb(settings_.get_int(conf::SettingId::temp_file_limit));
  return std::make_unique<RowStore>(types, temp_space_, static_cast<size_t>(settings_.get_int(conf::SettingId::work_mem)) * 1024);
}

// Fetches what is left of a running portal, so that its rows do not depend on the transaction's state.
void SessionImpl::store_remaining(Portal& portal) {
  if (!portal.execution || portal.finished) return;
  std::vector<TypeRef> types;
  for (const ResultColumn& column : portal.columns) types.push_back(column.type);
  auto store = new_row_store(types);
  while (const Datum* row = next_row(portal)) store->append(row);
  portal.finished = false;
  portal.store = std::move(store);
  portal.store_position = 0;
}

// Before another command runs: suspended portals keep the snapshot they began with by being read to their end.
void SessionImpl::detach_other_portals(const Portal* running) {
  for (auto& [name, portal] : portals_) {
    if (portal.get() != running && portal->started && portal->execution && !portal->store && !portal->finished) {
      store_remaining(*portal);
    }
  }
}

const Datum* SessionImpl::next_row(Portal& portal) {
  if (portal.store) {
    if (portal.store_position >= portal.store->rows()) {
      portal.finished = true;
      return nullptr;
    }
    return portal.store->row(portal.store_position++);
  }
  if (portal.failed) {
    throw SqlError(sqlstate::kObjectNotInPrerequisiteState, "portal \"" + portal.name + "\" cannot be run");
  }
  if (!portal.execution || portal.finished) return nullptr;
  while (portal.position >= portal.batch.rows) {
    portal.position = 0;
    portal.batch.rows = 0;
    portal.failed = true;  // unless this comes back: a savepoint may outlive the error, its execution does not
    const bool more = portal.execution->next(portal.batch, batch_rows_);
    portal.failed = false;
    if (!more) {
      portal.finished = true;
      return nullptr;
    }
  }
  const size_t count = portal.columns.size();
  portal.row.resize(std::max<size_t>(count, 1));  // a row of no columns is a row
  for (size_t i = 0; i < count; ++i) portal.row[i] = portal.batch.column(i)[portal.position];
  ++portal.position;
  return portal.row.data();
}

SessionImpl::RunResult SessionImpl::send_rows(Portal& portal, Portal& source, int64_t max_rows, ResultSink& sink) {
  if (!portal.writer) portal.writer = std::make_unique<ResultWriter>(portal.columns, portal.formats, env_);
  int64_t sent = 0;
  while (true) {
    if (max_rows > 0 && sent == max_rows) return RunResult::kRowLimit;
    if (portal.inner_limit >= 0 && portal.rows_sent == static_cast<uint64_t>(portal.inner_limit)) {
      return RunResult::kComplete;
    }
    if (sink.full()) {
      execute_.max_rows = max_rows > 0 ? max_rows - sent : 0;
      return RunResult::kSinkFull;
    }
    const Datum* row = next_row(source);
    if (!row) return RunResult::kComplete;
    portal.writer->write(row, sink);
    ++portal.rows_sent;
    ++sent;
  }
}

SessionImpl::RunResult SessionImpl::run_portal(Portal& portal, int64_t max_rows, ResultSink& sink) {
  if (!portal.statement->is_query) {
    if (!portal.started) {
      portal.started = true;
      run_utility(portal, sink);
    }
    if (copy_in_) return RunResult::kCopyIn;
    if (copy_out_) return send_copy_rows(portal, sink);
    if (!portal.has_result) return RunResult::kComplete;
    return send_rows(portal, portal.inner ? *portal.inner : portal, max_rows, sink);
  }
  if (!portal.started) start_portal(portal);
  if (!portal.has_result) return RunResult::kComplete;
  return send_rows(portal, portal, max_rows, sink);
}

std::string SessionImpl::complete_tag(Portal& portal) {
  if (!portal.tag.empty()) return portal.tag;
  if (portal.inner && !portal.inner->is_cursor) {
    portal.inner->rows_sent = portal.rows_sent;
    return complete_tag(*portal.inner);
  }
  if (!portal.plan) return std::string(command_tag(*portal.statement->node));
  switch (portal.plan->command) {
    case Command::kInsert: return "INSERT 0 " + std::to_string(portal.execution->rows_affected());
    case Command::kUpdate: return "UPDATE " + std::to_string(portal.execution->rows_affected());
    case Command::kDelete: return "DELETE " + std::to_string(portal.execution->rows_affected());
    case Command::kSelect: break;
  }
  return "SELECT " + std::to_string(portal.rows_sent);
}

void SessionImpl::prepare_portals_for_commit() {
  for (auto entry = portals_.begin(); entry != portals_.end();) {
    Portal& portal = *entry->second;
    if (portal.hold) {
      store_remaining(portal);
      portal.execution.reset();
      portal.plan.reset();
      portal.catalog.reset();
      ++entry;
    } else {
      entry = portals_.erase(entry);
    }
  }
}

// After a transaction (depth 0) or a savepoint level has ended.
void SessionImpl::drop_portals(int depth, bool committed) {
  for (auto entry = portals_.begin(); entry != portals_.end();) {
    Portal& portal = *entry->second;
    const bool outlives = portal.hold && portal.store && !portal.execution;
    if (committed && depth > 0) {
      portal.depth = std::min(portal.depth, depth - 1);  // RELEASE: belongs to the enclosing level now
      ++entry;
    } else if (outlives || portal.depth < depth) {
      ++entry;
    } else {
      entry = portals_.erase(entry);
    }
  }
}

}  // namespace vecino::sql
