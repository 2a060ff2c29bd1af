#pragma once

#include <string>
#include <string_view>

#include "storage/util/status.h"

namespace vecino::conf {

// Canonical DateStyle ("ISO, MDY") of a specification that may name only the style or only the field order; what it
// leaves out comes from `current`, `DEFAULT` from `reset_value`. Errors carry a DETAIL only.
Result<std::string> merge_datestyle(std::string_view text, std::string_view current, std::string_view reset_value);

}  // namespace vecino::conf
