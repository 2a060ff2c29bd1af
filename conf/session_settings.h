#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/util/status.h"

namespace vecino::conf {

// One enumerator per row of the settings table (conf/settings.def): the setting's name, lower case, '.' -> '_'.
enum class SettingId : uint16_t {
#define VECINO_SETTING(id, ...) id,
#include "conf/settings.def"
#undef VECINO_SETTING
  kCount
};

enum class SettingType : uint8_t { kBool, kInt, kReal, kString, kEnum };
// Where a value may be set (pg_settings.context), weakest permission last.
enum class SettingContext : uint8_t { kInternal, kPostmaster, kSighup, kSuperuserBackend, kBackend, kSuperuser, kUser };
// Weakest first. kGlobal to kDatabaseUser: ALTER ROLE ALL, ALTER DATABASE, ALTER ROLE, ALTER ROLE ... IN DATABASE.
enum class SettingSource : uint8_t {
  kDefault, kConfigFile, kCommandLine, kGlobal, kDatabase, kUser, kDatabaseUser, kClient, kSession
};

struct SettingInfo {
  SettingId id;
  std::string_view name;  // canonical spelling: "TimeZone", "hnsw.ef_search"
  SettingType type;
  SettingContext context;
  std::string_view unit;           // "", "kB", "8kB", "ms", "s", "min"
  std::string_view default_value;  // as text
  double min, max;                 // kInt, kReal
  std::string_view enum_values;    // comma separated, hidden synonyms after '|'
  bool report;                     // sent as ParameterStatus
  std::string_view group;          // pg_settings.category
  std::string_view description;
  std::string_view extra_description;
};
std::span<const SettingInfo> all_settings();
// Case-insensitive. nullptr = not in the table.
const SettingInfo* find_setting(std::string_view name);

// Transaction behaviour of a SET.
enum class SettingScope : uint8_t { kSession, kTransaction /* SET LOCAL */, kFunction };

// A setting's value in every form a reader may want. Immutable once shared.
struct SettingValue {
  int64_t number = 0;  // kBool 0/1, kInt in the setting's unit, kEnum position in enum_values
  double real = 0;     // kReal
  std::string text;    // canonical text without unit ("on", "4096", "ISO, MDY")
  SettingSource source = SettingSource::kDefault;
};

// What a session knows about its user and the settings do not. Asked by one session's settings only; outlives them.
class SettingGuard {
 public:
  virtual ~SettingGuard() = default;
  virtual bool is_superuser() = 0;
  // May this user change a setting that only superusers may? (GRANT SET ON PARAMETER)
  virtual bool may_set(const SettingInfo& info) = 0;
  // Refuses a value of `role` or `session_authorization`.
  virtual Status check_role(SettingId id, std::string_view value, SettingSource source) = 0;
};

// The settings of one session: table defaults, overlaid by file, command line, database, role, startup packet, SET.
// SET inside a transaction block is undone by its rollback, SET LOCAL at its end (manual: SET). Not thread-safe.
// Values that were never changed are shared by all sessions: an unchanged session costs a table of pointers.
class SessionSettings {
 public:
  explicit SessionSettings(std::shared_ptr<const class ServerSettings> server);
  ~SessionSettings();
  SessionSettings(const SessionSettings&) = delete;

  bool get_bool(SettingId id) const { return values_[index(id)]->number != 0; }
  int64_t get_int(SettingId id) const { return values_[index(id)]->number; }  // in the setting's unit
  double get_real(SettingId id) const { return values_[index(id)]->real; }
  const std::string& get_string(SettingId id) const { return values_[index(id)]->text; }
  int get_enum(SettingId id) const { return static_cast<int>(values_[index(id)]->number); }  // position in enum_values

