#include <algorithm>

#include "sqlfront/functions/resolve.h"
#include "sqlfront/functions/resolve_internal.h"

namespace vecino::sql {

using namespace type_id;

namespace {

std::string_view arg_name(const FunctionDef& function, size_t index) {
  return index < function.arg_names.size() ? function.arg_names.begin()[index] : std::string_view();
}

// Named notation: parameter position of every call argument. False = the names do not fit.
bool match_named(const FunctionDef& function, const FunctionCall& call, FunctionCandidate& out) {
  size_t parameters = function.arg_types.size(), given = call.arg_types.size();
  size_t positional = given - call.arg_names.size();
  if (positional > parameters) return false;
  std::vector<bool> used(parameters, false);
  for (size_t i = 0; i < positional; ++i) {
    out.arg_positions.push_back(static_cast<int>(i));
    used[i] = true;
  }
  for (const std::string& name : call.arg_names) {
    size_t p = 0;
    while (p < parameters && (arg_name(function, p) != name)) ++p;
    if (p == parameters || used[p]) return false;
    used[p] = true;
    out.arg_positions.push_back(static_cast<int>(p));
  }
  size_t first_default = parameters - function.defaults.size();
  for (size_t p = 0; p < parameters; ++p) {
    if (used[p]) continue;
    if (p < first_default) return false;
    out.arg_positions.push_back(static_cast<int>(p));
    ++out.default_count;
  }
  for (int p : out.arg_positions) out.arg_types.push_back(function.arg_types.begin()[p]);
  return true;
}

bool match_positional(const FunctionDef& function, const FunctionCall& call, FunctionCandidate& out) {
  size_t parameters = function.arg_types.size(), given = call.arg_types.size();
  bool expand = !call.variadic && function.variadic != kInvalidOid && parameters <= given;
  if (call.variadic && function.variadic == kInvalidOid) return false;
  bool use_defaults = parameters > given && given + function.defaults.size() >= parameters;
  if (parameters != given && !expand && !use_defaults) return false;
  out.arg_types.assign(function.arg_types.begin(), function.arg_types.end());
  if (expand) {
    out.variadic_count = static_cast<int>(given - parameters + 1);
    out.arg_types.resize(parameters - 1);
    out.arg_types.resize(given, function.variadic);
  }
  if (use_defaults) out.default_count = static_cast<int>(parameters - given);
  return true;
}

std::vector<FunctionCandidate> candidates_for(const FunctionCall& call) {
  std::vector<FunctionCandidate> out;
  for (const FunctionDef* function : functions_named(call.name)) {
    if (!call.names.finds(call.schema, function->schema)) continue;
    FunctionCandidate candidate;
    candidate.function = function;
    bool fits = call.arg_names.empty() ? match_positional(*function, call, candidate)
                                       : match_named(*function, call, candidate);
    if (!fits) continue;
    // With the same argument types, the one that needs neither expansion nor defaults wins.
    auto same = std::find_if(out.begin(), out.end(), [&](const FunctionCandidate& other) {
      size_t given = call.arg_types.size();
      return std::equal(candidate.arg_types.begin(), candidate.arg_types.begin() + given, other.arg_types.begin(),
                        other.arg_types.begin() + given);
    });
    if (same == out.end()) {
      out.push_back(std::move(candidate));
    } else if (candidate.variadic_count < same->variadic_count || candidate.default_count < same->default_count) {
      *same = std::move(candidate);
    }
  }
  return out;
}

// name(x) where name is a type: allowed when it would be a relabelling or an I/O conversion (manual 10.3, step 3).
TypeId coercion_by_name(const FunctionCall& call) {
  if (call.arg_types.size() != 1 || !call.arg_names.empty() || call.variadic) return kInvalidOid;
  const TypeInfo* type = find_type_by_name(call.name);
  if (type == nullptr || type->type_class == 'p') return kInvalidOid;
  if (!call.names.finds(call.schema, type_schema(type->id))) return kInvalidOid;
  TypeId source = call.arg_types[0];
  if (source == kUnknown) return type->id;
  const FunctionDef* function = nullptr;
  switch (find_coercion_pathway(type->id, source, CastContext::kExplicit, &function)) {
    case CoercionPath::kRelabel: return type->id;
    case CoercionPath::kCoerceViaIO:
      return source == kRecord && is_string_category(type->id) ? kInvalidOid : type->id;
    default: return kInvalidOid;
  }
}

FunctionResolution found(FunctionCandidate candidate) {
  FunctionResolution out;
  out.match = FunctionMatch::kFound;
  out.best = std::move(candidate);
  return out;
}

}  // namespace

FunctionResolution resolve_function(const FunctionCall& call) {
  std::vector<FunctionCandidate> candidates = candidates_for(call);
  size_t given = call.arg_types.size();
  for (FunctionCandidate& candidate : candidates) {
    if (std::equal(call.arg_types.begin(), call.arg_types.end(), candidate.arg_types.begin(),
                   candidate.arg_types.begin() + given)) {
      return found(std::move(candidate));
    }
  }
  if (TypeId type = coercion_by_name(call); type != kInvalidOid) {
    FunctionResolution out;
    out.match = FunctionMatch::kCoercion;
    out.coercion_type = type;
    return out;
  }
  std::vector<std::vector<TypeId>> types;
  for (const FunctionCandidate& candidate : candidates) types.push_back(candidate.arg_types);
  int best = select_candidate(types, call.arg_types);
  if (best >= 0) return found(std::move(candidates[best]));
  FunctionResolution out;
  out.match = best == -2 ? FunctionMatch::kAmbiguous : FunctionMatch::kNotFound;
  return out;
}

std::string function_signature(const FunctionCall& call) {
  std::string out;
  if (!call.schema.empty()) out += std::string(call.schema) + ".";
  out += std::string(call.name) + "(";
  size_t positional = call.arg_types.size() - call.arg_names.size();
  for (size_t i = 0; i < call.arg_types.size(); ++i) {
    if (i > 0) out += ", ";
    if (i >= positional) out += call.arg_names[i - positional] + " => ";
    out += format_type(call.arg_types[i], call.names);
  }
  return out + ")";
}

}  // namespace vecino::sql
