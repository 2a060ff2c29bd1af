#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"

namespace vecino::sql {
namespace {
using namespace tables;

// oid, name, left, right, result, function, commutator, negator, selectivity, can merge, can hash
const OperatorDef kOperators[] = {
    {58, "<", kBool, kBool, kBool, 56, 59, 1695, Selectivity::kLess},
    {59, ">", kBool, kBool, kBool, 57, 58, 1694, Selectivity::kGreater},
    {85, "<>", kBool, kBool, kBool, 84, 85, 91, Selectivity::kNotEqual},
    {91, "=", kBool, kBool, kBool, 60, 91, 85, Selectivity::kEqual, true, true},
    {1694, "<=", kBool, kBool, kBool, 1691, 1695, 59, Selectivity::kLess},
    {1695, ">=", kBool, kBool, kBool, 1692, 1694, 58, Selectivity::kGreater},
    {607, "=", kOid, kOid, kBool, 184, 607, 608, Selectivity::kEqual, true, true},
    {608, "<>", kOid, kOid, kBool, 185, 608, 607, Selectivity::kNotEqual},
    {609, "<", kOid, kOid, kBool, 716, 610, 612, Selectivity::kLess},
    {610, ">", kOid, kOid, kBool, 1638, 609, 611, Selectivity::kGreater},
    {611, "<=", kOid, kOid, kBool, 717, 612, 610, Selectivity::kLess},
    {612, ">=", kOid, kOid, kBool, 1639, 611, 609, Selectivity::kGreater},
    {387, "=", kTid, kTid, kBool, 1292, 387, 402, Selectivity::kEqual, true, true},
    {402, "<>", kTid, kTid, kBool, 1265, 402, 387, Selectivity::kNotEqual},
    {2799, "<", kTid, kTid, kBool, 2791, 2800, 2802, Selectivity::kLess},
    {2800, ">", kTid, kTid, kBool, 2790, 2799, 2801, Selectivity::kGreater},
    {2801, "<=", kTid, kTid, kBool, 2793, 2802, 2800, Selectivity::kLess},
    {2802, ">=", kTid, kTid, kBool, 2792, 2801, 2799, Selectivity::kGreater},
    {353, "=", kXid, kInt4, kBool, 1319, kInvalidOid, 3316, Selectivity::kEqual},
    {3316, "<>", kXid, kInt4, kBool, 3309, kInvalidOid, 353, Selectivity::kNotEqual},
    {352, "=", kXid, kXid, kBool, 68, 352, 3315, Selectivity::kEqual, false, true},
    {3315, "<>", kXid, kXid, kBool, 3308, 3315, 352, Selectivity::kNotEqual},
    {385, "=", kCid, kCid, kBool, 69, 385, kInvalidOid, Selectivity::kEqual, false, true},
    {644, "<>", kOidVector, kOidVector, kBool, 619, 644, 649, Selectivity::kNotEqual},
    {645, "<", kOidVector, kOidVector, kBool, 677, 646, 648, Selectivity::kLess},
    {646, ">", kOidVector, kOidVector, kBool, 681, 645, 647, Selectivity::kGreater},
    {647, "<=", kOidVector, kOidVector, kBool, 678, 648, 646, Selectivity::kLess},
    {648, ">=", kOidVector, kOidVector, kBool, 680, 647, 645, Selectivity::kGreater},
    {649, "=", kOidVector, kOidVector, kBool, 679, 649, 644, Selectivity::kEqual, true, true},
    {2972, "=", kUuid, kUuid, kBool, 2956, 2972, 2973, Selectivity::kEqual, true, true},
    {2973, "<>", kUuid, kUuid, kBool, 2959, 2973, 2972, Selectivity::kNotEqual},
    {2974, "<", kUuid, kUuid, kBool, 2954, 2975, 2977, Selectivity::kLess},
    {2975, ">", kUuid, kUuid, kBool, 2958, 2974, 2976, Selectivity::kGreater},
    {2976, "<=", kUuid, kUuid, kBool, 2955, 2977, 2975, Selectivity::kLess},
    {2977, ">=", kUuid, kUuid, kBool, 2957, 2976, 2974, Selectivity::kGreater},
    {5068, "=", kXid8, kXid8, kBool, 5084, 5068, 5072, Selectivity::kEqual, true, true},
    {5072, "<>", kXid8, kXid8, kBool, 5085, 5072, 5068, Selectivity::kNotEqual},
    {5073, "<", kXid8, kXid8, kBool, 5034, 5074, 5076, Selectivity::kLess},
    {5074, ">", kXid8, kXid8, kBool, 5035, 5073, 5075, Selectivity::kGreater},
    {5075, "<=", kXid8, kXid8, kBool, 5036, 5076, 5074, Selectivity::kLess},
    {5076, ">=", kXid8, kXid8, kBool, 5037, 5075, 5073, Selectivity::kGreater},
};

}  // namespace

std::span<const OperatorDef> other_operators() { return kOperators; }

}  // namespace vecino::sql