  // By name, from SQL or the startup packet. Errors are PostgreSQL's: 42704 `unrecognized configuration parameter`,
  // 22023 invalid value / outside the valid range, 55P02 cannot be changed now, 42602 reserved prefix.
  // Names with a dot that are no known setting are kept as custom settings. Source kDefault is the server's own hand:
  // it may also set kInternal settings (is_superuser, session_authorization), and becomes the reset value.
  Status set(std::string_view name, std::string_view value, SettingSource source, SettingScope scope);
  Status reset(std::string_view name);
  void reset_all();
  Result<std::string> show(std::string_view name) const;  // formatted with unit, as SHOW prints
  // nullopt when unknown (current_setting(name, true)).
  std::optional<std::string> lookup(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> custom() const;
  SettingSource source_of(SettingId id) const;
  std::string reset_value(SettingId id) const;

  // Transaction nesting: savepoints open levels; rollback restores; commit keeps SET and drops SET LOCAL.
  // Outside any level SET takes effect for good and SET LOCAL has none.
  void push_level();
  void pop_level(bool commit);
  int level() const;

  // Called after every change of a setting with `report`.
  void set_report_hook(std::function<void(const SettingInfo&, const std::string& value)> hook);
  // From here on what the user may do is asked there, and is_superuser follows `role` and `session_authorization`.
  void set_guard(SettingGuard* guard);
  // Extra validation or side effects of one setting (e.g. TimeZone must exist); runs before the value is taken and may
  // canonicalise it. Registered once at start for all sessions, before any exists. An error without a message stands
  // for `invalid value for parameter ...` with its detail and hint.
  using CheckHook = Status (*)(std::string& value);
  static void set_check_hook(SettingId id, CheckHook hook);
  // Follows a reloaded configuration: what database, role, client and SET left alone takes the new values. Settings of
  // context backend keep what the session started with.
  void adopt(std::shared_ptr<const class ServerSettings> server);
  bool pending_restart(SettingId id) const;
  // Bumped on every change; lets callers cache derived values (parsed search_path, time zone pointer).
  uint64_t version() const { return version_; }

 private:
  struct State;
  static size_t index(SettingId id) { return static_cast<size_t>(id); }
  // Makes `value` (null = the server's) the current one of a table setting or custom setting.
  void take(uint32_t slot, std::shared_ptr<const SettingValue> value);
  void adopt_custom(const class ServerSettings& before);
  void follow_role();
  Status check_permission(const SettingInfo& info, std::string_view value, SettingSource source);
  std::vector<const SettingValue*> values_;  // never null for the table's settings
  uint64_t version_ = 0;
  std::unique_ptr<State> state_;
};

// Server-wide values: file, command line, ALTER SYSTEM. Immutable once shared with sessions; a reload makes a new one.
class ServerSettings {
 public:
  ServerSettings();
  // kDefault may set any setting (data_directory), the others all but kInternal ones.
  Status set(std::string_view name, std::string_view value, SettingSource source);
  // postgresql.conf syntax, with include directives. F0000 with file and line on errors.
  Status load_file(const std::string& path);
  bool get_bool(SettingId id) const;
  int64_t get_int(SettingId id) const;
  double get_real(SettingId id) const;
  const std::string& get_string(SettingId id) const;
  int get_enum(SettingId id) const;

  // For conf/reload.cc. reset() returns to the table's default whatever the source.
  SettingSource source_of(SettingId id) const;
  void reset(SettingId id);
  void clear_custom() { custom_.clear(); }
  // The files ask for another value than the one a restart would be needed to change.
  void set_pending_restart(SettingId id) { pending_restart_.push_back(id); }
  bool pending_restart(SettingId id) const;

 private:
  friend class SessionSettings;
  std::vector<SettingValue> values_;
  std::vector<SettingId> pending_restart_;
  std::vector<std::pair<std::string, std::string>> custom_;
};

// `value` as SHOW prints it: with the largest unit that divides it, octal for file modes.
std::string format_setting(const SettingInfo& info, const SettingValue& value);

}  // namespace vecino::conf
