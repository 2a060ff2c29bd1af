#pragma once

#include <memory>

#include "sqlfront/functions/function.h"

namespace vecino::sql {

// Files of the server (manual 9.27.9): rows of the table in system_set_functions.cc call these.
std::unique_ptr<RowProducer> list_directory(CallContext& context, const Datum* args);       // (dirname)
std::unique_ptr<RowProducer> list_directory_full(CallContext& context, const Datum* args);  // (dirname, missing_ok, dots)
std::unique_ptr<RowProducer> list_log_files(CallContext& context, const Datum* args);       // of the write-ahead log

}  // namespace vecino::sql
