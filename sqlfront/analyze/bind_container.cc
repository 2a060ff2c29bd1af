#include "sqlfront/analyze/coerce.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/types/array.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

struct ArrayTarget {
  TypeId array, element, coerce;
  bool hard;  // asked for by a cast
};

ArrayTarget array_target(ParseState& state, const std::vector<ExprPtr>& elements, bool multidims, TypeId array,
                         TypeId element, int location) {
  if (array != kInvalidOid) return {array, element, multidims ? array : element, true};
  if (elements.empty()) {
    throw SqlError(sqlstate::kIndeterminateDatatype, "cannot determine type of empty array", location)
        .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].");
  }
  TypeId common = common_type_of(state, elements, "ARRAY");
  if (multidims) {
    TypeId item = element_type_of(common);
    if (item == kInvalidOid) {
      throw SqlError(sqlstate::kUndefinedObject, "could not find element type for data type " + format_type(common),
                     location);
    }
    return {common, item, common, false};
  }
  TypeId of = array_type_of(common);
  if (of == kInvalidOid) {
    throw SqlError(sqlstate::kUndefinedObject, "could not find array type for data type " + format_type(common),
                   location);
  }
  return {of, common, common, false};
}

}  // namespace

ExprPtr transform_array(ParseState& state, const ast::ArrayExpr& node, TypeId array_type, TypeId element_type,
                        TypeRef cast_target) {
  check_recursion();
  auto out = std::make_shared<ArrayExpr>();
  out->location = node.location;
  std::vector<ExprPtr> elements;
  for (const auto& item : node.elements) {
    if (auto* nested = ast::try_as<ast::ArrayExpr>(item)) {
      elements.push_back(transform_array(state, *nested, array_type, element_type, cast_target));
      out->multidims = true;
      continue;
    }
    elements.push_back(transform(state, item.get()));
    out->multidims |= element_type_of(elements.back()->type.id) != kInvalidOid;
  }
  ArrayTarget target = array_target(state, elements, out->multidims, array_type, element_type, node.location);
  for (ExprPtr& element : elements) {
    if (!target.hard) {
      out->elements.push_back(coerce_to_common(state, element, target.coerce, "ARRAY"));
      continue;
    }
    ExprPtr coerced = coerce_to_target(state, element, {target.coerce, cast_target.typmod}, CastContext::kExplicit,
                                       CoercionForm::kExplicitCast, -1);
    if (coerced == nullptr) {
      throw SqlError(sqlstate::kCannotCoerce,
                     "cannot cast type " + format_type(element->type.id) + " to " + format_type(target.coerce),
                     location_of(element));
    }
    out->elements.push_back(std::move(coerced));
  }
  out->element_type = target.element;
  out->type = {target.array, target.hard ? cast_target.typmod : common_typmod(out->elements, target.coerce)};
  return out;
}

namespace {

ExprPtr subscript_index(ParseState& state, const ast::Node* node) {
  if (node == nullptr) return nullptr;
  ExprPtr index = transform(state, node);
  ExprPtr result = coerce_to_target(state, index, {kInt4, -1}, CastContext::kAssignment, CoercionForm::kImplicitCast, -1);
  if (result == nullptr) {
    throw SqlError(sqlstate::kDatatypeMismatch, "array subscript must have type integer", location_of(index));
  }
  return result;
}

// jsonb['a'], jsonb[1]: what -> does.
ExprPtr jsonb_subscripts(ParseState& state, ExprPtr container, const std::vector<const ast::Indices*>& subscripts) {
  for (const ast::Indices* subscript : subscripts) {
    if (subscript->slice) {
      throw SqlError(sqlstate::kDatatypeMismatch, "jsonb subscript does not support slices", location_of(container));
    }
    ExprPtr key = transform(state, subscript->upper.get());
    TypeId target = key->type.id == kUnknown || is_string_category(key->type.id) ? kText : kInt4;
    ExprPtr coerced = coerce_to_target(state, key, {target, -1}, CastContext::kImplicit, CoercionForm::kImplicitCast, -1);
    if (coerced == nullptr) {
      throw SqlError(sqlstate::kDatatypeMismatch,
                     "subscript type " + format_type(key->type.id) + " is not supported", location_of(key))
          .hint("jsonb subscript must be coercible to either integer or text.");
    }
    container = make_operator(state, {"->"}, std::move(container), std::move(coerced), -1);
  }
  return container;
}

}  // namespace

