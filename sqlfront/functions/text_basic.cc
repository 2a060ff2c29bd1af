#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/text_length.h"
#include "sqlfront/types/type_helpers.h"
#include "sqlfront/types/value_size.h"

// Comparison, concatenation and conversions of text, varchar, bpchar, name, "char" and bytea. Order is by code point
// (collation C on UTF-8), which is the order of the bytes.
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

bool equal(sv a, sv b) { return a == b; }
bool not_equal(sv a, sv b) { return a != b; }
bool less(sv a, sv b) { return a < b; }
bool less_equal(sv a, sv b) { return a <= b; }
bool greater(sv a, sv b) { return a > b; }
bool greater_equal(sv a, sv b) { return a >= b; }
int32_t compare(sv a, sv b) { return a < b ? -1 : a > b; }
sv larger(sv a, sv b) { return a > b ? a : b; }
sv smaller(sv a, sv b) { return a < b ? a : b; }

bool bp_equal(sv a, sv b) { return trim_blanks(a) == trim_blanks(b); }
bool bp_not_equal(sv a, sv b) { return !bp_equal(a, b); }
bool bp_less(sv a, sv b) { return trim_blanks(a) < trim_blanks(b); }
bool bp_less_equal(sv a, sv b) { return !bp_less(b, a); }
bool bp_greater(sv a, sv b) { return bp_less(b, a); }
bool bp_greater_equal(sv a, sv b) { return !bp_less(a, b); }
int32_t bp_compare(sv a, sv b) { return compare(trim_blanks(a), trim_blanks(b)); }
sv bp_larger(sv a, sv b) { return bp_less(a, b) ? b : a; }
sv bp_smaller(sv a, sv b) { return bp_less(b, a) ? b : a; }

sv concatenate(CallContext& context, sv a, sv b) {
  check_value_size(a.size() + b.size());
  char* out = context.arena->allocate(a.size() + b.size(), 1);
  std::memcpy(out, a.data(), a.size());
  std::memcpy(out + a.size(), b.data(), b.size());
  return {out, a.size() + b.size()};
}

sv same(sv text) { return text; }
sv trimmed(sv text) { return trim_blanks(text); }
sv to_name(sv text) { return truncate_name(text); }
sv bpchar_to_name(sv text) { return trim_blanks(truncate_name(text)); }
Datum char_to_text(CallContext& context, int64_t value) {
  std::string out;
  append_char(out, static_cast<char>(value));
  return context.text(out);
}
int64_t text_to_char(sv text) { return static_cast<unsigned char>(parse_char(text)); }
sv varchar_coerce(sv text, int32_t typmod, bool is_explicit) {
  return varchar_limit(text, typmod, is_explicit ? LengthCheck::kExplicit : LengthCheck::kImplicit);
}
sv bpchar_coerce(CallContext& context, sv text, int32_t typmod, bool is_explicit) {
  return bpchar_limit(*context.arena, text, typmod, is_explicit ? LengthCheck::kExplicit : LengthCheck::kImplicit);
}
// "char" to char(n): one character, blank for \0.
Datum char_to_bpchar(CallContext& context, int64_t value) { return char_to_text(context, value); }

int32_t byte_length(sv text) { return static_cast<int32_t>(text.size()); }
int32_t bit_length(sv text) { return static_cast<int32_t>(text.size() * 8); }
int32_t char_length(sv text) { return static_cast<int32_t>(utf8_length(text)); }
int32_t bpchar_length(sv text) { return static_cast<int32_t>(utf8_length(trim_blanks(text))); }

