#pragma once

#include <memory>

#include "index/api/access_method.h"

namespace vecino::index::ivfflat {

// USING ivfflat: see index/vector/vector_index.h for transactions and durability.
Result<std::shared_ptr<Index>> open(const IndexDefinition& definition, storage::KvEngine& engine);

}  // namespace vecino::index::ivfflat
