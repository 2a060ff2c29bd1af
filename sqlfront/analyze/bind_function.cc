#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/parse/parser.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

struct CallArguments {
  std::vector<ExprPtr> args;
  std::vector<std::string> names;
};

CallArguments transform_arguments(ParseState& state, const ast::FuncCall& node) {
  CallArguments out;
  for (const auto& arg : node.args) {
    auto* named = ast::try_as<ast::NamedArg>(arg);
    if (named == nullptr) {
      if (!out.names.empty()) {
        throw SqlError(sqlstate::kSyntaxError, "positional argument cannot follow named argument", arg->location);
      }
      out.args.push_back(transform(state, arg.get()));
      continue;
    }
    for (const std::string& other : out.names) {
      if (other == named->name) {
        throw SqlError(sqlstate::kSyntaxError, "argument name \"" + named->name + "\" used more than once",
                       named->location);
      }
    }
    out.names.push_back(named->name);
    out.args.push_back(transform(state, named->arg.get()));
  }
  return out;
}

FunctionCall describe_call(ParseState& state, const ast::FuncCall& node, const CallArguments& arguments) {
  FunctionCall call;
  call.name = node.name.back();
  if (node.name.size() == 2) {
    call.schema = node.name[0];
    check_written_schema(state.shared.context, node.name[0], node.location);
  } else if (node.name.size() > 2) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "cross-database references are not implemented: " + join_name(node.name), node.location);
  }
  call.arg_types = types_of(arguments.args);
  call.arg_names = arguments.names;
  call.variadic = node.variadic;
  call.names = name_scope(state.shared.context);
  return call;
}

[[noreturn]] void throw_unresolved(const ast::FuncCall& node, FunctionCall call, FunctionMatch match) {
  // The grammar puts pg_catalog before functions with a syntax of their own; PostgreSQL prints it.
  std::string signature = function_signature(call);
  if (match == FunctionMatch::kAmbiguous) {
    throw SqlError(sqlstate::kAmbiguousFunction, "function " + signature + " is not unique", node.location)
        .hint("Could not choose a best candidate function. You might need to add explicit type casts.");
  }
  SqlError error(sqlstate::kUndefinedFunction, "function " + signature + " does not exist", node.location);
  if (node.order_by.size() > 1 && !node.within_group) {
    throw std::move(error).hint(
        "No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY "
        "must appear after all regular arguments of the aggregate.");
  }
  throw std::move(error).hint(
      "No function matches the given name and argument types. You might need to add explicit type casts.");
}

[[noreturn]] void throw_wrong_kind(const std::string& message, int location) {
  throw SqlError(sqlstate::kWrongObjectType, message, location);
}

void check_plain_call(const ast::FuncCall& node, const std::string& name) {
  int at = node.location;
  if (node.star) throw_wrong_kind(name + "(*) specified, but " + name + " is not an aggregate function", at);
  if (node.distinct) throw_wrong_kind("DISTINCT specified, but " + name + " is not an aggregate function", at);
  if (node.within_group) throw_wrong_kind("WITHIN GROUP specified, but " + name + " is not an aggregate function", at);
  if (!node.order_by.empty()) throw_wrong_kind("ORDER BY specified, but " + name + " is not an aggregate function", at);
  if (node.filter != nullptr) throw_wrong_kind("FILTER specified, but " + name + " is not an aggregate function", at);
  if (node.over != nullptr) {
    throw_wrong_kind("OVER specified, but " + name + " is not a window function nor an aggregate function", at);
  }
}

ExprPtr default_argument(ParseState& state, const FunctionDef& function, size_t parameter) {
  size_t first = function.arg_types.size() - function.defaults.size();
  std::string_view text = function.defaults.begin()[parameter - first];
  auto node = parse_expression(text);
  ParseState own(state.shared, nullptr);
  ExprPtr value = transform_expr(own, *node, Clause::kColumnDefault);
  TypeId type = function.arg_types.begin()[parameter];
  if (is_polymorphic(type) || type == kAny) return value;
  return coerce_to_target(own, value, {type, -1}, CastContext::kAssignment, CoercionForm::kImplicitCast, -1);
}

// Puts arguments into parameter order and fills in defaults. arg_types of the candidate are reordered with them.
void arrange_arguments(ParseState& state, FunctionCandidate& candidate, std::vector<ExprPtr>& args) {
  const FunctionDef& function = *candidate.function;
  if (candidate.arg_positions.empty()) {
    for (size_t p = args.size(); p < candidate.arg_types.size(); ++p) {
      args.push_back(default_argument(state, function, p));
    }
    return;
  }
  size_t parameters = function.arg_types.size();
  std::vector<ExprPtr> ordered(parameters);
  for (size_t i = 0; i < candidate.arg_positions.size(); ++i) {
    int parameter = candidate.arg_positions[i];
    ordered[parameter] = i < args.size() ? args[i] : default_argument(state, function, parameter);
  }
  args = std::move(ordered);
  candidate.arg_types.assign(function.arg_types.begin(), function.arg_types.end());
}

