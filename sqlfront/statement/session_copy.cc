#include <algorithm>
#include <chrono>
#include <utility>

#include "sqlfront/analyze/permissions.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/statement/copy_file.h"
#include "sqlfront/statement/copy_in.h"
#include "sqlfront/statement/copy_options.h"
#include "sqlfront/statement/ddl_util.h"
#include "sqlfront/statement/session_impl.h"

namespace vecino::sql {

// COPY ... TO: the rows of a query, encoded into CopyData messages as the sink takes them.
struct SessionImpl::CopyOut {
  PortalPtr source;
  CopyOptions options;
  std::unique_ptr<CopyEncoder> encoder;
  std::vector<const TypeInfo*> types;
  Arena scratch;
  std::string text;
  std::vector<std::pair<size_t, size_t>> spans;
  std::vector<CopyField> fields;
  uint64_t rows = 0;
  RunningCopies::Entry progress;
  std::string message;
  std::string pending;  // binary header: goes out with what follows it, as clients that read row by row expect

  // Appends one row in the format of the copy.
  void encode(const Datum* row, CallContext& call, std::string& payload);
};

void SessionImpl::CopyOut::encode(const Datum* row, CallContext& call, std::string& payload) {
  check_for_interrupts();  // rows may be large, and the client slow
  const bool binary = options.format == CopyFormat::kBinary;
  text.clear();
  spans.clear();
  for (size_t i = 0; i < types.size(); ++i) {
    const size_t begin = text.size();
    if (!row[i].is_null) {
      call.result_type = types[i]->id;
      call.typmod = source->columns[i].type.typmod;
      (binary ? types[i]->send : types[i]->output)(call, row[i], text);
    }
    spans.emplace_back(begin, text.size() - begin);
  }
  fields.clear();
  for (size_t i = 0; i < types.size(); ++i) {
    fields.push_back({row[i].is_null, std::string_view(text).substr(spans[i].first, spans[i].second)});
  }
  const size_t before = payload.size();
  throw_if_error(encoder->row(fields, payload));
  progress->bytes_processed += static_cast<int64_t>(payload.size() - before);
  progress->tuples_processed = static_cast<int64_t>(++rows);
  if (scratch.memory_usage() > 0) scratch.reset();
}

namespace {

void send_copy_data(const std::string& bytes, ResultSink& sink) {
  if (bytes.empty()) return;
  sink.copy_data_begin() += bytes;
  sink.copy_data_end();
}

std::unique_ptr<ast::SelectStmt> select_columns(const ast::CopyStmt& statement, const RelationDesc& table,
                                                const std::vector<int>& columns) {
  auto select = std::make_unique<ast::SelectStmt>();
  for (int column : columns) {
    auto reference = std::make_unique<ast::ColumnRef>();
    reference->fields = {table.columns[static_cast<size_t>(column)].name};
    auto target = std::make_unique<ast::ResTarget>();
    target->value = std::move(reference);
    select->targets.push_back(std::move(target));
  }
  auto from = std::make_unique<ast::RangeVar>();
  from->schema = statement.relation->schema;
  from->name = statement.relation->name;
  select->from.push_back(std::move(from));
  return select;
}

// `encode_next` appends a row; false = there is none.
template <typename Out, typename EncodeNext>
void write_whole_file(const std::string& path, Out& out, EncodeNext encode_next) {
  constexpr size_t kPiece = 256 << 10;
  CopyFile file(path, CopyFile::Use::kWrite);
  std::string bytes;
  throw_if_error(out.encoder->header(bytes));
  while (encode_next(bytes)) {
    if (bytes.size() < kPiece) continue;
    file.write(bytes);
    bytes.clear();
  }
  out.encoder->trailer(bytes);
  file.write(bytes);
  file.close();
}

void read_whole_file(CopyFile& file, const CancelState& cancel, CopyIn& target) {
  constexpr size_t kPiece = 256 << 10;
  auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  while (size_t got = file.read(buffer.get(), kPiece)) {
    throw_if_error(cancel.check());
    target.data({buffer.get(), got});
  }
}

}  // namespace

namespace {

// Files and programs of the server are for superusers and members of the predefined roles (manual: COPY).
void check_copy_target(const ast::CopyStmt& statement, const Privileges& mine) {
  if (!statement.is_program && statement.filename.empty()) return;
  struct Target {
    Oid role;
    const char* name;
    const char* what;
  };
  const Target target = statement.is_program ? Target{role_oid::kExecuteServerProgram, "pg_execute_server_program",
                                                      "COPY to or from an external program"}
                        : statement.is_from  ? Target{role_oid::kReadServerFiles, "pg_read_server_files",
                                                      "COPY from a file"}
                                             : Target{role_oid::kWriteServerFiles, "pg_write_server_files",
                                                      "COPY to a file"};
  if (mine.acts_as(target.role)) return;
  throw SqlError(sqlstate::kInsufficientPrivilege, std::string("must be superuser or have privileges of the ") +
                                                       target.name + " role to " + target.what)
      .hint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.");
}

// Without ENCODING the data is in the client's, whether the client sends it or not.
void follow_client_encoding(const ast::CopyStmt& statement, const conf::SessionSettings& settings, CopyOptions& options) {
  for (const auto& option : statement.options) {
    if (option->name == "encoding") return;
  }
  const Encoding* encoding = find_encoding(settings.get_string(conf::SettingId::client_encoding));
  if (encoding != nullptr && encoding->converter != nullptr && encoding->name != "UTF8") options.encoding = encoding;
}

void check_copyable(const RelationDesc& table) {
  if (table.kind == 'r' && !table.system) return;
  if (table.kind == 'S') throw SqlError(sqlstate::kWrongObjectType, "cannot copy to sequence \"" + table.name + "\"");
  throw SqlError(sqlstate::kWrongObjectType, "cannot copy to view \"" + table.name + "\"")
      .hint("To enable copying to a view, provide an INSTEAD OF INSERT trigger.");
}

// The manual's two conditions (COPY, FREEZE). There are no frozen rows here, so that it is all the same afterwards.
void check_freeze(const RelationDesc& table, const Catalog& committed, bool has_cursors) {
  if (has_cursors) {
    throw SqlError(sqlstate::kInvalidTransactionState, "cannot perform COPY FREEZE because of prior transaction activity");
  }
  RelationPtr before = committed.find_relation(table.oid);
  if (!before || before->layout.storage_id != table.layout.storage_id) return;
  throw SqlError(sqlstate::kObjectNotInPrerequisiteState,
                 "cannot perform COPY FREEZE because the table was not created or truncated in the current subtransaction");
}

// INSERT on the columns given, SELECT on those that WHERE reads.
void check_copy_in(const RelationDesc& table, const std::vector<int>& columns, const ExprPtr& where,
                   const Privileges& mine) {
  auto allowed = [&](AclMode mode, const auto& attributes) {
    if (mine.on_relation(table) & mode) return true;
    if (attributes.empty()) return mine.on_some_column(table, mode);
    return std::all_of(attributes.begin(), attributes.end(), [&](AttrNumber attr) {
      return (mine.on_column(table, attr) & mode) != 0;
    });
  };
  std::vector<AttrNumber> given;
  for (int column : columns) given.push_back(static_cast<AttrNumber>(column + 1));
  if (!allowed(acl::kInsert, given)) throw_relation_denied(table);
  if (!where) return;
  std::vector<AttrNumber> read = columns_used(where);
  if (!read.empty() && !allowed(acl::kSelect, read)) throw_relation_denied(table);
}

}  // namespace

void SessionImpl::run_copy(const ast::CopyStmt& statement, Portal& portal, ResultSink& sink) {
  check_copy_target(statement, env_.privileges());
  if (statement.is_program) throw SqlError(sqlstate::kFeatureNotSupported, "COPY PROGRAM is not supported");
  if (!statement.is_from) {
    copy_to(statement, portal, sink);
    return;
  }
  RelationPtr table = open_relation(*statement.relation);
  if (block_.txn().read_only() && !table->is_temporary()) {
    throw SqlError(sqlstate::kReadOnlySqlTransaction, "cannot execute COPY FROM in a read-only transaction");
  }
  storage::LockTag tag{storage::LockSpace::kRelation, database_, table->oid, {}};
  value_or_throw(block_.txn().lock(tag, storage::LockMode::kRowExclusive, storage::LockWait::kBlock));
  env_.begin_statement(block_.catalog());
  std::vector<int> columns = copy_columns(statement, *table);
  std::vector<std::string> names;
  for (int column : columns) names.push_back(table->columns[static_cast<size_t>(column)].name);
  CopyOptions options = copy_options(statement, names, table.get());
  follow_client_encoding(statement, settings_, options);
  AnalyzeContext analyze = analyze_context(nullptr, false);
  ExprPtr where;
  if (statement.where) {
    where = bind_table_expression(*statement.where, table.get(), {type_id::kBool, -1}, analyze, "COPY FROM WHERE");
  }
  check_copy_in(*table, columns, where, env_.privileges());
  if (row_security_applies(*table, env_.catalog(), env_.current_role())) {
    throw SqlError(sqlstate::kFeatureNotSupported, "COPY FROM not supported with row-level security")
        .hint("Use INSERT statements instead.");
  }
  std::optional<CopyFile> file;
  if (!statement.filename.empty()) file.emplace(statement.filename, CopyFile::Use::kRead);
  const bool binary = options.format == CopyFormat::kBinary;
  // As PostgreSQL: a COPY has begun before it is refused for what follows. What a script sends as data is then data.
  if (!file) sink.copy_in(binary, columns.size());
  check_copyable(*table);
  if (options.freeze) {
    const bool has_cursors = std::any_of(portals_.begin(), portals_.end(),
                                         [&](const auto& entry) { return entry.second.get() != &portal; });
    check_freeze(*table, *instance_.catalogs->committed(database_), has_cursors);
  }
  RunningCopies::Entry progress = running_copy(table->oid, file.has_value());
  progress->is_from = true;
  if (file) progress->bytes_total = file->size();
  detach_other_portals(&portal);
  block_.txn().begin_command();
  auto decoder = value_or_throw(instance_.copy_codecs.make_decoder(options, columns.size()));
  copy_in_ = std::make_unique<CopyIn>(table, std::move(columns), std::move(options), std::move(decoder),
                                      std::move(where), analyze, exec_context(portal.parameters), std::move(progress));
  instance_.statistics.copies().publish(copy_in_->progress());
  if (!file) return;
  read_whole_file(*file, cancel_, *copy_in_);
  portal.tag = "COPY " + std::to_string(copy_in_->finish());
  copy_in_.reset();
}

RunningCopies::Entry SessionImpl::running_copy(Oid relation, bool is_file) {
  RunningCopies::Entry copy = instance_.statistics.copies().add(startup_.pid, database_, env_.session_role());
  copy->relation = relation;
  copy->is_file = is_file;
  return copy;
}

void SessionImpl::copy_to(const ast::CopyStmt& statement, Portal& portal, ResultSink& sink) {
  auto prepared = std::make_shared<PreparedStatement>(*portal.statement);
  prepared->is_query = true;
  prepared->query.reset();
  prepared->plan.reset();
  prepared->columns.clear();
  RelationPtr table;
  if (statement.relation) {
    table = open_relation(*statement.relation);
    if (table->kind == 'v' && !table->system) {
      throw SqlError(sqlstate::kWrongObjectType, "cannot copy from view \"" + table->name + "\"")
          .hint("Try the COPY (SELECT ...) TO variant.");
    }
    if (table->kind == 'S') {
      throw SqlError(sqlstate::kWrongObjectType, "cannot copy from sequence \"" + table->name + "\"");
    }
    prepared->node = select_columns(statement, *table, copy_columns(statement, *table));
  } else {
    const auto* select = ast::try_as<ast::SelectStmt>(statement.query.get());
    if (select != nullptr && select->into) throw SqlError(sqlstate::kFeatureNotSupported, "COPY (SELECT INTO) is not supported");
    prepared->node = std::shared_ptr<const ast::Node>(portal.statement->node, statement.query.get());
  }
  PortalPtr source = make_portal("", prepared);
  if (!source->has_result) {
    throw SqlError(sqlstate::kFeatureNotSupported, "COPY query must have a RETURNING clause");
  }
  auto out = std::make_shared<CopyOut>();
  std::vector<std::string> names;
  for (const ResultColumn& column : source->columns) names.push_back(column.name);
  out->options = copy_options(statement, names, table.get());
  follow_client_encoding(statement, settings_, out->options);
  const bool binary = out->options.format == CopyFormat::kBinary;
  for (const ResultColumn& column : source->columns) {
    const TypeInfo& type = type_info(column.type.id);
    if (binary && !type.send) {
      throw SqlError(sqlstate::kUndefinedFunction,
                     "no binary output function available for type " + format_type(type.id));
    }
    out->types.push_back(&type);
  }
  start_portal(*source);
  out->encoder = value_or_throw(instance_.copy_codecs.make_encoder(out->options, source->columns.size()));
  out->progress = running_copy(table ? table->oid : kInvalidOid, !statement.filename.empty());
  instance_.statistics.copies().publish(*out->progress);
  out->source = std::move(source);
  if (!statement.filename.empty()) {
    CallContext call;
    call.arena = &out->scratch;
    call.env = &env_;
    write_whole_file(statement.filename, *out, [&](std::string& bytes) {
      const Datum* row = next_row(*out->source);
      if (row) out->encode(row, call, bytes);
      return row != nullptr;
    });
    portal.tag = "COPY " + std::to_string(out->rows);
    return;
  }
  sink.copy_out(binary, out->types.size());
  throw_if_error(out->encoder->header(out->pending));
  if (!binary) send_copy_data(std::exchange(out->pending, {}), sink);
  copy_out_ = std::move(out);
}

SessionImpl::RunResult SessionImpl::send_copy_rows(Portal& portal, ResultSink& sink) {
  CopyOut& out = *copy_out_;
  CallContext call;
  call.arena = &out.scratch;
  call.env = &env_;
  while (true) {
    if (sink.full()) return RunResult::kSinkFull;
    const Datum* row = next_row(*out.source);
    if (!row) break;
    // Not into the sink: an error would leave half a message there.
    out.message = std::exchange(out.pending, {});
    out.encode(row, call, out.message);
    send_copy_data(out.message, sink);
  }
  std::string trailer = std::move(out.pending);
  out.encoder->trailer(trailer);
  send_copy_data(trailer, sink);
  sink.copy_done();
  portal.tag = "COPY " + std::to_string(out.rows);
  copy_out_.reset();
  return RunResult::kComplete;
}

Progress SessionImpl::after_copy(ResultSink& sink) {
  return simple_.active ? continue_simple(sink) : continue_execute(sink);
}

namespace {

// The time that a COPY spends on its data is time that its portal runs.
class RunClock {
 public:
  explicit RunClock(Portal& portal) : portal_(portal) {}
  ~RunClock() {
    portal_.run_us += std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  Portal& portal_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

Progress SessionImpl::copy_data(std::string_view bytes, ResultSink& sink) {
  if (!copy_in_) return Progress::kDone;
  return guarded(sink, [&] {
    RunClock clock(simple_.active ? *simple_.portal : *execute_.portal);
    copy_in_->data(bytes);
    return Progress::kCopyIn;
  });
}

Progress SessionImpl::copy_done(ResultSink& sink) {
  if (!copy_in_) return Progress::kDone;
  return guarded(sink, [&] {
    Portal& portal = simple_.active ? *simple_.portal : *execute_.portal;
    {
      RunClock clock(portal);
      portal.tag = "COPY " + std::to_string(copy_in_->finish());
    }
    copy_in_.reset();
    return after_copy(sink);
  });
}

Progress SessionImpl::copy_fail(std::string_view message, ResultSink& sink) {
  if (!copy_in_) return Progress::kDone;
  return guarded(sink, [&]() -> Progress {
    throw SqlError(sqlstate::kQueryCanceled, "COPY from stdin failed: " + std::string(message))
        .context(copy_in_->next_line_context());
  });
}

Progress SessionImpl::copy_error(const ErrorInfo& error, ResultSink& sink) {
  if (!copy_in_) return Progress::kDone;
  return guarded(sink, [&]() -> Progress { throw SqlError(error).context(copy_in_->next_line_context()); });
}

}  // namespace vecino::sql
