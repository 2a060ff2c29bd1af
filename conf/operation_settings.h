#pragma once

#include "conf/session_settings.h"

namespace vecino::conf {

// Settings that only few files read, in a table of their own behind the large one: a new row compiles those files and not
// everything that knows SettingId. They are settings like all others: found by name, shown, listed.
namespace setting {
enum class OperationId : uint16_t {
  kBefore = static_cast<uint16_t>(SettingId::kCount) - 1,
#define VECINO_SETTING(id, ...) id,
#include "conf/operation_settings.def"
#undef VECINO_SETTING
  kEnd
};
#define VECINO_SETTING(id, ...) inline constexpr SettingId id = static_cast<SettingId>(OperationId::id);
#include "conf/operation_settings.def"
#undef VECINO_SETTING
inline constexpr SettingId kEnd = static_cast<SettingId>(OperationId::kEnd);
}  // namespace setting

}  // namespace vecino::conf
