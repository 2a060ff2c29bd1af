#pragma once

#include <string>

namespace vecino::sql {

// The shortest decimal that reads back as the same value, in the layout of PostgreSQL's float output with
// extra_float_digits > 0: plain digits for exponents from -4 to 5 (float) or 14 (double), else d.ddde+XX.
// As PostgreSQL does, decimals exactly half-way between two values are not used: readers may round them differently.
// REQUIRES: finite.
void append_shortest_float(std::string& out, float value);
void append_shortest_double(std::string& out, double value);

}  // namespace vecino::sql
