#include <algorithm>
#include <optional>

#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/functions/server_operations.h"
#include "sqlfront/functions/system_functions.h"

// Functions behind the cumulative statistics views (manual 28.2). Of what Vecino has not got (blocks, conflicts with a
// recovery, a background writer) the functions say zero, or NULL for a time that never was.
namespace vecino::sql {
namespace {
using namespace tables;

Datum zero(CallContext&, const Datum*) { return Datum::from_int(0); }
Datum zero_real(CallContext&, const Datum*) { return Datum::from_float(0); }
Datum unknown(CallContext&, const Datum*) { return Datum::null(); }
Datum nothing(CallContext&, const Datum*) { return Datum::from_int(0); }  // void

using Relation = Statistics::Relation;
using Database = Statistics::Database;

Relation relation_counts(CallContext& c, Oid oid) {
  auto* operations = dynamic_cast<ServerOperations*>(c.env);
  return operations ? operations->statistics().relation(c.env->catalog().database(), oid) : Relation{};
}
Database database_counts(CallContext& c, Oid oid) {
  auto* operations = dynamic_cast<ServerOperations*>(c.env);
  return operations ? operations->statistics().database(oid) : Database{};
}
template <auto kMember>
int64_t relation_count(CallContext& c, uint32_t oid) {
  return static_cast<int64_t>(relation_counts(c, oid).*kMember);
}
template <auto kMember>
std::optional<int64_t> relation_time(CallContext& c, uint32_t oid) {
  int64_t time = relation_counts(c, oid).*kMember;
  return time != 0 ? std::optional(time) : std::nullopt;
}
template <auto kMember>
int64_t database_count(CallContext& c, uint32_t oid) {
  return static_cast<int64_t>(database_counts(c, oid).*kMember);
}
template <auto kMember>
double database_milliseconds(CallContext& c, uint32_t oid) {
  return static_cast<double>(database_counts(c, oid).*kMember) / 1000;
}
std::optional<int64_t> database_reset_time(CallContext& c, uint32_t oid) {
  int64_t time = database_counts(c, oid).reset_us;
  return time != 0 ? std::optional(time) : std::nullopt;
}
Datum reset_database(CallContext& c, const Datum*) {
  server_operations(c).statistics().reset_database(c.env->catalog().database(), c.env->clock_timestamp());
  return Datum::from_int(0);
}
Datum reset_relation(CallContext& c, const Datum* args) {
  server_operations(c).statistics().reset_relation(c.env->catalog().database(), static_cast<Oid>(args[0].i64));
  return Datum::from_int(0);
}

// The last ANALYZE's count, and what was committed since.
int64_t live_tuples(CallContext& c, uint32_t oid) {
  RelationPtr relation = c.env->catalog().find_relation(oid);
  int64_t counted = relation ? static_cast<int64_t>(std::max(relation->statistics.row_count, 0.0)) : 0;
  return std::max<int64_t>(0, counted + relation_counts(c, oid).live_change);
}
int32_t database_backends(CallContext& c, uint32_t database) {
  int32_t count = 0;
  for (const SessionInfo& session : c.env->sessions()) count += session.database == database;
  return count;
}

const FunctionDef kFunctions[] = {
    {3056, "pg_stat_get_analyze_count", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::analyzes>>},
    {3057, "pg_stat_get_autoanalyze_count", {kOid}, kInt8, kStable, kStrict, zero},
    {3055, "pg_stat_get_autovacuum_count", {kOid}, kInt8, kStable, kStrict, zero},
    {2771, "pg_stat_get_bgwriter_buf_written_checkpoints", {}, kInt8, kStable, kStrict, zero},
    {2772, "pg_stat_get_bgwriter_buf_written_clean", {}, kInt8, kStable, kStrict, zero},
    {2773, "pg_stat_get_bgwriter_maxwritten_clean", {}, kInt8, kStable, kStrict, zero},
    {2770, "pg_stat_get_bgwriter_requested_checkpoints", {}, kInt8, kStable, kStrict, zero},
    {3075, "pg_stat_get_bgwriter_stat_reset_time", {}, kTimestamptz, kStable, kStrict, unknown},
    {2769, "pg_stat_get_bgwriter_timed_checkpoints", {}, kInt8, kStable, kStrict, zero},
    {1934, "pg_stat_get_blocks_fetched", {kOid}, kInt8, kStable, kStrict, zero},
    {1935, "pg_stat_get_blocks_hit", {kOid}, kInt8, kStable, kStrict, zero},
    {2859, "pg_stat_get_buf_alloc", {}, kInt8, kStable, kStrict, zero},
    {3063, "pg_stat_get_buf_fsync_backend", {}, kInt8, kStable, kStrict, zero},
    {2775, "pg_stat_get_buf_written_backend", {}, kInt8, kStable, kStrict, zero},
    {3161, "pg_stat_get_checkpoint_sync_time", {}, kFloat8, kStable, kStrict, zero_real},
    {3160, "pg_stat_get_checkpoint_write_time", {}, kFloat8, kStable, kStrict, zero_real},
    {6186, "pg_stat_get_db_active_time", {kOid}, kFloat8, kStable, kStrict, row<database_milliseconds<&Database::active_us>>},
    {2844, "pg_stat_get_db_blk_read_time", {kOid}, kFloat8, kStable, kStrict, zero_real},
    {2845, "pg_stat_get_db_blk_write_time", {kOid}, kFloat8, kStable, kStrict, zero_real},
    {1944, "pg_stat_get_db_blocks_fetched", {kOid}, kInt8, kStable, kStrict, zero},
    {1945, "pg_stat_get_db_blocks_hit", {kOid}, kInt8, kStable, kStrict, zero},
    {3426, "pg_stat_get_db_checksum_failures", {kOid}, kInt8, kStable, kStrict, zero},
    {3428, "pg_stat_get_db_checksum_last_failure", {kOid}, kTimestamptz, kStable, kStrict, unknown},
    {3070, "pg_stat_get_db_conflict_all", {kOid}, kInt8, kStable, kStrict, zero},
    {3068, "pg_stat_get_db_conflict_bufferpin", {kOid}, kInt8, kStable, kStrict, zero},
    {3066, "pg_stat_get_db_conflict_lock", {kOid}, kInt8, kStable, kStrict, zero},
    {3067, "pg_stat_get_db_conflict_snapshot", {kOid}, kInt8, kStable, kStrict, zero},
    {3069, "pg_stat_get_db_conflict_startup_deadlock", {kOid}, kInt8, kStable, kStrict, zero},
    {3065, "pg_stat_get_db_conflict_tablespace", {kOid}, kInt8, kStable, kStrict, zero},
    {3152, "pg_stat_get_db_deadlocks", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::deadlocks>>},
    {6187, "pg_stat_get_db_idle_in_transaction_time", {kOid}, kFloat8, kStable, kStrict, row<database_milliseconds<&Database::idle_in_transaction_us>>},
    {1941, "pg_stat_get_db_numbackends", {kOid}, kInt4, kStable, kStrict, row<database_backends>},
    {6185, "pg_stat_get_db_session_time", {kOid}, kFloat8, kStable, kStrict, row<database_milliseconds<&Database::session_us>>},
    {6188, "pg_stat_get_db_sessions", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::sessions>>},
    {6189, "pg_stat_get_db_sessions_abandoned", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::sessions_abandoned>>},
    {6190, "pg_stat_get_db_sessions_fatal", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::sessions_fatal>>},
    {6191, "pg_stat_get_db_sessions_killed", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::sessions_killed>>},
    {3074, "pg_stat_get_db_stat_reset_time", {kOid}, kTimestamptz, kStable, kStrict, row<database_reset_time>},
    {3151, "pg_stat_get_db_temp_bytes", {kOid}, kInt8, kStable, kStrict, zero},
    {3150, "pg_stat_get_db_temp_files", {kOid}, kInt8, kStable, kStrict, zero},
    {2762, "pg_stat_get_db_tuples_deleted", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::deleted>>},
    {2759, "pg_stat_get_db_tuples_fetched", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::rows_fetched>>},
    {2760, "pg_stat_get_db_tuples_inserted", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::inserted>>},
    {2758, "pg_stat_get_db_tuples_returned", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::rows_returned>>},
    {2761, "pg_stat_get_db_tuples_updated", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::updated>>},
    {1942, "pg_stat_get_db_xact_commit", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::commits>>},
    {1943, "pg_stat_get_db_xact_rollback", {kOid}, kInt8, kStable, kStrict, row<database_count<&Database::rollbacks>>},
    {2879, "pg_stat_get_dead_tuples", {kOid}, kInt8, kStable, kStrict, zero},
    {2978, "pg_stat_get_function_calls", {kOid}, kInt8, kStable, kStrict, zero},
    {2980, "pg_stat_get_function_self_time", {kOid}, kFloat8, kStable, kStrict, zero_real},
    {2979, "pg_stat_get_function_total_time", {kOid}, kFloat8, kStable, kStrict, zero_real},
    {5053, "pg_stat_get_ins_since_vacuum", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::inserted_since_vacuum>>},
    {2783, "pg_stat_get_last_analyze_time", {kOid}, kTimestamptz, kStable, kStrict, row<relation_time<&Relation::last_analyze_us>>},
    {2784, "pg_stat_get_last_autoanalyze_time", {kOid}, kTimestamptz, kStable, kStrict, unknown},
    {2782, "pg_stat_get_last_autovacuum_time", {kOid}, kTimestamptz, kStable, kStrict, unknown},
    {2781, "pg_stat_get_last_vacuum_time", {kOid}, kTimestamptz, kStable, kStrict, row<relation_time<&Relation::last_vacuum_us>>},
    {2878, "pg_stat_get_live_tuples", {kOid}, kInt8, kStable, kStrict, row<live_tuples>},
    {3177, "pg_stat_get_mod_since_analyze", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::modified>>},
    {1928, "pg_stat_get_numscans", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::scans>>},
    {1933, "pg_stat_get_tuples_deleted", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::deleted>>},
    {1930, "pg_stat_get_tuples_fetched", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::rows_fetched>>},
    {1972, "pg_stat_get_tuples_hot_updated", {kOid}, kInt8, kStable, kStrict, zero},
    {1931, "pg_stat_get_tuples_inserted", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::inserted>>},
    {1929, "pg_stat_get_tuples_returned", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::rows_read>>},
    {1932, "pg_stat_get_tuples_updated", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::updated>>},
    {3054, "pg_stat_get_vacuum_count", {kOid}, kInt8, kStable, kStrict, row<relation_count<&Relation::vacuums>>},
    {3044, "pg_stat_get_xact_blocks_fetched", {kOid}, kInt8, kVolatile, kStrict, zero},
    {3045, "pg_stat_get_xact_blocks_hit", {kOid}, kInt8, kVolatile, kStrict, zero},
    {3046, "pg_stat_get_xact_function_calls", {kOid}, kInt8, kVolatile, kStrict, zero},
    {3048, "pg_stat_get_xact_function_self_time", {kOid}, kFloat8, kVolatile, kStrict, zero_real},
    {3047, "pg_stat_get_xact_function_total_time", {kOid}, kFloat8, kVolatile, kStrict, zero_real},
    {3037, "pg_stat_get_xact_numscans", {kOid}, kInt8, kVolatile, kStrict, zero},
    {3042, "pg_stat_get_xact_tuples_deleted", {kOid}, kInt8, kVolatile, kStrict, zero},
    {3039, "pg_stat_get_xact_tuples_fetched", {kOid}, kInt8, kVolatile, kStrict, zero},
    {3043, "pg_stat_get_xact_tuples_hot_updated", {kOid}, kInt8, kVolatile, kStrict, zero},
    {3040, "pg_stat_get_xact_tuples_inserted", {kOid}, kInt8, kVolatile, kStrict, zero},
    {3038, "pg_stat_get_xact_tuples_returned", {kOid}, kInt8, kVolatile, kStrict, zero},
    {3041, "pg_stat_get_xact_tuples_updated", {kOid}, kInt8, kVolatile, kStrict, zero},
    {2137, "pg_stat_force_next_flush", {}, kVoid, kVolatile, kCalledOnNull, nothing},  // counts are never held back
    {2274, "pg_stat_reset", {}, kVoid, kVolatile, kCalledOnNull, reset_database},
    {6170, "pg_stat_reset_replication_slot", {kText}, kVoid, kVolatile, kCalledOnNull, nothing},
    {3775, "pg_stat_reset_shared", {kText}, kVoid, kVolatile, kStrict, nothing},
    {3777, "pg_stat_reset_single_function_counters", {kOid}, kVoid, kVolatile, kStrict, nothing},
    {3776, "pg_stat_reset_single_table_counters", {kOid}, kVoid, kVolatile, kStrict, reset_relation},
    {2307, "pg_stat_reset_slru", {kText}, kVoid, kVolatile, kCalledOnNull, nothing},
    {6232, "pg_stat_reset_subscription_stats", {kOid}, kVoid, kVolatile, kCalledOnNull, nothing},
};

}  // namespace

std::span<const FunctionDef> system_statistics_functions() { return kFunctions; }

}  // namespace vecino::sql
