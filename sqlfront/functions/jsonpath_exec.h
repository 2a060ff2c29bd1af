#pragma once

#include <optional>
#include <vector>

#include "sqlfront/functions/call_context.h"
#include "sqlfront/types/jsonb.h"
#include "sqlfront/types/jsonpath.h"

namespace vecino::sql {

// Runs SQL/JSON paths over jsonb (manual 9.16.2). Errors of the SQL/JSON class (2203x, 22038 ...) are thrown in strict
// mode, and where lax mode has no way out.
using JsonSequence = std::vector<JsonbView>;

// Compiled paths are kept per thread.
std::shared_ptr<const JsonPath> compiled_jsonpath(std::string_view text);
// Appends the result sequence to `out`; when it throws, `out` has the items found before the error. Items made on the way
// live in context.arena. `vars` is a jsonb object.
void query_jsonpath(CallContext& context, const JsonPath& path, const JsonbView& target, const JsonbView& vars,
                    JsonSequence& out);

}  // namespace vecino::sql
