#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "sqlfront/statement/instance.h"

namespace vecino::server {

// `vecinod check-dump [FILE]`: says which statements of a plain-text dump (pg_dump, pg_dumpall) this server would refuse,
// and why. Exit status: 0 everything loads, 1 something does not, 2 the file cannot be read.
inline constexpr std::string_view kCheckDumpCommand = "check-dump";
const char* check_dump_usage();

// Runs the statements against an empty server in memory, so nothing outside is touched. Rows are not loaded: COPY is opened
// and closed, INSERT is rolled back. Roles that the dump takes for granted are made up, and listed at the end.
int check_dump(sql::Instance& instance, std::istream& dump, const std::string& name, std::ostream& out);

}  // namespace vecino::server
