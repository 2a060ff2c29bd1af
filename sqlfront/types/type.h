#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "index/api/access_method.h"
#include "sqlfront/functions/call_context.h"
#include "storage/util/datum.h"

namespace vecino::sql {

// OIDs of built-in types are PostgreSQL's (catalog pg_type); pgvector's types get fixed OIDs of ours >= 16384.
using TypeId = Oid;

namespace type_id {
inline constexpr TypeId kBool = 16, kBytea = 17, kChar = 18, kName = 19, kInt8 = 20, kInt2 = 21,
                        kInt2Vector = 22, kInt4 = 23, kRegproc = 24, kText = 25, kOid = 26, kTid = 27, kXid = 28,
                        kCid = 29, kOidVector = 30, kJson = 114, kXml = 142, kPgNodeTree = 194, kFloat4 = 700,
                        kFloat8 = 701, kUnknown = 705, kMoney = 790, kInet = 869, kBpchar = 1042,
                        kVarchar = 1043, kDate = 1082, kTime = 1083, kTimestamp = 1114,
                        kAclItem = 1033, kTimestamptz = 1184, kInterval = 1186, kTimetz = 1266, kBit = 1560, kVarbit = 1562,
                        kNumeric = 1700, kRefcursor = 1790, kRegprocedure = 2202, kRegoper = 2203,
                        kRegoperator = 2204, kRegclass = 2205, kRegtype = 2206, kRecord = 2249, kCstring = 2275,
                        kAny = 2276, kAnyArray = 2277, kVoid = 2278, kTrigger = 2279, kInternal = 2281,
                        kAnyElement = 2283, kRecordArray = 2287, kAnyNonArray = 2776, kUuid = 2950,
                        kAnyEnum = 3500, kTsVector = 3614, kJsonb = 3802, kAnyRange = 3831, kRegnamespace = 4089, kRegrole = 4096,
                        kAnyCompatible = 5077, kAnyCompatibleArray = 5078, kAnyCompatibleNonArray = 5079, kXid8 = 5069;
// Common array types.
inline constexpr TypeId kBoolArray = 1000, kByteaArray = 1001, kCharArray = 1002, kNameArray = 1003,
                        kInt2Array = 1005, kInt4Array = 1007, kTextArray = 1009, kBpcharArray = 1014,
                        kVarcharArray = 1015, kInt8Array = 1016, kFloat4Array = 1021,
                        kFloat8Array = 1022, kOidArray = 1028, kAclItemArray = 1034, kNumericArray = 1231;
// Types of the vector extension (also used: 16391 sparsevec ... as they come).
inline constexpr TypeId kVector = 16385, kVectorArray = 16386, kHalfvec = 16387, kHalfvecArray = 16388,
                        kSparsevec = 16389, kSparsevecArray = 16390;
}  // namespace type_id

// A type with its modifier, e.g. numeric(10,2), vector(3); typmod -1 = none.
struct TypeRef {
  TypeId id = type_id::kUnknown;
  int32_t typmod = -1;
  bool operator==(const TypeRef&) const = default;
};

// One row of the table of built-in types (types/registry.cc). Immutable, static storage.
struct TypeInfo {
  TypeId id;
  std::string_view name;       // pg_type.typname: "int4"
  TypeId array_id;             // kInvalidOid for pseudo types and arrays
  TypeId element_id;           // of arrays (and int2vector, oidvector); else kInvalidOid
  PhysicalKind kind;
  int16_t length;              // pg_type.typlen
  char type_class;             // typtype: b, p (pseudo), c, d, e, r
  char category;               // typcategory
  bool preferred;              // typispreferred
  bool by_value;               // typbyval
  char alignment, storage;     // typalign, typstorage
  char delimiter = ',';

  // Text and binary I/O (PostgreSQL's in/out/recv/send). `context.result_type` is this type, `context.typmod`
  // the modifier (applied by `input`/`receive`, e.g. length check). Errors: SqlError 22P02/22P03 ...
  Datum (*input)(CallContext& context, std::string_view text) = nullptr;
  void (*output)(CallContext& context, const Datum& value, std::string& out) = nullptr;
  Datum (*receive)(CallContext& context, std::string_view bytes) = nullptr;
  void (*send)(CallContext& context, const Datum& value, std::string& out) = nullptr;

  // Total order of the default btree operator class; null when the type has none. NULLs never get here.
  int (*compare)(const Datum& left, const Datum& right) = nullptr;
  // Equal values (compare == 0) hash equally; null when not hashable.
  uint64_t (*hash)(const Datum& value) = nullptr;
  // Order-preserving bytes for index keys.
  index::KeyCodec key_codec;

  // Type modifiers: "(3)" <-> int32. null = the type takes none.
  int32_t (*typmod_in)(std::span<const int64_t> arguments) = nullptr;  // SqlError 22023
  void (*typmod_out)(int32_t typmod, std::string& out) = nullptr;      // appends "(3)"
  // Names of the I/O functions as pg_type shows them; empty = name + "in"/"out"/"recv"/"send".
  std::string_view input_name, output_name, receive_name, send_name;
};

const TypeInfo* find_type(TypeId id);                    // nullptr = unknown
const TypeInfo* find_type_by_name(std::string_view name);  // pg_type.typname
const TypeInfo& type_info(TypeId id);                    // throws SqlError XX000 `cache lookup failed for type %u`
std::span<const TypeInfo> all_types();
inline bool is_array_type(const TypeInfo& type) { return type.category == 'A'; }

// SQL spelling: format_type(oid, typmod), e.g. "character varying(10)", "vector(3)", "integer[]".
std::string format_type(TypeRef type);
std::string format_type(TypeId id);

}  // namespace vecino::sql
