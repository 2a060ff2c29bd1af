#pragma once

namespace vecino::server {

// `vecinod --check [-h HOST] [-p PORT] [-D DIR]`: is a server accepting connections? Exit status as pg_isready's: 0 yes, 1 it
// refuses (it is starting or stopping), 2 no answer, 3 the question makes no sense. True when argv asks for it.
bool run_check_command(int argc, const char* const* argv, int& status);

}  // namespace vecino::server
