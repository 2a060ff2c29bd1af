#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "sqlfront/catalog/privileges.h"
#include "sqlfront/functions/auth_file_functions.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/server_files.h"
#include "sqlfront/functions/server_operations.h"
#include "sqlfront/functions/system_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/interval.h"
#include "sqlfront/types/record.h"
#include "sqlfront/types/time_zone.h"
#include "sqlfront/types/type.h"

// Set-returning functions behind the system views (manual chapter 54).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;
using Producer = std::unique_ptr<RowProducer>;

constexpr Oid kRegtypeArray = 2211, kInetColumn = kText;  // there is no type inet yet

Producer no_rows(CallContext&, const Datum*) { return std::make_unique<RowList>(std::vector<Oid>{kText}); }

// --- settings -----------------------------------------------------------------------------------------------------
sv context_name(conf::SettingContext context) {
  constexpr sv kNames[] = {"internal", "postmaster", "sighup", "superuser-backend", "backend", "superuser", "user"};
  return kNames[static_cast<int>(context)];
}
sv type_name(conf::SettingType type) {
  constexpr sv kNames[] = {"bool", "integer", "real", "string", "enum"};
  return kNames[static_cast<int>(type)];
}
sv source_name(conf::SettingSource source) {
  constexpr sv kNames[] = {"default", "configuration file", "command line", "global", "database",
                          "user", "database user", "client", "session"};
  return kNames[static_cast<int>(source)];
}
std::string bound_text(const conf::SettingInfo& info, double value) {
  if (info.type == conf::SettingType::kInt) return std::to_string(static_cast<int64_t>(value));
  char digits[32];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  return std::string(digits, end);
}
std::vector<std::string> enum_values(sv list) {
  list = list.substr(0, list.find('|'));
  std::vector<std::string> values;
  while (!list.empty()) {
    size_t comma = list.find(',');
    values.emplace_back(list.substr(0, comma));
    list = comma == sv::npos ? sv() : list.substr(comma + 1);
  }
  return values;
}
// In the setting's unit, without it, as pg_settings.setting has it.
std::string raw_value(const conf::SessionSettings& settings, const conf::SettingInfo& info) {
  switch (info.type) {
    case conf::SettingType::kBool: return settings.get_bool(info.id) ? "on" : "off";
    case conf::SettingType::kInt: return std::to_string(settings.get_int(info.id));
    case conf::SettingType::kReal: return bound_text(info, settings.get_real(info.id));
    default: return settings.lookup(info.name).value_or("");
  }
}
Producer show_all_settings(CallContext& c, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText, kText, kText, kText, kText, kText, kText, kText, kText,
                                                         kText, kText, kTextArray, kText, kText, kText, kInt4, kBool});
  std::vector<const conf::SettingInfo*> sorted;
  for (const auto& info : conf::all_settings()) sorted.push_back(&info);
  auto lower_less = [](sv a, sv b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](unsigned char x, unsigned char y) { return std::tolower(x) < std::tolower(y); });
  };
  std::sort(sorted.begin(), sorted.end(), [&](auto* a, auto* b) { return lower_less(a->name, b->name); });
  conf::SessionSettings& settings = c.env->settings();
  const bool shows_private =
      Privileges(c.env->catalog(), c.env->current_role()).acts_as(role_oid::kReadAllSettings);
  std::vector<conf::FileSetting> file_settings;
  std::map<sv, const conf::FileSetting*> lines;  // by the setting's own spelling
  auto* operations = dynamic_cast<ServerOperations*>(c.env);
  if (operations && shows_private) file_settings = operations->file_settings();
  for (const conf::FileSetting& line : file_settings) {
    const conf::SettingInfo* info = conf::find_setting(line.entry.name);
    if (info && line.applied) lines[info->name] = &line;
  }
  for (const auto* info : sorted) {
    if (!shows_private && is_private_setting(info->name)) continue;
    const bool number = info->type == conf::SettingType::kInt || info->type == conf::SettingType::kReal;
    rows->text(info->name).text(raw_value(settings, *info)).text_or_null(info->unit).text(info->group);
    rows->text(info->description).text_or_null(info->extra_description).text(context_name(info->context));
    rows->text(type_name(info->type)).text(source_name(settings.source_of(info->id)));
    rows->text_or_null(number ? bound_text(*info, info->min) : "").text_or_null(number ? bound_text(*info, info->max) : "");
    if (info->type == conf::SettingType::kEnum) {
      rows->strings(enum_values(info->enum_values));
    } else {
      rows->null();
    }
    rows->text(info->default_value).text(settings.reset_value(info->id));
    // Where a value stands is shown to those who may read all settings.
    auto line = settings.source_of(info->id) == conf::SettingSource::kConfigFile ? lines.find(info->name) : lines.end();
    if (line != lines.end()) {
      rows->text(line->second->entry.file).number(line->second->entry.line);
    } else {
      rows->null().null();
    }
    rows->boolean(settings.pending_restart(info->id));
  }
  return rows;
}

