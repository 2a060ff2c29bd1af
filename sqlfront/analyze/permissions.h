#pragma once

#include <functional>

#include "sqlfront/analyze/query.h"
#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// What running the query needs (PostgreSQL's ExecCheckRTPerms and the checks of ExecInitFunc): privileges on relations or
// on the columns used, EXECUTE on functions. What a view reads is checked for the view's owner, unless the view says
// security_invoker. Throws 42501. Plans are checked when they are made: a plan lives as long as its catalog version and
// the session's role.
void check_query_permissions(const Query& query, const Catalog& catalog, Oid user);

// The query as `user` may see it: tables with row security that applies to whom they are read for show no rows, and take none
// (42501); that is `query` itself where there are none. With `row_security` off it is an error instead, as for pg_dump.
QueryPtr apply_row_security(const QueryPtr& query, const Catalog& catalog, Oid user, bool row_security,
                            const std::function<QueryPtr(const Query&)>& deep_copy);
// For statements that are not queries: COPY FROM.
bool row_security_applies(const RelationDesc& relation, const Catalog& catalog, Oid user);

// "permission denied for table t"
[[noreturn]] void throw_relation_denied(const RelationDesc& relation);
std::string_view relation_noun(const RelationDesc& relation);  // "table", "view", "sequence", "index"

}  // namespace vecino::sql
