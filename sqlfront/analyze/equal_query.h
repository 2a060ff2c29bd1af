#pragma once

#include "sqlfront/analyze/query.h"

namespace vecino::sql {

// Structural equality of two analyzed queries that stand at the same level, without locations: what makes a sub-select
// that is written twice one expression (GROUP BY, DISTINCT ON).
bool equal_query(const Query& left, const Query& right);

}  // namespace vecino::sql
