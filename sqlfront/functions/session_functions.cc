#include <cstdio>

#include "sqlfront/catalog/privileges.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/server_operations.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/interval.h"
#include "sqlfront/types/record.h"
#include "sqlfront/types/reg.h"
#include "sqlfront/types/time_zone.h"

// Functions about the running session: sequences, settings, identity, time, locks (manual 9.17, 9.26, 9.27, 9.9.5).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

// Sequences.
int64_t next_value(CallContext& c, uint32_t sequence) { return c.env->nextval(sequence); }
int64_t next_identity(CallContext& c, uint32_t sequence) { return c.env->identity_nextval(sequence); }
int64_t current_value(CallContext& c, uint32_t sequence) { return c.env->currval(sequence); }
int64_t last_value(CallContext& c) { return c.env->lastval(); }
int64_t set_value(CallContext& c, uint32_t sequence, int64_t value) {
  c.env->setval(sequence, value, true);
  return value;
}
int64_t set_value_called(CallContext& c, uint32_t sequence, int64_t value, bool is_called) {
  c.env->setval(sequence, value, is_called);
  return value;
}

// Settings.
Datum current_setting(CallContext& c, sv name) {
  require_may_read_setting(c.env->catalog(), c.env->current_role(), name);
  return c.text(value_or_throw(c.env->settings().show(name)));
}
std::optional<Datum> current_setting_or_null(CallContext& c, sv name, bool missing_ok) {
  if (!missing_ok) return current_setting(c, name);
  auto value = c.env->settings().lookup(name);
  if (!value) return std::nullopt;
  return current_setting(c, name);
}
std::optional<Datum> set_config(CallContext& c, const std::optional<sv>& name, const std::optional<sv>& value,
                                const std::optional<bool>& is_local) {
  if (!name) throw SqlError(sqlstate::kNullValueNotAllowed, "SET requires parameter name");
  auto scope = is_local.value_or(false) ? conf::SettingScope::kTransaction : conf::SettingScope::kSession;
  if (value) {
    throw_if_error(c.env->settings().set(*name, *value, conf::SettingSource::kSession, scope));
  } else {
    throw_if_error(c.env->settings().reset(*name));
  }
  return current_setting(c, *name);
}

// Identity.
Datum current_user(CallContext& c) { return c.text(c.env->current_user()); }
Datum session_user(CallContext& c) { return c.text(c.env->session_user()); }
Datum current_database(CallContext& c) { return c.text(c.env->current_database()); }
std::vector<std::string> path_names(CallContext& c, bool implicit) {
  const Catalog& catalog = c.env->catalog();
  const std::string& setting = c.env->settings().get_string(conf::SettingId::search_path);
  // pg_catalog is searched first unless the setting names it; then it is not implicit.
  bool named = setting.find("pg_catalog") != std::string::npos;
  std::vector<std::string> out;
  for (Oid oid : resolve_search_path(catalog, setting, c.env->current_user(), implicit ? c.env->backend_pid() : 0)) {
    if (oid == well_known_oid::kPgCatalog && !named && !implicit) continue;
    if (SchemaPtr schema = catalog.find_schema(oid)) out.push_back(schema->name);
  }
  return out;
}
std::optional<Datum> current_schema(CallContext& c) {
  auto names = path_names(c, false);
  if (names.empty()) return std::nullopt;
  return c.text(names[0]);
}
Datum current_schemas(CallContext& c, bool implicit) {
  ArrayBuilder builder(kName);
  for (const std::string& name : path_names(c, implicit)) builder.add(Datum::from_bytes(name));
  return builder.finish(*c.arena);
}
Datum version(CallContext& c) {
  return c.text("PostgreSQL 15.0 (Vecino " VECINO_VERSION ") on x86_64-pc-linux-gnu, compiled by g++ " __VERSION__ ", 64-bit");
}
int32_t backend_pid(CallContext& c) { return c.env->backend_pid(); }
int64_t transaction_id(CallContext& c) { return static_cast<int64_t>(c.env->transaction_id()); }
Datum type_of(CallContext& c, const Datum* args) {
  // A row of a table says whose it is.
  const bool is_row = c.arg_types[0] == kRecord && !args[0].is_null;
  return Datum::from_int(is_row ? PackedRecord(args[0]).row_type() : c.arg_types[0]);
}

