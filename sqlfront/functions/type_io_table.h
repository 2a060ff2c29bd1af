#pragma once

#include <span>

#include "sqlfront/functions/function.h"

namespace vecino::sql {

std::span<const FunctionDef> type_io_functions();  // a span of the registry

}  // namespace vecino::sql
