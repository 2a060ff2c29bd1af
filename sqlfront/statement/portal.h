#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/exec/executor.h"
#include "sqlfront/parse/parser.h"
#include "sqlfront/statement/result_writer.h"
#include "sqlfront/statement/row_store.h"
#include "sqlfront/statement/session.h"
#include "sqlfront/statistics/statement_statistics.h"

namespace vecino::sql {

// A statement that has been parsed and, for queries, analyzed; the plan is cached until the catalog, the search path or
// a setting changes. Named ones live in the session (protocol Parse and SQL PREPARE share one name space).
struct PreparedStatement {
  std::string name;
  std::shared_ptr<const std::string> source;  // the whole query string; locations point into it
  std::shared_ptr<const ast::Node> node;      // null = empty query
  int location = 0, length = 0;               // of this statement within `source`
  std::vector<TypeId> parameter_types;
  bool variable_parameters = false;           // $n allowed
  bool is_query = false;                      // SELECT, INSERT, UPDATE, DELETE, VALUES
  bool from_sql = false;                      // PREPARE
  int64_t prepared_at_us = 0;

  QueryPtr query;
  PhysicalPlanPtr plan;
  uint64_t analyzed_catalog = ~0ull, planned_catalog = ~0ull, planned_settings = ~0ull;
  std::vector<Oid> analyzed_path;
  uint64_t analyzed_settings = ~0ull;
  int64_t replan_after_us = 0;  // statement timestamp after which `plan` is made again: tables grow
  // Of `plan`: it takes microseconds.
  bool cheap = false;
  bool short_read = false;   // ... and nothing in it but relation locks can wait
  bool short_write = false;  // ... but row and key locks, and it sends nothing before it ends
  std::optional<std::weak_ptr<index::Index>> graph;  // set: short only while this vector index is ready
  // Statements of StatementCache: the integer literals of `source`, which analysis takes for parameters where it can.
  std::vector<IntegerLiteral> literals;
  std::vector<LiteralParameters::Use> literal_uses;
  QueryIdentityPtr identity;  // for pg_stat_statements, once it was needed
  // Valid once described: columns of the result; has_result false = NoData.
  std::vector<ResultColumn> columns;
  bool has_result = false;

  std::string_view text() const { return std::string_view(*source).substr(location, length); }
};
using PreparedPtr = std::shared_ptr<PreparedStatement>;

// A bound statement, ready to run or suspended in the middle (protocol portals and SQL cursors share one name space).
struct Portal {
  std::string name;
  PreparedPtr statement;
  std::vector<Datum> parameters;  // bytes in `arena`
  Arena arena;
  FormatCodes formats;
  std::vector<ResultColumn> columns;
  bool has_result = false;
  int depth = 0;  // savepoints open when it was made

  // Where rows come from: an execution (rows in `batch` from `position` on), stored rows, or another portal (EXECUTE,
  // FETCH), of which at most `inner_limit` rows are sent.
  PhysicalPlanPtr plan;
  std::shared_ptr<const Catalog> catalog;
  std::unique_ptr<Execution> execution;
  Batch batch;
  size_t position = 0;
  std::unique_ptr<RowStore> store;
  size_t store_position = 0;
  std::shared_ptr<Portal> inner;
  int64_t inner_limit = -1;  // -1 = all
  std::unique_ptr<ResultWriter> writer;
  std::vector<Datum> row;

  bool started = false;   // run at least once
  bool finished = false;  // no rows left
  bool failed = false;    // its execution ended with an error
  std::string tag;        // utility statements: set when they ran
  uint64_t rows_sent = 0;
  int64_t run_us = 0;  // since it was last counted (Statistics)

  // SQL cursors.
  bool is_cursor = false, scroll = false, hold = false, binary = false;
  // Set when the plan could be run backwards though nobody asked for SCROLL: what the cursor sees, to read it again.
  std::optional<storage::TransactionView> opened_at;
  int64_t created_at_us = 0;
  int64_t cursor_position = 0;  // 0 = before the first row
};
using PortalPtr = std::shared_ptr<Portal>;

}  // namespace vecino::sql
