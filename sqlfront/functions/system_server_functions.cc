#include <limits>
#include <charconv>
#include <cmath>

#include "sqlfront/catalog/privileges.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/server_operations.h"
#include "sqlfront/functions/system_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/reg.h"
#include "sqlfront/types/type.h"

// Sizes, properties and the state of the server (manual 9.26, 9.27).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

const Catalog& catalog_of(CallContext& c) { return c.env->catalog(); }

// --- sizes --------------------------------------------------------------------------------------------------------
int64_t main_size(CallContext& c, const RelationDesc& relation) {
  if (relation.oid < well_known_oid::kFirstUserOid || relation.kind == 'v') return 0;
  return static_cast<int64_t>(c.env->relation_size(relation.oid));
}
int64_t indexes_bytes(CallContext& c, const RelationDesc& relation) {
  int64_t total = 0;
  for (Oid oid : relation.indexes) {
    if (RelationPtr index = catalog_of(c).find_relation(oid)) total += main_size(c, *index);
  }
  return total;
}
enum class SizeOf { kMain, kIndexes, kTotal };
template <SizeOf what>
Datum relation_bytes(CallContext& c, uint32_t oid) {
  RelationPtr relation = catalog_of(c).find_relation(oid);
  if (!relation) return Datum::null();
  int64_t size = what == SizeOf::kIndexes ? 0 : main_size(c, *relation);
  if (what != SizeOf::kMain) size += indexes_bytes(c, *relation);
  return Datum::from_int(size);
}
Datum relation_fork_bytes(CallContext& c, uint32_t oid, sv fork) {
  if (fork == "main") return relation_bytes<SizeOf::kMain>(c, oid);
  if (fork == "fsm" || fork == "vm" || fork == "init") return Datum::from_int(0);
  throw SqlError(sqlstate::kInvalidParameterValue, "invalid fork name")
      .hint("Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".");
}
int64_t database_bytes(CallContext& c, const Catalog& objects) {
  int64_t total = 0;
  for (const RelationPtr& relation : objects.relations()) total += main_size(c, *relation);
  return total;
}
Datum database_size(CallContext& c, uint32_t oid) {
  DatabasePtr database = catalog_of(c).find_database(oid);
  if (!database) return Datum::null();
  Privileges mine(catalog_of(c), c.env->current_role());
  if (!(mine.on_database(*database) & acl::kConnect) && !mine.acts_as(role_oid::kReadAllStats)) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for database " + database->name);
  }
  // Other databases' relations are not in this session's catalog.
  return Datum::from_int(oid == catalog_of(c).database() ? database_bytes(c, catalog_of(c)) : 0);
}
Datum database_size_name(CallContext& c, sv name) {
  DatabasePtr database = catalog_of(c).find_database(name);
  if (!database) throw SqlError(sqlstate::kInvalidCatalogName, "database \"" + std::string(name) + "\" does not exist");
  return database_size(c, database->oid);
}
int64_t tablespace_size(CallContext& c, uint32_t) { return database_bytes(c, catalog_of(c)); }
int64_t tablespace_size_name(CallContext& c, sv) { return database_bytes(c, catalog_of(c)); }

