#pragma once

#include "sqlfront/catalog/descriptors.h"
#include "sqlfront/exec/executor.h"

namespace vecino::sql {

// TableStatistics::columns has an entry for no column, whose `distinct` is how many row ids had been handed out by the time
// of ANALYZE: how much a table has grown since is told by the difference, whatever was deleted before.
inline constexpr AttrNumber kRowIdsSeen = 0;

// ANALYZE of one table (manual: ANALYZE, 76.2): samples 300 * statistics target rows and derives what pg_stats shows.
// Vectors and other types without an order get width and null fraction only. Throws SqlError.
TableStatistics collect_statistics(const RelationDesc& table, ExecContext& context);

}  // namespace vecino::sql
