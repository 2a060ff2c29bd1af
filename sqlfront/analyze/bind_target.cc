#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

TargetEntry plain_target(ExprPtr expr, std::string name) {
  TargetEntry out;
  out.expr = std::move(expr);
  out.name = std::move(name);
  return out;
}

void expand_item(ParseState& state, const NamespaceItem& item, int levels_up, int location,
                 std::vector<TargetEntry>& out) {
  for (const NamespaceColumn& column : item.columns) {
    if (column.name.empty()) continue;
    out.push_back(plain_target(make_var(column.rte, column.attno, column.type, levels_up, location), column.name));
  }
}

void expand_star(ParseState& state, const ast::ColumnRef& star, std::vector<TargetEntry>& out) {
  if (star.fields.empty()) {
    bool found = false;
    for (const NamespaceItem& item : state.names) {
      if (!item.columns_visible || (item.lateral_only && !state.lateral_active)) continue;
      found = true;
      expand_item(state, item, 0, star.location, out);
    }
    if (!found) {
      throw SqlError(sqlstate::kSyntaxError, "SELECT * with no tables specified is not valid", star.location);
    }
    return;
  }
  std::string schema = star.fields.size() >= 2 ? star.fields[star.fields.size() - 2] : std::string();
  const std::string& relation = star.fields.back();
  int levels_up = 0;
  const NamespaceItem* item = find_item(state, schema, relation, star.location, &levels_up);
  if (item == nullptr && star.fields.size() == 2) {
    // column.*: the fields of a record column.
    ast::ColumnRef column;
    column.fields = star.fields;
    column.location = star.location;
    ExprPtr record = transform_expr(state, column, state.clause);
    std::vector<RecordField> fields;
    if (record->type.id == kRecord && record_fields(state, record, fields)) {
      for (const RecordField& field : fields) {
        out.push_back(plain_target(field_of(state, record, field.name, star.location), field.name));
      }
      return;
    }
    throw SqlError(sqlstate::kWrongObjectType,
                   "type " + format_type(record->type.id) + " is not composite", star.location);
  }
  if (item == nullptr) throw_missing_item(state, relation, star.location);
  expand_item(state, *item, levels_up, star.location, out);
}

void expand_record_star(ParseState& state, const ast::Indirection& node, Clause clause, std::vector<TargetEntry>& out) {
  ExprPtr record = transform_expr(state, *node.arg, clause);
  for (size_t i = 0; i + 1 < node.steps.size(); ++i) {
    auto* field = ast::try_as<ast::StringNode>(node.steps[i]);
    if (field == nullptr) {
      throw SqlError(sqlstate::kFeatureNotSupported, "this form of row expansion via \"*\" is not supported",
                     node.location);
    }
    record = field_of(state, record, field->value, node.location);
    if (record == nullptr) {
      throw SqlError(sqlstate::kUndefinedColumn,
                     "could not identify column \"" + field->value + "\" in record data type", node.location);
    }
  }
  if (record->type.id != kRecord) {
    throw SqlError(sqlstate::kWrongObjectType, "type " + format_type(record->type.id) + " is not composite",
                   node.location);
  }
  std::vector<RecordField> fields;
  if (!record_fields(state, record, fields)) {
    throw SqlError(sqlstate::kWrongObjectType, "record type has not been registered");
  }
  if (auto* var = try_as<VarExpr>(record); var != nullptr && var->attno == 0) {
    for (const RecordField& field : fields) {
      out.push_back(plain_target(field_of(state, record, field.name, node.location), field.name));
    }
    return;
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    auto select = std::make_shared<FieldSelectExpr>();
    select->arg = record;
    select->field = static_cast<int>(i);
    select->name = fields[i].name;
    select->type = fields[i].type;
    out.push_back(plain_target(std::move(select), fields[i].name));
  }
}

bool ends_with_star(const ast::Node& node) {
  auto* indirection = ast::try_as<ast::Indirection>(&node);
  return indirection != nullptr && !indirection->steps.empty() &&
         indirection->steps.back()->kind == ast::NodeKind::kStar;
}

}  // namespace

TargetEntry transform_target(ParseState& state, const ast::ResTarget& target, Clause clause) {
  std::string name = target.name.empty() ? figure_column_name(*target.value) : target.name;
  return plain_target(transform_expr(state, *target.value, clause), std::move(name));
}

std::vector<TargetEntry> transform_targets(ParseState& state, const std::vector<std::unique_ptr<ast::ResTarget>>& list,
                                           Clause clause) {
  std::vector<TargetEntry> out;
  out.reserve(list.size());
  Clause saved = state.clause;
  state.clause = clause;
  for (const auto& target : list) {
    auto* column = ast::try_as<ast::ColumnRef>(target->value);
    if (column != nullptr && column->star) {
      expand_star(state, *column, out);
    } else if (ends_with_star(*target->value)) {
      expand_record_star(state, ast::as<ast::Indirection>(*target->value), clause, out);
    } else {
      out.push_back(transform_target(state, *target, clause));
    }
  }
  state.clause = saved;
  return out;
}

std::vector<ExprPtr> transform_expressions(ParseState& state, const ast::NodeList& list, Clause clause,
                                           bool allow_default) {
  std::vector<ExprPtr> out;
  out.reserve(list.size());
  for (const auto& node : list) {
    if (allow_default && node->kind == ast::NodeKind::kSetToDefault) {
      auto value = std::make_shared<SetToDefaultExpr>();
      value->location = node->location;
      out.push_back(std::move(value));
      continue;
    }
    std::vector<TargetEntry> expanded;
    auto* column = ast::try_as<ast::ColumnRef>(node);
    if (column != nullptr && column->star) {
      // ROW(t.*), VALUES (t.*)
      expand_star(state, *column, expanded);
    } else if (ends_with_star(*node)) {
      expand_record_star(state, ast::as<ast::Indirection>(*node), clause, expanded);
    } else {
      out.push_back(transform_expr(state, *node, clause));
    }
    for (TargetEntry& target : expanded) out.push_back(std::move(target.expr));
  }
  return out;
}

