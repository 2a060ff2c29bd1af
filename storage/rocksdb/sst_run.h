#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "storage/api/kv_run.h"

namespace vecino::storage {

// Runs are SST files: made by SstFileWriter, read by SstFileReader, and handed to IngestExternalFiles as they are.
Result<std::unique_ptr<KvRunWriter>> new_sst_run(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string path);
// The run's file. REQUIRES: made by new_sst_run.
const std::string& sst_path(const KvRun& run);
// One of the erased keys, and how many there are.
std::pair<std::string_view, uint64_t> erased_in_sst(const KvRun& run);
// Opens the file, so that whoever still reads the run can go on when ingestion has moved it away.
Status open_sst(const KvRun& run);

}  // namespace vecino::storage
