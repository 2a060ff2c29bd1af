// Comparison of composite values (manual 9.24.6).
#include "sqlfront/types/record.h"

#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/registry_entries.h"

namespace vecino::sql {
namespace {

Datum record_eq(CallContext&, const Datum* args) { return Datum::from_bool(record_compare(args[0], args[1]) == 0); }
Datum record_ne(CallContext&, const Datum* args) { return Datum::from_bool(record_compare(args[0], args[1]) != 0); }
Datum record_lt(CallContext&, const Datum* args) { return Datum::from_bool(record_compare(args[0], args[1]) < 0); }
Datum record_le(CallContext&, const Datum* args) { return Datum::from_bool(record_compare(args[0], args[1]) <= 0); }
Datum record_gt(CallContext&, const Datum* args) { return Datum::from_bool(record_compare(args[0], args[1]) > 0); }
Datum record_ge(CallContext&, const Datum* args) { return Datum::from_bool(record_compare(args[0], args[1]) >= 0); }
Datum btrecordcmp(CallContext&, const Datum* args) { return Datum::from_int(record_compare(args[0], args[1])); }

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 2290, .name = "record_in", .arg_types = {kCstring, kOid, kInt4}, .result_type = kRecord,
     .volatility = Volatility::kStable, .row = call_input},
    {.oid = 2291, .name = "record_out", .arg_types = {kRecord}, .result_type = kCstring,
     .volatility = Volatility::kStable, .row = call_output},
    {.oid = 2402, .name = "record_recv", .arg_types = {kInternal, kOid, kInt4}, .result_type = kRecord,
     .volatility = Volatility::kStable, .row = call_receive},
    {.oid = 2403, .name = "record_send", .arg_types = {kRecord}, .result_type = kBytea,
     .volatility = Volatility::kStable, .row = call_send},
    {.oid = 2981, .name = "record_eq", .arg_types = {kRecord, kRecord}, .result_type = kBool, .row = record_eq},
    {.oid = 2982, .name = "record_ne", .arg_types = {kRecord, kRecord}, .result_type = kBool, .row = record_ne},
    {.oid = 2983, .name = "record_lt", .arg_types = {kRecord, kRecord}, .result_type = kBool, .row = record_lt},
    {.oid = 2984, .name = "record_gt", .arg_types = {kRecord, kRecord}, .result_type = kBool, .row = record_gt},
    {.oid = 2985, .name = "record_le", .arg_types = {kRecord, kRecord}, .result_type = kBool, .row = record_le},
    {.oid = 2986, .name = "record_ge", .arg_types = {kRecord, kRecord}, .result_type = kBool, .row = record_ge},
    {.oid = 2987, .name = "btrecordcmp", .arg_types = {kRecord, kRecord}, .result_type = kInt4, .row = btrecordcmp},
};

const OperatorDef kOperators[] = {
    {.oid = 2988, .name = "=", .left = kRecord, .right = kRecord, .result = kBool, .function = 2981,
     .commutator = 2988, .negator = 2989, .selectivity = Selectivity::kEqual, .can_merge = true, .can_hash = true},
    {.oid = 2989, .name = "<>", .left = kRecord, .right = kRecord, .result = kBool, .function = 2982,
     .commutator = 2989, .negator = 2988, .selectivity = Selectivity::kNotEqual},
    {.oid = 2990, .name = "<", .left = kRecord, .right = kRecord, .result = kBool, .function = 2983,
     .commutator = 2991, .negator = 2993, .selectivity = Selectivity::kLess},
    {.oid = 2991, .name = ">", .left = kRecord, .right = kRecord, .result = kBool, .function = 2984,
     .commutator = 2990, .negator = 2992, .selectivity = Selectivity::kGreater},
    {.oid = 2992, .name = "<=", .left = kRecord, .right = kRecord, .result = kBool, .function = 2985,
     .commutator = 2993, .negator = 2991, .selectivity = Selectivity::kLess},
    {.oid = 2993, .name = ">=", .left = kRecord, .right = kRecord, .result = kBool, .function = 2986,
     .commutator = 2992, .negator = 2990, .selectivity = Selectivity::kGreater},
};

const OpclassDef kOpclasses[] = {
    {10034, "record_ops", "btree", kRecord, true, 2994, "record_ops", index::Metric::kNone, kInvalidOid},
    {10035, "record_ops", "hash", kRecord, true, 6194, "record_ops", index::Metric::kNone, kInvalidOid},
};

const BtreeOperators kBtree[] = {
    {2994, 2990, 2992, 2988, 2993, 2991},
};

}  // namespace

std::span<const FunctionDef> record_functions() { return kFunctions; }
std::span<const OperatorDef> record_operators() { return kOperators; }
std::span<const OpclassDef> record_opclasses() { return kOpclasses; }
std::span<const BtreeOperators> record_btree_operators() { return kBtree; }

}  // namespace vecino::sql