ExprPtr transform_subscripts(ParseState& state, ExprPtr container, const std::vector<const ast::Indices*>& subscripts,
                             ExprPtr assign, int location) {
  TypeId type = container->type.id;
  if (type == kJsonb && assign == nullptr) return jsonb_subscripts(state, std::move(container), subscripts);
  // A name is PostgreSQL's fixed array of "char", to be read only here (pg_dump does).
  TypeId element = type == kName && assign == nullptr ? kChar : subscript_element_of(type);
  if (element == kInvalidOid) {
    throw SqlError(sqlstate::kDatatypeMismatch,
                   "cannot subscript type " + format_type(type) + " because it does not support subscripting",
                   location >= 0 ? location : location_of(container));
  }
  if (subscripts.size() > static_cast<size_t>(kMaxArrayDimensions)) {
    throw SqlError(sqlstate::kProgramLimitExceeded, "number of array dimensions (" + std::to_string(subscripts.size()) +
                                                        ") exceeds the maximum allowed (" +
                                                        std::to_string(kMaxArrayDimensions) + ")");
  }
  auto out = std::make_shared<SubscriptExpr>();
  out->location = location;
  for (const ast::Indices* subscript : subscripts) out->slice |= subscript->slice;
  if (out->slice && type == kName) {
    throw SqlError(sqlstate::kFeatureNotSupported, "slices of fixed-length arrays not implemented");
  }
  for (const ast::Indices* subscript : subscripts) {
    out->upper.push_back(subscript_index(state, subscript->upper.get()));
    if (!out->slice) continue;
    // a[i] next to a slice means a[1:i].
    out->lower.push_back(subscript->slice ? subscript_index(state, subscript->lower.get())
                                          : make_const({kInt4, -1}, Datum::from_int(1)));
  }
  out->type = out->slice || assign != nullptr ? container->type : TypeRef{element, container->type.typmod};
  out->assign = std::move(assign);
  out->container = std::move(container);
  return out;
}

namespace {

// A query and those around it: what a Var of some level means (PostgreSQL's expandRecordVariable).
struct QueryChain {
  const Query* query;
  const QueryChain* outer;
  const QueryChain& up(int levels) const { return levels == 0 ? *this : outer->up(levels - 1); }
};

bool record_fields_in(const QueryChain& chain, const ExprPtr& record, std::vector<RecordField>& out);

bool fields_of_target(const QueryChain& outer, const Query& query, AttrNumber attno, std::vector<RecordField>& out) {
  int column = 0;
  for (const TargetEntry& target : query.command == Command::kSelect ? query.targets : query.returning) {
    if (!target.junk && ++column == attno) return record_fields_in({&query, &outer}, target.expr, out);
  }
  return false;
}

bool fields_of_cte(const QueryChain& chain, const RangeTableEntry& rte, AttrNumber attno, std::vector<RecordField>& out) {
  const QueryChain& owner = chain.up(rte.cte_levels_up);
  for (const CommonTableExpr& cte : owner.query->ctes) {
    if (cte.name == rte.cte_name) return cte.query != nullptr && fields_of_target(owner, *cte.query, attno, out);
  }
  return false;
}

bool fields_of_rte(const QueryChain& chain, const RangeTableEntry& rte, AttrNumber attno, std::vector<RecordField>& out) {
  if (attno == 0) {
    for (size_t i = 0; i < rte.column_names.size(); ++i) {
      if (!rte.column_names[i].empty()) out.push_back({rte.column_names[i], rte.column_types[i]});
    }
    return true;
  }
  switch (rte.kind) {
    case RteKind::kSubquery: return rte.subquery != nullptr && fields_of_target(chain, *rte.subquery, attno, out);
    case RteKind::kJoin: return record_fields_in(chain, rte.join_aliases[static_cast<size_t>(attno) - 1], out);
    case RteKind::kCte: return fields_of_cte(chain, rte, attno, out);
    default: return false;
  }
}

bool record_fields_in(const QueryChain& chain, const ExprPtr& record, std::vector<RecordField>& out) {
  check_stack_depth();
  if (auto* var = try_as<VarExpr>(record)) {
    const QueryChain& owner = chain.up(var->levels_up);
    return fields_of_rte(owner, owner.query->range_table[static_cast<size_t>(var->rte)], var->attno, out);
  }
  if (auto* row = try_as<RowExpr>(record)) {
    for (size_t i = 0; i < row->args.size(); ++i) out.push_back({row->names[i], row->args[i]->type});
    return true;
  }
  if (auto* call = try_as<FunctionExpr>(record); call != nullptr && call->function->columns.size() > 0) {
    std::vector<TypeId> types = output_column_types(*call->function, types_of(call->args));
    size_t column = 0;
    for (const OutputColumn& output : call->function->columns) out.push_back({std::string(output.name), {types[column++], -1}});
    return true;
  }
  return false;
}

}  // namespace

