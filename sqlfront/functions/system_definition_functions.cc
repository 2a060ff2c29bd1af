#include <charconv>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/analyze/definition.h"
#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/catalog/relation_index.h"
#include "sqlfront/catalog/stored_expression.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/system_functions.h"
#include "sqlfront/parse/parser.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/reg.h"
#include "sqlfront/types/type.h"

// Definitions of catalog objects as SQL text (manual 9.26.4, table 9.72).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

const Catalog& catalog_of(CallContext& c) { return c.env->catalog(); }
NameScope session_names(CallContext& c) { return NameScope(catalog_of(c), c.env->search_path()); }

Datum format_type_text(CallContext& c, const std::optional<uint32_t>& type, const std::optional<int32_t>& typmod) {
  if (!type) return Datum::null();
  if (*type == kInvalidOid) return c.text("-");
  if (!find_type(*type)) {
    const auto index = relation_index(catalog_of(c));
    auto found = index->by_row_type.find(*type);
    if (found == index->by_row_type.end()) return c.text("???");
    return c.text(relation_reference(catalog_of(c), c.env->search_path(), *found->second));
  }
  return c.text(format_type(TypeRef{*type, typmod.value_or(-1)}, session_names(c)));
}

Datum expression_text(CallContext& c, sv expression, uint32_t relation, TextStyle style) {
  RelationPtr table = catalog_of(c).find_relation(relation);
  if (relation != kInvalidOid && !table) return Datum::null();
  return c.text(shown_expression(c, expression, table.get(), style));
}

Datum get_expr(CallContext& c, sv expression, uint32_t relation) {
  return expression_text(c, expression, relation, TextStyle::kPlain);
}
Datum get_expr_pretty(CallContext& c, sv expression, uint32_t relation, bool pretty) {
  return expression_text(c, expression, relation, pretty ? TextStyle::kPretty : TextStyle::kPlain);
}

// The index with its expressions in the form wanted.
std::shared_ptr<RelationDesc> styled_index(CallContext& c, const RelationDesc& index, TextStyle style) {
  auto copy = std::make_shared<RelationDesc>(index);
  RelationPtr table = catalog_of(c).find_relation(index.index->table);
  auto restyle = [&](std::string& text) {
    if (text.empty()) return;
    text = shown_expression(c, text, table.get(), style);
  };
  for (IndexColumnDesc& column : copy->index->columns) restyle(column.expr);
  restyle(copy->index->predicate);
  return copy;
}

Datum index_text(CallContext& c, uint32_t oid, int column, TextStyle style) {
  RelationPtr index = catalog_of(c).find_relation(oid);
  if (!index || !index->index) return Datum::null();
  index = styled_index(c, *index, style);
  return c.text(column == 0 ? index_definition(catalog_of(c), c.env->search_path(), *index, style)
                            : index_column_definition(catalog_of(c), *index, column, style));
}
Datum get_indexdef(CallContext& c, uint32_t oid) { return index_text(c, oid, 0, TextStyle::kPlain); }
Datum get_indexdef_column(CallContext& c, uint32_t oid, int32_t column, bool pretty) {
  return index_text(c, oid, column, pretty ? TextStyle::kPretty : TextStyle::kPlain);
}

Datum constraint_text(CallContext& c, uint32_t oid, TextStyle style) {
  auto owner = find_constraint(catalog_of(c), oid);
  if (!owner) return Datum::null();
  auto path = c.env->search_path();
  if (owner->check) {
    CheckConstraintDesc check = *owner->check;
    check.expr = shown_expression(c, check.expr, owner->table.get(), style);
    return c.text(check_definition(check, style));
  }
  if (owner->index) return c.text(index_constraint_definition(catalog_of(c), *owner->index));
  return c.text(foreign_key_definition(catalog_of(c), path, *owner->table, *owner->foreign_key));
}
Datum get_constraintdef(CallContext& c, uint32_t oid) { return constraint_text(c, oid, TextStyle::kPlain); }
Datum get_constraintdef_pretty(CallContext& c, uint32_t oid, bool pretty) {
  return constraint_text(c, oid, pretty ? TextStyle::kPretty : TextStyle::kPlain);
}

