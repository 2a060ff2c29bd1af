#pragma once

#include <vector>

#include "index/btree/key_encoding.h"

namespace vecino::index::btree {

// Sorts the source's entries and writes them in order. Errors as Index::build.
Status build(const IndexDefinition& definition, Transaction& txn, BuildSource& source, Arena& arena,
             std::vector<Datum>* conflict_key);

}  // namespace vecino::index::btree
