#pragma once

#include <string>

#include "sqlfront/analyze/query.h"

namespace vecino::sql {

// Compact text of a bound query or expression for tests and debugging: #rte.attno are Vars (^n = n levels up), types follow
// casts and constants.
std::string dump_query(const Query& query);
std::string dump_expr(const ExprPtr& expr);

}  // namespace vecino::sql
