#pragma once

#include "sqlfront/analyze/state.h"

namespace vecino::sql::analysis {

// ON CONFLICT of an INSERT whose target is state.query->result_rte.
void bind_on_conflict(ParseState& state, const ast::OnConflictClause& clause, const RelationDesc& relation,
                      const ast::InsertStmt& insert);

}  // namespace vecino::sql::analysis