Datum view_text(CallContext& c, uint32_t oid, bool pretty) {
  RelationPtr view = catalog_of(c).find_relation(oid);
  if (!view || view->kind != 'v') return Datum::null();
  if (view->oid < well_known_oid::kFirstUserOid) return c.text(" " + view->view_sql + ";");
  AnalyzeContext analyze{};
  analyze.catalog = &catalog_of(c);
  analyze.search_path = {well_known_oid::kPgCatalog, well_known_oid::kPublic};  // stored texts qualify everything else
  analyze.settings = &c.env->settings();
  analyze.env = c.env;
  analyze.trusted_names = true;
  auto parsed = parse_sql(view->view_sql);
  QueryPtr query = analyze_definition(*parsed.at(0).node, analyze);
  return c.text(deparse_query_for(*c.env, *query, pretty) + ";");
}
Datum get_viewdef(CallContext& c, uint32_t oid) { return view_text(c, oid, false); }
Datum get_viewdef_pretty(CallContext& c, uint32_t oid, bool pretty) { return view_text(c, oid, pretty); }
Datum get_viewdef_wrap(CallContext& c, uint32_t oid, int32_t) { return view_text(c, oid, true); }
Datum get_viewdef_name(CallContext& c, sv name) { return view_text(c, parse_reg(c, RegKind::kClass, name), false); }
Datum get_viewdef_name_pretty(CallContext& c, sv name, bool pretty) {
  return view_text(c, parse_reg(c, RegKind::kClass, name), pretty);
}

Datum get_userbyid(CallContext& c, uint32_t oid) {
  RolePtr role = catalog_of(c).find_role(oid);
  return c.text(role ? role->name : "unknown (OID=" + std::to_string(oid) + ")");
}

Datum get_serial_sequence(CallContext& c, sv table_name, sv column_name) {
  RelationPtr table = catalog_of(c).find_relation(parse_reg(c, RegKind::kClass, table_name));
  for (const ColumnDesc& column : table->columns) {
    if (column.dropped || column.name != column_name) continue;
    if (column.sequence == kInvalidOid) return Datum::null();
    RelationPtr sequence = catalog_of(c).find_relation(column.sequence);
    if (!sequence) return Datum::null();
    return c.text(relation_reference(catalog_of(c), {}, *sequence));
  }
  throw SqlError(sqlstate::kUndefinedColumn, "column \"" + std::string(column_name) + "\" of relation \"" +
                                                 table->name + "\" does not exist");
}

Datum get_function_arguments(CallContext& c, uint32_t oid) {
  const FunctionDef* function = find_function(oid);
  return function ? c.text(function_arguments(*function, true, session_names(c))) : Datum::null();
}
Datum get_function_identity_arguments(CallContext& c, uint32_t oid) {
  const FunctionDef* function = find_function(oid);
  return function ? c.text(function_arguments(*function, false, session_names(c))) : Datum::null();
}
Datum get_function_result(CallContext& c, uint32_t oid) {
  const FunctionDef* function = find_function(oid);
  return function ? c.text(function_result(*function, session_names(c))) : Datum::null();
}
Datum get_function_arg_default(CallContext& c, uint32_t oid, int32_t number) {
  const FunctionDef* function = find_function(oid);
  if (!function) return Datum::null();
  int first = static_cast<int>(function->arg_types.size() - function->defaults.size());
  if (number <= first || number > static_cast<int>(function->arg_types.size())) return Datum::null();
  return c.text(function->defaults.begin()[number - 1 - first]);
}
Datum get_functiondef(CallContext& c, uint32_t oid) {
  const FunctionDef* f = find_function(oid);
  if (!f) return Datum::null();
  if (f->kind == FunctionKind::kAggregate) {
    throw SqlError(sqlstate::kWrongObjectType, "\"" + std::string(f->name) + "\" is an aggregate function");
  }
  const NameScope names = session_names(c);
  std::string out = "CREATE OR REPLACE FUNCTION " +
                    quote_qualified(schema_name(catalog_of(c), ListedSchemas(catalog_of(c)).of(f->schema)), f->name) + "(" +
                    function_arguments(*f, true, names) + ")\n RETURNS " + function_result(*f, names) +
                    "\n LANGUAGE internal\n";
  if (f->volatility == Volatility::kImmutable) out += " IMMUTABLE";
  if (f->volatility == Volatility::kStable) out += " STABLE";
  out += " PARALLEL SAFE";
  if (f->strict) out += " STRICT";
  if (f->leakproof) out += " LEAKPROOF";
  out += "\nAS $function$" + std::string(f->name) + "$function$\n";
  return c.text(out);
}

Datum get_ruledef(CallContext& c, uint32_t oid) {
  for (const RelationPtr& view : catalog_of(c).relations()) {
    if (view->kind != 'v' || view->oid < well_known_oid::kFirstUserOid) continue;
    Oid rule = 0x80000000u | ((view->oid * 2048 + 2047) & 0x7fffffffu);
    if (rule != oid) continue;
    Datum definition = view_text(c, view->oid, false);
    std::string name = relation_reference(catalog_of(c), {}, *view);
    return c.text("CREATE RULE \"_RETURN\" AS\n    ON SELECT TO " + name + " DO INSTEAD " + std::string(definition.bytes()));
  }
  return Datum::null();
}
Datum get_ruledef_pretty(CallContext& c, uint32_t oid, bool) { return get_ruledef(c, oid); }

