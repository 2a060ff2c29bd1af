#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace vecino::sql {

// The precision modifiers of time and timestamp types: 0..6; more gives a warning in PostgreSQL and means 6.
int32_t time_typmod_in(std::span<const int64_t> arguments);
int32_t timetz_typmod_in(std::span<const int64_t> arguments);
int32_t timestamp_typmod_in(std::span<const int64_t> arguments);
int32_t timestamptz_typmod_in(std::span<const int64_t> arguments);
void time_typmod_out(int32_t typmod, std::string& out);
void timetz_typmod_out(int32_t typmod, std::string& out);
void timestamp_typmod_out(int32_t typmod, std::string& out);
void timestamptz_typmod_out(int32_t typmod, std::string& out);

}  // namespace vecino::sql
