// Functions of bit strings (manual 9.6), pgvector's distances over them, and their rows.
#include <algorithm>
#include <bit>

#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/vector_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/bit.h"

namespace vecino::sql {
namespace {

template <typename Combine>
Datum combine_bits(CallContext& context, const Datum* args, const char* verb, Combine combine) {
  BitView a(args[0]), b(args[1]);
  if (a.size() != b.size()) {
    throw SqlError(sqlstate::kStringDataLengthMismatch,
                   std::string("cannot ") + verb + " bit strings of different sizes");
  }
  BitWriter result(*context.arena, a.size());
  for (size_t i = 0; i < result.byte_count(); ++i) {
    result.bytes()[i] = static_cast<char>(combine(static_cast<uint8_t>(a.bytes()[i]), static_cast<uint8_t>(b.bytes()[i])));
  }
  return result.finish();
}
Datum bit_and(CallContext& context, const Datum* args) {
  return combine_bits(context, args, "AND", [](uint8_t a, uint8_t b) { return a & b; });
}
Datum bit_or(CallContext& context, const Datum* args) {
  return combine_bits(context, args, "OR", [](uint8_t a, uint8_t b) { return a | b; });
}
Datum bitxor(CallContext& context, const Datum* args) {
  return combine_bits(context, args, "XOR", [](uint8_t a, uint8_t b) { return a ^ b; });
}

// Bits [from, from + count) of a, the rest zero; `offset` is where they go.
Datum move_bits(CallContext& context, const BitView& a, uint32_t size, int64_t from, int64_t count, int64_t offset) {
  BitWriter result(*context.arena, size);
  for (int64_t i = 0; i < count; ++i) {
    if (a[static_cast<uint32_t>(from + i)]) result.set(static_cast<uint32_t>(offset + i));
  }
  return result.finish();
}

Datum bitnot(CallContext& context, const Datum* args) {
  BitView a(args[0]);
  BitWriter result(*context.arena, a.size());
  for (size_t i = 0; i < result.byte_count(); ++i) result.bytes()[i] = static_cast<char>(~a.bytes()[i]);
  return result.finish();
}

Datum shift(CallContext& context, const BitView& a, int64_t left) {
  int64_t size = a.size();
  left = std::clamp<int64_t>(left, -size, size);
  if (left >= 0) return move_bits(context, a, a.size(), left, size - left, 0);
  return move_bits(context, a, a.size(), 0, size + left, -left);
}
Datum bitshiftleft(CallContext& context, const Datum* args) { return shift(context, BitView(args[0]), args[1].i64); }
Datum bitshiftright(CallContext& context, const Datum* args) { return shift(context, BitView(args[0]), -args[1].i64); }

Datum bitcat(CallContext& context, const Datum* args) {
  BitView a(args[0]), b(args[1]);
  BitWriter result(*context.arena, a.size() + b.size());
  for (uint32_t i = 0; i < a.size(); ++i) {
    if (a[i]) result.set(i);
  }
  for (uint32_t i = 0; i < b.size(); ++i) {
    if (b[i]) result.set(a.size() + i);
  }
  return result.finish();
}

Datum substring(CallContext& context, const BitView& a, int64_t start, int64_t end) {
  start = std::max<int64_t>(start, 1);
  end = std::min<int64_t>(end, int64_t{a.size()} + 1);
  if (end <= start) return BitWriter(*context.arena, 0).finish();
  return move_bits(context, a, static_cast<uint32_t>(end - start), start - 1, end - start, 0);
}
Datum bitsubstr(CallContext& context, const Datum* args) {
  if (args[2].i64 < 0) throw SqlError(sqlstate::kSubstringError, "negative substring length not allowed");
  return substring(context, BitView(args[0]), args[1].i64, args[1].i64 + args[2].i64);
}
Datum bitsubstr_no_len(CallContext& context, const Datum* args) {
  return substring(context, BitView(args[0]), args[1].i64, INT64_MAX);
}

Datum bitlength(CallContext&, const Datum* args) { return Datum::from_int(BitView(args[0]).size()); }
Datum bitoctetlength(CallContext&, const Datum* args) {
  return Datum::from_int(static_cast<int64_t>(BitView(args[0]).bytes().size()));
}

Datum bitposition(CallContext&, const Datum* args) {
  BitView text(args[0]), wanted(args[1]);
  if (text.size() == 0 || wanted.size() > text.size()) return Datum::from_int(0);
  for (uint32_t at = 0; at + wanted.size() <= text.size(); ++at) {
    uint32_t i = 0;
    while (i < wanted.size() && text[at + i] == wanted[i]) ++i;
    if (i == wanted.size()) return Datum::from_int(at + 1);
  }
  return Datum::from_int(0);
}

void check_index(const BitView& bits, int64_t index) {
  if (index >= 0 && index < bits.size()) return;
  throw SqlError(sqlstate::kArraySubscriptError, "bit index " + std::to_string(index) + " out of valid range (0.." +
                                                     std::to_string(int64_t{bits.size()} - 1) + ")");
}
Datum bitgetbit(CallContext&, const Datum* args) {
  BitView bits(args[0]);
  check_index(bits, args[1].i64);
  return Datum::from_int(bits[static_cast<uint32_t>(args[1].i64)]);
}
Datum bitsetbit(CallContext& context, const Datum* args) {
  BitView bits(args[0]);
  check_index(bits, args[1].i64);
  if (args[2].i64 != 0 && args[2].i64 != 1) {
    throw SqlError(sqlstate::kInvalidParameterValue, "new bit must be 0 or 1");
  }
  BitWriter result(*context.arena, bits.size());
  for (uint32_t i = 0; i < bits.size(); ++i) {
    if (i == args[1].i64 ? args[2].i64 == 1 : bits[i]) result.set(i);
  }
  return result.finish();
}

uint64_t count_ones(std::string_view bytes) {
  uint64_t count = 0;
  for (char c : bytes) count += static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(c)));
  return count;
}
Datum bit_bit_count(CallContext&, const Datum* args) {
  return Datum::from_int(static_cast<int64_t>(count_ones(BitView(args[0]).bytes())));
}

