#pragma once

namespace vecino::server {

// vecinod repair: makes a directory whose write-ahead log is damaged one that starts, without what is lost. False = argv asks for
// something else; `status` is the exit status.
bool run_repair_command(int argc, const char* const* argv, int& status);

}  // namespace vecino::server
