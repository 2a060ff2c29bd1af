#pragma once

#include <span>
#include <vector>

#include "sqlfront/analyze/query.h"
#include "sqlfront/statement/session.h"

namespace vecino::sql {

// Is the type's binary form its text?
bool is_text_type(TypeId type);

// Encodes rows of a result into DataRow messages: text or binary per column, conversion functions looked up once.
class ResultWriter {
 public:
  ResultWriter(std::span<const ResultColumn> columns, const FormatCodes& formats, EvalEnvironment& env);
  size_t column_count() const { return columns_.size(); }
  // `row` has at least column_count() values.
  void write(const Datum* row, ResultSink& sink);

 private:
  struct Column {
    const TypeInfo* type;
    bool binary, is_text;
    int32_t typmod;
  };
  std::vector<Column> columns_;
  Arena scratch_;
  CallContext context_;
};

// RowDescription columns of a plan's or query's visible targets.
std::vector<ResultColumn> result_columns(std::span<const TargetEntry> targets);
// A column of text, for SHOW and EXPLAIN.
ResultColumn text_column(std::string name, TypeId type = type_id::kText);

}  // namespace vecino::sql
