#pragma once

#include "storage/api/kv_engine.h"

namespace vecino::storage {

// Space of dropped tables and indexes. A commit that drops leaves markers in Family::kMeta (meta_keys::garbage) in its
// batch; afterwards, or at the next start when a crash came between, the ranges are reclaimed and the markers erased.
Status collect_garbage(KvEngine& engine);

}  // namespace vecino::storage