void collect_variadic(const FunctionCandidate& candidate, std::vector<ExprPtr>& args) {
  if (candidate.variadic_count == 0 || candidate.function->variadic == kAny) return;
  size_t first = args.size() - candidate.variadic_count;
  auto array = std::make_shared<ArrayExpr>();
  array->elements.assign(args.begin() + first, args.end());
  array->element_type = array->elements[0]->type.id;
  array->type = {array_type_of(array->element_type), -1};
  if (array->type.id == kInvalidOid) {
    throw SqlError(sqlstate::kUndefinedObject,
                   "could not find array type for data type " + format_type(array->element_type),
                   location_of(array->elements[0]));
  }
  array->location = location_of(array->elements[0]);
  args.resize(first);
  args.push_back(std::move(array));
}

void check_set_nesting(ParseState& state, const ExprPtr& last_srf, int location) {
  if (state.clause == Clause::kFromFunction && state.last_srf != last_srf) {
    throw SqlError(sqlstate::kFeatureNotSupported, "set-returning functions must appear at top level of FROM",
                   location_of(state.last_srf));
  }
  check_srf_allowed(state, location);
}

}  // namespace

void check_srf_allowed(ParseState& state, int location) {
  const char* where = nullptr;
  switch (state.clause) {
    case Clause::kNone: case Clause::kOther: case Clause::kFromFunction: return;
    case Clause::kSelectTarget: case Clause::kInsertTarget: case Clause::kGroupBy: case Clause::kOrderBy:
    case Clause::kDistinctOn: case Clause::kValuesSingle: case Clause::kWindowPartition: case Clause::kWindowOrder:
      state.query->has_target_srfs = true;
      return;
    case Clause::kJoinOn: case Clause::kJoinUsing: where = "JOIN conditions"; break;
    case Clause::kCheck: where = "check constraints"; break;
    case Clause::kColumnDefault: where = "DEFAULT expressions"; break;
    case Clause::kIndexExpression: where = "index expressions"; break;
    case Clause::kIndexPredicate: where = "index predicates"; break;
    case Clause::kAlterColumnTransform: where = "transform expressions"; break;
    case Clause::kExecuteParameter: where = "EXECUTE parameters"; break;
    case Clause::kGeneratedColumn: where = "column generation expressions"; break;
    case Clause::kCopyWhere: where = "COPY FROM WHERE conditions"; break;
    case Clause::kWindowFrameRange: case Clause::kWindowFrameRows: case Clause::kWindowFrameGroups:
      where = "window definitions";
      break;
    default: break;
  }
  std::string place = where != nullptr ? where : std::string(clause_name(state.clause));
  throw SqlError(sqlstate::kFeatureNotSupported, "set-returning functions are not allowed in " + place, location);
}

namespace {

ExprPtr finish_function(ParseState& state, const ast::FuncCall& node, AggregateParts parts, bool variadic,
                        const ExprPtr& last_srf) {
  auto out = std::make_shared<FunctionExpr>();
  out->function = parts.function;
  out->args = std::move(parts.args);
  out->type = {parts.result, -1};
  out->location = node.location;
  out->form = node.sql_syntax ? CoercionForm::kSqlSyntax : CoercionForm::kCall;
  out->variadic_call = variadic;
  out->returns_set = parts.function->set != nullptr;
  if (out->returns_set) {
    check_set_nesting(state, last_srf, node.location);
    state.last_srf = out;
  }
  return out;
}

void check_aggregate_call(const ast::FuncCall& node, const FunctionDef& function, const std::string& name) {
  int at = node.location;
  bool ordered_set = is_ordered_set_aggregate(function);
  if (ordered_set && !node.within_group) {
    if (node.over != nullptr) {
      throw SqlError(sqlstate::kFeatureNotSupported, "OVER is not supported for ordered-set aggregate " + name, at);
    }
    throw_wrong_kind("WITHIN GROUP is required for ordered-set aggregate " + name, at);
  }
  if (!ordered_set && node.within_group) {
    throw_wrong_kind(name + " is not an ordered-set aggregate, so it cannot have WITHIN GROUP", at);
  }
  if (ordered_set && node.over != nullptr) {
    throw SqlError(sqlstate::kFeatureNotSupported, "OVER is not supported for ordered-set aggregate " + name, at);
  }
  if (ordered_set && node.distinct) {
    throw SqlError(sqlstate::kFeatureNotSupported, "cannot use DISTINCT with WITHIN GROUP", at);
  }
  // agg() is rejected by resolution except for the zero-argument ones, which must be written agg(*).
  if (node.args.empty() && !node.star && !node.within_group && function.kind == FunctionKind::kAggregate) {
    throw_wrong_kind(name + "(*) must be used to call a parameterless aggregate function", at);
  }
}

}  // namespace

