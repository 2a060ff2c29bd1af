#include <charconv>

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

ExprPtr parse_literal(ParseState& state, TypeId type, std::string_view text, int location) {
  return coerce_type(state, make_unknown_const(text, location), {type, -1}, CastContext::kImplicit,
                     CoercionForm::kImplicitCast, -1);
}

ExprPtr transform_const(ParseState& state, const ast::Const& node) {
  switch (node.value_kind) {
    case ast::ConstKind::kNull: return make_null_const({kUnknown, -1}, node.location);
    case ast::ConstKind::kInteger:
      if (ExprPtr parameter = literal_parameter(state, node)) return parameter;
      return make_const({kInt4, -1}, Datum::from_int(node.integer), node.location);
    case ast::ConstKind::kBoolean: return make_const({kBool, -1}, Datum::from_bool(node.boolean), node.location);
    case ast::ConstKind::kString: return make_unknown_const(node.text, node.location);
    case ast::ConstKind::kBitString: return parse_literal(state, kBit, node.text, node.location);
    case ast::ConstKind::kFloat: {
      int64_t value = 0;
      const char* end = node.text.data() + node.text.size();
      auto [stop, error] = std::from_chars(node.text.data(), end, value);
      if (error == std::errc() && stop == end) {
        return make_const({kInt8, -1}, Datum::from_int(value), node.location);
      }
      return parse_literal(state, kNumeric, node.text, node.location);
    }
  }
  return nullptr;
}

ExprPtr column_or_field(ParseState& state, const NamespaceItem& item, int levels_up, const std::string& qualifier,
                        const std::string& column, int location) {
  if (ExprPtr var = column_of_item(state, item, levels_up, column, location)) return var;
  throw_missing_column(state, qualifier, column, location);
}

ExprPtr transform_column_ref(ParseState& state, const ast::ColumnRef& node) {
  switch (state.clause) {
    case Clause::kColumnDefault:
      throw SqlError(sqlstate::kFeatureNotSupported, "cannot use column reference in DEFAULT expression", node.location);
    default: break;
  }
  const ast::Name& fields = node.fields;
  if (node.star && fields.empty()) {
    throw SqlError(sqlstate::kSyntaxError, "invalid use of \"*\"", node.location);
  }
  int levels_up = 0;
  if (fields.size() == 1 && !node.star) {
    if (ExprPtr var = find_column(state, fields[0], node.location)) return var;
    if (const NamespaceItem* item = find_item(state, {}, fields[0], node.location, &levels_up)) {
      return whole_row(state, *item, levels_up, node.location);
    }
    throw_missing_column(state, {}, fields[0], node.location);
  }
  // The last field is a column (or *), what precedes it names the relation.
  size_t relation_parts = node.star ? fields.size() : fields.size() - 1;
  std::string schema;
  if (relation_parts == 3) {
    if (fields[0] != state.shared.context.env->current_database()) {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "cross-database references are not implemented: " + join_name(fields), node.location);
    }
  } else if (relation_parts > 3) {
    throw SqlError(sqlstate::kSyntaxError, "improper qualified name (too many dotted names): " + join_name(fields),
                   node.location);
  }
  const std::string& relation = fields[relation_parts - 1];
  if (relation_parts >= 2) schema = fields[relation_parts - 2];
  const NamespaceItem* item = find_item(state, schema, relation, node.location, &levels_up);
  if (item == nullptr) throw_missing_item(state, relation, node.location);
  if (node.star) return whole_row(state, *item, levels_up, node.location);
  return column_or_field(state, *item, levels_up, relation, fields.back(), node.location);
}

[[noreturn]] void throw_cannot_cast(const ExprPtr& expr, TypeRef target, int location) {
  throw SqlError(sqlstate::kCannotCoerce,
                 "cannot cast type " + format_type(expr->type.id) + " to " + format_type(target.id), location);
}

bool is_typed_array_text(const ParseState& state, const ast::ArrayExpr& array) {
  if (!state.shared.context.trusted_names || array.elements.empty()) return false;
  return std::none_of(array.elements.begin(), array.elements.end(), [](const ast::NodePtr& element) {
    const auto* value = ast::try_as<ast::Const>(element);
    const bool untyped = value && (value->value_kind == ast::ConstKind::kString || value->value_kind == ast::ConstKind::kNull);
    return untyped || ast::try_as<ast::ArrayExpr>(element) != nullptr;
  });
}