// --- sessions -----------------------------------------------------------------------------------------------------
// ssl, version, cipher, bits, client_dn, client_serial, issuer_dn
void add_tls(CallContext& c, RowList& rows, const std::optional<TlsInfo>& tls) {
  rows.boolean(tls.has_value());
  if (!tls) {
    rows.null().null().null().null().null().null();
    return;
  }
  rows.text(tls->version).text(tls->cipher).number(tls->bits).text_or_null(tls->client_dn);
  if (tls->client_serial.empty()) {
    rows.null();
  } else {
    CallContext input = c;
    input.result_type = kNumeric;
    input.typmod = -1;
    rows.datum(type_info(kNumeric).input(input, tls->client_serial));
  }
  rows.text_or_null(tls->issuer_dn);
}

Producer get_activity(CallContext& c, const Datum* args) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{
      kOid, kInt4, kOid, kText, kText, kText, kText, kText, kTimestamptz, kTimestamptz, kTimestamptz, kTimestamptz,
      kInetColumn, kText, kInt4, kXid, kXid, kText, kBool, kText, kText, kInt4, kText, kNumeric,
      kText, kBool, kText, kBool, kInt4, kInt8});
  for (const SessionDetail& s : server_operations(c).session_details()) {
    if (!args[0].is_null && args[0].i64 != s.pid) continue;
    rows->number(s.database).number(s.pid).number(s.user).text(s.application_name).text_or_null(s.state).text(s.query);
    rows->text_or_null(s.wait_event_type).text_or_null(s.wait_event).timestamp(s.transaction_start);
    rows->timestamp(s.query_start).timestamp(s.backend_start).timestamp(s.state_change);
    const bool hidden = s.state.empty();
    rows->text_or_null(s.client_address).null();
    hidden ? rows->null() : rows->number(s.client_port);
    s.transaction != 0 ? rows->number(static_cast<int64_t>(s.transaction)) : rows->null();
    rows->null();
    hidden ? rows->null() : rows->text("client backend");
    if (hidden) {
      rows->null().null().null().null().null().null().null();
    } else {
      add_tls(c, *rows, s.tls);
    }
    rows->boolean(false).null().boolean(false).null();
    s.query_id != 0 ? rows->number(s.query_id) : rows->null();
  }
  return rows;
}

Producer lock_status(CallContext& c, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText, kOid, kOid, kInt4, kInt2, kText, kXid, kOid, kOid,
                                                         kInt2, kText, kInt4, kText, kBool, kBool, kTimestamptz});
  for (const SessionLockInfo& lock : c.env->locks()) {
    auto oid = [&](Oid value) { value == kInvalidOid ? rows->null() : rows->number(value); };
    rows->text(lock.lock_type);
    oid(lock.database);
    oid(lock.relation);
    rows->null().null().null();
    lock.transaction == 0 ? rows->null() : rows->number(static_cast<int64_t>(lock.transaction));
    oid(lock.class_id);
    oid(lock.object);
    lock.object == kInvalidOid ? rows->null() : rows->number(lock.object_sub_id);
    rows->text(std::to_string(lock.pid) + "/1").number(lock.pid).text(lock.mode).boolean(lock.granted);
    rows->boolean(false).null();
  }
  return rows;
}

