#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"

namespace vecino::sql::analysis {

using namespace type_id;
namespace fo = ast::frame_option;

ExprPtr transform_limit(ParseState& state, const ast::Node* node, Clause clause, const char* construct, bool with_ties) {
  if (node == nullptr) return nullptr;
  ExprPtr expr = transform_expr(state, *node, clause);
  expr = coerce_to_specific(state, expr, kInt8, construct);
  if (contains_var(expr)) {
    int location = -1;
    walk_expr(expr, [&](const ExprPtr& inner, int) {
      if (inner->kind == ExprKind::kVar && location < 0) location = inner->location;
      return location < 0;
    });
    throw SqlError(sqlstate::kInvalidColumnReference,
                   std::string("argument of ") + construct + " must not contain variables", location);
  }
  // FETCH FIRST NULL ROWS WITH TIES has no meaning.
  if (auto* constant = try_as<ConstExpr>(expr); with_ties && clause == Clause::kLimit && constant != nullptr &&
                                                constant->value.is_null) {
    throw SqlError(sqlstate::kInvalidRowCountInLimit, "row count cannot be null in FETCH FIRST ... WITH TIES clause");
  }
  return expr;
}

namespace {

const char* frame_name(int options) {
  if (options & fo::kRows) return "ROWS";
  return options & fo::kGroups ? "GROUPS" : "RANGE";
}

// The offset type of the in_range support function to use: the given type itself where there is one for it (manual 38.16.3).
TypeId range_offset_type(TypeId column, TypeId given) {
  std::vector<TypeId> types;
  switch (column) {
    case kInt2: case kInt4: types = {kInt4, kInt8, kInt2}; break;
    case kInt8: types = {kInt8}; break;
    case kFloat4: case kFloat8: types = {kFloat8}; break;
    case kNumeric: types = {kNumeric}; break;
    case kDate: case kTime: case kTimetz: case kTimestamp: case kTimestamptz: case kInterval: types = {kInterval}; break;
    default: return kInvalidOid;
  }
  for (TypeId type : types) {
    if (type == given || (given == kUnknown && type == column)) return type;
  }
  return types[0];
}

ExprPtr frame_offset(ParseState& state, const ast::Node* node, int options, const WindowClause& window,
                     const std::vector<TargetEntry>& targets) {
  if (node == nullptr) return nullptr;
  if (options & (fo::kRows | fo::kGroups)) {
    Clause clause = options & fo::kRows ? Clause::kWindowFrameRows : Clause::kWindowFrameGroups;
    ExprPtr expr = coerce_to_specific(state, transform_expr(state, *node, clause), kInt8, frame_name(options));
    if (contains_var(expr)) {
      throw SqlError(sqlstate::kInvalidColumnReference,
                     std::string("argument of ") + frame_name(options) + " must not contain variables", location_of(expr));
    }
    return expr;
  }
  ExprPtr expr = transform_expr(state, *node, Clause::kWindowFrameRange);
  if (contains_var(expr)) {
    throw SqlError(sqlstate::kInvalidColumnReference, "argument of RANGE must not contain variables", location_of(expr));
  }
  // The offset has the ORDER BY column's type, or interval for dates and times (in_range support).
  TypeId column = window.order_by[0].sort_op->left;
  TypeId wanted = range_offset_type(column, expr->type.id);
  ExprPtr coerced = wanted == kInvalidOid ? nullptr
                                          : coerce_to_target(state, expr, {wanted, -1}, CastContext::kImplicit,
                                                             CoercionForm::kImplicitCast, -1);
  if (coerced == nullptr) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "RANGE with offset PRECEDING/FOLLOWING is not supported for column type " + format_type(column) +
                       (wanted == kInvalidOid ? "" : " and offset type " + format_type(expr->type.id)),
                   location_of(expr));
  }
  return coerced;
}

const WindowClause* named_window(const std::vector<WindowClause>& windows, const std::string& name) {
  for (const WindowClause& window : windows) {
    if (window.name == name) return &window;
  }
  return nullptr;
}

void inherit_window(WindowClause& window, const ast::WindowDef& def, const WindowClause& base, int base_options) {
  const std::string& name = def.ref_name;
  if (!window.partition_by.empty()) {
    throw SqlError(sqlstate::kWindowingError, "cannot override PARTITION BY clause of window \"" + name + "\"",
                   def.location);
  }
  window.partition_by = base.partition_by;
  if (!window.order_by.empty() && !base.order_by.empty()) {
    throw SqlError(sqlstate::kWindowingError, "cannot override ORDER BY clause of window \"" + name + "\"", def.location);
  }
  if (window.order_by.empty()) window.order_by = base.order_by;
  if (base_options != fo::kDefaults) {
    SqlError error(sqlstate::kWindowingError,
                   "cannot copy window \"" + name + "\" because it has a frame clause", def.location);
    bool bare = def.partition_by.empty() && def.order_by.empty() && def.frame_options == fo::kDefaults;
    if (bare) throw std::move(error).hint("Omit the parentheses in this OVER clause.");
    throw error;
  }
}

}  // namespace

void transform_windows(ParseState& state, std::vector<TargetEntry>& targets) {
  std::vector<WindowClause>& windows = state.query->windows;
  for (size_t i = 0; i < state.window_defs.size(); ++i) {
    const ast::WindowDef& def = *state.window_defs[i];
    if (!def.name.empty() && named_window(windows, def.name) != nullptr) {
      throw SqlError(sqlstate::kWindowingError, "window \"" + def.name + "\" is already defined", def.location);
    }
    WindowClause window;
    window.name = def.name;
    window.order_by = transform_order_by(state, def.order_by, targets, Clause::kWindowOrder, true);
    window.partition_by = transform_group_list(state, def.partition_by, targets, Clause::kWindowPartition, true);
    window.frame_options = def.frame_options;
    if (!def.ref_name.empty()) {
      const WindowClause* base = named_window(windows, def.ref_name);
      if (base == nullptr) {
        throw SqlError(sqlstate::kUndefinedObject, "window \"" + def.ref_name + "\" does not exist", def.location);
      }
      inherit_window(window, def, *base, base->frame_options);
    }
    bool has_offset = (window.frame_options & (fo::kStartOffset | fo::kEndOffset)) != 0;
    if ((window.frame_options & fo::kRange) && has_offset && window.order_by.size() != 1) {
      throw SqlError(sqlstate::kWindowingError,
                     "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column", def.location);
    }
    if ((window.frame_options & fo::kGroups) && window.order_by.empty()) {
      throw SqlError(sqlstate::kWindowingError, "GROUPS mode requires an ORDER BY clause", def.location);
    }
    window.start_offset = frame_offset(state, def.start_offset.get(), window.frame_options, window, targets);
    window.end_offset = frame_offset(state, def.end_offset.get(), window.frame_options, window, targets);
    windows.push_back(std::move(window));
  }
}

}  // namespace vecino::sql::analysis
