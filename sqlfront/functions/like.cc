// LIKE, ILIKE and their kin (manual 9.7.1, 9.7.2).
#include "sqlfront/functions/like_match.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {
namespace {

bool sensitive(const Datum* args) { return like_match(args[0].bytes(), args[1].bytes(), LikeUnit::kCharacter); }
bool insensitive(const Datum* args) { return like_match(args[0].bytes(), args[1].bytes(), LikeCase::kInsensitive); }
bool byte_wise(const Datum* args) { return like_match(args[0].bytes(), args[1].bytes(), LikeUnit::kByte); }

Datum textlike(CallContext&, const Datum* args) { return Datum::from_bool(sensitive(args)); }
Datum textnlike(CallContext&, const Datum* args) { return Datum::from_bool(!sensitive(args)); }
Datum texticlike(CallContext&, const Datum* args) { return Datum::from_bool(insensitive(args)); }
Datum texticnlike(CallContext&, const Datum* args) { return Datum::from_bool(!insensitive(args)); }
Datum bytealike(CallContext&, const Datum* args) { return Datum::from_bool(byte_wise(args)); }
Datum byteanlike(CallContext&, const Datum* args) { return Datum::from_bool(!byte_wise(args)); }

Datum like_escape(CallContext& context, const Datum* args) {
  return context.text(like_with_escape(args[0].bytes(), args[1].bytes()));
}
Datum similar_to_escape_1(CallContext& context, const Datum* args) {
  return context.text(similar_to_regex(args[0].bytes(), "\\"));
}
Datum similar_to_escape_2(CallContext& context, const Datum* args) {
  return context.text(similar_to_regex(args[0].bytes(), args[1].bytes()));
}
// The older form: NULL escape means backslash.
Datum similar_escape(CallContext& context, const Datum* args) {
  if (args[0].is_null) return Datum::null();
  return context.text(similar_to_regex(args[0].bytes(), args[1].is_null ? "\\" : args[1].bytes()));
}
Datum text_starts_with(CallContext&, const Datum* args) {
  return Datum::from_bool(args[0].bytes().starts_with(args[1].bytes()));
}

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 850, .name = "textlike", .arg_types = {kText, kText}, .result_type = kBool, .row = textlike},
    {.oid = 851, .name = "textnlike", .arg_types = {kText, kText}, .result_type = kBool, .row = textnlike},
    {.oid = 858, .name = "namelike", .arg_types = {kName, kText}, .result_type = kBool, .row = textlike},
    {.oid = 859, .name = "namenlike", .arg_types = {kName, kText}, .result_type = kBool, .row = textnlike},
    {.oid = 1569, .name = "like", .arg_types = {kText, kText}, .result_type = kBool, .row = textlike},
    {.oid = 1570, .name = "notlike", .arg_types = {kText, kText}, .result_type = kBool, .row = textnlike},
    {.oid = 1571, .name = "like", .arg_types = {kName, kText}, .result_type = kBool, .row = textlike},
    {.oid = 1572, .name = "notlike", .arg_types = {kName, kText}, .result_type = kBool, .row = textnlike},
    {.oid = 1623, .name = "similar_escape", .arg_types = {kText, kText}, .result_type = kText, .strict = false,
     .row = similar_escape},
    {.oid = 1631, .name = "bpcharlike", .arg_types = {kBpchar, kText}, .result_type = kBool, .row = textlike},
    {.oid = 1632, .name = "bpcharnlike", .arg_types = {kBpchar, kText}, .result_type = kBool, .row = textnlike},
    {.oid = 1633, .name = "texticlike", .arg_types = {kText, kText}, .result_type = kBool, .row = texticlike},
    {.oid = 1634, .name = "texticnlike", .arg_types = {kText, kText}, .result_type = kBool, .row = texticnlike},
    {.oid = 1635, .name = "nameiclike", .arg_types = {kName, kText}, .result_type = kBool, .row = texticlike},
    {.oid = 1636, .name = "nameicnlike", .arg_types = {kName, kText}, .result_type = kBool, .row = texticnlike},
    {.oid = 1637, .name = "like_escape", .arg_types = {kText, kText}, .result_type = kText, .row = like_escape},
    {.oid = 1660, .name = "bpchariclike", .arg_types = {kBpchar, kText}, .result_type = kBool, .row = texticlike},
    {.oid = 1661, .name = "bpcharicnlike", .arg_types = {kBpchar, kText}, .result_type = kBool, .row = texticnlike},
    {.oid = 1986, .name = "similar_to_escape", .arg_types = {kText, kText}, .result_type = kText,
     .row = similar_to_escape_2},
    {.oid = 1987, .name = "similar_to_escape", .arg_types = {kText}, .result_type = kText,
     .row = similar_to_escape_1},
    {.oid = 2005, .name = "bytealike", .arg_types = {kBytea, kBytea}, .result_type = kBool, .row = bytealike},
    {.oid = 2006, .name = "byteanlike", .arg_types = {kBytea, kBytea}, .result_type = kBool, .row = byteanlike},
    {.oid = 2007, .name = "like", .arg_types = {kBytea, kBytea}, .result_type = kBool, .row = bytealike},
    {.oid = 2008, .name = "notlike", .arg_types = {kBytea, kBytea}, .result_type = kBool, .row = byteanlike},
    {.oid = 2009, .name = "like_escape", .arg_types = {kBytea, kBytea}, .result_type = kBytea, .row = like_escape},
    {.oid = 3696, .name = "starts_with", .arg_types = {kText, kText}, .result_type = kBool, .row = text_starts_with,
     .leakproof = true},
};