void resolve_unknown_targets(ParseState& state, std::vector<TargetEntry>& targets) {
  for (TargetEntry& target : targets) {
    if (target.expr->type.id != kUnknown) continue;
    target.expr = coerce_type(state, target.expr, {kText, -1}, CastContext::kImplicit, CoercionForm::kImplicitCast, -1);
  }
}

namespace {

void mark_origin(const Query& query, const ExprPtr& expr, TargetEntry& target) {
  check_stack_depth();
  auto* var = try_as<VarExpr>(expr);
  if (var == nullptr || var->levels_up > 0) return;
  const RangeTableEntry& rte = query.range_table[var->rte];
  switch (rte.kind) {
    case RteKind::kRelation:
      target.origin_table = rte.relation->oid;
      target.origin_column = var->attno;
      break;
    case RteKind::kSubquery: {
      if (rte.relation != nullptr) {  // a view is a table to the client
        target.origin_table = rte.relation->oid;
        target.origin_column = var->attno;
        break;
      }
      int column = 0;
      for (const TargetEntry& inner : rte.subquery->targets) {
        if (inner.junk || ++column != var->attno) continue;
        target.origin_table = inner.origin_table;
        target.origin_column = inner.origin_column;
        break;
      }
      break;
    }
    case RteKind::kJoin:
      if (var->attno > 0) mark_origin(query, rte.join_aliases[var->attno - 1], target);
      break;
    default: break;
  }
}

}  // namespace

void mark_origins(const ParseState& state, std::vector<TargetEntry>& targets) {
  for (TargetEntry& target : targets) mark_origin(*state.query, target.expr, target);
}

AttrNumber attribute_number(const RelationDesc& relation, std::string_view name) {
  for (size_t i = 0; i < relation.columns.size(); ++i) {
    if (!relation.columns[i].dropped && relation.columns[i].name == name) return static_cast<AttrNumber>(i + 1);
  }
  static constexpr std::string_view kSystem[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
  for (size_t i = 0; i < std::size(kSystem); ++i) {
    if (kSystem[i] == name) return static_cast<AttrNumber>(-1 - static_cast<int>(i));
  }
  return 0;
}

namespace {

ExprPtr assign_element(ParseState& state, ExprPtr value, const ColumnDesc& column, AttrNumber attno,
                       const ast::NodeList& indirection, Clause clause, int location) {
  std::vector<const ast::Indices*> subscripts;
  bool slice = false;
  for (const auto& step : indirection) {
    auto* indices = ast::try_as<ast::Indices>(step);
    if (indices == nullptr) {
      auto* field = ast::try_as<ast::StringNode>(step);
      throw SqlError(sqlstate::kDatatypeMismatch,
                     "cannot assign to field \"" + (field != nullptr ? field->value : std::string("*")) +
                         "\" of column \"" + column.name + "\" because its type " + format_type(column.type.id) +
                         " is not a composite type",
                     location);
    }
    slice |= indices->slice;
    subscripts.push_back(indices);
  }
  TypeId element = subscript_element_of(column.type.id);
  if (element == kInvalidOid) {
    if (column.type.id == kJsonb) {
      throw SqlError(sqlstate::kFeatureNotSupported, "assigning to a subscripted jsonb column is not supported",
                     location);
    }
    throw SqlError(sqlstate::kDatatypeMismatch,
                   "cannot subscript type " + format_type(column.type.id) +
                       " because it does not support subscripting",
                   location);
  }
  TypeRef wanted{slice ? column.type.id : element, column.type.typmod};
  ExprPtr coerced = coerce_to_target(state, value, wanted, CastContext::kAssignment, CoercionForm::kImplicitCast, -1);
  if (coerced == nullptr) {
    throw SqlError(sqlstate::kDatatypeMismatch,
                   "subscripted assignment to \"" + column.name + "\" requires type " + format_type(wanted.id) +
                       " but expression is of type " + format_type(value->type.id),
                   location)
        .hint("You will need to rewrite or cast the expression.");
  }
  ExprPtr container = clause == Clause::kInsertTarget
                          ? make_null_const(column.type)
                          : make_var(state.query->result_rte, attno, column.type, 0, location);
  return transform_subscripts(state, std::move(container), subscripts, std::move(coerced), location);
}

}  // namespace

ExprPtr transform_assigned(ParseState& state, ExprPtr expr, const RelationDesc& relation, AttrNumber attno,
                           const ast::NodeList& indirection, Clause clause, int location) {
  const ColumnDesc& column = relation.columns[attno - 1];
  if (expr->kind == ExprKind::kSetToDefault) {
    if (!indirection.empty()) {
      throw SqlError(sqlstate::kFeatureNotSupported, "cannot set an array element to DEFAULT", location);
    }
    return expr;
  }
  if (!indirection.empty()) {
    return assign_element(state, std::move(expr), column, attno, indirection, clause, location);
  }
  ExprPtr coerced = coerce_to_target(state, expr, column.type, CastContext::kAssignment, CoercionForm::kImplicitCast, -1);
  if (coerced == nullptr) {
    throw SqlError(sqlstate::kDatatypeMismatch,
                   "column \"" + column.name + "\" is of type " + format_type(column.type.id) +
                       " but expression is of type " + format_type(expr->type.id),
                   location_of(expr))
        .hint("You will need to rewrite or cast the expression.");
  }
  return coerced;
}

}  // namespace vecino::sql::analysis
