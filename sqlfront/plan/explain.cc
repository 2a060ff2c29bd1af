#include "sqlfront/plan/explain.h"

#include <fmt/format.h>

#include "conf/session_settings.h"
#include "sqlfront/parse/ast.h"
#include "sqlfront/parse/def_elem.h"
#include "sqlfront/plan/explain_node.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

namespace {

ExplainFormat parse_format(const ast::DefElem& option) {
  std::string value = ast::def_string(option);
  if (value == "text") return ExplainFormat::kText;
  if (value == "json") return ExplainFormat::kJson;
  if (value == "xml") return ExplainFormat::kXml;
  if (value == "yaml") return ExplainFormat::kYaml;
  throw SqlError(sqlstate::kInvalidParameterValue,
                 fmt::format("unrecognized value for EXPLAIN option \"{}\": \"{}\"", option.name, value), option.location);
}

struct BoolOption {
  std::string_view name;
  bool ExplainOptions::*member;
};
constexpr BoolOption kBoolOptions[] = {
    {"analyze", &ExplainOptions::analyze}, {"verbose", &ExplainOptions::verbose},   {"costs", &ExplainOptions::costs},
    {"buffers", &ExplainOptions::buffers}, {"wal", &ExplainOptions::wal},           {"settings", &ExplainOptions::settings},
    {"timing", &ExplainOptions::timing},   {"summary", &ExplainOptions::summary},
};

// Settings that change plans and differ from their defaults (EXPLAIN (SETTINGS)).
std::vector<std::pair<std::string, std::string>> changed_settings(const conf::SessionSettings& settings) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& info : conf::all_settings()) {
    bool relevant = info.group.starts_with("Query Tuning") || info.name == "work_mem" || info.name == "search_path" ||
                    info.name == "temp_buffers";
    if (!relevant || settings.source_of(info.id) == conf::SettingSource::kDefault) continue;
    Result<std::string> value = settings.show(info.name);
    if (value.is_ok()) result.emplace_back(info.name, value.value());
  }
  return result;
}

void print_settings(plan::ExplainEmitter& emit, const conf::SessionSettings& settings) {
  auto changed = changed_settings(settings);
  if (emit.is_text()) {
    std::string text;
    for (const auto& [name, value] : changed) text += fmt::format("{}{} = '{}'", text.empty() ? "" : ", ", name, value);
    if (!text.empty()) emit.text("Settings", text);
    return;
  }
  emit.open_group("Settings", "Settings", true);
  for (const auto& [name, value] : changed) emit.text(name, value);
  emit.close_group("Settings", "Settings", true);
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// The catalog is in memory: what counts are the statistics of indexes.
void print_planning_buffers(plan::ExplainEmitter& emit, uint64_t hit) {
  if (emit.is_text() && hit == 0) return;
  emit.open_group("Planning", "Planning", true);
  if (emit.is_text()) {
    emit.raw("Planning:\n");
    ++emit.indent;
    plan::print_buffer_line(emit, hit, 0);
    --emit.indent;
  } else {
    plan::emit_block_counts(emit, hit, 0);
  }
  emit.close_group("Planning", "Planning", true);
}

}  // namespace

ExplainOptions explain_options(const ast::ExplainStmt& statement) {
  ExplainOptions options;
  bool timing_given = false, summary_given = false;
  for (const auto& option : statement.options) {
    if (option->name == "format") {
      options.format = parse_format(*option);
      continue;
    }
    bool known = false;
    for (const auto& entry : kBoolOptions) {
      if (entry.name != option->name) continue;
      options.*entry.member = ast::def_bool(*option);
      known = true;
    }
    if (!known)
      throw SqlError(sqlstate::kSyntaxError, fmt::format("unrecognized EXPLAIN option \"{}\"", option->name), option->location);
    timing_given = timing_given || option->name == "timing";
    summary_given = summary_given || option->name == "summary";
  }
  if (options.wal && !options.analyze)
    throw SqlError(sqlstate::kInvalidParameterValue, "EXPLAIN option WAL requires ANALYZE");
  if (!timing_given) options.timing = options.analyze;
  if (options.timing && !options.analyze)
    throw SqlError(sqlstate::kInvalidParameterValue, "EXPLAIN option TIMING requires ANALYZE");
  if (!summary_given) options.summary = options.analyze;
  return options;
}

std::vector<std::string> explain_plan(const PhysicalPlan& plan, const Execution* execution, const ExplainOptions& options,
                                      const ExplainTimes& times, const Catalog& catalog,
                                      const conf::SessionSettings& settings) {
  plan::ExplainEmitter emit(options.format);
  emit.begin();
  emit.open_group("Query", {}, true);
  plan::ExplainPrinter(plan, execution, options, catalog, emit).print(*plan.root, {}, {});
  if (options.settings) print_settings(emit, settings);
  if (options.buffers) print_planning_buffers(emit, plan.statistics_read);
  if (options.summary) emit.number("Planning Time", times.planning_ms, 3, "ms");
  if (options.analyze && !emit.is_text()) {
    emit.open_group("Triggers", "Triggers", false);
    emit.close_group("Triggers", "Triggers", false);
  }
  if (options.summary && options.analyze) emit.number("Execution Time", times.execution_ms, 3, "ms");
  emit.close_group("Query", {}, true);
  emit.end();
  std::string text = emit.take();
  if (options.format == ExplainFormat::kText) return split_lines(text);
  return {std::move(text)};
}

}  // namespace vecino::sql
