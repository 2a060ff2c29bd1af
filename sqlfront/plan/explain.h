#pragma once

#include <string>
#include <vector>

#include "sqlfront/plan/physical.h"

namespace vecino::sql {

namespace ast {
struct ExplainStmt;
}
class Execution;

// EXPLAIN (manual: EXPLAIN). Layout and labels are PostgreSQL 15's.
enum class ExplainFormat : uint8_t { kText, kJson, kXml, kYaml };
struct ExplainOptions {
  bool analyze = false, verbose = false, costs = true, settings = false, buffers = false, wal = false;
  bool timing = false, summary = false;
  ExplainFormat format = ExplainFormat::kText;
};
// 42601 unrecognized option, 22023 bad value or option that requires ANALYZE.
ExplainOptions explain_options(const ast::ExplainStmt& statement);

struct ExplainTimes {
  double planning_ms = 0, execution_ms = 0;
};
// One string per row of the result: a line each in text format, the whole document otherwise. `execution` is null without
// ANALYZE; with it, run to its end.
std::vector<std::string> explain_plan(const PhysicalPlan& plan, const Execution* execution, const ExplainOptions& options,
                                      const ExplainTimes& times, const Catalog& catalog,
                                      const conf::SessionSettings& settings);

}  // namespace vecino::sql
