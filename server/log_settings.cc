#include "server/log_settings.h"

#include <algorithm>
#include <string>

#include "sqlfront/types/time_zone.h"
#include "storage/util/log_output.h"

namespace vecino::server {

using conf::SettingId;

namespace {

log::Level minimum_level(const std::string& text) {
  if (text.starts_with("debug")) return log::Level::kDebug;
  if (text == "info" || text == "notice") return log::Level::kNotice;
  if (text == "warning") return log::Level::kWarning;
  if (text == "error") return log::Level::kError;
  if (text == "fatal") return log::Level::kFatal;
  return text == "panic" ? log::Level::kPanic : log::Level::kInfo;
}

bool lists(std::string destinations, std::string_view wanted) {
  std::transform(destinations.begin(), destinations.end(), destinations.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return destinations.find(wanted) != std::string::npos;
}

}  // namespace

Status configure_log(const conf::ServerSettings& settings) {
  log::Options options;
  options.line_prefix = settings.get_string(SettingId::log_line_prefix);
  const std::string& destinations = settings.get_string(SettingId::log_destination);
  options.to_stderr = lists(destinations, "stderr");
  options.to_csv = lists(destinations, "csvlog");
  options.to_json = lists(destinations, "jsonlog");
  options.collector = settings.get_bool(SettingId::logging_collector);
  options.directory = settings.get_string(SettingId::log_directory);
  if (!options.directory.starts_with("/")) {
    options.directory = settings.get_string(SettingId::data_directory) + "/" + options.directory;
  }
  options.file_pattern = settings.get_string(SettingId::log_filename);
  options.rotation_minutes = settings.get_int(SettingId::log_rotation_age);
  options.rotation_kilobytes = settings.get_int(SettingId::log_rotation_size);
  options.truncate_on_rotation = settings.get_bool(SettingId::log_truncate_on_rotation);
  options.file_mode = static_cast<unsigned>(settings.get_int(SettingId::log_file_mode));
  const std::string& verbosity = settings.get_string(SettingId::log_error_verbosity);
  options.verbose = verbosity == "verbose";
  options.terse = verbosity == "terse";
  if (const sql::TimeZone* zone = sql::find_time_zone(settings.get_string(SettingId::log_timezone))) {
    options.zone = [zone](int64_t seconds) {
      auto period = zone->at(seconds);
      return log::Options::Zone{static_cast<int>(period.offset), std::string(period.abbreviation)};
    };
  }
  log::set_level(minimum_level(settings.get_string(SettingId::log_min_messages)));
  return log::configure(std::move(options));
}

}  // namespace vecino::server