// Manual table 9.96: bytes below 10240, then the smallest unit that keeps the number below 10240, rounded.
std::string pretty_size(double bytes) {
  constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
  double value = bytes;
  int unit = 0;
  while (unit < 5 && std::abs(std::round(value)) >= 10240) {
    value /= 1024;
    ++unit;
  }
  // Rounding half away from zero, as the integer arithmetic of PostgreSQL does.
  char digits[32];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, static_cast<long long>(std::round(value)));
  return std::string(digits, end) + " " + kUnits[unit];
}
Datum size_pretty(CallContext& c, int64_t bytes) { return c.text(pretty_size(static_cast<double>(bytes))); }
Datum size_pretty_numeric(CallContext& c, const Datum* args) {
  std::string text;
  append_text_form(c, kNumeric, args[0], text);
  double value = std::strtod(text.c_str(), nullptr);
  if (std::abs(value) < 10240) return c.text(text + " bytes");
  return c.text(pretty_size(value));
}
int64_t size_bytes(CallContext&, sv text) {
  std::string copy(text);
  char* end = nullptr;
  double value = std::strtod(copy.c_str(), &end);
  auto invalid = [&] { throw SqlError(sqlstate::kInvalidParameterValue, "invalid size: \"" + copy + "\""); };
  if (end == copy.c_str()) invalid();
  while (*end == ' ') ++end;
  std::string unit(end);
  while (!unit.empty() && unit.back() == ' ') unit.pop_back();
  for (char& ch : unit) ch = static_cast<char>(std::tolower(static_cast<unsigned char>(ch)));
  if (unit.empty() || unit == "bytes" || unit == "b") return std::llround(value);
  int power = 0;
  for (const char* known : {"kb", "mb", "gb", "tb", "pb"}) {
    ++power;
    if (unit == known) return std::llround(value * std::pow(1024.0, power));
  }
  throw SqlError(sqlstate::kInvalidParameterValue, "invalid size: \"" + copy + "\"")
      .detail("Invalid size unit: \"" + std::string(end) + "\".")
      .hint("Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".");
}

// --- properties of indexes (manual tables 9.75 - 9.77) --------------------------------------------------------------
const index::AccessMethod* method_of(CallContext& c, Oid index) {
  RelationPtr relation = catalog_of(c).find_relation(index);
  return relation && relation->index ? index::find_access_method(relation->index->access_method) : nullptr;
}
std::optional<bool> index_property(const index::AccessMethod& method, sv property) {
  if (property == "clusterable" || property == "backward_scan") return method.ordered;
  if (property == "index_scan") return true;
  if (property == "bitmap_scan") return false;
  return std::nullopt;
}
std::optional<bool> index_has_property(CallContext& c, uint32_t index, sv property) {
  const auto* method = method_of(c, index);
  return method ? index_property(*method, property) : std::nullopt;
}
std::optional<bool> indexam_has_property(CallContext&, uint32_t oid, sv property) {
  for (const auto& method : index::access_methods()) {
    if (method.oid != oid) continue;
    if (property == "can_order") return method.ordered;
    if (property == "can_unique") return method.unique;
    if (property == "can_multi_col") return method.multicolumn;
    if (property == "can_exclude" || property == "can_include") return false;
  }
  return std::nullopt;
}
std::optional<bool> index_column_has_property(CallContext& c, uint32_t oid, int32_t number, sv property) {
  RelationPtr relation = catalog_of(c).find_relation(oid);
  const auto* method = method_of(c, oid);
  if (!method || number < 1 || number > static_cast<int>(relation->index->columns.size())) return std::nullopt;
  const IndexColumnDesc& column = relation->index->columns[number - 1];
  if (property == "asc") return method->ordered && !column.descending;
  if (property == "desc") return method->ordered && column.descending;
  if (property == "nulls_first") return method->ordered && column.nulls_first;
  if (property == "nulls_last") return method->ordered && !column.nulls_first;
  if (property == "orderable") return method->ordered;
  if (property == "distance_orderable") return method->order_by_operator;
  if (property == "returnable" || property == "search_array" || property == "search_nulls") return method->ordered;
  return std::nullopt;
}

// --- the server ---------------------------------------------------------------------------------------------------
bool never(CallContext&) { return false; }
int64_t start_time(CallContext& c) { return c.env->server_start_time(); }
int64_t conf_load_time(CallContext& c) { return server_operations(c).configuration_load_time(); }
bool reload_conf(CallContext& c) {
  return c.env->reload_configuration();
}
uint32_t my_temp_schema(CallContext& c) { return temporary_schema(catalog_of(c), c.env->backend_pid()); }
bool is_other_temp_schema(CallContext& c, uint32_t oid) {
  SchemaPtr schema = catalog_of(c).find_schema(oid);
  return schema && schema->name.starts_with("pg_temp_") && oid != my_temp_schema(c);
}
Datum tablespace_location(CallContext& c, uint32_t) { return c.text(""); }
// How far the counter is ahead; the special ids are older than everything.
int32_t xid_age(CallContext& c, uint32_t id) {
  constexpr uint32_t kFirstNormal = 3;
  if (id < kFirstNormal) return std::numeric_limits<int32_t>::max();
  return static_cast<int32_t>(static_cast<uint32_t>(c.env->transaction_id()) - id);
}
int32_t mxid_age(CallContext&, uint32_t id) {
  constexpr uint32_t kNext = 1;  // rows are locked without them
  return id == 0 ? std::numeric_limits<int32_t>::max() : static_cast<int32_t>(kNext - id);
}
Datum export_snapshot(CallContext& c) { return c.text(server_operations(c).export_snapshot()); }
Datum is_wal_replay_paused(CallContext&) {
  throw SqlError(sqlstate::kObjectNotInPrerequisiteState, "recovery is not in progress")
      .hint("Recovery control functions can only be executed during recovery.");
}
// Logical decoding follows tables of users.
std::optional<bool> relation_is_publishable(CallContext& c, uint32_t oid) {
  RelationPtr relation = catalog_of(c).find_relation(oid);
  if (!relation) return std::nullopt;
  return relation->kind == 'r' && relation->persistence == 'p' && oid >= well_known_oid::kFirstUserOid;
}
// Bits as CmdType: 8 UPDATE... (1 << CMD_UPDATE) | (1 << CMD_INSERT) | (1 << CMD_DELETE).
int32_t relation_is_updatable(CallContext& c, uint32_t oid, bool) {
  RelationPtr relation = catalog_of(c).find_relation(oid);
  return relation && relation->kind == 'r' && oid >= well_known_oid::kFirstUserOid ? 4 | 8 | 16 : 0;
}
bool column_is_updatable(CallContext& c, uint32_t oid, int32_t column, bool triggers) {
  return column > 0 && relation_is_updatable(c, oid, triggers) != 0;
}
std::optional<uint32_t> relation_filenode(CallContext& c, uint32_t oid) {
  RelationPtr relation = catalog_of(c).find_relation(oid);
  if (!relation || relation->kind == 'v') return std::nullopt;
  return oid < well_known_oid::kFirstUserOid ? oid : relation->layout.storage_id;
}
Datum relation_filepath(CallContext& c, uint32_t oid) {
  auto node = relation_filenode(c, oid);
  if (!node) return Datum::null();
  return c.text("base/" + std::to_string(catalog_of(c).database()) + "/" + std::to_string(*node));
}
Datum oidvectortypes(CallContext& c, const Datum* args) {
  ArrayView types(args[0]);
  std::string out;
  for (size_t i = 0; i < types.size(); ++i) {
    if (i > 0) out += ", ";
    out += format_type(static_cast<Oid>(types[i].i64));
  }
  return c.text(out);
}
int32_t column_bytes(CallContext& c, const Datum& value) {
  const TypeInfo& type = type_info(c.arg_types[0]);
  if (type.length > 0) return type.length;
  return static_cast<int32_t>(value.len) + (value.len < 127 ? 1 : 4);
}
Datum column_size(CallContext& c, const Datum* args) { return Datum::from_int(column_bytes(c, args[0])); }
Datum column_compression(CallContext&, const Datum*) { return Datum::null(); }
Datum collation_for(CallContext& c, const Datum*) {
  switch (c.arg_types[0]) {
    case kText:
    case kVarchar:
    case kBpchar:
    case kUnknown: return c.text("\"default\"");
    case kName: return c.text("\"C\"");
    default: return Datum::null();
  }
}
Datum no_index(CallContext&, uint32_t) { return Datum::null(); }
std::optional<int64_t> sequence_last_value(CallContext& c, uint32_t oid) {
  RelationPtr relation = catalog_of(c).find_relation(oid);
  if (!relation || !relation->sequence) {
    throw SqlError(sqlstate::kWrongObjectType, "\"" + (relation ? relation->name : std::to_string(oid)) + "\" is not a sequence");
  }
  if (!(Privileges(catalog_of(c), c.env->current_role()).on_relation(*relation) & (acl::kSelect | acl::kUsage))) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for sequence " + relation->name);
  }
  auto state = c.env->sequence_state(oid);
  if (!state || !state->is_called) return std::nullopt;
  return state->last_value;
}
Datum settings_flags(CallContext& c, sv name) {
  if (!conf::find_setting(name)) return Datum::null();
  return make_text_array(*c.arena, {});
}