ExprPtr transform_type_cast(ParseState& state, const ast::TypeCast& node) {
  TypeRef target = resolve_type(state, *node.type);
  ExprPtr arg;
  if (auto* array = ast::try_as<ast::ArrayExpr>(node.arg)) {
    // The elements may take the type that is asked for. In a text of the catalog they have theirs, and the cast is the array's.
    TypeId element = is_typed_array_text(state, *array) ? kInvalidOid : element_type_of(target.id);
    arg = element != kInvalidOid ? transform_array(state, *array, target.id, element, target)
                                 : transform(state, node.arg.get());
  } else {
    arg = transform(state, node.arg.get());
  }
  int location = node.location >= 0 ? node.location : node.type->location;
  ExprPtr result = coerce_to_target(state, arg, target, CastContext::kExplicit, CoercionForm::kExplicitCast, location);
  if (result == nullptr) throw_cannot_cast(arg, target, location);
  return result;
}

ExprPtr transform_collate(ParseState& state, const ast::CollateClause& node) {
  ExprPtr arg = transform(state, node.arg.get());
  const TypeId type = arg->type.id;
  TypeId base = element_type_of(type) != kInvalidOid ? element_type_of(type) : type;
  if (type != kUnknown && type_category(base) != 'S') {
    throw SqlError(sqlstate::kDatatypeMismatch, "collations are not supported by type " + format_type(type),
                   node.location);
  }
  static constexpr std::string_view kCollations[] = {"default", "C", "POSIX", "ucs_basic", "C.UTF-8", "C.utf8"};
  const std::string& name = node.collation.back();
  bool known = false;
  for (std::string_view collation : kCollations) known |= collation == name;
  if (!known) {
    throw SqlError(sqlstate::kUndefinedObject,
                   "collation \"" + join_name(node.collation) + "\" for encoding \"UTF8\" does not exist",
                   node.location);
  }
  auto out = std::make_shared<CollateExpr>();
  out->arg = std::move(arg);
  out->type = out->arg->type;
  out->collation = name;
  out->location = node.location;
  return out;
}

ExprPtr transform_bool(ParseState& state, const ast::BoolExpr& node) {
  const char* construct = node.op == ast::BoolOp::kAnd ? "AND" : node.op == ast::BoolOp::kOr ? "OR" : "NOT";
  std::vector<ExprPtr> args;
  for (const auto& arg : node.args) args.push_back(coerce_to_boolean(state, transform(state, arg.get()), construct));
  return make_bool(static_cast<BoolKind>(node.op), std::move(args), node.location);
}

ExprPtr transform_null_test(ParseState& state, const ast::NullTest& node) {
  auto out = std::make_shared<NullTestExpr>();
  out->arg = transform(state, node.arg.get());
  out->is_not = node.is_not;
  out->location = node.location;
  return out;
}

ExprPtr transform_boolean_test(ParseState& state, const ast::BooleanTest& node) {
  static constexpr const char* kNames[] = {"IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN",
                                           "IS NOT UNKNOWN"};
  auto out = std::make_shared<BooleanTestExpr>();
  out->test = static_cast<BooleanTestKind>(node.test);
  out->arg = coerce_to_boolean(state, transform(state, node.arg.get()), kNames[static_cast<int>(node.test)]);
  out->location = node.location;
  return out;
}

ExprPtr case_argument(ParseState& state, const ast::CaseExpr& node, ExprPtr* placeholder) {
  ExprPtr arg = transform(state, node.arg.get());
  if (arg == nullptr) return nullptr;
  if (arg->type.id == kUnknown) arg = coerce_to_common(state, arg, kText, "CASE");
  auto test = std::make_shared<CaseTestExpr>();
  test->type = arg->type;
  *placeholder = test;
  return arg;
}

