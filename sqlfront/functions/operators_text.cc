#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"

namespace vecino::sql {
namespace {
using namespace tables;

// oid, name, left, right, result, function, commutator, negator, selectivity, can merge, can hash
const OperatorDef kOperators[] = {
    {1955, "=", kBytea, kBytea, kBool, 1948, 1955, 1956, Selectivity::kEqual, true, true},
    {1956, "<>", kBytea, kBytea, kBool, 1953, 1956, 1955, Selectivity::kNotEqual},
    {1957, "<", kBytea, kBytea, kBool, 1949, 1959, 1960, Selectivity::kLess},
    {1958, "<=", kBytea, kBytea, kBool, 1950, 1960, 1959, Selectivity::kLess},
    {1959, ">", kBytea, kBytea, kBool, 1951, 1957, 1958, Selectivity::kGreater},
    {1960, ">=", kBytea, kBytea, kBool, 1952, 1958, 1957, Selectivity::kGreater},
    {2018, "||", kBytea, kBytea, kBytea, 2011},
    {92, "=", kChar, kChar, kBool, 61, 92, 630, Selectivity::kEqual, true, true},
    {630, "<>", kChar, kChar, kBool, 70, 630, 92, Selectivity::kNotEqual},
    {631, "<", kChar, kChar, kBool, 1246, 633, 634, Selectivity::kLess},
    {632, "<=", kChar, kChar, kBool, 72, 634, 633, Selectivity::kLess},
    {633, ">", kChar, kChar, kBool, 73, 631, 632, Selectivity::kGreater},
    {634, ">=", kChar, kChar, kBool, 74, 632, 631, Selectivity::kGreater},
    {93, "=", kName, kName, kBool, 62, 93, 643, Selectivity::kEqual, true, true},
    {643, "<>", kName, kName, kBool, 659, 643, 93, Selectivity::kNotEqual},
    {660, "<", kName, kName, kBool, 655, 662, 663, Selectivity::kLess},
    {661, "<=", kName, kName, kBool, 656, 663, 662, Selectivity::kLess},
    {662, ">", kName, kName, kBool, 657, 660, 661, Selectivity::kGreater},
    {663, ">=", kName, kName, kBool, 658, 661, 660, Selectivity::kGreater},
    {254, "=", kName, kText, kBool, 240, 260, 259, Selectivity::kEqual, true, true},
    {255, "<", kName, kText, kBool, 241, 264, 257, Selectivity::kLess},
    {256, "<=", kName, kText, kBool, 242, 263, 258, Selectivity::kLess},
    {257, ">=", kName, kText, kBool, 243, 262, 255, Selectivity::kGreater},
    {258, ">", kName, kText, kBool, 244, 261, 256, Selectivity::kGreater},
    {259, "<>", kName, kText, kBool, 245, 265, 254, Selectivity::kNotEqual},
    {260, "=", kText, kName, kBool, 247, 254, 265, Selectivity::kEqual, true, true},
    {261, "<", kText, kName, kBool, 248, 258, 263, Selectivity::kLess},
    {262, "<=", kText, kName, kBool, 249, 257, 264, Selectivity::kLess},
    {263, ">=", kText, kName, kBool, 250, 256, 261, Selectivity::kGreater},
    {264, ">", kText, kName, kBool, 251, 255, 262, Selectivity::kGreater},
    {265, "<>", kText, kName, kBool, 252, 259, 260, Selectivity::kNotEqual},
    {98, "=", kText, kText, kBool, 67, 98, 531, Selectivity::kEqual, true, true},
    {531, "<>", kText, kText, kBool, 157, 531, 98, Selectivity::kNotEqual},
    {654, "||", kText, kText, kText, 1258},
    {2779, "||", kText, kAnyNonArray, kText, 2003},
    {2780, "||", kAnyNonArray, kText, kText, 2004},
    {664, "<", kText, kText, kBool, 740, 666, 667, Selectivity::kLess},
    {665, "<=", kText, kText, kBool, 741, 667, 666, Selectivity::kLess},
    {666, ">", kText, kText, kBool, 742, 664, 665, Selectivity::kGreater},
    {667, ">=", kText, kText, kBool, 743, 665, 664, Selectivity::kGreater},
    {2314, "~<~", kText, kText, kBool, 2160, 2318, 2317, Selectivity::kLess},
    {2315, "~<=~", kText, kText, kBool, 2161, 2317, 2318, Selectivity::kLess},
    {2317, "~>=~", kText, kText, kBool, 2163, 2315, 2314, Selectivity::kGreater},
    {2318, "~>~", kText, kText, kBool, 2164, 2314, 2315, Selectivity::kGreater},
    {1054, "=", kBpchar, kBpchar, kBool, 1048, 1054, 1057, Selectivity::kEqual, true, true},
    {1057, "<>", kBpchar, kBpchar, kBool, 1053, 1057, 1054, Selectivity::kNotEqual},
    {1058, "<", kBpchar, kBpchar, kBool, 1049, 1060, 1061, Selectivity::kLess},
    {1059, "<=", kBpchar, kBpchar, kBool, 1050, 1061, 1060, Selectivity::kLess},
    {1060, ">", kBpchar, kBpchar, kBool, 1051, 1058, 1059, Selectivity::kGreater},
    {1061, ">=", kBpchar, kBpchar, kBool, 1052, 1059, 1058, Selectivity::kGreater},
    {2326, "~<~", kBpchar, kBpchar, kBool, 2174, 2330, 2329, Selectivity::kLess},
    {2327, "~<=~", kBpchar, kBpchar, kBool, 2175, 2329, 2330, Selectivity::kLess},
    {2329, "~>=~", kBpchar, kBpchar, kBool, 2177, 2327, 2326, Selectivity::kGreater},
    {2330, "~>~", kBpchar, kBpchar, kBool, 2178, 2326, 2327, Selectivity::kGreater},
};

}  // namespace

std::span<const OperatorDef> text_operators() { return kOperators; }

}  // namespace vecino::sql
