#include <algorithm>

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"

namespace vecino::sql::analysis {

namespace {
constexpr int kMaxParameters = 65535;

std::string dollar(int number) { return "$" + std::to_string(number); }
}  // namespace

ExprPtr transform_param(ParseState& state, const ast::ParamRef& node) {
  std::vector<TypeId>& types = *state.shared.parameters;
  bool variable = state.shared.context.variable_parameters;
  bool known = node.number > 0 && static_cast<size_t>(node.number) <= types.size();
  if (node.number <= 0 || node.number > kMaxParameters || (!known && !variable) ||
      (!variable && types[node.number - 1] == kInvalidOid)) {
    throw SqlError(sqlstate::kUndefinedParameter, "there is no parameter " + dollar(node.number), node.location);
  }
  if (!known) types.resize(node.number, kInvalidOid);
  TypeId& type = types[node.number - 1];
  if (type == kInvalidOid) type = type_id::kUnknown;
  auto param = std::make_shared<ParamExpr>();
  param->source = ParamSource::kExternal;
  param->id = node.number;
  param->type = {type, -1};
  param->location = node.location;
  return param;
}

namespace {

bool takes_literal_parameters(Clause clause) {
  switch (clause) {
    case Clause::kWhere: case Clause::kJoinOn: case Clause::kHaving: case Clause::kSelectTarget:
    case Clause::kInsertTarget: case Clause::kUpdateSource: case Clause::kReturning: case Clause::kValues:
    case Clause::kValuesSingle: return true;
    default: return false;
  }
}

}  // namespace

ExprPtr literal_parameter(ParseState& state, const ast::Const& node) {
  LiteralParameters* known = state.shared.literals;
  if (known == nullptr || node.location < 0 || !takes_literal_parameters(state.clause)) return nullptr;
  // The grammar folds a sign into the constant, which then begins at the sign.
  const bool negated = static_cast<size_t>(node.location) < known->text.size() && known->text[node.location] == '-';
  auto literal = std::lower_bound(known->literals.begin(), known->literals.end(), node.location,
                                  [](const IntegerLiteral& l, int location) { return l.location < location; });
  if (literal == known->literals.end() || (!negated && literal->location != node.location)) return nullptr;
  if (node.integer != (negated ? -literal->value : literal->value)) return nullptr;
  const size_t index = literal - known->literals.begin();
  using Use = LiteralParameters::Use;
  known->uses[index] = negated ? Use::kNegatedParameter : Use::kParameter;
  auto param = std::make_shared<ParamExpr>();
  param->source = ParamSource::kExternal;
  param->id = static_cast<int>(index) + 1;
  param->type = {type_id::kInt4, -1};
  param->location = node.location;
  return param;
}

ExprPtr coerce_param(ParseState& state, const ExprPtr& expr, TypeRef target, int location) {
  auto* param = try_as<ParamExpr>(expr);
  if (param == nullptr || param->source != ParamSource::kExternal || param->type.id != type_id::kUnknown) {
    return nullptr;
  }
  if (!state.shared.context.variable_parameters) return nullptr;
  TypeId& type = (*state.shared.parameters)[param->id - 1];
  if (type == type_id::kUnknown) {
    type = target.id;
  } else if (type != target.id) {
    throw SqlError(sqlstate::kAmbiguousParameter, "inconsistent types deduced for parameter " + dollar(param->id),
                   param->location)
        .detail(format_type(type) + " versus " + format_type(target.id));
  }
  auto copy = std::make_shared<ParamExpr>(*param);
  copy->type = {target.id, -1};
  if (location >= 0 && (param->location < 0 || location < param->location)) copy->location = location;
  return copy;
}

void finish_parameters(ParseState& state, const Query& query) {
  if (!state.shared.context.variable_parameters || state.shared.parameters->empty()) return;
  const std::vector<TypeId>& types = *state.shared.parameters;
  walk_query(query, [&](const ExprPtr& expr, int) {
    auto* param = try_as<ParamExpr>(expr);
    if (param == nullptr || param->source != ParamSource::kExternal) return true;
    // A use that kept another type than the one found in the end was never settled.
    if (param->type.id != types[param->id - 1]) {
      throw SqlError(sqlstate::kAmbiguousParameter, "could not determine data type of parameter " + dollar(param->id),
                     param->location);
    }
    return true;
  });
  for (size_t i = 0; i < types.size(); ++i) {
    if (types[i] != kInvalidOid && types[i] != type_id::kUnknown) continue;
    throw SqlError(sqlstate::kIndeterminateDatatype,
                   "could not determine data type of parameter " + dollar(static_cast<int>(i) + 1));
  }
}

}  // namespace vecino::sql::analysis