void refuse_set_functions(const ParseState& state, const ExprPtr& before, const char* construct) {
  if (state.last_srf == before || state.last_srf == nullptr) return;
  throw SqlError(sqlstate::kFeatureNotSupported,
                 std::string("set-returning functions are not allowed in ") + construct, location_of(state.last_srf))
      .hint("You might be able to move the set-returning function into a LATERAL FROM item.");
}

ExprPtr transform_case(ParseState& state, const ast::CaseExpr& node) {
  ExprPtr last_srf = state.last_srf;
  auto out = std::make_shared<CaseExpr>();
  out->location = node.location;
  ExprPtr placeholder;
  out->arg = case_argument(state, node, &placeholder);
  std::vector<ExprPtr> results;
  for (const auto& when : node.whens) {
    ExprPtr condition = transform(state, when->condition.get());
    if (placeholder != nullptr) condition = make_operator(state, {"="}, placeholder, condition, when->location);
    condition = coerce_to_boolean(state, condition, "CASE/WHEN");
    out->whens.push_back({std::move(condition), transform(state, when->result.get())});
  }
  out->has_else = node.otherwise != nullptr;
  out->otherwise = out->has_else ? transform(state, node.otherwise.get()) : make_null_const({kUnknown, -1});
  results.push_back(out->otherwise);  // the ELSE branch comes first when the common type is chosen
  for (const auto& when : out->whens) results.push_back(when.result);
  TypeId type = common_type_of(state, results, "CASE");
  out->otherwise = coerce_to_common(state, out->otherwise, type, "CASE/ELSE");
  results.clear();
  results.push_back(out->otherwise);
  for (auto& when : out->whens) {
    when.result = coerce_to_common(state, when.result, type, "CASE/WHEN");
    results.push_back(when.result);
  }
  out->type = {type, common_typmod(results, type)};
  refuse_set_functions(state, last_srf, "CASE");
  return out;
}

std::vector<ExprPtr> common_args(ParseState& state, const ast::NodeList& list, const char* construct, TypeRef* type) {
  std::vector<ExprPtr> args;
  for (const auto& node : list) args.push_back(transform(state, node.get()));
  type->id = common_type_of(state, args, construct);
  for (ExprPtr& arg : args) arg = coerce_to_common(state, arg, type->id, construct);
  type->typmod = common_typmod(args, type->id);
  return args;
}

ExprPtr transform_coalesce(ParseState& state, const ast::CoalesceExpr& node) {
  ExprPtr last_srf = state.last_srf;
  auto out = std::make_shared<CoalesceExpr>();
  out->args = common_args(state, node.args, "COALESCE", &out->type);
  out->location = node.location;
  refuse_set_functions(state, last_srf, "COALESCE");
  return out;
}

ExprPtr transform_min_max(ParseState& state, const ast::MinMaxExpr& node) {
  auto out = std::make_shared<MinMaxExpr>();
  out->greatest = node.greatest;
  out->args = common_args(state, node.args, node.greatest ? "GREATEST" : "LEAST", &out->type);
  out->location = node.location;
  if (sort_operators(out->type.id).less == nullptr) {
    throw SqlError(sqlstate::kUndefinedFunction,
                   "could not identify a comparison function for type " + format_type(out->type.id), node.location);
  }
  return out;
}

ExprPtr transform_row(ParseState& state, const ast::RowExpr& node) {
  constexpr size_t kMaxEntries = 1664;
  if (node.args.size() > kMaxEntries) {
    throw SqlError(sqlstate::kTooManyColumns, "ROW expressions can have at most 1664 entries", node.location);
  }
  auto out = std::make_shared<RowExpr>();
  out->args = transform_expressions(state, node.args, state.clause, false);
  out->type = {kRecord, -1};
  out->explicit_row = node.explicit_row;
  out->location = node.location;
  for (size_t i = 0; i < out->args.size(); ++i) out->names.push_back("f" + std::to_string(i + 1));
  return out;
}

