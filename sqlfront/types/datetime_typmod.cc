#include "sqlfront/types/datetime_typmod.h"

#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

int32_t precision_in(std::span<const int64_t> arguments, std::string_view type) {
  if (arguments.size() != 1) throw SqlError(sqlstate::kInvalidParameterValue, "invalid type modifier");
  if (arguments[0] < 0) {
    throw SqlError(sqlstate::kInvalidParameterValue,
                   std::string(type) + " precision must not be negative");
  }
  return arguments[0] > 6 ? 6 : static_cast<int32_t>(arguments[0]);
}
void precision_out(int32_t typmod, std::string_view suffix, std::string& out) {
  if (typmod >= 0) {
    out.push_back('(');
    append_int(out, typmod);
    out.push_back(')');
  }
  out += suffix;
}
std::string negative_name(std::span<const int64_t> arguments, std::string_view type, std::string_view suffix) {
  return std::string(type) + "(" + (arguments.empty() ? "" : std::to_string(arguments[0])) + ")" + std::string(suffix);
}

}  // namespace

int32_t time_typmod_in(std::span<const int64_t> a) { return precision_in(a, negative_name(a, "TIME", "")); }
int32_t timetz_typmod_in(std::span<const int64_t> a) { return precision_in(a, negative_name(a, "TIME", " WITH TIME ZONE")); }
int32_t timestamp_typmod_in(std::span<const int64_t> a) { return precision_in(a, negative_name(a, "TIMESTAMP", "")); }
int32_t timestamptz_typmod_in(std::span<const int64_t> a) {
  return precision_in(a, negative_name(a, "TIMESTAMP", " WITH TIME ZONE"));
}
void time_typmod_out(int32_t typmod, std::string& out) { precision_out(typmod, " without time zone", out); }
void timetz_typmod_out(int32_t typmod, std::string& out) { precision_out(typmod, " with time zone", out); }
void timestamp_typmod_out(int32_t typmod, std::string& out) { precision_out(typmod, " without time zone", out); }
void timestamptz_typmod_out(int32_t typmod, std::string& out) { precision_out(typmod, " with time zone", out); }

}  // namespace vecino::sql