// Time.
int64_t transaction_time(CallContext& c) { return c.env->transaction_timestamp(); }
int64_t statement_time(CallContext& c) { return c.env->statement_timestamp(); }
int64_t clock_time(CallContext& c) { return c.env->clock_timestamp(); }
Datum time_of_day(CallContext& c) {
  DateTimeSettings settings = datetime_settings(c);
  int64_t now = c.env->clock_timestamp();
  TimeZone::Period period = settings.zone->at(unix_seconds_of(now));
  DateTimeFields f = fields_of(now + period.offset * kMicrosPerSecond);
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char buffer[96];
  int length = std::snprintf(buffer, sizeof buffer, "%s %s %02d %02d:%02d:%02d.%06d %04d %s", kDays[day_of_week(f.days)],
                             kMonths[f.month - 1], f.day, f.hour, f.minute, f.second, f.micros, static_cast<int>(f.year),
                             period.abbreviation.c_str());
  return c.text({buffer, static_cast<size_t>(length)});
}
Datum void_result() { return Datum::from_bytes(""); }
Datum sleep(CallContext& c, double seconds) {
  c.env->sleep(seconds);
  return void_result();
}
Datum sleep_for(CallContext& c, Datum interval) {
  Interval v = load_interval(interval);
  c.env->sleep(static_cast<double>(interval_span(v)) / 1e6);
  return void_result();
}
Datum sleep_until(CallContext& c, int64_t instant) {
  c.env->sleep(static_cast<double>(instant - c.env->clock_timestamp()) / 1e6);
  return void_result();
}

// Advisory locks. Two-key locks pack both keys into one value.
int64_t pack(int32_t a, int32_t b) { return static_cast<int64_t>(static_cast<uint64_t>(static_cast<uint32_t>(a)) << 32 | static_cast<uint32_t>(b)); }
enum class Mode : uint8_t { kExclusive, kShared };
enum class Level : uint8_t { kSession, kTransaction };
template <Mode kMode, Level kLevel>
Datum lock(CallContext& c, int64_t key) {
  c.env->advisory_lock(key, false, kMode == Mode::kShared, kLevel == Level::kSession, true);
  return void_result();
}
template <Mode kMode, Level kLevel>
Datum lock_pair(CallContext& c, int32_t a, int32_t b) {
  c.env->advisory_lock(pack(a, b), true, kMode == Mode::kShared, kLevel == Level::kSession, true);
  return void_result();
}
template <Mode kMode, Level kLevel>
bool try_lock(CallContext& c, int64_t key) {
  return c.env->advisory_lock(key, false, kMode == Mode::kShared, kLevel == Level::kSession, false);
}
template <Mode kMode, Level kLevel>
bool try_lock_pair(CallContext& c, int32_t a, int32_t b) {
  return c.env->advisory_lock(pack(a, b), true, kMode == Mode::kShared, kLevel == Level::kSession, false);
}
template <Mode kMode>
bool unlock(CallContext& c, int64_t key) { return c.env->advisory_unlock(key, false, kMode == Mode::kShared); }
template <Mode kMode>
bool unlock_pair(CallContext& c, int32_t a, int32_t b) {
  return c.env->advisory_unlock(pack(a, b), true, kMode == Mode::kShared);
}
Datum unlock_all(CallContext& c) {
  c.env->advisory_unlock_all();
  return void_result();
}

// Names to oids; NULL when there is none.
template <RegKind kKind>
std::optional<uint32_t> to_reg(CallContext& c, sv name) { return find_reg(c, kKind, name); }
uint32_t text_to_regclass(CallContext& c, sv name) { return parse_reg(c, RegKind::kClass, name); }