const FunctionDef kFunctions[] = {
    {2325, "pg_relation_size", {kRegclass}, kInt8, kVolatile, kStrict, row<relation_bytes<SizeOf::kMain>>},
    {2332, "pg_relation_size", {kRegclass, kText}, kInt8, kVolatile, kStrict, row<relation_fork_bytes>},
    {2997, "pg_table_size", {kRegclass}, kInt8, kVolatile, kStrict, row<relation_bytes<SizeOf::kMain>>},
    {2998, "pg_indexes_size", {kRegclass}, kInt8, kVolatile, kStrict, row<relation_bytes<SizeOf::kIndexes>>},
    {2286, "pg_total_relation_size", {kRegclass}, kInt8, kVolatile, kStrict, row<relation_bytes<SizeOf::kTotal>>},
    {2324, "pg_database_size", {kOid}, kInt8, kVolatile, kStrict, row<database_size>},
    {2168, "pg_database_size", {kName}, kInt8, kVolatile, kStrict, row<database_size_name>},
    {2322, "pg_tablespace_size", {kOid}, kInt8, kVolatile, kStrict, row<tablespace_size>},
    {2323, "pg_tablespace_size", {kName}, kInt8, kVolatile, kStrict, row<tablespace_size_name>},
    {2288, "pg_size_pretty", {kInt8}, kText, kImmutable, kStrict, row<size_pretty>},
    {3166, "pg_size_pretty", {kNumeric}, kText, kImmutable, kStrict, size_pretty_numeric},
    {3334, "pg_size_bytes", {kText}, kInt8, kImmutable, kStrict, row<size_bytes>},
    {637, "pg_index_has_property", {kRegclass, kText}, kBool, kStable, kStrict, row<index_has_property>},
    {636, "pg_indexam_has_property", {kOid, kText}, kBool, kStable, kStrict, row<indexam_has_property>},
    {638, "pg_index_column_has_property", {kRegclass, kInt4, kText}, kBool, kStable, kStrict,
     row<index_column_has_property>},
    {3810, "pg_is_in_recovery", {}, kBool, kVolatile, kStrict, row<never>},
    {315, "pg_jit_available", {}, kBool, kVolatile, kStrict, row<never>},
    {2622, "pg_rotate_logfile", {}, kBool, kVolatile, kStrict, row<rotate_log>},
    {3073, "pg_is_wal_replay_paused", {}, kBool, kVolatile, kStrict, row<is_wal_replay_paused>},
    {2560, "pg_postmaster_start_time", {}, kTimestamptz, kStable, kStrict, row<start_time>},
    {2034, "pg_conf_load_time", {}, kTimestamptz, kStable, kStrict, row<conf_load_time>},
    {2621, "pg_reload_conf", {}, kBool, kVolatile, kStrict, row<reload_conf>},
    {2854, "pg_my_temp_schema", {}, kOid, kStable, kStrict, row<my_temp_schema>},
    {2855, "pg_is_other_temp_schema", {kOid}, kBool, kStable, kStrict, row<is_other_temp_schema>},
    {3778, "pg_tablespace_location", {kOid}, kText, kStable, kStrict, row<tablespace_location>},
    {3800, "pg_current_logfile", {}, kText, kVolatile, kCalledOnNull, current_log},
    {3801, "pg_current_logfile", {kText}, kText, kVolatile, kCalledOnNull, current_log},
    {1181, "age", {kXid}, kInt4, kStable, kStrict, row<xid_age>},
    {3939, "mxid_age", {kXid}, kInt4, kStable, kStrict, row<mxid_age>},
    {3809, "pg_export_snapshot", {}, kText, kVolatile, kStrict, row<export_snapshot>},
    {6121, "pg_relation_is_publishable", {kRegclass}, kBool, kStable, kStrict, row<relation_is_publishable>},
    {3842, "pg_relation_is_updatable", {kRegclass, kBool}, kInt4, kStable, kStrict, row<relation_is_updatable>},
    {3843, "pg_column_is_updatable", {kRegclass, kInt2, kBool}, kBool, kStable, kStrict, row<column_is_updatable>},
    {2999, "pg_relation_filenode", {kRegclass}, kOid, kStable, kStrict, row<relation_filenode>},
    {3034, "pg_relation_filepath", {kRegclass}, kText, kStable, kStrict, row<relation_filepath>},
    {1349, "oidvectortypes", {kOidVector}, kText, kStable, kStrict, oidvectortypes},
    {1269, "pg_column_size", {kAny}, kInt4, kStable, kStrict, column_size},
    {2121, "pg_column_compression", {kAny}, kText, kStable, kStrict, column_compression},
    {3162, "pg_collation_for", {kAny}, kText, kStable, kCalledOnNull, collation_for},
    {6120, "pg_get_replica_identity_index", {kRegclass}, kRegclass, kStable, kStrict, row<no_index>},
    {4032, "pg_sequence_last_value", {kRegclass}, kInt8, kVolatile, kStrict, row<sequence_last_value>},
    {.oid = 17900, .name = "vecino_backup", .arg_types = {kText}, .result_type = kText, .volatility = kVolatile,
     .row = row<backup_database>, .description = "make a backup in a directory of the server", .arg_names = {"directory"}},
    {.oid = 17901, .name = "pg_stat_statements_reset", .arg_types = {kOid, kOid, kInt8}, .result_type = kVoid,
     .volatility = kVolatile, .row = reset_stat_statements, .defaults = {"0", "0", "0"},
     .arg_names = {"userid", "dbid", "queryid"}},
    {6240, "pg_settings_get_flags", {kText}, kTextArray, kStable, kStrict, row<settings_flags>},
};

}  // namespace

std::span<const FunctionDef> system_server_functions() { return kFunctions; }

}  // namespace vecino::sql
