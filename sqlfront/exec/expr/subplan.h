#pragma once

#include <unordered_map>

#include "sqlfront/exec/tuple_store.h"

namespace vecino::sql {

// 21000 `more than one row returned by a subquery used as an expression`
SqlError too_many_rows();
// ARRAY(SELECT ...): the remaining rows of a started subplan.
Datum collect_array(SubplanRun& subplan, TypeRef element, Arena& arena);

// Rows of an uncorrelated `x IN (SELECT ...)`. Rows with a NULL are kept apart: they can only make a miss NULL.
struct SubplanRun::HashTable {
  HashTable(const std::vector<TypeRef>& types, MemoryAccount& account) : rows(types, account) {}
  TupleStore rows;
  std::unordered_multimap<uint64_t, size_t> index;
  std::vector<size_t> null_rows;
};

}  // namespace vecino::sql
