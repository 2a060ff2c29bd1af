#include "conf/config_files.h"

#include <algorithm>
#include <filesystem>

#include "conf/setting_value.h"

namespace vecino::conf {
namespace {

bool same_name(const ConfigEntry& a, const ConfigEntry& b) { return equals_ignoring_case(a.name, b.name); }

bool is_unknown(const ConfigEntry& entry) {
  return find_setting(entry.name) == nullptr && !check_custom_name(entry.name).is_ok();
}

// Why a line has no effect; empty = it has one.
std::string problem_of(const ConfigEntry& entry, const ServerSettings& running) {
  const SettingInfo* info = find_setting(entry.name);
  if (info == nullptr) return "";
  const char* kNotApplied = "setting could not be applied";
  if (info->context == SettingContext::kInternal) return kNotApplied;
  Result<SettingValue> value = parse_setting(*info, entry.value);
  if (!value.is_ok()) return kNotApplied;
  bool needs_restart = info->context == SettingContext::kPostmaster && value->text != running.get_string(info->id);
  return needs_restart && running.source_of(info->id) <= SettingSource::kConfigFile ? kNotApplied : "";
}

}  // namespace

namespace {

std::string default_configuration_file(const std::string& data_directory) { return data_directory + "/postgresql.conf"; }

}  // namespace

std::string main_configuration_file(const std::string& data_directory, const std::string& config_file) {
  return config_file.empty() ? default_configuration_file(data_directory) : config_file;
}

std::vector<std::string> configuration_files(const std::string& data_directory, const std::string& config_file) {
  std::vector<std::string> files;
  std::string main = main_configuration_file(data_directory, config_file);
  // Nobody needs the default file to exist.
  if (main != default_configuration_file(data_directory) || std::filesystem::exists(main)) files.push_back(std::move(main));
  std::string automatic = data_directory + "/postgresql.auto.conf";
  if (std::filesystem::exists(automatic)) files.push_back(std::move(automatic));
  return files;
}

std::vector<std::string> configuration_files(const ServerSettings& settings) {
  return configuration_files(settings.get_string(SettingId::data_directory),
                             settings.get_string(SettingId::config_file));
}

Status load_configuration(const std::vector<std::string>& files, const std::string& main_file, ServerSettings& settings,
                          std::vector<std::string>& messages) {
  const size_t before = messages.size();
  for (const std::string& file : files) {
    Result<std::vector<ConfigEntry>> entries = read_config_file(file);
    if (!entries.is_ok()) {
      messages.push_back(entries.status().info().message);
      continue;
    }
    for (size_t i = 0; i < entries->size(); ++i) {
      const ConfigEntry& entry = (*entries)[i];
      // Only the last of several lines for a setting counts.
      if (std::any_of(entries->begin() + static_cast<ptrdiff_t>(i) + 1, entries->end(),
                      [&](const ConfigEntry& later) { return same_name(entry, later); })) {
        continue;
      }
      Status status = settings.set(entry.name, entry.value, SettingSource::kConfigFile);
      if (status.is_ok()) continue;
      std::string message = status.info().message;
      if (find_setting(entry.name) == nullptr) {
        message = "unrecognized configuration parameter \"" + entry.name + "\" in file \"" + entry.file + "\" line " +
                  std::to_string(entry.line);
      }
      messages.push_back(std::move(message));
    }
  }
  if (messages.size() == before) return Status::ok();
  return Status::error(sqlstate::kConfigFileError, "configuration file \"" + main_file + "\" contains errors");
}

std::vector<FileSetting> file_settings(const std::vector<std::string>& files, const ServerSettings& running) {
  std::vector<FileSetting> result;
  for (const std::string& file : files) {
    Result<std::vector<ConfigEntry>> entries = read_config_file(file);
    if (!entries.is_ok()) {
      FileSetting broken;
      broken.entry.file = file;
      broken.error = entries.status().info().message;
      result.push_back(std::move(broken));
      continue;
    }
    for (ConfigEntry& entry : *entries) result.push_back({std::move(entry), true, ""});
  }
  // With an unknown name or an error of syntax nothing is applied, and values are not looked at.
  bool untrusted = false;
  for (FileSetting& line : result) {
    if (line.error.empty() && is_unknown(line.entry)) line.error = "unrecognized configuration parameter";
    untrusted = untrusted || !line.error.empty();
  }
  for (size_t i = 0; i < result.size(); ++i) {
    FileSetting& line = result[i];
    if (untrusted) {
      line.applied = false;
      continue;
    }
    bool again = std::any_of(result.begin() + static_cast<ptrdiff_t>(i) + 1, result.end(),
                             [&](const FileSetting& later) { return same_name(line.entry, later.entry); });
    if (again) {
      line.applied = false;
      continue;
    }
    line.error = problem_of(line.entry, running);
    line.applied = line.error.empty();
  }
  return result;
}

}  // namespace vecino::conf
