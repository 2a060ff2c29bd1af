#pragma once

#include <memory>

#include "index/api/access_method.h"

namespace vecino::index::gin {

// A GIN index that is declared, shown and dumped, and has no entries: the planner never asks it, so that conditions on its
// columns are answered by other paths, rightly and at their speed.
Result<std::shared_ptr<Index>> open(const IndexDefinition& definition, storage::KvEngine& engine);

}  // namespace vecino::index::gin