Datum blocking_pids(CallContext& c, int32_t pid) {
  // Who holds a lock that the session waits for.
  auto locks = c.env->locks();
  std::vector<Datum> pids;
  for (const SessionLockInfo& wanted : locks) {
    if (wanted.pid != pid || wanted.granted) continue;
    for (const SessionLockInfo& held : locks) {
      if (!held.granted || held.pid == pid || held.relation != wanted.relation || held.object != wanted.object ||
          held.transaction != wanted.transaction || held.lock_type != wanted.lock_type ||
          held.class_id != wanted.class_id || held.object_sub_id != wanted.object_sub_id) {
        continue;
      }
      pids.push_back(Datum::from_int(held.pid));
    }
  }
  return make_array(*c.arena, kInt4, pids);
}

Producer prepared_statements(CallContext& c, const Datum*) {
  auto rows = std::make_unique<RowList>(
      std::vector<Oid>{kText, kText, kTimestamptz, kRegtypeArray, kBool, kInt8, kInt8});
  for (const PreparedStatementInfo& p : c.env->prepared_statements()) {
    rows->text(p.name).text(p.statement).timestamp(p.prepare_time);
    rows->oids(kRegtype, p.parameter_types).boolean(p.from_sql).number(p.generic_plans).number(p.custom_plans);
  }
  return rows;
}
Producer cursors(CallContext& c, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText, kText, kBool, kBool, kBool, kTimestamptz});
  for (const CursorInfo& cursor : c.env->cursors()) {
    rows->text(cursor.name).text(cursor.statement).boolean(cursor.is_holdable).boolean(cursor.is_binary);
    rows->boolean(cursor.is_scrollable).timestamp(cursor.creation_time);
  }
  return rows;
}
Producer listening_channels(CallContext& c, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText});
  for (const std::string& channel : c.env->listening_channels()) rows->text(channel);
  return rows;
}

// --- extensions ---------------------------------------------------------------------------------------------------
constexpr sv kVectorComment = "vector data type and ivfflat and hnsw access methods";

Producer available_extensions(CallContext&, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kName, kText, kText});
  rows->text("vector").text(kVectorVersion).text(kVectorComment);
  return rows;
}
Producer available_extension_versions(CallContext&, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kName, kText, kBool, kBool, kBool, kName, kNameArray, kText});
  rows->text("vector").text(kVectorVersion).boolean(true).boolean(true).boolean(true).null().null().text(kVectorComment);
  return rows;
}

// --- catalog values -----------------------------------------------------------------------------------------------
Producer options_to_table(CallContext&, const Datum* args) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText, kText});
  ArrayView options(args[0]);
  for (size_t i = 0; i < options.size(); ++i) {
    if (options.is_null(i)) continue;
    sv text = options[i].bytes();
    size_t equals = text.find('=');
    rows->text(text.substr(0, equals));
    equals == sv::npos ? rows->null() : rows->text(text.substr(equals + 1));
  }
  return rows;
}

// No table is partitioned: a relation is the only member of its tree, and has no ancestors.
Producer partition_tree(CallContext& c, const Datum*) {
  return std::make_unique<RowList>(std::vector<Oid>{kRegclass, kRegclass, kBool, kInt4});
}
Producer partition_ancestors(CallContext&, const Datum*) {
  return std::make_unique<RowList>(std::vector<Oid>{kRegclass});
}
Datum partition_root(CallContext&, uint32_t) { return Datum::null(); }

