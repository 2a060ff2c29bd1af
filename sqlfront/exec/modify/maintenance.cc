// What the catalog keeps as text about a table - index expressions, predicates, checks, generated columns - bound for use.
#include <algorithm>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/exec/modify/row_writer.h"

namespace vecino::sql {
namespace {

AnalyzeContext analyze_context(const Catalog& catalog, conf::SessionSettings& settings, EvalEnvironment* env) {
  AnalyzeContext context;
  context.catalog = &catalog;
  context.settings = &settings;
  context.env = env;
  context.search_path = resolve_search_path(catalog, settings.get_string(conf::SettingId::search_path),
                                            env != nullptr ? env->current_user() : std::string());
  return context;
}

void collect_columns(const ExprPtr& expr, std::vector<AttrNumber>& out) {
  if (const auto* input = try_as<InputExpr>(expr)) {
    auto attno = static_cast<AttrNumber>(input->index + 1);
    if (std::find(out.begin(), out.end(), attno) == out.end()) out.push_back(attno);
    return;
  }
  if (expr->kind == ExprKind::kParam) return;
  for_each_child(*expr, [&](const ExprPtr& child) {
    if (child) collect_columns(child, out);
  });
}

ExprPtr column_input(const RelationDesc& table, AttrNumber attno) {
  auto input = std::make_shared<InputExpr>();
  input->index = attno - 1;
  input->type = table.columns[attno - 1].type;
  return input;
}

IndexMaintenance bind_index(const RelationDesc& table, RelationPtr index, const AnalyzeContext& context) {
  IndexMaintenance result;
  for (const IndexColumnDesc& column : index->index->columns) {
    result.key_exprs.push_back(column.attr > 0 ? column_input(table, column.attr)
                                               : bind_table_expression(column.expr, &table, column.type, context,
                                                                       "index expressions"));
    collect_columns(result.key_exprs.back(), result.columns_used);
  }
  if (!index->index->predicate.empty()) {
    result.predicate = bind_table_expression(index->index->predicate, &table, {type_id::kBool, -1}, context,
                                             "index predicates");
    collect_columns(result.predicate, result.columns_used);
  }
  result.index = std::move(index);
  return result;
}

}  // namespace

std::vector<IndexMaintenance> index_maintenance(const RelationDesc& table, const Catalog& catalog,
                                                conf::SessionSettings& settings, EvalEnvironment* env) {
  std::vector<IndexMaintenance> result;
  if (table.indexes.empty()) return result;
  AnalyzeContext context = analyze_context(catalog, settings, env);
  for (Oid oid : table.indexes) {
    RelationPtr index = catalog.find_relation(oid);
    if (index != nullptr && index->index) result.push_back(bind_index(table, std::move(index), context));
  }
  return result;
}

std::vector<ModifyTableNode::Check> bound_checks(const RelationDesc& table, const Catalog& catalog,
                                                 conf::SessionSettings& settings, EvalEnvironment* env) {
  std::vector<ModifyTableNode::Check> result;
  if (table.checks.empty()) return result;
  AnalyzeContext context = analyze_context(catalog, settings, env);
  for (const CheckConstraintDesc& check : table.checks) {
    result.push_back({check.name, bind_table_expression(check.expr, &table, {type_id::kBool, -1}, context,
                                                        "check constraints")});
  }
  // PostgreSQL tests checks in name order (RelationGetCheckConstraints).
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return result;
}

ForeignKeyLinks foreign_key_links(const RelationPtr& table, const Catalog& catalog) {
  ForeignKeyLinks links;
  for (size_t i = 0; i < table->foreign_keys.size(); ++i) {
    RelationPtr referenced = catalog.find_relation(table->foreign_keys[i].referenced);
    if (referenced) links.own.push_back(std::make_shared<const ForeignKeyLink>(ForeignKeyLink{table, referenced, i}));
  }
  for (Oid oid : catalog.referencing_tables(table->oid)) {
    RelationPtr referencing = oid == table->oid ? table : catalog.find_relation(oid);
    if (!referencing) continue;
    for (size_t i = 0; i < referencing->foreign_keys.size(); ++i) {
      if (referencing->foreign_keys[i].referenced != table->oid) continue;
      links.referring.push_back(std::make_shared<const ForeignKeyLink>(ForeignKeyLink{referencing, table, i}));
    }
  }
  // In the order in which the constraints were made, as PostgreSQL's triggers fire.
  std::sort(links.referring.begin(), links.referring.end(),
            [](const auto& a, const auto& b) { return a->key().oid < b->key().oid; });
  return links;
}

std::vector<ExprPtr> generated_expressions(const RelationDesc& table, RunState& run) {
  AnalyzeContext context = analyze_context(*run.context.catalog, run.context.env->settings(), run.context.env);
  std::vector<ExprPtr> result(table.columns.size());
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnDesc& column = table.columns[c];
    if (column.generated != 's' || column.dropped) continue;
    result[c] = bind_table_expression(column.default_expr, &table, column.type, context, "column generation expressions");
  }
  return result;
}

}  // namespace vecino::sql
