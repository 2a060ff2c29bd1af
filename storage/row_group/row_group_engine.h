#pragma once

#include <memory>

#include "storage/api/kv_engine.h"

namespace vecino::storage {

// The engine with the rows of loads kept in groups of 256 (row_group.h): a scan then steps through the engine once for 256
// rows, filters and indexes of files have an entry for 256. Users of the engine see rows.
//
// In Family::kRows of `engine` a block (the rows whose ids differ in the last byte only) has
// - a group, if one transaction wrote all of its rows in a run (KvBulkEngine::new_run);
// - entries for single rows, which hide the group's: newer versions, and kErasedRow for what was erased.
std::unique_ptr<KvEngine> with_row_groups(std::unique_ptr<KvEngine> engine);

}  // namespace vecino::storage
