#pragma once

#include <functional>

#include "sqlfront/analyze/query.h"

namespace vecino::sql::analysis {

// Calls visit(expr, depth) on the expression and everything below it, also inside sub-select queries (depth = how many
// query levels down); visit returns false to skip the children.
using ExprVisitor = std::function<bool(const ExprPtr& expr, int depth)>;
void walk_expr(const ExprPtr& expr, const ExprVisitor& visit, int depth = 0);
void walk_query(const Query& query, const ExprVisitor& visit, int depth = 0);

bool contains_var(const ExprPtr& expr, int levels_up = 0);  // a Var of the level (0 = the expression's own query)
bool contains_any_var(const ExprPtr& expr);                 // a Var of the expression's own or an outer level
bool contains_kind(const ExprPtr& expr, ExprKind kind);     // not inside sub-selects
bool contains_set_function(const ExprPtr& expr);            // not inside sub-selects
bool contains_volatile(const ExprPtr& expr);

}  // namespace vecino::sql::analysis
