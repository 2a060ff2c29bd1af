#pragma once

#include <memory>

#include "index/api/access_method.h"

namespace vecino::index::btree {

// The ordered index: entries in Family::kOrdered (key_encoding.h), written in the transaction of their row.
//
// Entries are versioned like rows: changing or deleting a row erases its entry in the same commit, and a scan reads both
// under one snapshot. So each hit of a scan under ReadMode::kSnapshot is a visible row whose key satisfies the bounds: the
// executor needs to check again neither visibility nor conditions that the bounds express (only other conditions).
// After a row lock came back with kUpdated the row must of course be looked at again.
Result<std::shared_ptr<Index>> open(const IndexDefinition& definition, storage::KvEngine& engine);

}  // namespace vecino::index::btree