// Length coercion: bit(value, length, is_explicit).
Datum bit(CallContext& context, const Datum* args) {
  BitView a(args[0]);
  int64_t length = args[1].i64;
  if (length <= 0 || length == a.size()) return args[0];
  if (!args[2].boolean()) {
    throw SqlError(sqlstate::kStringDataLengthMismatch, "bit string length " + std::to_string(a.size()) +
                                                            " does not match type bit(" + std::to_string(length) + ")");
  }
  return move_bits(context, a, static_cast<uint32_t>(length), 0, std::min<int64_t>(length, a.size()), 0);
}
Datum varbit(CallContext& context, const Datum* args) {
  BitView a(args[0]);
  int64_t length = args[1].i64;
  if (length <= 0 || length >= a.size()) return args[0];
  if (!args[2].boolean()) {
    throw SqlError(sqlstate::kStringDataRightTruncation,
                   "bit string too long for type bit varying(" + std::to_string(length) + ")");
  }
  return move_bits(context, a, static_cast<uint32_t>(length), 0, length, 0);
}

// Integers: the low bits, sign-extended on the left.
Datum bit_from_integer(CallContext& context, const Datum* args, int64_t width) {
  int64_t length = args[1].i64 <= 0 ? 1 : args[1].i64;
  BitWriter result(*context.arena, static_cast<uint32_t>(length));
  for (int64_t i = 0; i < length; ++i) {
    int64_t power = std::min<int64_t>(length - 1 - i, width - 1);
    if (args[0].i64 >> power & 1) result.set(static_cast<uint32_t>(i));
  }
  return result.finish();
}
Datum bitfromint4(CallContext& context, const Datum* args) { return bit_from_integer(context, args, 32); }
Datum bitfromint8(CallContext& context, const Datum* args) { return bit_from_integer(context, args, 64); }

uint64_t to_integer(const BitView& bits, uint32_t width, const char* type) {
  if (bits.size() > width) {
    throw SqlError(sqlstate::kNumericValueOutOfRange, std::string(type) + " out of range");
  }
  uint64_t value = 0;
  for (uint32_t i = 0; i < bits.size(); ++i) value = value << 1 | bits[i];
  return value;
}
Datum bittoint4(CallContext&, const Datum* args) {
  return Datum::from_int(static_cast<int32_t>(to_integer(BitView(args[0]), 32, "integer")));
}
Datum bittoint8(CallContext&, const Datum* args) {
  return Datum::from_int(static_cast<int64_t>(to_integer(BitView(args[0]), 64, "bigint")));
}

#define VECINO_DEFINE_COMPARISON(name, op)                          \
  Datum name(CallContext&, const Datum* args) {                     \
    return Datum::from_bool(bit_compare(args[0], args[1]) op 0);    \
  }
