#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "sqlfront/analyze/query.h"

namespace vecino::sql {

// Relations (attribute 0) and columns that a query names itself, for pg_depend and DROP: views count as relations, what
// is behind them does not. Sorted, without repetition; system relations are left out.
std::vector<std::pair<Oid, AttrNumber>> query_references(const Query& query);

// All range table entries of the query and of the queries inside it. `query` must be the caller's own.
void for_each_range_table_entry(const Query& query, const std::function<void(RangeTableEntry&)>& visit);

}  // namespace vecino::sql
