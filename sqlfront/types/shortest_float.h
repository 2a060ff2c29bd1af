#pragma once

#include <cstddef>
#include <string>

namespace vecino::sql {

// The shortest decimal that reads back as the same value, in the layout of PostgreSQL's float output with
// extra_float_digits > 0: plain digits for exponents from -4 to 5 (float) or 14 (double), else d.ddde+XX.
// As PostgreSQL does, decimals exactly half-way between two values are not used: readers may round them differently.
// REQUIRES: finite.
void append_shortest_float(std::string& out, float value);
// The same for many values: returns the end of the text. REQUIRES: kShortestFloatSpace bytes at `at`, though no text is as long.
inline constexpr size_t kShortestFloatSpace = 40;
char* write_shortest_float(char* at, float value);
void append_shortest_double(std::string& out, double value);

}  // namespace vecino::sql
