#include "sqlfront/statement/result_writer.h"

#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/typed_datum.h"
#include "sqlfront/types/value_size.h"

namespace vecino::sql {

int16_t format_for(const FormatCodes& formats, size_t column) {
  if (formats.empty()) return 0;
  return formats.size() == 1 ? formats[0] : formats[column];
}

bool is_text_type(TypeId type) {
  switch (type) {
    case type_id::kText:
    case type_id::kVarchar:
    case type_id::kBpchar:
    case type_id::kName:
    case type_id::kUnknown:
    case type_id::kJson: return true;
    default: return false;
  }
}

ResultWriter::ResultWriter(std::span<const ResultColumn> columns, const FormatCodes& formats,
                           EvalEnvironment& env) {
  context_.arena = &scratch_;
  context_.env = &env;
  columns_.reserve(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const TypeInfo& type = type_info(columns[i].type.id);
    bool binary = format_for(formats, i) == 1;
    if (binary ? !type.send : !type.output) {
      throw SqlError(sqlstate::kUndefinedFunction, "no " + std::string(binary ? "binary " : "") +
                                                       "output function available for type " +
                                                       format_type(type.id));
    }
    columns_.push_back({&type, binary, !binary || is_text_type(type.id), columns[i].type.typmod});
  }
}

void ResultWriter::write(const Datum* row, ResultSink& sink) {
  check_for_interrupts();  // rows may be large, and the client slow
  sink.begin_row(columns_.size());
  size_t row_bytes = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Datum& value = row[i];
    if (value.is_null) {
      sink.null_value();
      continue;
    }
    const Column& column = columns_[i];
    if constexpr (kTypedDatums) expect_type(&value, 1, column.type->id, "column of the result");
    context_.result_type = column.type->id;
    context_.typmod = column.typmod;
    std::string& out = sink.begin_value();
    const size_t before = out.size();
    (column.binary ? column.type->send : column.type->output)(context_, value, out);
    check_enlarged(row_bytes, out.size() - before);  // a message is no larger than a value
    row_bytes += out.size() - before;
    if (column.is_text) {
      sink.end_text_value();
    } else {
      sink.end_value();
    }
  }
  sink.end_row();
  if (scratch_.memory_usage() > 0) scratch_.reset();
}

std::vector<ResultColumn> result_columns(std::span<const TargetEntry> targets) {
  std::vector<ResultColumn> columns;
  for (const TargetEntry& target : targets) {
    if (target.junk) continue;
    ResultColumn column;
    column.name = target.name;
    column.table = target.origin_table;
    column.attribute = target.origin_column;
    column.type = target.expr->type;
    if (column.type.id == type_id::kUnknown) column.type.id = type_id::kText;
    column.type_length = type_info(column.type.id).length;
    columns.push_back(std::move(column));
  }
  return columns;
}

ResultColumn text_column(std::string name, TypeId type) {
  ResultColumn column;
  column.name = std::move(name);
  column.type = {type, -1};
  column.type_length = type_info(type).length;
  return column;
}

}  // namespace vecino::sql