const OperatorDef kOperators[] = {
    {.oid = 1207, .name = "~~", .left = kName, .right = kText, .result = kBool, .function = 858, .negator = 1208,
     .selectivity = Selectivity::kLike},
    {.oid = 1208, .name = "!~~", .left = kName, .right = kText, .result = kBool, .function = 859, .negator = 1207,
     .selectivity = Selectivity::kLike},
    {.oid = 1209, .name = "~~", .left = kText, .right = kText, .result = kBool, .function = 850, .negator = 1210,
     .selectivity = Selectivity::kLike},
    {.oid = 1210, .name = "!~~", .left = kText, .right = kText, .result = kBool, .function = 851, .negator = 1209,
     .selectivity = Selectivity::kLike},
    {.oid = 1211, .name = "~~", .left = kBpchar, .right = kText, .result = kBool, .function = 1631, .negator = 1212,
     .selectivity = Selectivity::kLike},
    {.oid = 1212, .name = "!~~", .left = kBpchar, .right = kText, .result = kBool, .function = 1632, .negator = 1211,
     .selectivity = Selectivity::kLike},
    {.oid = 1625, .name = "~~*", .left = kName, .right = kText, .result = kBool, .function = 1635, .negator = 1626,
     .selectivity = Selectivity::kLike},
    {.oid = 1626, .name = "!~~*", .left = kName, .right = kText, .result = kBool, .function = 1636, .negator = 1625,
     .selectivity = Selectivity::kLike},
    {.oid = 1627, .name = "~~*", .left = kText, .right = kText, .result = kBool, .function = 1633, .negator = 1628,
     .selectivity = Selectivity::kLike},
    {.oid = 1628, .name = "!~~*", .left = kText, .right = kText, .result = kBool, .function = 1634, .negator = 1627,
     .selectivity = Selectivity::kLike},
    {.oid = 1629, .name = "~~*", .left = kBpchar, .right = kText, .result = kBool, .function = 1660, .negator = 1630,
     .selectivity = Selectivity::kLike},
    {.oid = 1630, .name = "!~~*", .left = kBpchar, .right = kText, .result = kBool, .function = 1661, .negator = 1629,
     .selectivity = Selectivity::kLike},
    {.oid = 2016, .name = "~~", .left = kBytea, .right = kBytea, .result = kBool, .function = 2005, .negator = 2017,
     .selectivity = Selectivity::kLike},
    {.oid = 2017, .name = "!~~", .left = kBytea, .right = kBytea, .result = kBool, .function = 2006, .negator = 2016,
     .selectivity = Selectivity::kLike},
    {.oid = 3877, .name = "^@", .left = kText, .right = kText, .result = kBool, .function = 3696,
     .selectivity = Selectivity::kLike},
};

}  // namespace

std::span<const FunctionDef> like_functions() { return kFunctions; }
std::span<const OperatorDef> like_operators() { return kOperators; }

}  // namespace vecino::sql