VECINO_DEFINE_COMPARISON(biteq, ==)
VECINO_DEFINE_COMPARISON(bitne, !=)
VECINO_DEFINE_COMPARISON(bitlt, <)
VECINO_DEFINE_COMPARISON(bitle, <=)
VECINO_DEFINE_COMPARISON(bitgt, >)
VECINO_DEFINE_COMPARISON(bitge, >=)
#undef VECINO_DEFINE_COMPARISON
Datum bitcmp(CallContext&, const Datum* args) { return Datum::from_int(bit_compare(args[0], args[1])); }

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 1564, .name = "bit_in", .arg_types = {kCstring, kOid, kInt4}, .result_type = kBit, .row = call_input},
    {.oid = 1565, .name = "bit_out", .arg_types = {kBit}, .result_type = kCstring, .row = call_output},
    {.oid = 1579, .name = "varbit_in", .arg_types = {kCstring, kOid, kInt4}, .result_type = kVarbit,
     .row = call_input},
    {.oid = 1580, .name = "varbit_out", .arg_types = {kVarbit}, .result_type = kCstring, .row = call_output},
    {.oid = 1581, .name = "biteq", .arg_types = {kBit, kBit}, .result_type = kBool, .row = biteq, .leakproof = true},
    {.oid = 1582, .name = "bitne", .arg_types = {kBit, kBit}, .result_type = kBool, .row = bitne, .leakproof = true},
    {.oid = 1592, .name = "bitge", .arg_types = {kBit, kBit}, .result_type = kBool, .row = bitge, .leakproof = true},
    {.oid = 1593, .name = "bitgt", .arg_types = {kBit, kBit}, .result_type = kBool, .row = bitgt, .leakproof = true},
    {.oid = 1594, .name = "bitle", .arg_types = {kBit, kBit}, .result_type = kBool, .row = bitle, .leakproof = true},
    {.oid = 1595, .name = "bitlt", .arg_types = {kBit, kBit}, .result_type = kBool, .row = bitlt, .leakproof = true},
    {.oid = 1596, .name = "bitcmp", .arg_types = {kBit, kBit}, .result_type = kInt4, .row = bitcmp,
     .leakproof = true},
    {.oid = 1666, .name = "varbiteq", .arg_types = {kVarbit, kVarbit}, .result_type = kBool, .row = biteq,
     .leakproof = true},
    {.oid = 1667, .name = "varbitne", .arg_types = {kVarbit, kVarbit}, .result_type = kBool, .row = bitne,
     .leakproof = true},
    {.oid = 1668, .name = "varbitge", .arg_types = {kVarbit, kVarbit}, .result_type = kBool, .row = bitge,
     .leakproof = true},
    {.oid = 1669, .name = "varbitgt", .arg_types = {kVarbit, kVarbit}, .result_type = kBool, .row = bitgt,
     .leakproof = true},
    {.oid = 1670, .name = "varbitle", .arg_types = {kVarbit, kVarbit}, .result_type = kBool, .row = bitle,
     .leakproof = true},
    {.oid = 1671, .name = "varbitlt", .arg_types = {kVarbit, kVarbit}, .result_type = kBool, .row = bitlt,
     .leakproof = true},
    {.oid = 1672, .name = "varbitcmp", .arg_types = {kVarbit, kVarbit}, .result_type = kInt4, .row = bitcmp,
     .leakproof = true},
    {.oid = 1673, .name = "bitand", .arg_types = {kBit, kBit}, .result_type = kBit, .row = bit_and},
    {.oid = 1674, .name = "bitor", .arg_types = {kBit, kBit}, .result_type = kBit, .row = bit_or},
    {.oid = 1675, .name = "bitxor", .arg_types = {kBit, kBit}, .result_type = kBit, .row = bitxor},
    {.oid = 1676, .name = "bitnot", .arg_types = {kBit}, .result_type = kBit, .row = bitnot},
    {.oid = 1677, .name = "bitshiftleft", .arg_types = {kBit, kInt4}, .result_type = kBit, .row = bitshiftleft},
    {.oid = 1678, .name = "bitshiftright", .arg_types = {kBit, kInt4}, .result_type = kBit, .row = bitshiftright},
    {.oid = 1679, .name = "bitcat", .arg_types = {kVarbit, kVarbit}, .result_type = kVarbit, .row = bitcat},
    {.oid = 1680, .name = "substring", .arg_types = {kBit, kInt4, kInt4}, .result_type = kBit, .row = bitsubstr},
    {.oid = 1681, .name = "length", .arg_types = {kBit}, .result_type = kInt4, .row = bitlength},
    {.oid = 1682, .name = "octet_length", .arg_types = {kBit}, .result_type = kInt4, .row = bitoctetlength},
    {.oid = 1683, .name = "bit", .arg_types = {kInt4, kInt4}, .result_type = kBit, .row = bitfromint4},
    {.oid = 1684, .name = "int4", .arg_types = {kBit}, .result_type = kInt4, .row = bittoint4},
    {.oid = 1685, .name = "bit", .arg_types = {kBit, kInt4, kBool}, .result_type = kBit, .row = bit},
    {.oid = 1687, .name = "varbit", .arg_types = {kVarbit, kInt4, kBool}, .result_type = kVarbit, .row = varbit},
    {.oid = 1698, .name = "position", .arg_types = {kBit, kBit}, .result_type = kInt4, .row = bitposition},
    {.oid = 1699, .name = "substring", .arg_types = {kBit, kInt4}, .result_type = kBit, .row = bitsubstr_no_len},
    {.oid = 2075, .name = "bit", .arg_types = {kInt8, kInt4}, .result_type = kBit, .row = bitfromint8},
    {.oid = 2076, .name = "int8", .arg_types = {kBit}, .result_type = kInt8, .row = bittoint8},
    {.oid = 2456, .name = "bit_recv", .arg_types = {kInternal, kOid, kInt4}, .result_type = kBit,
     .row = call_receive},
    {.oid = 2457, .name = "bit_send", .arg_types = {kBit}, .result_type = kBytea, .row = call_send},
    {.oid = 2458, .name = "varbit_recv", .arg_types = {kInternal, kOid, kInt4}, .result_type = kVarbit,
     .row = call_receive},
    {.oid = 2459, .name = "varbit_send", .arg_types = {kVarbit}, .result_type = kBytea, .row = call_send},
    {.oid = 3032, .name = "get_bit", .arg_types = {kBit, kInt4}, .result_type = kInt4, .row = bitgetbit},
    {.oid = 3033, .name = "set_bit", .arg_types = {kBit, kInt4, kInt4}, .result_type = kBit, .row = bitsetbit},
    {.oid = 6162, .name = "bit_count", .arg_types = {kBit}, .result_type = kInt8, .row = bit_bit_count},
};

