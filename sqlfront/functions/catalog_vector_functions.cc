#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/scalar_text.h"

// oidvector, and helpers of catalog views and rarely used overloads.
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

bool equal(Datum a, Datum b) { return array_compare(a, b) == 0; }
bool not_equal(Datum a, Datum b) { return array_compare(a, b) != 0; }
bool less(Datum a, Datum b) { return array_compare(a, b) < 0; }
bool less_equal(Datum a, Datum b) { return array_compare(a, b) <= 0; }
bool greater(Datum a, Datum b) { return array_compare(a, b) > 0; }
bool greater_equal(Datum a, Datum b) { return array_compare(a, b) >= 0; }
int32_t compare(Datum a, Datum b) { return array_compare(a, b); }

// name_oid, cut so that both parts fit a name.
Datum name_with_oid(CallContext& context, sv name, uint32_t oid) {
  std::string suffix = "_" + std::to_string(oid);
  size_t keep = 63 - suffix.size();
  if (name.size() > keep) {
    while (keep > 0 && is_utf8_continuation(name[keep])) --keep;
    name = name.substr(0, keep);
  }
  return context.text(std::string(name) + suffix);
}

const FunctionDef kFunctions[] = {
    {679, "oidvectoreq", {kOidVector, kOidVector}, kBool, kImmutable, kStrict, row<equal>},
    {619, "oidvectorne", {kOidVector, kOidVector}, kBool, kImmutable, kStrict, row<not_equal>},
    {677, "oidvectorlt", {kOidVector, kOidVector}, kBool, kImmutable, kStrict, row<less>},
    {678, "oidvectorle", {kOidVector, kOidVector}, kBool, kImmutable, kStrict, row<less_equal>},
    {681, "oidvectorgt", {kOidVector, kOidVector}, kBool, kImmutable, kStrict, row<greater>},
    {680, "oidvectorge", {kOidVector, kOidVector}, kBool, kImmutable, kStrict, row<greater_equal>},
    {404, "btoidvectorcmp", {kOidVector, kOidVector}, kInt4, kImmutable, kStrict, row<compare>},
    {266, "nameconcatoid", {kName, kOid}, kName, kImmutable, kStrict, row<name_with_oid>},
};

}  // namespace

std::span<const FunctionDef> catalog_vector_functions() { return kFunctions; }

}  // namespace vecino::sql