const FunctionDef kFunctions[] = {
    {1574, "nextval", {kRegclass}, kInt8, kVolatile, kStrict, row<next_value>},
    {1575, "currval", {kRegclass}, kInt8, kVolatile, kStrict, row<current_value>},
    {2559, "lastval", {}, kInt8, kVolatile, kStrict, row<last_value>},
    {1576, "setval", {kRegclass, kInt8}, kInt8, kVolatile, kStrict, row<set_value>},
    {1765, "setval", {kRegclass, kInt8, kBool}, kInt8, kVolatile, kStrict, row<set_value_called>},
    {2077, "current_setting", {kText}, kText, kStable, kStrict, row<current_setting>},
    {3294, "current_setting", {kText, kBool}, kText, kStable, kStrict, row<current_setting_or_null>},
    {2078, "set_config", {kText, kText, kBool}, kText, kVolatile, kCalledOnNull, row<set_config>},
    {745, "current_user", {}, kName, kStable, kStrict, row<current_user>},
    {746, "session_user", {}, kName, kStable, kStrict, row<session_user>},
    {710, "getpgusername", {}, kName, kStable, kStrict, row<session_user>},
    {861, "current_database", {}, kName, kStable, kStrict, row<current_database>},
    {1402, "current_schema", {}, kName, kStable, kStrict, row<current_schema>},
    {1403, "current_schemas", {kBool}, kNameArray, kStable, kStrict, row<current_schemas>},
    {89, "version", {}, kText, kStable, kStrict, row<version>},
    {2026, "pg_backend_pid", {}, kInt4, kStable, kStrict, row<backend_pid>},
    {2943, "txid_current", {}, kInt8, kStable, kStrict, row<transaction_id>},
    {5059, "pg_current_xact_id", {}, kXid8, kStable, kStrict, row<transaction_id>},
    {1619, "pg_typeof", {kAny}, kRegtype, kStable, kCalledOnNull, row<type_of>},
    {1299, "now", {}, kTimestamptz, kStable, kStrict, row<transaction_time>},
    {2647, "transaction_timestamp", {}, kTimestamptz, kStable, kStrict, row<transaction_time>},
    {2648, "statement_timestamp", {}, kTimestamptz, kStable, kStrict, row<statement_time>},
    {2649, "clock_timestamp", {}, kTimestamptz, kVolatile, kStrict, row<clock_time>},
    {274, "timeofday", {}, kText, kVolatile, kStrict, row<time_of_day>},
    {2626, "pg_sleep", {kFloat8}, kVoid, kVolatile, kStrict, row<sleep>},
    {3935, "pg_sleep_for", {kInterval}, kVoid, kVolatile, kStrict, row<sleep_for>},
    {3936, "pg_sleep_until", {kTimestamptz}, kVoid, kVolatile, kStrict, row<sleep_until>},
    {2880, "pg_advisory_lock", {kInt8}, kVoid, kVolatile, kStrict, row<lock<Mode::kExclusive, Level::kSession>>},
    {2886, "pg_advisory_lock", {kInt4, kInt4}, kVoid, kVolatile, kStrict, row<lock_pair<Mode::kExclusive,
     Level::kSession>>},
    {2881, "pg_advisory_lock_shared", {kInt8}, kVoid, kVolatile, kStrict, row<lock<Mode::kShared, Level::kSession>>},
    {2887, "pg_advisory_lock_shared", {kInt4, kInt4}, kVoid, kVolatile, kStrict, row<lock_pair<Mode::kShared,
     Level::kSession>>},
    {2882, "pg_try_advisory_lock", {kInt8}, kBool, kVolatile, kStrict, row<try_lock<Mode::kExclusive,
     Level::kSession>>},
    {2888, "pg_try_advisory_lock", {kInt4, kInt4}, kBool, kVolatile, kStrict, row<try_lock_pair<Mode::kExclusive,
     Level::kSession>>},
    {2883, "pg_try_advisory_lock_shared", {kInt8}, kBool, kVolatile, kStrict, row<try_lock<Mode::kShared,
     Level::kSession>>},
    {2889, "pg_try_advisory_lock_shared", {kInt4, kInt4}, kBool, kVolatile, kStrict, row<try_lock_pair<Mode::kShared,
     Level::kSession>>},
    {3089, "pg_advisory_xact_lock", {kInt8}, kVoid, kVolatile, kStrict, row<lock<Mode::kExclusive,
     Level::kTransaction>>},
    {3093, "pg_advisory_xact_lock", {kInt4, kInt4}, kVoid, kVolatile, kStrict, row<lock_pair<Mode::kExclusive,
     Level::kTransaction>>},
    {3090, "pg_advisory_xact_lock_shared", {kInt8}, kVoid, kVolatile, kStrict, row<lock<Mode::kShared,
     Level::kTransaction>>},
    {3094, "pg_advisory_xact_lock_shared", {kInt4, kInt4}, kVoid, kVolatile, kStrict, row<lock_pair<Mode::kShared,
     Level::kTransaction>>},
    {3091, "pg_try_advisory_xact_lock", {kInt8}, kBool, kVolatile, kStrict, row<try_lock<Mode::kExclusive,
     Level::kTransaction>>},
    {3095, "pg_try_advisory_xact_lock", {kInt4, kInt4}, kBool, kVolatile, kStrict, row<try_lock_pair<Mode::kExclusive,
     Level::kTransaction>>},
    {3092, "pg_try_advisory_xact_lock_shared", {kInt8}, kBool, kVolatile, kStrict, row<try_lock<Mode::kShared,
     Level::kTransaction>>},
    {3096, "pg_try_advisory_xact_lock_shared", {kInt4, kInt4}, kBool, kVolatile, kStrict,
     row<try_lock_pair<Mode::kShared, Level::kTransaction>>},
    {2884, "pg_advisory_unlock", {kInt8}, kBool, kVolatile, kStrict, row<unlock<Mode::kExclusive>>},
    {2890, "pg_advisory_unlock", {kInt4, kInt4}, kBool, kVolatile, kStrict, row<unlock_pair<Mode::kExclusive>>},
    {2885, "pg_advisory_unlock_shared", {kInt8}, kBool, kVolatile, kStrict, row<unlock<Mode::kShared>>},
    {2891, "pg_advisory_unlock_shared", {kInt4, kInt4}, kBool, kVolatile, kStrict, row<unlock_pair<Mode::kShared>>},
    {2892, "pg_advisory_unlock_all", {}, kVoid, kVolatile, kStrict, row<unlock_all>},
    {2171, "pg_cancel_backend", {kInt4}, kBool, kVolatile, kStrict, row<signal_cancel>},
    {.oid = 2096, .name = "pg_terminate_backend", .arg_types = {kInt4, kInt8}, .result_type = kBool,
     .volatility = kVolatile, .strict = kStrict, .row = row<signal_terminate>, .defaults = {"0"}, .arg_names = {"pid",
     "timeout"}},
    {3495, "to_regclass", {kText}, kRegclass, kStable, kStrict, row<to_reg<RegKind::kClass>>},
    {3493, "to_regtype", {kText}, kRegtype, kStable, kStrict, row<to_reg<RegKind::kType>>},
    {3494, "to_regproc", {kText}, kRegproc, kStable, kStrict, row<to_reg<RegKind::kProc>>},
    {3479, "to_regprocedure", {kText}, kRegprocedure, kStable, kStrict, row<to_reg<RegKind::kProcedure>>},
    {3492, "to_regoper", {kText}, kRegoper, kStable, kStrict, row<to_reg<RegKind::kOper>>},
    {3476, "to_regoperator", {kText}, kRegoperator, kStable, kStrict, row<to_reg<RegKind::kOperator>>},
    {4086, "to_regnamespace", {kText}, kRegnamespace, kStable, kStrict, row<to_reg<RegKind::kNamespace>>},
    {4093, "to_regrole", {kText}, kRegrole, kStable, kStrict, row<to_reg<RegKind::kRole>>},
    {4195, "to_regcollation", {kText}, 4191, kStable, kStrict, row<to_reg<RegKind::kCollation>>},
    {1079, "regclass", {kText}, kRegclass, kStable, kStrict, row<text_to_regclass>},
};

}  // namespace

// Not among the functions, so that no statement can call it.
const FunctionDef kIdentityNextval{1574, "nextval", {kRegclass}, kInt8, kVolatile, kStrict, row<next_identity>};

std::span<const FunctionDef> session_functions() { return kFunctions; }

}  // namespace vecino::sql
