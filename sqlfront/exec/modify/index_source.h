#pragma once

#include <memory>

#include "index/api/access_method.h"
#include "sqlfront/exec/run_state.h"

namespace vecino::sql {

// The rows of a table that belong into one of its indexes, with their keys, as the transaction sees them. `run` must outlive it.
std::unique_ptr<index::BuildSource> make_index_source(const RelationDesc& table, const RelationDesc& index, RunState& run);

}  // namespace vecino::sql
