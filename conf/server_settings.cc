#include <algorithm>

#include "conf/check_hooks.h"
#include "conf/config_file.h"
#include "conf/session_settings.h"
#include "conf/setting_value.h"

namespace vecino::conf {
namespace {

size_t index(SettingId id) { return static_cast<size_t>(id); }

SettingValue default_of(const SettingInfo& info) {
  // A default may be outside what users can ask for (check hooks see only what they ask for).
  if (info.type != SettingType::kString) return std::move(parse_setting(info, info.default_value)).value();
  SettingValue value;
  value.text = info.default_value;
  return value;
}

}  // namespace

ServerSettings::ServerSettings() {
  values_.reserve(all_settings().size());
  for (const SettingInfo& info : all_settings()) values_.push_back(default_of(info));
}

SettingSource ServerSettings::source_of(SettingId id) const { return values_[index(id)].source; }
void ServerSettings::reset(SettingId id) { values_[index(id)] = default_of(all_settings()[index(id)]); }
bool ServerSettings::pending_restart(SettingId id) const {
  return std::find(pending_restart_.begin(), pending_restart_.end(), id) != pending_restart_.end();
}

Status ServerSettings::set(std::string_view name, std::string_view value, SettingSource source) {
  const SettingInfo* info = find_setting(name);
  if (info == nullptr) {
    RETURN_IF_ERROR(check_custom_name(name));
    for (auto& [known, text] : custom_) {
      if (equals_ignoring_case(known, name)) return text = value, Status::ok();
    }
    custom_.emplace_back(name, value);
    return Status::ok();
  }
  if (info->context == SettingContext::kInternal && source != SettingSource::kDefault) {
    return Status::error(sqlstate::kCantChangeRuntimeParam,
                         "parameter \"" + std::string(info->name) + "\" cannot be changed");
  }
  SettingValue& target = values_[index(info->id)];
  if (source < target.source) return Status::ok();
  std::string text(value);
  if (info->id == SettingId::datestyle) {
    Result<std::string> merged = merge_datestyle(value, target.text, info->default_value);
    if (!merged.is_ok()) {
      merged.status().info().message =
          "invalid value for parameter \"" + std::string(info->name) + "\": \"" + std::string(value) + "\"";
      return merged.status();
    }
    text = std::move(*merged);
  }
  ASSIGN_OR_RETURN(SettingValue parsed, parse_setting(*info, text));
  parsed.source = source;
  target = std::move(parsed);
  return Status::ok();
}

Status ServerSettings::load_file(const std::string& path) {
  ASSIGN_OR_RETURN(std::vector<ConfigEntry> entries, read_config_file(path));
  for (const ConfigEntry& entry : entries) {
    Status status = set(entry.name, entry.value, SettingSource::kConfigFile);
    if (status.is_ok()) continue;
    status.info().code = sqlstate::kConfigFileError;
    status.info().message += " in file \"" + entry.file + "\" line " + std::to_string(entry.line);
    return status;
  }
  return Status::ok();
}

bool ServerSettings::get_bool(SettingId id) const { return values_[index(id)].number != 0; }
int64_t ServerSettings::get_int(SettingId id) const { return values_[index(id)].number; }
double ServerSettings::get_real(SettingId id) const { return values_[index(id)].real; }
const std::string& ServerSettings::get_string(SettingId id) const { return values_[index(id)].text; }
int ServerSettings::get_enum(SettingId id) const { return static_cast<int>(values_[index(id)].number); }

}  // namespace vecino::conf
