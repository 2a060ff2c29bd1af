#include "sqlfront/analyze/bind_from.h"
#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

std::vector<RecordField> definition_list(ParseState& state, const std::vector<std::unique_ptr<ast::ColumnDef>>& list) {
  std::vector<RecordField> out;
  for (const auto& column : list) out.push_back({column->name, resolve_type(state, *column->type)});
  return out;
}

ExprPtr bind_call(ParseState& state, const ast::Node& node) {
  state.last_srf = nullptr;
  ExprPtr call = transform_expr(state, node, Clause::kFromFunction);
  if (state.last_srf != nullptr && state.last_srf != call) {
    throw SqlError(sqlstate::kFeatureNotSupported, "set-returning functions must appear at top level of FROM",
                   location_of(state.last_srf));
  }
  state.last_srf = nullptr;
  return call;
}

// Column names and types of one function; `name` is what a scalar result is called.
void describe_columns(ParseState& state, RangeFunction& function, const std::vector<RecordField>& defined,
                      const std::string& name, int location) {
  auto* call = try_as<FunctionExpr>(function.call);
  bool is_record = function.call->type.id == kRecord;
  bool has_columns = call != nullptr && call->function->columns.size() > 0;
  if (!defined.empty()) {
    if (!is_record || has_columns) {
      throw SqlError(sqlstate::kSyntaxError,
                     has_columns ? "a column definition list is redundant for a function with OUT parameters"
                                 : "a column definition list is only allowed for functions returning \"record\"",
                     location);
    }
    for (const RecordField& field : defined) {
      function.column_names.push_back(field.name);
      function.column_types.push_back(field.type);
    }
    return;
  }
  if (has_columns) {
    for (TypeId type : output_column_types(*call->function, types_of(call->args))) function.column_types.push_back({type, -1});
    for (const OutputColumn& column : call->function->columns)
      function.column_names.push_back(column.name.empty() ? name : std::string(column.name));
    return;
  }
  if (is_record) {
    std::vector<RecordField> fields;
    if (!record_fields(state, function.call, fields)) {
      throw SqlError(sqlstate::kSyntaxError,
                     "a column definition list is required for functions returning \"record\"", location);
    }
  }
  function.column_names.push_back(name);
  function.column_types.push_back(function.call->type);
}

// unnest(a, b) stands for ROWS FROM (unnest(a), unnest(b)): one call per array.
std::vector<ExprPtr> bind_calls(ParseState& state, const ast::RangeFunction::Item& item) {
  auto* call = ast::try_as<ast::FuncCall>(item.call);
  bool several = call != nullptr && call->name.size() == 1 && call->name[0] == "unnest" && call->args.size() > 1 &&
                 call->order_by.empty() && call->filter == nullptr && call->over == nullptr && !call->star &&
                 !call->distinct && !call->variadic && item.columns.empty();
  if (!several) return {bind_call(state, *item.call)};
  std::vector<ExprPtr> out;
  for (const auto& arg : call->args) {
    ExprPtr array = transform_expr(state, *arg, Clause::kFromFunction);
    out.push_back(make_function_call(state, "unnest", {std::move(array)}, call->location));
  }
  return out;
}

}  // namespace

int bind_range_function(ParseState& state, const ast::RangeFunction& node) {
  bool saved = state.lateral_active;
  state.lateral_active = true;  // functions in FROM are LATERAL by themselves
  RangeTableEntry rte;
  rte.kind = RteKind::kFunction;
  rte.lateral = node.lateral;
  rte.with_ordinality = node.ordinality;
  std::string first_name;
  for (const auto& item : node.functions) {
    std::string name = figure_column_name(*item.call);
    if (first_name.empty()) first_name = name;
    if (!node.columns.empty() && !item.columns.empty()) {
      throw SqlError(sqlstate::kSyntaxError, "multiple column definition lists are not allowed for the same function",
                     node.location);
    }
    if (!node.columns.empty() && node.functions.size() > 1) {
      throw SqlError(sqlstate::kSyntaxError,
                     "ROWS FROM() with multiple functions cannot have a column definition list", node.location)
          .hint("Put a separate column definition list for each function inside ROWS FROM().");
    }
    if (!node.columns.empty() && node.ordinality) {
      throw SqlError(sqlstate::kSyntaxError, "WITH ORDINALITY cannot be used with a column definition list",
                     node.location)
          .hint("Put the column definition list inside ROWS FROM().");
    }
    std::vector<RecordField> defined = definition_list(state, node.columns.empty() ? item.columns : node.columns);
    std::vector<ExprPtr> calls = bind_calls(state, item);
    // A single scalar function's column takes the table alias.
    bool scalar_alias = node.functions.size() == 1 && calls.size() == 1 && !node.alias.name.empty();
    for (ExprPtr& call : calls) {
      RangeFunction function;
      function.call = std::move(call);
      rte.lateral = rte.lateral || contains_var(function.call);
      describe_columns(state, function, defined, scalar_alias ? node.alias.name : name, item.call->location);
      rte.column_names.insert(rte.column_names.end(), function.column_names.begin(), function.column_names.end());
      rte.column_types.insert(rte.column_types.end(), function.column_types.begin(), function.column_types.end());
      rte.functions.push_back(std::move(function));
    }
  }
  if (node.ordinality) {
    rte.column_names.push_back("ordinality");
    rte.column_types.push_back({kInt8, -1});
  }
  rte.has_alias = !node.alias.name.empty();
  rte.alias = rte.has_alias ? node.alias.name : first_name;
  ast::Alias alias = node.alias;
  if (alias.name.empty()) alias.name = first_name;
  apply_column_aliases(rte, alias, "table", -1);
  state.lateral_active = saved;
  state.query->range_table.push_back(std::move(rte));
  return static_cast<int>(state.query->range_table.size()) - 1;
}

}  // namespace vecino::sql::analysis