ExprPtr transform_sql_value(const ast::SqlValueFunction& node) {
  struct Row {
    ast::SqlValueOp op;
    SqlValueKind kind;
    TypeId type;
  };
  static constexpr Row kRows[] = {
      {ast::SqlValueOp::kCurrentDate, SqlValueKind::kCurrentDate, kDate},
      {ast::SqlValueOp::kCurrentTime, SqlValueKind::kCurrentTime, kTimetz},
      {ast::SqlValueOp::kCurrentTimestamp, SqlValueKind::kCurrentTimestamp, kTimestamptz},
      {ast::SqlValueOp::kLocalTime, SqlValueKind::kLocalTime, kTime},
      {ast::SqlValueOp::kLocalTimestamp, SqlValueKind::kLocalTimestamp, kTimestamp},
      {ast::SqlValueOp::kCurrentRole, SqlValueKind::kCurrentRole, kName},
      {ast::SqlValueOp::kCurrentUser, SqlValueKind::kCurrentUser, kName},
      {ast::SqlValueOp::kUser, SqlValueKind::kUser, kName},
      {ast::SqlValueOp::kSessionUser, SqlValueKind::kSessionUser, kName},
      {ast::SqlValueOp::kCurrentCatalog, SqlValueKind::kCurrentCatalog, kName},
      {ast::SqlValueOp::kCurrentSchema, SqlValueKind::kCurrentSchema, kName},
  };
  auto out = std::make_shared<SqlValueExpr>();
  for (const Row& row : kRows) {
    if (row.op != node.op) continue;
    out->value = row.kind;
    out->type = {row.type, row.type == kName || row.type == kDate ? -1 : std::min(node.typmod, 6)};
  }
  out->location = node.location;
  return out;
}

ExprPtr transform_default(const ParseState& state, const ast::Node& node) {
  throw SqlError(sqlstate::kSyntaxError, "DEFAULT is not allowed in this context", node.location);
}

ExprPtr transform_multi_assign(ParseState& state, const ast::MultiAssignRef& node) {
  if (node.column == 1) {
    std::vector<ExprPtr> values;
    if (auto* link = ast::try_as<ast::SubLink>(node.source); link != nullptr && link->link == ast::SubLinkOp::kExpr) {
      values = transform_multi_expr(state, *link, node.column_count);
    } else if (auto* row = ast::try_as<ast::RowExpr>(node.source)) {
      values = transform_expressions(state, row->args, state.clause, true);
      if (static_cast<int>(values.size()) != node.column_count) {
        throw SqlError(sqlstate::kSyntaxError, "number of columns does not match number of values", node.location);
      }
    } else {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
                     node.location);
    }
    state.multi_assign.push_back(std::move(values));
  }
  return state.multi_assign.back()[node.column - 1];
}

}  // namespace

ExprPtr transform(ParseState& state, const ast::Node* node) {
  if (node == nullptr) return nullptr;
  check_recursion();
  switch (node->kind) {
    case ast::NodeKind::kConst: return transform_const(state, ast::as<ast::Const>(*node));
    case ast::NodeKind::kColumnRef: return transform_column_ref(state, ast::as<ast::ColumnRef>(*node));
    case ast::NodeKind::kParamRef: return transform_param(state, ast::as<ast::ParamRef>(*node));
    case ast::NodeKind::kAExpr: return transform_a_expr(state, ast::as<ast::AExpr>(*node));
    case ast::NodeKind::kBoolExpr: return transform_bool(state, ast::as<ast::BoolExpr>(*node));
    case ast::NodeKind::kNullTest: return transform_null_test(state, ast::as<ast::NullTest>(*node));
    case ast::NodeKind::kBooleanTest: return transform_boolean_test(state, ast::as<ast::BooleanTest>(*node));
    case ast::NodeKind::kTypeCast: return transform_type_cast(state, ast::as<ast::TypeCast>(*node));
    case ast::NodeKind::kCollateClause: return transform_collate(state, ast::as<ast::CollateClause>(*node));
    case ast::NodeKind::kFuncCall: return transform_func_call(state, ast::as<ast::FuncCall>(*node));
    case ast::NodeKind::kIndirection: return transform_indirection(state, ast::as<ast::Indirection>(*node));
    case ast::NodeKind::kArrayExpr:
      return transform_array(state, ast::as<ast::ArrayExpr>(*node), kInvalidOid, kInvalidOid, {kUnknown, -1});
    case ast::NodeKind::kRowExpr: return transform_row(state, ast::as<ast::RowExpr>(*node));
    case ast::NodeKind::kCaseExpr: return transform_case(state, ast::as<ast::CaseExpr>(*node));
    case ast::NodeKind::kCoalesceExpr: return transform_coalesce(state, ast::as<ast::CoalesceExpr>(*node));
    case ast::NodeKind::kMinMaxExpr: return transform_min_max(state, ast::as<ast::MinMaxExpr>(*node));
    case ast::NodeKind::kSubLink: return transform_sublink(state, ast::as<ast::SubLink>(*node));
    case ast::NodeKind::kSqlValueFunction: return transform_sql_value(ast::as<ast::SqlValueFunction>(*node));
    case ast::NodeKind::kGroupingFunc: return transform_grouping(state, ast::as<ast::GroupingFunc>(*node));
    case ast::NodeKind::kSetToDefault: return transform_default(state, *node);
    case ast::NodeKind::kMultiAssignRef: return transform_multi_assign(state, ast::as<ast::MultiAssignRef>(*node));
    case ast::NodeKind::kCurrentOf:
      throw SqlError(sqlstate::kFeatureNotSupported, "WHERE CURRENT OF is not supported", node->location);
    case ast::NodeKind::kNamedArg:
      throw SqlError(sqlstate::kSyntaxError, "named arguments are only allowed in function calls", node->location);
    case ast::NodeKind::kUnsupportedExpr:
      throw SqlError(sqlstate::kFeatureNotSupported,
                     ast::as<ast::UnsupportedExpr>(*node).description + " is not supported", node->location);
    default:
      throw SqlError(sqlstate::kSyntaxError, "this is not allowed as an expression", node->location);
  }
}

