#pragma once

#include <string>
#include <vector>

#include "index/btree/key_encoding.h"

namespace vecino::index::btree {

// Sorts the source's entries, in `directory` what is too much for the context's memory, and writes them in order. Errors as
// Index::build.
Status build(const IndexDefinition& definition, Transaction& txn, BuildSource& source, const BuildContext& context,
             const std::string& directory, Arena& arena, std::vector<Datum>* conflict_key);

}  // namespace vecino::index::btree
