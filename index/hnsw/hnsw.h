#pragma once

#include <memory>

#include "index/api/access_method.h"

namespace vecino::index::hnsw {

// USING hnsw: see index/vector/vector_index.h for transactions and durability, hnsw/graph.h for the search.
Result<std::shared_ptr<Index>> open(const IndexDefinition& definition, storage::KvEngine& engine);

}  // namespace vecino::index::hnsw