// Objects of which there are none here: nothing to define.
Datum no_definition(CallContext&, uint32_t) { return Datum::null(); }
Datum no_definition_pretty(CallContext&, uint32_t, bool) { return Datum::null(); }

Datum describe(CallContext& c, uint32_t class_id, uint32_t object, int32_t sub) {
  if (class_id == 0 && object == 0) return Datum::null();
  return text_or_null(c, describe_object(c, class_id, object, sub));
}

const FunctionDef kFunctions[] = {
    {1081, "format_type", {kOid, kInt4}, kText, kStable, kCalledOnNull, row<format_type_text>},
    {1716, "pg_get_expr", {kPgNodeTree, kOid}, kText, kStable, kStrict, row<get_expr>},
    {2509, "pg_get_expr", {kPgNodeTree, kOid, kBool}, kText, kStable, kStrict, row<get_expr_pretty>},
    {1643, "pg_get_indexdef", {kOid}, kText, kStable, kStrict, row<get_indexdef>},
    {2507, "pg_get_indexdef", {kOid, kInt4, kBool}, kText, kStable, kStrict, row<get_indexdef_column>},
    {1387, "pg_get_constraintdef", {kOid}, kText, kStable, kStrict, row<get_constraintdef>},
    {2508, "pg_get_constraintdef", {kOid, kBool}, kText, kStable, kStrict, row<get_constraintdef_pretty>},
    {1641, "pg_get_viewdef", {kOid}, kText, kStable, kStrict, row<get_viewdef>},
    {2506, "pg_get_viewdef", {kOid, kBool}, kText, kStable, kStrict, row<get_viewdef_pretty>},
    {3159, "pg_get_viewdef", {kOid, kInt4}, kText, kStable, kStrict, row<get_viewdef_wrap>},
    {1640, "pg_get_viewdef", {kText}, kText, kStable, kStrict, row<get_viewdef_name>},
    {2505, "pg_get_viewdef", {kText, kBool}, kText, kStable, kStrict, row<get_viewdef_name_pretty>},
    {1642, "pg_get_userbyid", {kOid}, kName, kStable, kStrict, row<get_userbyid>},
    {1665, "pg_get_serial_sequence", {kText, kText}, kText, kStable, kStrict, row<get_serial_sequence>},
    {2162, "pg_get_function_arguments", {kOid}, kText, kStable, kStrict, row<get_function_arguments>},
    {2232, "pg_get_function_identity_arguments", {kOid}, kText, kStable, kStrict,
     row<get_function_identity_arguments>},
    {2165, "pg_get_function_result", {kOid}, kText, kStable, kStrict, row<get_function_result>},
    {3808, "pg_get_function_arg_default", {kOid, kInt4}, kText, kStable, kStrict, row<get_function_arg_default>},
    {6197, "pg_get_function_sqlbody", {kOid}, kText, kStable, kStrict, row<no_definition>},
    {2098, "pg_get_functiondef", {kOid}, kText, kStable, kStrict, row<get_functiondef>},
    {1573, "pg_get_ruledef", {kOid}, kText, kStable, kStrict, row<get_ruledef>},
    {2504, "pg_get_ruledef", {kOid, kBool}, kText, kStable, kStrict, row<get_ruledef_pretty>},
    {1662, "pg_get_triggerdef", {kOid}, kText, kStable, kStrict, row<no_definition>},
    {2730, "pg_get_triggerdef", {kOid, kBool}, kText, kStable, kStrict, row<no_definition_pretty>},
    {3408, "pg_get_partition_constraintdef", {kOid}, kText, kStable, kStrict, row<no_definition>},
    {3352, "pg_get_partkeydef", {kOid}, kText, kStable, kStrict, row<no_definition>},
    {3415, "pg_get_statisticsobjdef", {kOid}, kText, kStable, kStrict, row<no_definition>},
    {6174, "pg_get_statisticsobjdef_columns", {kOid}, kText, kStable, kStrict, row<no_definition>},
    {6173, "pg_get_statisticsobjdef_expressions", {kOid}, kTextArray, kStable, kStrict, row<no_definition>},
    {3537, "pg_describe_object", {kOid, kOid, kInt4}, kText, kStable, kStrict, row<describe>},
};

}  // namespace

std::span<const FunctionDef> system_definition_functions() { return kFunctions; }

}  // namespace vecino::sql