ExprPtr transform_func_call(ParseState& state, const ast::FuncCall& node) {
  check_recursion();
  ExprPtr last_srf = state.last_srf;
  constexpr size_t kMaxArguments = 100;
  if (node.args.size() > kMaxArguments) {
    throw SqlError(sqlstate::kTooManyArguments, "cannot pass more than 100 arguments to a function", node.location);
  }
  CallArguments arguments = transform_arguments(state, node);
  size_t direct = arguments.args.size();
  std::vector<ExprPtr> order_exprs;
  if (node.within_group) {
    for (const auto& sort : node.order_by) {
      arguments.args.push_back(transform_expr(state, *sort->expr, Clause::kOrderBy));
    }
  }
  ExprPtr filter = transform_where(state, node.filter.get(), Clause::kFilter, "FILTER");
  FunctionCall call = describe_call(state, node, arguments);
  FunctionResolution resolution = resolve_function(call);
  std::string name = join_name(node.name);
  if (resolution.match == FunctionMatch::kCoercion) {
    check_plain_call(node, name);
    return coerce_type(state, arguments.args[0], {resolution.coercion_type, -1}, CastContext::kExplicit,
                       CoercionForm::kCall, node.location);
  }
  if (resolution.match != FunctionMatch::kFound) throw_unresolved(node, std::move(call), resolution.match);

  FunctionCandidate& best = resolution.best;
  const FunctionDef& function = *best.function;
  if (function.kind == FunctionKind::kFunction) check_plain_call(node, name);
  if (function.kind == FunctionKind::kProcedure) {
    throw SqlError(sqlstate::kWrongObjectType, function_signature(call) + " is a procedure", node.location)
        .hint("To call a procedure, use CALL.");
  }
  if (function.kind == FunctionKind::kAggregate) check_aggregate_call(node, function, name);
  if (function.kind == FunctionKind::kWindow && node.over == nullptr) {
    throw_wrong_kind("window function " + name + " requires an OVER clause", node.location);
  }
  if (function.kind == FunctionKind::kWindow && node.within_group) {
    throw_wrong_kind("window function " + name + " cannot have WITHIN GROUP", node.location);
  }
  AggregateParts parts;
  parts.function = &function;
  parts.args = std::move(arguments.args);
  arrange_arguments(state, best, parts.args);
  std::vector<TypeId> actual = types_of(parts.args);
  parts.result = enforce_generic_types(actual, best.arg_types, function.result_type);
  coerce_arguments(state, parts.args, best.arg_types);
  bool collected = best.variadic_count > 0 && function.variadic != kAny;
  collect_variadic(best, parts.args);
  if (function.kind == FunctionKind::kFunction) {
    return finish_function(state, node, std::move(parts), node.variadic || collected, last_srf);
  }
  if (state.last_srf != last_srf) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   std::string(node.over != nullptr ? "window" : "aggregate") +
                       " function calls cannot contain set-returning function calls",
                   location_of(state.last_srf))
        .hint("You might be able to move the set-returning function into a LATERAL FROM item.");
  }
  if (node.over != nullptr) return finish_window_call(state, node, std::move(parts), std::move(filter));
  if (node.within_group) {
    order_exprs.assign(parts.args.begin() + direct, parts.args.end());
    parts.args.resize(direct);
  }
  return finish_aggregate(state, node, std::move(parts), std::move(filter), std::move(order_exprs));
}

ExprPtr make_function_call(ParseState& state, std::string_view name, std::vector<ExprPtr> args, int location) {
  FunctionCall call;
  call.name = name;
  call.arg_types = types_of(args);
  call.names = name_scope(state.shared.context);
  FunctionResolution resolution = resolve_function(call);
  if (resolution.match != FunctionMatch::kFound) {
    throw SqlError(sqlstate::kUndefinedFunction, "function " + function_signature(call) + " does not exist", location);
  }
  arrange_arguments(state, resolution.best, args);
  auto out = std::make_shared<FunctionExpr>();
  out->function = resolution.best.function;
  std::vector<TypeId> actual = types_of(args);
  out->type = {enforce_generic_types(actual, resolution.best.arg_types, out->function->result_type), -1};
  coerce_arguments(state, args, resolution.best.arg_types);
  out->args = std::move(args);
  out->location = location;
  out->returns_set = out->function->set != nullptr;
  return out;
}

}  // namespace vecino::sql::analysis