ExprPtr transform_expr(ParseState& state, const ast::Node& node, Clause clause) {
  Clause saved = state.clause;
  state.clause = clause;
  ExprPtr out = transform(state, &node);
  state.clause = saved;
  return out;
}

ExprPtr transform_where(ParseState& state, const ast::Node* node, Clause clause, const char* construct) {
  if (node == nullptr) return nullptr;
  return coerce_to_boolean(state, transform_expr(state, *node, clause), construct);
}

ExprPtr make_bool(BoolKind kind, std::vector<ExprPtr> args, int location) {
  auto out = std::make_shared<BoolExpr>();
  out->op = kind;
  out->args = std::move(args);
  out->location = location;
  return out;
}

std::string_view clause_name(Clause clause) {
  switch (clause) {
    case Clause::kJoinOn: case Clause::kJoinUsing: return "JOIN";
    case Clause::kFromSubselect: case Clause::kFromFunction: return "FROM";
    case Clause::kWhere: return "WHERE";
    case Clause::kHaving: return "HAVING";
    case Clause::kFilter: return "FILTER";
    case Clause::kWindowPartition: return "window PARTITION BY";
    case Clause::kWindowOrder: return "window ORDER BY";
    case Clause::kWindowFrameRange: return "window RANGE";
    case Clause::kWindowFrameRows: return "window ROWS";
    case Clause::kWindowFrameGroups: return "window GROUPS";
    case Clause::kSelectTarget: return "SELECT";
    case Clause::kInsertTarget: return "INSERT";
    case Clause::kUpdateSource: case Clause::kUpdateTarget: return "UPDATE";
    case Clause::kGroupBy: return "GROUP BY";
    case Clause::kOrderBy: return "ORDER BY";
    case Clause::kDistinctOn: return "DISTINCT ON";
    case Clause::kLimit: return "LIMIT";
    case Clause::kOffset: return "OFFSET";
    case Clause::kReturning: return "RETURNING";
    case Clause::kValues: case Clause::kValuesSingle: return "VALUES";
    case Clause::kCheck: return "CHECK";
    case Clause::kColumnDefault: return "DEFAULT";
    case Clause::kGeneratedColumn: return "GENERATED AS";
    case Clause::kIndexExpression: return "index expression";
    case Clause::kIndexPredicate: return "index predicate";
    case Clause::kAlterColumnTransform: return "USING";
    case Clause::kCopyWhere: return "WHERE";
    case Clause::kExecuteParameter: return "EXECUTE";
    default: return "expression";
  }
}

}  // namespace vecino::sql::analysis