const OperatorDef kOperators[] = {
    {.oid = 1784, .name = "=", .left = kBit, .right = kBit, .result = kBool, .function = 1581, .commutator = 1784,
     .negator = 1785, .selectivity = Selectivity::kEqual, .can_merge = true},
    {.oid = 1785, .name = "<>", .left = kBit, .right = kBit, .result = kBool, .function = 1582, .commutator = 1785,
     .negator = 1784, .selectivity = Selectivity::kNotEqual},
    {.oid = 1786, .name = "<", .left = kBit, .right = kBit, .result = kBool, .function = 1595, .commutator = 1787,
     .negator = 1789, .selectivity = Selectivity::kLess},
    {.oid = 1787, .name = ">", .left = kBit, .right = kBit, .result = kBool, .function = 1593, .commutator = 1786,
     .negator = 1788, .selectivity = Selectivity::kGreater},
    {.oid = 1788, .name = "<=", .left = kBit, .right = kBit, .result = kBool, .function = 1594, .commutator = 1789,
     .negator = 1787, .selectivity = Selectivity::kLess},
    {.oid = 1789, .name = ">=", .left = kBit, .right = kBit, .result = kBool, .function = 1592, .commutator = 1788,
     .negator = 1786, .selectivity = Selectivity::kGreater},
    {.oid = 1791, .name = "&", .left = kBit, .right = kBit, .result = kBit, .function = 1673, .commutator = 1791},
    {.oid = 1792, .name = "|", .left = kBit, .right = kBit, .result = kBit, .function = 1674, .commutator = 1792},
    {.oid = 1793, .name = "#", .left = kBit, .right = kBit, .result = kBit, .function = 1675, .commutator = 1793},
    {.oid = 1794, .name = "~", .left = kInvalidOid, .right = kBit, .result = kBit, .function = 1676},
    {.oid = 1795, .name = "<<", .left = kBit, .right = kInt4, .result = kBit, .function = 1677},
    {.oid = 1796, .name = ">>", .left = kBit, .right = kInt4, .result = kBit, .function = 1678},
    {.oid = 1797, .name = "||", .left = kVarbit, .right = kVarbit, .result = kVarbit, .function = 1679},
    {.oid = 1804, .name = "=", .left = kVarbit, .right = kVarbit, .result = kBool, .function = 1666,
     .commutator = 1804, .negator = 1805, .selectivity = Selectivity::kEqual, .can_merge = true},
    {.oid = 1805, .name = "<>", .left = kVarbit, .right = kVarbit, .result = kBool, .function = 1667,
     .commutator = 1805, .negator = 1804, .selectivity = Selectivity::kNotEqual},
    {.oid = 1806, .name = "<", .left = kVarbit, .right = kVarbit, .result = kBool, .function = 1671,
     .commutator = 1807, .negator = 1809, .selectivity = Selectivity::kLess},
    {.oid = 1807, .name = ">", .left = kVarbit, .right = kVarbit, .result = kBool, .function = 1669,
     .commutator = 1806, .negator = 1808, .selectivity = Selectivity::kGreater},
    {.oid = 1808, .name = "<=", .left = kVarbit, .right = kVarbit, .result = kBool, .function = 1670,
     .commutator = 1809, .negator = 1807, .selectivity = Selectivity::kLess},
    {.oid = 1809, .name = ">=", .left = kVarbit, .right = kVarbit, .result = kBool, .function = 1668,
     .commutator = 1808, .negator = 1806, .selectivity = Selectivity::kGreater},
};

