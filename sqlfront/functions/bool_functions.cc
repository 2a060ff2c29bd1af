#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {
using namespace tables;

bool equal(bool a, bool b) { return a == b; }
bool not_equal(bool a, bool b) { return a != b; }
bool less(bool a, bool b) { return a < b; }
bool less_equal(bool a, bool b) { return a <= b; }
bool greater(bool a, bool b) { return a > b; }
bool greater_equal(bool a, bool b) { return a >= b; }
int32_t compare(bool a, bool b) { return int{a} - int{b}; }
bool both(bool a, bool b) { return a && b; }
bool either(bool a, bool b) { return a || b; }
int32_t to_int(bool value) { return value ? 1 : 0; }
bool from_int(int32_t value) { return value != 0; }
Datum to_text(CallContext& context, bool value) { return context.text(value ? "true" : "false"); }

const FunctionDef kFunctions[] = {
    {60, "booleq", {kBool, kBool}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {84, "boolne", {kBool, kBool}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {56, "boollt", {kBool, kBool}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {1691, "boolle", {kBool, kBool}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {57, "boolgt", {kBool, kBool}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {1692, "boolge", {kBool, kBool}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {1693, "btboolcmp", {kBool, kBool}, kInt4, kImmutable, kStrict, row<compare>},
    {2515, "booland_statefunc", {kBool, kBool}, kBool, kImmutable, kStrict, row<both>},
    {2516, "boolor_statefunc", {kBool, kBool}, kBool, kImmutable, kStrict, row<either>},
    {2558, "int4", {kBool}, kInt4, kImmutable, kStrict, row<to_int>},
    {2557, "bool", {kInt4}, kBool, kImmutable, kStrict, row<from_int>},
    {2971, "text", {kBool}, kText, kImmutable, kStrict, row<to_text>},
};

}  // namespace

std::span<const FunctionDef> bool_functions() { return kFunctions; }

}  // namespace vecino::sql
