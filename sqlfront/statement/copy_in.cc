#include "sqlfront/statement/copy_in.h"

#include "sqlfront/sql_error.h"

namespace vecino::sql {

namespace {

constexpr size_t kFlushBytes = 4 << 20;
constexpr size_t kContextValueBytes = 100;  // PostgreSQL cuts values in CONTEXT there

std::string cut(std::string_view text) {
  if (text.size() <= kContextValueBytes) return std::string(text);
  size_t end = kContextValueBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace

CopyIn::CopyIn(RelationPtr table, std::vector<int> columns, CopyOptions options, std::unique_ptr<CopyDecoder> decoder,
               ExprPtr where, const AnalyzeContext& analyze, ExecContext exec, RunningCopies::Entry progress)
    : table_(std::move(table)),
      columns_(std::move(columns)),
      options_(std::move(options)),
      decoder_(std::move(decoder)),
      exec_(exec),
      progress_(std::move(progress)) {
  writer_ = make_table_writer(table_, index_maintenance(*table_, *analyze.catalog, *analyze.settings, analyze.env),
                              bound_checks(*table_, *analyze.catalog, *analyze.settings, analyze.env), exec_);
  if (where) where_ = compile_expr(where);
  values_.resize(table_->columns.size());
  for (auto& column : values_) column.resize(kBatchRows, Datum::null());
  lines_.resize(kBatchRows);
  bind_defaults(analyze);
  call_.arena = &arena_;
  call_.env = exec_.env;
}

void CopyIn::bind_defaults(const AnalyzeContext& analyze) {
  defaults_.resize(table_->columns.size());
  std::vector<bool> given(table_->columns.size(), false);
  for (int column : columns_) given[static_cast<size_t>(column)] = true;
  for (size_t i = 0; i < table_->columns.size(); ++i) {
    const ColumnDesc& column = table_->columns[i];
    if (given[i] || column.dropped || column.generated || column.default_expr.empty()) continue;
    defaults_[i] = compile_expr(bind_table_expression(column.default_expr, nullptr, column.type, analyze, "DEFAULT"));
  }
}

void CopyIn::data(std::string_view bytes) {
  decoder_->feed(bytes);
  progress_->bytes_processed += static_cast<int64_t>(bytes.size());
  read_rows();
}

uint64_t CopyIn::finish() {
  auto located = [&](Status status) {
    if (!status.is_ok()) throw SqlError(std::move(status.info())).context(context_line(nullptr, 0));
  };
  located(decoder_->finish());
  read_rows();
  flush();
  writer_->finish();
  return loaded_;
}

void CopyIn::read_rows() {
  while (true) {
    Result<bool> row = decoder_->next(fields_);
    if (!row.is_ok()) throw_unread(std::move(row.status().info()));
    if (!*row) return;
    add_row(fields_);
  }
}

void CopyIn::throw_unread(ErrorInfo info) const {
  // A line that is no text is not shown.
  const bool is_text = info.code != sqlstate::kCharacterNotInRepertoire && info.code != sqlstate::kUntranslatableCharacter;
  throw SqlError(std::move(info))
      .context(is_text ? context_line(nullptr, 0)
                       : "COPY " + table_->name + ", line " + std::to_string(decoder_->line_number()));
}

std::string CopyIn::next_line_context() const {
  return "COPY " + table_->name + ", line " + std::to_string(decoder_->line_number() + 1);
}

std::string CopyIn::context_line(const CopyField* field, size_t column) const {
  if (decoder_->line_number() == 0) return {};  // before the first row: the binary signature
  std::string text = "COPY " + table_->name + ", line " + std::to_string(decoder_->line_number());
  if (field) {
    text += ", column " + table_->columns[static_cast<size_t>(columns_[column])].name;
    if (options_.format != CopyFormat::kBinary) {
      text += field->is_null ? ": null input" : ": \"" + cut(field->bytes) + "\"";
    }
  } else if (options_.format != CopyFormat::kBinary) {
    text += ": \"" + cut(decoder_->current_line()) + "\"";
  }
  return text;
}

void CopyIn::add_row(const std::vector<CopyField>& fields) {
  if (fields.size() > columns_.size()) {
    throw SqlError(sqlstate::kBadCopyFileFormat, options_.format == CopyFormat::kBinary
                                                     ? "row field count is " + std::to_string(fields.size()) +
                                                           ", expected " + std::to_string(columns_.size())
                                                     : "extra data after last expected column")
        .context(context_line(nullptr, 0));
  }
  if (options_.format == CopyFormat::kBinary && fields.size() < columns_.size()) {
    throw SqlError(sqlstate::kBadCopyFileFormat, "row field count is " + std::to_string(fields.size()) + ", expected " +
                                                     std::to_string(columns_.size()))
        .context(context_line(nullptr, 0));
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    const size_t target = static_cast<size_t>(columns_[i]);
    const ColumnDesc& column = table_->columns[target];
    if (i >= fields.size()) {
      throw SqlError(sqlstate::kBadCopyFileFormat, "missing data for column \"" + column.name + "\"")
          .context(context_line(nullptr, 0));
    }
    if (fields[i].is_null) {
      values_[target][rows_] = Datum::null();
      continue;
    }
    const TypeInfo& type = type_info(column.type.id);
    call_.result_type = column.type.id;
    call_.typmod = column.type.typmod;
    try {
      const bool binary = options_.format == CopyFormat::kBinary;
      if (binary && !type.receive) {
        throw SqlError(sqlstate::kUndefinedFunction,
                       "no binary input function available for type " + format_type(column.type.id));
      }
      Datum value = binary ? type.receive(call_, fields[i].bytes) : type.input(call_, fields[i].bytes);
      // The decoder's buffer moves on; keep the bytes.
      if (type.kind == PhysicalKind::kBytes && value.ptr >= fields[i].bytes.data() &&
          value.ptr < fields[i].bytes.data() + fields[i].bytes.size()) {
        value = Datum::from_bytes(arena_.copy(value.bytes()));
      }
      values_[target][rows_] = value;
    } catch (SqlError& error) {
      throw SqlError(error.info()).context(context_line(&fields[i], i));
    }
  }
  lines_[rows_] = {decoder_->line_number(), options_.format == CopyFormat::kBinary
                                                ? std::string_view()
                                                : arena_.copy(decoder_->current_line().substr(0, kContextValueBytes + 1))};
  ++rows_;
  if (rows_ == kBatchRows || arena_.memory_usage() > kFlushBytes) flush();
}

size_t CopyIn::apply_where() {
  std::vector<const Datum*> input;
  for (auto& column : values_) input.push_back(column.data());
  std::vector<Datum> keep(rows_);
  where_->evaluate(exec_, input.data(), rows_, keep.data(), arena_);
  size_t kept = 0;
  for (size_t row = 0; row < rows_; ++row) {
    if (keep[row].is_null || !keep[row].boolean()) continue;
    for (auto& column : values_) column[kept] = column[row];
    ++kept;
  }
  progress_->tuples_excluded += static_cast<int64_t>(rows_ - kept);
  return kept;
}

void CopyIn::flush() {
  if (rows_ == 0) return;
  throw_if_error(exec_.cancel->check());
  for (size_t i = 0; i < defaults_.size(); ++i) {
    if (defaults_[i]) defaults_[i]->evaluate(exec_, nullptr, rows_, values_[i].data(), arena_);
  }
  if (where_) rows_ = apply_where();
  std::vector<const Datum*> input;
  for (auto& column : values_) input.push_back(column.data());
  try {
    if (rows_ > 0) writer_->insert(input.data(), rows_);
  } catch (SqlError& error) {
    const uint64_t done = writer_->rows_inserted() - loaded_;
    const Line& line = lines_[done < rows_ ? done : rows_ - 1];
    std::string context = "COPY " + table_->name + ", line " + std::to_string(line.number);
    // PostgreSQL finds these while the row's text is at hand, unique violations only when it flushes its buffer.
    if (error.info().code != sqlstate::kUniqueViolation && options_.format != CopyFormat::kBinary) {
      context += ": \"" + cut(line.text) + "\"";
    }
    throw SqlError(error.info()).context(std::move(context));
  }
  loaded_ = writer_->rows_inserted();
  progress_->tuples_processed = static_cast<int64_t>(loaded_);
  rows_ = 0;
  arena_.reset();
}

}  // namespace vecino::sql