bool record_fields(ParseState& state, const ExprPtr& record, std::vector<RecordField>& out) {
  std::vector<const Query*> queries;
  for (const ParseState* level = &state; level != nullptr; level = level->parent) queries.push_back(level->query.get());
  std::vector<QueryChain> chain(queries.size());
  for (size_t i = 0; i < queries.size(); ++i) chain[i] = {queries[i], i + 1 < queries.size() ? &chain[i + 1] : nullptr};
  return record_fields_in(chain[0], record, out);
}

ExprPtr field_of(ParseState& state, const ExprPtr& record, const std::string& field, int location) {
  std::vector<RecordField> fields;
  if (!record_fields(state, record, fields)) return nullptr;
  // A whole-row reference needs no record: the column itself.
  if (auto* var = try_as<VarExpr>(record); var != nullptr && var->attno == 0) {
    for (const NamespaceItem& item : ancestor(state, var->levels_up).names) {
      if (item.rte == var->rte) return column_of_item(state, item, var->levels_up, field, location);
    }
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name != field) continue;
    auto out = std::make_shared<FieldSelectExpr>();
    out->arg = record;
    out->field = static_cast<int>(i);
    out->name = field;
    out->type = fields[i].type;
    out->location = location;
    return out;
  }
  return nullptr;
}

namespace {

ExprPtr select_field(ParseState& state, const ExprPtr& record, const std::string& field, int location) {
  if (record->type.id != kRecord) {
    throw SqlError(sqlstate::kWrongObjectType,
                   "column notation ." + field + " applied to type " + format_type(record->type.id) +
                       ", which is not a composite type",
                   location);
  }
  if (ExprPtr found = field_of(state, record, field, location)) return found;
  if (auto* var = try_as<VarExpr>(record); var != nullptr && var->attno == 0) {
    const RangeTableEntry& rte = ancestor(state, var->levels_up).query->range_table[var->rte];
    throw SqlError(sqlstate::kUndefinedColumn, "column " + rte.alias + "." + field + " does not exist", location);
  }
  // PostgreSQL looks through Vars for the fields, and says something else when it finds no row there.
  std::vector<RecordField> fields;
  if (record->kind == ExprKind::kVar && !record_fields(state, record, fields)) {
    throw SqlError(sqlstate::kWrongObjectType, "record type has not been registered");
  }
  throw SqlError(sqlstate::kUndefinedColumn, "could not identify column \"" + field + "\" in record data type",
                 location);
}

}  // namespace

ExprPtr transform_indirection(ParseState& state, const ast::Indirection& node) {
  ExprPtr last_srf = state.last_srf;
  ExprPtr result = transform(state, node.arg.get());
  std::vector<const ast::Indices*> subscripts;
  auto apply_subscripts = [&] {
    if (!subscripts.empty()) result = transform_subscripts(state, result, subscripts, nullptr, -1);
    subscripts.clear();
  };
  for (const auto& step : node.steps) {
    if (auto* indices = ast::try_as<ast::Indices>(step)) {
      subscripts.push_back(indices);
      continue;
    }
    apply_subscripts();
    if (auto* field = ast::try_as<ast::StringNode>(step)) {
      result = select_field(state, result, field->value, node.location);
    } else {
      throw SqlError(sqlstate::kFeatureNotSupported, "row expansion via \"*\" is not supported here", node.location);
    }
  }
  apply_subscripts();
  return result;
}

}  // namespace vecino::sql::analysis
