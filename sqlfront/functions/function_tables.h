#pragma once

#include "sqlfront/functions/function.h"
#include "sqlfront/functions/row_adapters.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

// Short names for the rows of function tables; `using namespace tables` in the .cc file.
namespace tables {
using namespace type_id;
using enum Volatility;
using enum FunctionKind;
inline constexpr bool kStrict = true, kCalledOnNull = false;
}  // namespace tables

}  // namespace vecino::sql
