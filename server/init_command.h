#pragma once

namespace vecino::server {

// vecinod --init: makes a data directory, as initdb does for PostgreSQL, and ends. `argv[1]` is "--init". The result is
// the exit status.
int run_init_command(int argc, const char* const* argv);

}  // namespace vecino::server
