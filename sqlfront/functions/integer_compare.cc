#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"

// Comparisons of integers, also of different widths, and of the types stored as one integer: oid, "char", xid, tid ...
// All are stored in 64 bits, so one function per operator serves every pair.
namespace vecino::sql {
namespace {
using namespace tables;

bool equal(int64_t a, int64_t b) { return a == b; }
bool not_equal(int64_t a, int64_t b) { return a != b; }
bool less(int64_t a, int64_t b) { return a < b; }
bool less_equal(int64_t a, int64_t b) { return a <= b; }
bool greater(int64_t a, int64_t b) { return a > b; }
bool greater_equal(int64_t a, int64_t b) { return a >= b; }
int32_t compare(int64_t a, int64_t b) { return a < b ? -1 : a > b; }
int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

const FunctionDef kFunctions[] = {
    {63, "int2eq", {kInt2, kInt2}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {145, "int2ne", {kInt2, kInt2}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {64, "int2lt", {kInt2, kInt2}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {148, "int2le", {kInt2, kInt2}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {146, "int2gt", {kInt2, kInt2}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {151, "int2ge", {kInt2, kInt2}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {350, "btint2cmp", {kInt2, kInt2}, kInt4, kImmutable, kStrict, row<compare>},
    {770, "int2larger", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<larger>, batch<larger>},
    {771, "int2smaller", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<smaller>, batch<smaller>},
    {65, "int4eq", {kInt4, kInt4}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {144, "int4ne", {kInt4, kInt4}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {66, "int4lt", {kInt4, kInt4}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {149, "int4le", {kInt4, kInt4}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {147, "int4gt", {kInt4, kInt4}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {150, "int4ge", {kInt4, kInt4}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {351, "btint4cmp", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<compare>},
    {768, "int4larger", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<larger>, batch<larger>},
    {769, "int4smaller", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<smaller>, batch<smaller>},
    {467, "int8eq", {kInt8, kInt8}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {468, "int8ne", {kInt8, kInt8}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {469, "int8lt", {kInt8, kInt8}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {471, "int8le", {kInt8, kInt8}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {470, "int8gt", {kInt8, kInt8}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {472, "int8ge", {kInt8, kInt8}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {842, "btint8cmp", {kInt8, kInt8}, kInt4, kImmutable, kStrict, row<compare>},
    {1236, "int8larger", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<larger>, batch<larger>},
    {1237, "int8smaller", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<smaller>, batch<smaller>},
    {158, "int24eq", {kInt2, kInt4}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {164, "int24ne", {kInt2, kInt4}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {160, "int24lt", {kInt2, kInt4}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {166, "int24le", {kInt2, kInt4}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {162, "int24gt", {kInt2, kInt4}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {168, "int24ge", {kInt2, kInt4}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2190, "btint24cmp", {kInt2, kInt4}, kInt4, kImmutable, kStrict, row<compare>},
    {159, "int42eq", {kInt4, kInt2}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {165, "int42ne", {kInt4, kInt2}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {161, "int42lt", {kInt4, kInt2}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {167, "int42le", {kInt4, kInt2}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {163, "int42gt", {kInt4, kInt2}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {169, "int42ge", {kInt4, kInt2}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2191, "btint42cmp", {kInt4, kInt2}, kInt4, kImmutable, kStrict, row<compare>},
    {1850, "int28eq", {kInt2, kInt8}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {1851, "int28ne", {kInt2, kInt8}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {1852, "int28lt", {kInt2, kInt8}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {1854, "int28le", {kInt2, kInt8}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {1853, "int28gt", {kInt2, kInt8}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {1855, "int28ge", {kInt2, kInt8}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2192, "btint28cmp", {kInt2, kInt8}, kInt4, kImmutable, kStrict, row<compare>},
    {1856, "int82eq", {kInt8, kInt2}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {1857, "int82ne", {kInt8, kInt2}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {1858, "int82lt", {kInt8, kInt2}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {1860, "int82le", {kInt8, kInt2}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {1859, "int82gt", {kInt8, kInt2}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {1861, "int82ge", {kInt8, kInt2}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2193, "btint82cmp", {kInt8, kInt2}, kInt4, kImmutable, kStrict, row<compare>},
    {852, "int48eq", {kInt4, kInt8}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {853, "int48ne", {kInt4, kInt8}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {854, "int48lt", {kInt4, kInt8}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {856, "int48le", {kInt4, kInt8}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {855, "int48gt", {kInt4, kInt8}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {857, "int48ge", {kInt4, kInt8}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2188, "btint48cmp", {kInt4, kInt8}, kInt4, kImmutable, kStrict, row<compare>},
    {474, "int84eq", {kInt8, kInt4}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {475, "int84ne", {kInt8, kInt4}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {476, "int84lt", {kInt8, kInt4}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {478, "int84le", {kInt8, kInt4}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {477, "int84gt", {kInt8, kInt4}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {479, "int84ge", {kInt8, kInt4}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2189, "btint84cmp", {kInt8, kInt4}, kInt4, kImmutable, kStrict, row<compare>},
    {184, "oideq", {kOid, kOid}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {185, "oidne", {kOid, kOid}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {716, "oidlt", {kOid, kOid}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {717, "oidle", {kOid, kOid}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {1638, "oidgt", {kOid, kOid}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {1639, "oidge", {kOid, kOid}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {356, "btoidcmp", {kOid, kOid}, kInt4, kImmutable, kStrict, row<compare>},
    {1965, "oidlarger", {kOid, kOid}, kOid, kImmutable, kStrict, row<larger>, batch<larger>},
    {1966, "oidsmaller", {kOid, kOid}, kOid, kImmutable, kStrict, row<smaller>, batch<smaller>},
    {61, "chareq", {kChar, kChar}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {70, "charne", {kChar, kChar}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {1246, "charlt", {kChar, kChar}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {72, "charle", {kChar, kChar}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {73, "chargt", {kChar, kChar}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {74, "charge", {kChar, kChar}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {358, "btcharcmp", {kChar, kChar}, kInt4, kImmutable, kStrict, row<compare>},
    {1292, "tideq", {kTid, kTid}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {1265, "tidne", {kTid, kTid}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {2791, "tidlt", {kTid, kTid}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {2793, "tidle", {kTid, kTid}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {2790, "tidgt", {kTid, kTid}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {2792, "tidge", {kTid, kTid}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2795, "tidlarger", {kTid, kTid}, kTid, kImmutable, kStrict, row<larger>, batch<larger>},
    {2796, "tidsmaller", {kTid, kTid}, kTid, kImmutable, kStrict, row<smaller>, batch<smaller>},
    {5084, "xid8eq", {kXid8, kXid8}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {5085, "xid8ne", {kXid8, kXid8}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {5034, "xid8lt", {kXid8, kXid8}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {5036, "xid8le", {kXid8, kXid8}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {5035, "xid8gt", {kXid8, kXid8}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {5037, "xid8ge", {kXid8, kXid8}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {68, "xideq", {kXid, kXid}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {3308, "xidneq", {kXid, kXid}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {69, "cideq", {kCid, kCid}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {1319, "xideqint4", {kXid, kInt4}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {3309, "xidneqint4", {kXid, kInt4}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {5096, "xid8cmp", {kXid8, kXid8}, kInt4, kImmutable, kStrict, row<compare>},
    {2794, "bttidcmp", {kTid, kTid}, kInt4, kImmutable, kStrict, row<compare>},
};

}  // namespace

std::span<const FunctionDef> integer_comparisons() { return kFunctions; }

}  // namespace vecino::sql
