#include <array>
#include <cctype>
#include <string>
#include <unordered_map>

#include "conf/operation_settings.h"

namespace vecino::conf {
namespace {

constexpr SettingType kBool = SettingType::kBool, kInt = SettingType::kInt, kReal = SettingType::kReal,
                      kString = SettingType::kString, kEnum = SettingType::kEnum;
constexpr SettingContext kInternal = SettingContext::kInternal, kPostmaster = SettingContext::kPostmaster,
                         kSighup = SettingContext::kSighup, kBackend = SettingContext::kBackend,
                         kSuperuserBackend = SettingContext::kSuperuserBackend, kSuperuser = SettingContext::kSuperuser,
                         kUser = SettingContext::kUser;

#define VECINO_SETTING(id, name, type, context, unit, value, min, max, enums, report, group, text, extra) \
  SettingInfo{SettingId::id, name, type, context, unit, value, min, max, enums, report, group, text, extra},
constexpr SettingInfo kSettings[] = {
#include "conf/settings.def"
#undef VECINO_SETTING
#define VECINO_SETTING(id, name, type, context, unit, value, min, max, enums, report, group, text, extra) \
  SettingInfo{setting::id, name, type, context, unit, value, min, max, enums, report, group, text, extra},
#include "conf/operation_settings.def"
#undef VECINO_SETTING
};
static_assert(std::size(kSettings) == static_cast<size_t>(setting::kEnd));

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

std::unordered_map<std::string, const SettingInfo*> make_index() {
  std::unordered_map<std::string, const SettingInfo*> index;
  for (const SettingInfo& info : kSettings) index.emplace(lower(info.name), &info);
  // Names that PostgreSQL still takes.
  index.emplace("sort_mem", index.at("work_mem"));
  index.emplace("vacuum_mem", index.at("maintenance_work_mem"));
  return index;
}

}  // namespace

std::span<const SettingInfo> all_settings() { return kSettings; }

const SettingInfo* find_setting(std::string_view name) {
  static const std::unordered_map<std::string, const SettingInfo*> index = make_index();
  auto found = index.find(lower(name));
  return found == index.end() ? nullptr : found->second;
}

}  // namespace vecino::conf