Datum sequence_parameters(CallContext& c, const Datum* args) {
  const Oid oid = static_cast<Oid>(args[0].i64);
  RelationPtr relation = c.env->catalog().find_relation(oid);
  if (!relation || !relation->sequence) {
    throw SqlError(sqlstate::kInternalError, "cache lookup failed for sequence " + std::to_string(oid));
  }
  if (!(Privileges(c.env->catalog(), c.env->current_role()).on_relation(*relation) &
        (acl::kSelect | acl::kUpdate | acl::kUsage))) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for sequence " + relation->name);
  }
  static constexpr Oid kTypes[] = {kInt8, kInt8, kInt8, kInt8, kBool, kInt8, kOid};
  static const std::string kNames[] = {"start_value", "minimum_value", "maximum_value", "increment",
                                       "cycle_option", "cache_size", "data_type"};
  const auto& o = relation->sequence->options;
  const Datum values[] = {Datum::from_int(o.start), Datum::from_int(o.min), Datum::from_int(o.max),
                          Datum::from_int(o.increment), Datum::from_bool(o.cycle), Datum::from_int(o.cache),
                          Datum::from_int(relation->sequence->type)};
  return pack_record(*c.arena, kTypes, values, kNames);
}

class ExpandedArray final : public RowProducer {
 public:
  ExpandedArray(Arena& arena, const Datum& array) : array_(arena.copy(array.bytes())) {}
  // One subscript, as in the SQL that PostgreSQL's is written in: of an array of more dimensions that is NULL.
  bool next(CallContext& context, std::span<Datum> out) override {
    const int64_t rows = array_.ndim() == 0 ? 0 : static_cast<int64_t>(array_.upper(0)) - array_.lower(0) + 1;
    if (static_cast<int64_t>(position_) >= rows) return false;
    out[0] = array_.ndim() == 1 && !array_.is_null(position_) ? array_[position_] : Datum::null();
    out[1] = Datum::from_int(static_cast<int64_t>(++position_));
    return true;
  }

 private:
  ArrayView array_;
  size_t position_ = 0;
};
Producer expand_array(CallContext& c, const Datum* args) { return std::make_unique<ExpandedArray>(*c.arena, args[0]); }

// From microseconds since 2000-01-01.
int64_t unix_seconds(int64_t timestamp) { return timestamp / 1000000 + 946684800; }
Datum interval_of(Arena& arena, int64_t seconds) { return store_interval(arena, Interval{seconds * 1000000, 0, 0}); }

Producer timezone_names(CallContext& c, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText, kText, kInterval, kBool});
  const int64_t now = c.env->transaction_timestamp();
  for (const std::string& name : time_zone_names()) {
    const TimeZone* zone = find_time_zone(name);
    if (!zone) continue;
    auto period = zone->at(unix_seconds(now));
    rows->text(name).text(period.abbreviation).datum(interval_of(*c.arena, period.offset)).boolean(period.daylight);
  }
  return rows;
}
Producer timezone_abbreviations(CallContext& c, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText, kInterval, kBool});
  for (const TimeZoneAbbreviation& abbreviation : time_zone_abbreviations()) {
    int64_t offset = abbreviation.offset;
    bool dst = false;
    if (!abbreviation.zone.empty()) {
      const TimeZone* zone = find_time_zone(abbreviation.zone);
      if (!zone) continue;
      auto period = zone->at(unix_seconds(c.env->transaction_timestamp()));
      offset = period.offset;
      dst = period.daylight;
    }
    std::string upper(abbreviation.name);
    for (char& ch : upper) ch = static_cast<char>(std::toupper(static_cast<unsigned char>(ch)));
    rows->text(upper).datum(interval_of(*c.arena, offset)).boolean(dst);
  }
  return rows;
}


// Position of a column among the keys of an index.
std::optional<int32_t> index_position(CallContext& c, uint32_t oid, int32_t attr) {
  RelationPtr index = c.env->catalog().find_relation(oid);
  if (!index || !index->index) return std::nullopt;
  const auto& columns = index->index->columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].attr == attr) return static_cast<int32_t>(i + 1);
  }
  return std::nullopt;
}

