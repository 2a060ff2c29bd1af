#include "conf/reload.h"

#include <algorithm>

#include "conf/config_file.h"
#include "conf/setting_value.h"

namespace vecino::conf {
namespace {

std::string place(const ConfigEntry& entry) {
  return " in file \"" + entry.file + "\" line " + std::to_string(entry.line);
}

// Only the last of several lines for one setting counts.
std::vector<ConfigEntry> last_of_each(std::vector<ConfigEntry> entries) {
  std::vector<ConfigEntry> result;
  for (size_t i = 0; i < entries.size(); ++i) {
    bool again = std::any_of(entries.begin() + static_cast<ptrdiff_t>(i) + 1, entries.end(), [&](const ConfigEntry& e) {
      return equals_ignoring_case(e.name, entries[i].name);
    });
    if (!again) result.push_back(entries[i]);
  }
  return result;
}

class Reload {
 public:
  explicit Reload(const ServerSettings& current)
      : current_(current), next_(std::make_shared<ServerSettings>(current)) {}

  void drop_absent(const std::vector<ConfigEntry>& entries) {
    for (const SettingInfo& info : all_settings()) {
      if (current_.source_of(info.id) != SettingSource::kConfigFile) continue;
      bool present = std::any_of(entries.begin(), entries.end(),
                                 [&](const ConfigEntry& e) { return equals_ignoring_case(e.name, info.name); });
      if (present) continue;
      if (info.context == SettingContext::kPostmaster) {
        needs_restart(info);
        continue;
      }
      next_->reset(info.id);
      messages.push_back("parameter \"" + std::string(info.name) +
                         "\" removed from configuration file, reset to default");
    }
    next_->clear_custom();
  }

  void apply(const ConfigEntry& entry) {
    const SettingInfo* info = find_setting(entry.name);
    if (info != nullptr && info->context == SettingContext::kPostmaster) {
      Result<SettingValue> value = parse_setting(*info, entry.value);
      if (!value.is_ok()) return fail(value.status().info().message);
      if (value->text != current_.get_string(info->id)) needs_restart(*info);
      return;
    }
    Status status = next_->set(entry.name, entry.value, SettingSource::kConfigFile);
    if (!status.is_ok()) return fail(status.info().message);
    if (info == nullptr || next_->get_string(info->id) == current_.get_string(info->id)) return;
    messages.push_back("parameter \"" + std::string(info->name) + "\" changed to \"" + entry.value + "\"");
  }

  void fail(std::string message) {
    failed = true;
    messages.push_back(std::move(message));
  }

  std::shared_ptr<const ServerSettings> take() { return std::move(next_); }

  std::vector<std::string> messages;
  bool failed = false;

 private:
  void needs_restart(const SettingInfo& info) {
    next_->set_pending_restart(info.id);
    fail("parameter \"" + std::string(info.name) + "\" cannot be changed without restarting the server");
  }

  const ServerSettings& current_;
  std::shared_ptr<ServerSettings> next_;
};

}  // namespace

ReloadOutcome reload_settings(const ServerSettings& current, std::span<const std::string> files,
                              const std::string& main_file) {
  Reload reload(current);
  std::vector<ConfigEntry> entries;
  for (const std::string& file : files) {
    Result<std::vector<ConfigEntry>> read = read_config_file(file);
    if (!read.is_ok()) {
      reload.fail(read.status().info().message);
      continue;
    }
    entries.insert(entries.end(), read->begin(), read->end());
  }
  for (const ConfigEntry& entry : entries) {
    if (find_setting(entry.name) == nullptr && !check_custom_name(entry.name).is_ok()) {
      reload.fail("unrecognized configuration parameter \"" + entry.name + "\"" + place(entry));
    }
  }
  std::string contains_errors = "configuration file \"" + main_file + "\" contains errors; ";
  // A file with an error that may be a slip of the pen is not trusted at all.
  if (reload.failed) {
    reload.messages.push_back(contains_errors + "no changes were applied");
    return {nullptr, std::move(reload.messages)};
  }
  entries = last_of_each(std::move(entries));
  reload.drop_absent(entries);
  for (const ConfigEntry& entry : entries) reload.apply(entry);
  if (reload.failed) reload.messages.push_back(contains_errors + "unaffected changes were applied");
  return {reload.take(), std::move(reload.messages)};
}

}  // namespace vecino::conf
