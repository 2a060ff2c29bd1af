#pragma once

#include <span>

#include "sqlfront/exec/run_state.h"

namespace vecino::sql {

// Constraint violations with PostgreSQL's wording and error fields (execMain.c, nbtinsert.c). `row` has one datum per
// table column, attnum order.
SqlError not_null_violation(RunState& run, const RelationDesc& table, size_t column, const Datum* row);
SqlError check_violation(RunState& run, const RelationDesc& table, std::string_view constraint, const Datum* row);
SqlError unique_violation(RunState& run, const RelationDesc& table, const RelationDesc& index,
                          std::span<const Datum> key);
// Foreign keys (ri_triggers.c). Keys are in the order of the constraint's columns.
SqlError missing_reference(RunState& run, const ForeignKeyLink& link, std::span<const Datum> key);
SqlError mixed_null_key(RunState& run, const ForeignKeyLink& link);
SqlError still_referenced(RunState& run, const ForeignKeyLink& link, std::span<const Datum> key);
// CREATE UNIQUE INDEX over rows with duplicates.
SqlError duplicate_in_build(RunState& run, const RelationDesc& table, const RelationDesc& index,
                            std::span<const Datum> key);

}  // namespace vecino::sql
