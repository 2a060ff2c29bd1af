#pragma once

#include <string>
#include <string_view>

#include "conf/session_settings.h"

namespace vecino::conf {

// Text -> value of a setting: syntax, units, range, enum spellings, then the check hook. 22023 with PostgreSQL's texts.
Result<SettingValue> parse_setting(const SettingInfo& info, std::string_view text);

// Registered hooks by setting; nullptr = none (conf's own checks come with the table).
SessionSettings::CheckHook check_hook(SettingId id);

bool equals_ignoring_case(std::string_view a, std::string_view b);

// A valid custom setting: two or more simple identifiers separated by dots, not under a reserved prefix. 42704 without
// a dot.
Status check_custom_name(std::string_view name);

// %g of C, as PostgreSQL prints reals.
std::string format_real(double value);

}  // namespace vecino::conf
