#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/exec/executor.h"
#include "sqlfront/statement/copy_codec.h"
#include "sqlfront/statistics/running_copies.h"

namespace vecino::sql {

// A COPY FROM in progress: bytes -> fields -> values -> table rows, a batch at a time. Throws SqlError with PostgreSQL's
// CONTEXT ("COPY items, line 3, column embedding: ..."). Not thread-safe.
class CopyIn {
 public:
  // `columns`: 0-based table columns in the order of the data. `where` may be null.
  CopyIn(RelationPtr table, std::vector<int> columns, CopyOptions options, std::unique_ptr<CopyDecoder> decoder,
         ExprPtr where, const AnalyzeContext& analyze, ExecContext exec, RunningCopies::Entry progress);

  void data(std::string_view bytes);
  uint64_t finish();  // rows loaded
  // Where reading stands, for errors that come between rows: "COPY items, line 3".
  std::string next_line_context() const;
  const CopyOptions& options() const { return options_; }
  RunningCopy& progress() { return *progress_; }

 private:
  void read_rows();
  [[noreturn]] void throw_unread(ErrorInfo info) const;
  void add_row(const std::vector<CopyField>& fields);
  void flush();
  void bind_defaults(const AnalyzeContext& analyze);
  size_t apply_where();
  std::string context_line(const CopyField* field, size_t column) const;

  RelationPtr table_;
  std::vector<int> columns_;
  CopyOptions options_;
  std::unique_ptr<CopyDecoder> decoder_;
  ExecContext exec_;
  std::unique_ptr<TableWriter> writer_;
  std::unique_ptr<CompiledExpr> where_;
  // Per table column without data: its default, or null.
  std::vector<std::unique_ptr<CompiledExpr>> defaults_;

  size_t rows_ = 0;
  std::vector<std::vector<Datum>> values_;  // per table column
  struct Line {
    uint64_t number;
    std::string_view text;  // in arena_, cut; text formats only
  };
  std::vector<Line> lines_;
  Arena arena_;
  CallContext call_;
  std::vector<CopyField> fields_;
  uint64_t loaded_ = 0;
  RunningCopies::Entry progress_;
};

}  // namespace vecino::sql
