#pragma once

namespace vecino::sql {

// The shortest decimal of a float whose text has no exponent (most values of vectors), as append_shortest_float says.
// nullptr = not one of them. REQUIRES: 40 bytes at `at`, of which more than the text may be overwritten.
char* write_plain_float(char* at, float value);

}  // namespace vecino::sql