const FunctionDef kFunctions[] = {
    {.oid = 2084, .name = "pg_show_all_settings", .arg_types = {}, .result_type = kRecord, .volatility = kStable,
     .set = show_all_settings,
     .columns = {{"name", kText}, {"setting", kText}, {"unit", kText}, {"category", kText}, {"short_desc", kText},
                 {"extra_desc", kText}, {"context", kText}, {"vartype", kText}, {"source", kText}, {"min_val", kText},
                 {"max_val", kText}, {"enumvals", kTextArray}, {"boot_val", kText}, {"reset_val", kText},
                 {"sourcefile", kText}, {"sourceline", kInt4}, {"pending_restart", kBool}}},
    {.oid = 3329, .name = "pg_show_all_file_settings", .arg_types = {}, .result_type = kRecord,
     .volatility = kVolatile, .set = show_file_settings,
     .columns = {{"sourcefile", kText}, {"sourceline", kInt4}, {"seqno", kInt4}, {"name", kText}, {"setting", kText},
                 {"applied", kBool}, {"error", kText}}},
    {.oid = 17902, .name = "pg_stat_statements", .arg_types = {kBool}, .result_type = kRecord, .volatility = kVolatile,
     .set = stat_statements,
     .columns = {{"userid", kOid}, {"dbid", kOid}, {"toplevel", kBool}, {"queryid", kInt8}, {"query", kText},
                 {"plans", kInt8}, {"total_plan_time", kFloat8}, {"min_plan_time", kFloat8},
                 {"max_plan_time", kFloat8}, {"mean_plan_time", kFloat8}, {"stddev_plan_time", kFloat8},
                 {"calls", kInt8}, {"total_exec_time", kFloat8}, {"min_exec_time", kFloat8},
                 {"max_exec_time", kFloat8}, {"mean_exec_time", kFloat8}, {"stddev_exec_time", kFloat8},
                 {"rows", kInt8}, {"shared_blks_hit", kInt8}, {"shared_blks_read", kInt8},
                 {"shared_blks_dirtied", kInt8}, {"shared_blks_written", kInt8}, {"local_blks_hit", kInt8},
                 {"local_blks_read", kInt8}, {"local_blks_dirtied", kInt8}, {"local_blks_written", kInt8},
                 {"temp_blks_read", kInt8}, {"temp_blks_written", kInt8}, {"blk_read_time", kFloat8},
                 {"blk_write_time", kFloat8}, {"temp_blk_read_time", kFloat8}, {"temp_blk_write_time", kFloat8},
                 {"wal_records", kInt8}, {"wal_fpi", kInt8}, {"wal_bytes", kInt8}, {"jit_functions", kInt8},
                 {"jit_generation_time", kFloat8}, {"jit_inlining_count", kInt8}, {"jit_inlining_time", kFloat8},
                 {"jit_optimization_count", kInt8}, {"jit_optimization_time", kFloat8}, {"jit_emission_count", kInt8},
                 {"jit_emission_time", kFloat8}},
     .arg_names = {"showtext"}},
    {.oid = 17903, .name = "pg_stat_statements_info", .arg_types = {}, .result_type = kRecord, .volatility = kVolatile,
     .set = stat_statements_info, .columns = {{"dealloc", kInt8}, {"stats_reset", kTimestamptz}}},
    {.oid = 2022, .name = "pg_stat_get_activity", .arg_types = {kInt4}, .result_type = kRecord, .volatility = kStable,
     .strict = kCalledOnNull, .set = get_activity,
     .columns = {{"datid", kOid}, {"pid", kInt4}, {"usesysid", kOid}, {"application_name", kText}, {"state", kText},
                 {"query", kText}, {"wait_event_type", kText}, {"wait_event", kText}, {"xact_start", kTimestamptz},
                 {"query_start", kTimestamptz}, {"backend_start", kTimestamptz}, {"state_change", kTimestamptz},
                 {"client_addr", kInetColumn}, {"client_hostname", kText}, {"client_port", kInt4},
                 {"backend_xid", kXid}, {"backend_xmin", kXid}, {"backend_type", kText}, {"ssl", kBool},
                 {"sslversion", kText}, {"sslcipher", kText}, {"sslbits", kInt4}, {"ssl_client_dn", kText},
                 {"ssl_client_serial", kNumeric}, {"ssl_issuer_dn", kText}, {"gss_auth", kBool}, {"gss_princ", kText},
                 {"gss_enc", kBool}, {"leader_pid", kInt4}, {"query_id", kInt8}}},
    {.oid = 1371, .name = "pg_lock_status", .arg_types = {}, .result_type = kRecord, .volatility = kVolatile,
     .set = lock_status,
     .columns = {{"locktype", kText}, {"database", kOid}, {"relation", kOid}, {"page", kInt4}, {"tuple", kInt2},
                 {"virtualxid", kText}, {"transactionid", kXid}, {"classid", kOid}, {"objid", kOid},
                 {"objsubid", kInt2}, {"virtualtransaction", kText}, {"pid", kInt4}, {"mode", kText},
                 {"granted", kBool}, {"fastpath", kBool}, {"waitstart", kTimestamptz}}},
    {2561, "pg_blocking_pids", {kInt4}, kInt4Array, kVolatile, kStrict, row<blocking_pids>},
    {.oid = 2510, .name = "pg_prepared_statement", .arg_types = {}, .result_type = kRecord, .volatility = kStable,
     .set = prepared_statements,
     .columns = {{"name", kText}, {"statement", kText}, {"prepare_time", kTimestamptz},
                 {"parameter_types", kRegtypeArray}, {"from_sql", kBool}, {"generic_plans", kInt8},
                 {"custom_plans", kInt8}}},
    {.oid = 2511, .name = "pg_cursor", .arg_types = {}, .result_type = kRecord, .volatility = kStable, .set = cursors,
     .columns = {{"name", kText}, {"statement", kText}, {"is_holdable", kBool}, {"is_binary", kBool},
                 {"is_scrollable", kBool}, {"creation_time", kTimestamptz}}},
    {.oid = 3401, .name = "pg_hba_file_rules", .arg_types = {}, .result_type = kRecord, .volatility = kVolatile,
     .set = hba_file_rules,
     .columns = {{"line_number", kInt4}, {"type", kText}, {"database", kTextArray}, {"user_name", kTextArray},
                 {"address", kText}, {"netmask", kText}, {"auth_method", kText}, {"options", kTextArray},
                 {"error", kText}}},
    {.oid = 6250, .name = "pg_ident_file_mappings", .arg_types = {}, .result_type = kRecord, .volatility = kVolatile,
     .set = ident_file_mappings,
     .columns = {{"line_number", kInt4}, {"map_name", kText}, {"sys_name", kText}, {"pg_username", kText},
                 {"error", kText}}},
    {.oid = 3035, .name = "pg_listening_channels", .arg_types = {}, .result_type = kText, .volatility = kStable,
     .set = listening_channels},
    {.oid = 2625, .name = "pg_ls_dir", .arg_types = {kText}, .result_type = kText, .volatility = kVolatile,
     .set = list_directory},
    {.oid = 3297, .name = "pg_ls_dir", .arg_types = {kText, kBool, kBool}, .result_type = kText, .volatility = kVolatile,
     .strict = false, .set = list_directory_full},
    {.oid = 3354, .name = "pg_ls_waldir", .arg_types = {}, .result_type = kRecord, .volatility = kVolatile,
     .set = list_log_files, .columns = {{"name", kText}, {"size", kInt8}, {"modification", kTimestamptz}}},
    {.oid = 3082, .name = "pg_available_extensions", .arg_types = {}, .result_type = kRecord, .volatility = kStable,
     .set = available_extensions, .columns = {{"name", kName}, {"default_version", kText}, {"comment", kText}}},
    {.oid = 3083, .name = "pg_available_extension_versions", .arg_types = {}, .result_type = kRecord,
     .volatility = kStable, .set = available_extension_versions,
     .columns = {{"name", kName}, {"version", kText}, {"superuser", kBool}, {"trusted", kBool}, {"relocatable", kBool},
                 {"schema", kName}, {"requires", kNameArray}, {"comment", kText}}},
    {.oid = 2856, .name = "pg_timezone_names", .arg_types = {}, .result_type = kRecord, .volatility = kStable,
     .set = timezone_names,
     .columns = {{"name", kText}, {"abbrev", kText}, {"utc_offset", kInterval}, {"is_dst", kBool}}},
    {.oid = 2599, .name = "pg_timezone_abbrevs", .arg_types = {}, .result_type = kRecord, .volatility = kStable,
     .set = timezone_abbreviations, .columns = {{"abbrev", kText}, {"utc_offset", kInterval}, {"is_dst", kBool}}},
    {.oid = 2289, .name = "pg_options_to_table", .arg_types = {kTextArray}, .result_type = kRecord,
     .volatility = kStable, .set = options_to_table, .columns = {{"option_name", kText}, {"option_value", kText}},
     .arg_names = {"options_array"}},
    {.oid = 3423, .name = "pg_partition_tree", .arg_types = {kRegclass}, .result_type = kRecord,
     .volatility = kVolatile, .set = partition_tree,
     .columns = {{"relid", kRegclass}, {"parentrelid", kRegclass}, {"isleaf", kBool}, {"level", kInt4}},
     .arg_names = {"rootrelid"}},
    {.oid = 3425, .name = "pg_partition_ancestors", .arg_types = {kRegclass}, .result_type = kRegclass,
     .volatility = kVolatile, .set = partition_ancestors, .columns = {{"relid", kRegclass}},
     .arg_names = {"partitionid"}},
    {3424, "pg_partition_root", {kRegclass}, kRegclass, kImmutable, kStrict, row<partition_root>},
    {.oid = 3078, .name = "pg_sequence_parameters", .arg_types = {kOid}, .result_type = kRecord, .volatility = kStable,
     .row = sequence_parameters,
     .columns = {{"start_value", kInt8}, {"minimum_value", kInt8}, {"maximum_value", kInt8}, {"increment", kInt8},
                 {"cycle_option", kBool}, {"cache_size", kInt8}, {"data_type", kOid}},
     .arg_names = {"sequence_oid"}},
    {.oid = 6119, .name = "pg_get_publication_tables", .arg_types = {kText}, .result_type = kRecord,
     .volatility = kStable, .set = no_rows,
     .columns = {{"relid", kOid}, {"attrs", kInt2Vector}, {"qual", kPgNodeTree}}, .arg_names = {"pubname"}},
    {.oid = 3713, .name = "ts_token_type", .arg_types = {kOid}, .result_type = kRecord, .volatility = kImmutable,
     .set = no_rows, .columns = {{"tokid", kInt4}, {"alias", kText}, {"description", kText}},
     .arg_names = {"parser_oid"}},
    {.oid = 13209, .name = "_pg_index_position", .arg_types = {kOid, kInt2}, .result_type = kInt4,
     .volatility = kStable, .row = row<index_position>, .schema = "information_schema"},
    {.oid = 13208, .name = "_pg_expandarray", .arg_types = {kAnyArray}, .result_type = kRecord,
     .volatility = kImmutable, .set = expand_array, .columns = {{"x", kAnyElement}, {"n", kInt4}},
     .schema = "information_schema"},
};

}  // namespace

std::span<const FunctionDef> system_set_functions() { return kFunctions; }

}  // namespace vecino::sql