const FunctionDef kFunctions[] = {
    {67, "texteq", {kText, kText}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {157, "textne", {kText, kText}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {740, "text_lt", {kText, kText}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {741, "text_le", {kText, kText}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {742, "text_gt", {kText, kText}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {743, "text_ge", {kText, kText}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {360, "bttextcmp", {kText, kText}, kInt4, kImmutable, kStrict, row<compare>},
    {458, "text_larger", {kText, kText}, kText, kImmutable, kStrict, row<larger>},
    {459, "text_smaller", {kText, kText}, kText, kImmutable, kStrict, row<smaller>},
    {2160, "text_pattern_lt", {kText, kText}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {2161, "text_pattern_le", {kText, kText}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {2164, "text_pattern_gt", {kText, kText}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {2163, "text_pattern_ge", {kText, kText}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2166, "bttext_pattern_cmp", {kText, kText}, kInt4, kImmutable, kStrict, row<compare>},
    {62, "nameeq", {kName, kName}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {659, "namene", {kName, kName}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {655, "namelt", {kName, kName}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {656, "namele", {kName, kName}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {657, "namegt", {kName, kName}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {658, "namege", {kName, kName}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {359, "btnamecmp", {kName, kName}, kInt4, kImmutable, kStrict, row<compare>},
    {246, "btnametextcmp", {kName, kText}, kInt4, kImmutable, kStrict, row<compare>},
    {253, "bttextnamecmp", {kText, kName}, kInt4, kImmutable, kStrict, row<compare>},
    {240, "nameeqtext", {kName, kText}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {245, "namenetext", {kName, kText}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {241, "namelttext", {kName, kText}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {242, "nameletext", {kName, kText}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {244, "namegttext", {kName, kText}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {243, "namegetext", {kName, kText}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {247, "texteqname", {kText, kName}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {252, "textnename", {kText, kName}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {248, "textltname", {kText, kName}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {249, "textlename", {kText, kName}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {251, "textgtname", {kText, kName}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {250, "textgename", {kText, kName}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {1948, "byteaeq", {kBytea, kBytea}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {1953, "byteane", {kBytea, kBytea}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {1949, "bytealt", {kBytea, kBytea}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {1950, "byteale", {kBytea, kBytea}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {1951, "byteagt", {kBytea, kBytea}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {1952, "byteage", {kBytea, kBytea}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {1954, "byteacmp", {kBytea, kBytea}, kInt4, kImmutable, kStrict, row<compare>},
    {1048, "bpchareq", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_equal>, batch<bp_equal>},
    {1053, "bpcharne", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_not_equal>, batch<bp_not_equal>},
    {1049, "bpcharlt", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_less>, batch<bp_less>},
    {1050, "bpcharle", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_less_equal>, batch<bp_less_equal>},
    {1051, "bpchargt", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_greater>, batch<bp_greater>},
    {1052, "bpcharge", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_greater_equal>, batch<bp_greater_equal>},
    {1078, "bpcharcmp", {kBpchar, kBpchar}, kInt4, kImmutable, kStrict, row<bp_compare>},
    {1063, "bpchar_larger", {kBpchar, kBpchar}, kBpchar, kImmutable, kStrict, row<bp_larger>},
    {1064, "bpchar_smaller", {kBpchar, kBpchar}, kBpchar, kImmutable, kStrict, row<bp_smaller>},
    {2174, "bpchar_pattern_lt", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_less>, batch<bp_less>},
    {2175, "bpchar_pattern_le", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_less_equal>,
     batch<bp_less_equal>},
    {2178, "bpchar_pattern_gt", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_greater>, batch<bp_greater>},
    {2177, "bpchar_pattern_ge", {kBpchar, kBpchar}, kBool, kImmutable, kStrict, row<bp_greater_equal>,
     batch<bp_greater_equal>},
    {2180, "btbpchar_pattern_cmp", {kBpchar, kBpchar}, kInt4, kImmutable, kStrict, row<bp_compare>},
    {2956, "uuid_eq", {kUuid, kUuid}, kBool, kImmutable, kStrict, row<equal>},
    {2959, "uuid_ne", {kUuid, kUuid}, kBool, kImmutable, kStrict, row<not_equal>},
    {2954, "uuid_lt", {kUuid, kUuid}, kBool, kImmutable, kStrict, row<less>},
    {2955, "uuid_le", {kUuid, kUuid}, kBool, kImmutable, kStrict, row<less_equal>},
    {2958, "uuid_gt", {kUuid, kUuid}, kBool, kImmutable, kStrict, row<greater>},
    {2957, "uuid_ge", {kUuid, kUuid}, kBool, kImmutable, kStrict, row<greater_equal>},
    {2960, "uuid_cmp", {kUuid, kUuid}, kInt4, kImmutable, kStrict, row<compare>},
    {1258, "textcat", {kText, kText}, kText, kImmutable, kStrict, row<concatenate>},
    {2011, "byteacat", {kBytea, kBytea}, kBytea, kImmutable, kStrict, row<concatenate>},
    {1317, "length", {kText}, kInt4, kImmutable, kStrict, row<char_length>},
    {1318, "length", {kBpchar}, kInt4, kImmutable, kStrict, row<bpchar_length>},
    {2010, "length", {kBytea}, kInt4, kImmutable, kStrict, row<byte_length>},
    {1381, "char_length", {kText}, kInt4, kImmutable, kStrict, row<char_length>},
    {1372, "char_length", {kBpchar}, kInt4, kImmutable, kStrict, row<bpchar_length>},
    {1369, "character_length", {kText}, kInt4, kImmutable, kStrict, row<char_length>},
    {1367, "character_length", {kBpchar}, kInt4, kImmutable, kStrict, row<bpchar_length>},
    {1374, "octet_length", {kText}, kInt4, kImmutable, kStrict, row<byte_length>},
    {1375, "octet_length", {kBpchar}, kInt4, kImmutable, kStrict, row<byte_length>},
    {720, "octet_length", {kBytea}, kInt4, kImmutable, kStrict, row<byte_length>},
    {1811, "bit_length", {kText}, kInt4, kImmutable, kStrict, row<bit_length>},
    {1810, "bit_length", {kBytea}, kInt4, kImmutable, kStrict, row<bit_length>},
    {1257, "textlen", {kText}, kInt4, kImmutable, kStrict, row<char_length>},
    {406, "text", {kName}, kText, kImmutable, kStrict, row<same>},
    {401, "text", {kBpchar}, kText, kImmutable, kStrict, row<trimmed>},
    {946, "text", {kChar}, kText, kImmutable, kStrict, row<char_to_text>},
    {944, "char", {kText}, kChar, kImmutable, kStrict, row<text_to_char>},
    {407, "name", {kText}, kName, kImmutable, kStrict, row<to_name>},
    {1400, "name", {kVarchar}, kName, kImmutable, kStrict, row<to_name>},
    {409, "name", {kBpchar}, kName, kImmutable, kStrict, row<bpchar_to_name>},
    {408, "bpchar", {kName}, kBpchar, kImmutable, kStrict, row<same>},
    {860, "bpchar", {kChar}, kBpchar, kImmutable, kStrict, row<char_to_bpchar>},
    {1401, "varchar", {kName}, kVarchar, kImmutable, kStrict, row<same>},
    {669, "varchar", {kVarchar, kInt4, kBool}, kVarchar, kImmutable, kStrict, row<varchar_coerce>},
    {668, "bpchar", {kBpchar, kInt4, kBool}, kBpchar, kImmutable, kStrict, row<bpchar_coerce>},
};

}  // namespace

std::span<const FunctionDef> text_basic_functions() { return kFunctions; }

}  // namespace vecino::sql