const CastDef kCasts[] = {
    {kBit, kVarbit, kInvalidOid, CastContext::kImplicit, CastMethod::kBinary},
    {kVarbit, kBit, kInvalidOid, CastContext::kImplicit, CastMethod::kBinary},
    {kInt8, kBit, 2075, CastContext::kExplicit, CastMethod::kFunction},
    {kInt4, kBit, 1683, CastContext::kExplicit, CastMethod::kFunction},
    {kBit, kInt8, 2076, CastContext::kExplicit, CastMethod::kFunction},
    {kBit, kInt4, 1684, CastContext::kExplicit, CastMethod::kFunction},
    {kBit, kBit, 1685, CastContext::kImplicit, CastMethod::kFunction},
    {kVarbit, kVarbit, 1687, CastContext::kImplicit, CastMethod::kFunction},
};

const OpclassDef kOpclasses[] = {
    {10002, "bit_ops", "btree", kBit, true, 423, "bit_ops", index::Metric::kNone, kInvalidOid},
    {10043, "varbit_ops", "btree", kVarbit, true, 2002, "varbit_ops", index::Metric::kNone, kInvalidOid},
};

const BtreeOperators kBtree[] = {
    {423, 1786, 1788, 1784, 1789, 1787},
    {2002, 1806, 1808, 1804, 1809, 1807},
};

}  // namespace

Datum hamming_distance(CallContext&, const Datum* args) {
  BitView a(args[0]), b(args[1]);
  if (a.size() != b.size()) {
    throw SqlError(sqlstate::kDataException, "different bit lengths " + std::to_string(a.size()) + " and " +
                                                 std::to_string(b.size()));
  }
  uint64_t count = 0;
  for (size_t i = 0; i < a.bytes().size(); ++i) {
    count += static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(a.bytes()[i] ^ b.bytes()[i])));
  }
  return Datum::from_float(static_cast<double>(count));
}

Datum jaccard_distance(CallContext&, const Datum* args) {
  BitView a(args[0]), b(args[1]);
  if (a.size() != b.size()) {
    throw SqlError(sqlstate::kDataException, "different bit lengths " + std::to_string(a.size()) + " and " +
                                                 std::to_string(b.size()));
  }
  uint64_t both = 0;
  for (size_t i = 0; i < a.bytes().size(); ++i) {
    both += static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(a.bytes()[i] & b.bytes()[i])));
  }
  if (both == 0) return Datum::from_float(1);
  uint64_t either = count_ones(a.bytes()) + count_ones(b.bytes()) - both;
  return Datum::from_float(1 - static_cast<double>(both) / static_cast<double>(either));
}

std::span<const FunctionDef> bit_functions() { return kFunctions; }
std::span<const OperatorDef> bit_operators() { return kOperators; }
std::span<const CastDef> bit_casts() { return kCasts; }
std::span<const OpclassDef> bit_opclasses() { return kOpclasses; }
std::span<const BtreeOperators> bit_btree_operators() { return kBtree; }

}  // namespace vecino::sql
