#pragma once

#include <vector>

#include "sqlfront/types/type.h"

namespace vecino::sql {

// Best of several candidates' parameter types for the given argument types: its index, -1 none fits, -2 ambiguous.
int select_candidate(const std::vector<std::vector<TypeId>>& all, const std::vector<TypeId>& inputs);

}  // namespace vecino::sql
