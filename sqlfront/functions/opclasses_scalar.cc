#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"

namespace vecino::sql {
namespace {
using namespace tables;

// oid, name, access method, type, default, family
const OpclassDef kOpclasses[] = {
    {10003, "bool_ops", "btree", kBool, true, 424, "bool_ops", index::Metric::kNone, kInvalidOid},
    {10006, "bytea_ops", "btree", kBytea, true, 428, "bytea_ops", index::Metric::kNone, kInvalidOid},
    {10007, "char_ops", "btree", kChar, true, 429, "char_ops", index::Metric::kNone, kInvalidOid},
    {10028, "name_ops", "btree", kName, true, 1994, "text_ops", index::Metric::kNone, kInvalidOid},
    {3124, "int8_ops", "btree", kInt8, true, 1976, "integer_ops", index::Metric::kNone, kInvalidOid},
    {1979, "int2_ops", "btree", kInt2, true, 1976, "integer_ops", index::Metric::kNone, kInvalidOid},
    {1978, "int4_ops", "btree", kInt4, true, 1976, "integer_ops", index::Metric::kNone, kInvalidOid},
    {3126, "text_ops", "btree", kText, true, 1994, "text_ops", index::Metric::kNone, kInvalidOid},
    {4217, "text_pattern_ops", "btree", kText, false, 2095, "text_pattern_ops", index::Metric::kNone, kInvalidOid},
    {4218, "varchar_pattern_ops", "btree", kText, false, 2095, "text_pattern_ops", index::Metric::kNone, kInvalidOid},
    {10044, "varchar_ops", "btree", kText, false, 1994, "text_ops", index::Metric::kNone, kInvalidOid},
    {1981, "oid_ops", "btree", kOid, true, 1989, "oid_ops", index::Metric::kNone, kInvalidOid},
    {10050, "tid_ops", "btree", kTid, true, 2789, "tid_ops", index::Metric::kNone, kInvalidOid},
    {10032, "oidvector_ops", "btree", kOidVector, true, 1991, "oidvector_ops", index::Metric::kNone, kInvalidOid},
    {10012, "float4_ops", "btree", kFloat4, true, 1970, "float_ops", index::Metric::kNone, kInvalidOid},
    {3123, "float8_ops", "btree", kFloat8, true, 1970, "float_ops", index::Metric::kNone, kInvalidOid},
    {10004, "bpchar_ops", "btree", kBpchar, true, 426, "bpchar_ops", index::Metric::kNone, kInvalidOid},
    {4219, "bpchar_pattern_ops", "btree", kBpchar, false, 2097, "bpchar_pattern_ops", index::Metric::kNone,
     kInvalidOid},
    {3122, "date_ops", "btree", kDate, true, 434, "datetime_ops", index::Metric::kNone, kInvalidOid},
    {10038, "time_ops", "btree", kTime, true, 1996, "time_ops", index::Metric::kNone, kInvalidOid},
    {3128, "timestamp_ops", "btree", kTimestamp, true, 434, "datetime_ops", index::Metric::kNone, kInvalidOid},
    {3127, "timestamptz_ops", "btree", kTimestamptz, true, 434, "datetime_ops", index::Metric::kNone, kInvalidOid},
    {10022, "interval_ops", "btree", kInterval, true, 1982, "interval_ops", index::Metric::kNone, kInvalidOid},
    {10041, "timetz_ops", "btree", kTimetz, true, 2000, "timetz_ops", index::Metric::kNone, kInvalidOid},
    {3125, "numeric_ops", "btree", kNumeric, true, 1988, "numeric_ops", index::Metric::kNone, kInvalidOid},
    {10065, "uuid_ops", "btree", kUuid, true, 2968, "uuid_ops", index::Metric::kNone, kInvalidOid},
    {10053, "xid8_ops", "btree", kXid8, true, 5067, "xid8_ops", index::Metric::kNone, kInvalidOid},
    {10048, "bool_ops", "hash", kBool, true, 2222, "bool_ops", index::Metric::kNone, kInvalidOid},
    {10049, "bytea_ops", "hash", kBytea, true, 2223, "bytea_ops", index::Metric::kNone, kInvalidOid},
    {10008, "char_ops", "hash", kChar, true, 431, "char_ops", index::Metric::kNone, kInvalidOid},
    {10029, "name_ops", "hash", kName, true, 1995, "text_ops", index::Metric::kNone, kInvalidOid},
    {10021, "int8_ops", "hash", kInt8, true, 1977, "integer_ops", index::Metric::kNone, kInvalidOid},
    {10019, "int2_ops", "hash", kInt2, true, 1977, "integer_ops", index::Metric::kNone, kInvalidOid},
    {10020, "int4_ops", "hash", kInt4, true, 1977, "integer_ops", index::Metric::kNone, kInvalidOid},
    {10056, "text_pattern_ops", "hash", kText, false, 2229, "text_pattern_ops", index::Metric::kNone, kInvalidOid},
    {10037, "text_ops", "hash", kText, true, 1995, "text_ops", index::Metric::kNone, kInvalidOid},
    {10045, "varchar_ops", "hash", kText, false, 1995, "text_ops", index::Metric::kNone, kInvalidOid},
    {10057, "varchar_pattern_ops", "hash", kText, false, 2229, "text_pattern_ops", index::Metric::kNone, kInvalidOid},
    {10031, "oid_ops", "hash", kOid, true, 1990, "oid_ops", index::Metric::kNone, kInvalidOid},
    {10055, "tid_ops", "hash", kTid, true, 2227, "tid_ops", index::Metric::kNone, kInvalidOid},
    {10051, "xid_ops", "hash", kXid, true, 2225, "xid_ops", index::Metric::kNone, kInvalidOid},
    {10054, "cid_ops", "hash", kCid, true, 2226, "cid_ops", index::Metric::kNone, kInvalidOid},
    {10033, "oidvector_ops", "hash", kOidVector, true, 1992, "oidvector_ops", index::Metric::kNone, kInvalidOid},
    {10013, "float4_ops", "hash", kFloat4, true, 1971, "float_ops", index::Metric::kNone, kInvalidOid},
    {10014, "float8_ops", "hash", kFloat8, true, 1971, "float_ops", index::Metric::kNone, kInvalidOid},
    {10005, "bpchar_ops", "hash", kBpchar, true, 427, "bpchar_ops", index::Metric::kNone, kInvalidOid},
    {10058, "bpchar_pattern_ops", "hash", kBpchar, false, 2231, "bpchar_pattern_ops", index::Metric::kNone,
     kInvalidOid},
    {10011, "date_ops", "hash", kDate, true, 435, "date_ops", index::Metric::kNone, kInvalidOid},
    {10039, "time_ops", "hash", kTime, true, 1997, "time_ops", index::Metric::kNone, kInvalidOid},
    {10046, "timestamp_ops", "hash", kTimestamp, true, 2040, "timestamp_ops", index::Metric::kNone, kInvalidOid},
    {10040, "timestamptz_ops", "hash", kTimestamptz, true, 1999, "timestamptz_ops", index::Metric::kNone, kInvalidOid},
    {10023, "interval_ops", "hash", kInterval, true, 1983, "interval_ops", index::Metric::kNone, kInvalidOid},
    {10042, "timetz_ops", "hash", kTimetz, true, 2001, "timetz_ops", index::Metric::kNone, kInvalidOid},
    {10030, "numeric_ops", "hash", kNumeric, true, 1998, "numeric_ops", index::Metric::kNone, kInvalidOid},
    {10066, "uuid_ops", "hash", kUuid, true, 2969, "uuid_ops", index::Metric::kNone, kInvalidOid},
    {10052, "xid8_ops", "hash", kXid8, true, 5032, "xid8_ops", index::Metric::kNone, kInvalidOid},
};

// family, <, <=, =, >=, >; default families first
const BtreeOperators kBtreeOperators[] = {
    // bool_ops
    {424, 58, 1694, 91, 1695, 59},  // bool, bool
    // bpchar_ops
    {426, 1058, 1059, 1054, 1061, 1060},  // bpchar, bpchar
    // bytea_ops
    {428, 1957, 1958, 1955, 1960, 1959},  // bytea, bytea
    // char_ops
    {429, 631, 632, 92, 634, 633},  // char, char
    // datetime_ops
    {434, 1095, 1096, 1093, 1098, 1097},  // date, date
    {434, 2345, 2346, 2347, 2348, 2349},  // date, timestamp
    {434, 2358, 2359, 2360, 2361, 2362},  // date, timestamptz
    {434, 2371, 2372, 2373, 2374, 2375},  // timestamp, date
    {434, 2062, 2063, 2060, 2065, 2064},  // timestamp, timestamp
    {434, 2534, 2535, 2536, 2537, 2538},  // timestamp, timestamptz
    {434, 2384, 2385, 2386, 2387, 2388},  // timestamptz, date
    {434, 2540, 2541, 2542, 2543, 2544},  // timestamptz, timestamp
    {434, 1322, 1323, 1320, 1325, 1324},  // timestamptz, timestamptz
    // float_ops
    {1970, 622, 624, 620, 625, 623},  // float4, float4
    {1970, 1122, 1124, 1120, 1125, 1123},  // float4, float8
    {1970, 1132, 1134, 1130, 1135, 1133},  // float8, float4
    {1970, 672, 673, 670, 675, 674},  // float8, float8
    // integer_ops
    {1976, 412, 414, 410, 415, 413},  // int8, int8
    {1976, 1870, 1872, 1868, 1873, 1871},  // int8, int2
    {1976, 418, 420, 416, 430, 419},  // int8, int4
    {1976, 1864, 1866, 1862, 1867, 1865},  // int2, int8
    {1976, 95, 522, 94, 524, 520},  // int2, int2
    {1976, 534, 540, 532, 542, 536},  // int2, int4
    {1976, 37, 80, 15, 82, 76},  // int4, int8
    {1976, 535, 541, 533, 543, 537},  // int4, int2
    {1976, 97, 523, 96, 525, 521},  // int4, int4
    // interval_ops
    {1982, 1332, 1333, 1330, 1335, 1334},  // interval, interval
    // numeric_ops
    {1988, 1754, 1755, 1752, 1757, 1756},  // numeric, numeric
    // oid_ops
    {1989, 609, 611, 607, 612, 610},  // oid, oid
    // oidvector_ops
    {1991, 645, 647, 649, 648, 646},  // oidvector, oidvector
    // text_ops
    {1994, 660, 661, 93, 663, 662},  // name, name
    {1994, 255, 256, 254, 257, 258},  // name, text
    {1994, 261, 262, 260, 263, 264},  // text, name
    {1994, 664, 665, 98, 667, 666},  // text, text
    // time_ops
    {1996, 1110, 1111, 1108, 1113, 1112},  // time, time
    // timetz_ops
    {2000, 1552, 1553, 1550, 1555, 1554},  // timetz, timetz
    // tid_ops
    {2789, 2799, 2801, 387, 2802, 2800},  // tid, tid
    // uuid_ops
    {2968, 2974, 2976, 2972, 2977, 2975},  // uuid, uuid
    // xid8_ops
    {5067, 5073, 5075, 5068, 5076, 5074},  // xid8, xid8
    // text_pattern_ops
    {2095, 2314, 2315, 98, 2317, 2318},  // text, text
    // bpchar_pattern_ops
    {2097, 2326, 2327, 1054, 2329, 2330},  // bpchar, bpchar
};

}  // namespace

std::span<const OpclassDef> scalar_opclasses() { return kOpclasses; }
std::span<const BtreeOperators> scalar_btree_operators() { return kBtreeOperators; }

}  // namespace vecino::sql
