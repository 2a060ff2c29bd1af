#include "sqlfront/catalog/system_catalog.h"
#include "sqlfront/catalog/system_producers.h"

namespace vecino::sql {
namespace {

constexpr SystemRelation kProgressCreateIndex{&produce_progress_create_index};
constexpr SystemRelation kProgressCopy{&produce_progress_copy};

// The cumulative statistics views (manual 28.2).
constexpr SystemViewDefinition kViews[] = {
    {12222, "pg_stat_activity",
     "datid oid, datname name, pid int4, leader_pid int4, usesysid oid, usename name, application_name text, "
     "client_addr inet, client_hostname text, client_port int4, backend_start timestamptz, "
     "xact_start timestamptz, query_start timestamptz, state_change timestamptz, wait_event_type text, "
     "wait_event text, state text, backend_xid xid, backend_xmin xid, query_id int8, query text, backend_type text",
     "SELECT s.datid, d.datname, s.pid, s.leader_pid, s.usesysid, u.rolname AS usename, s.application_name, "
     "s.client_addr, s.client_hostname, s.client_port, s.backend_start, s.xact_start, s.query_start, "
     "s.state_change, s.wait_event_type, s.wait_event, s.state, s.backend_xid, s.backend_xmin, s.query_id, "
     "s.query, s.backend_type FROM pg_catalog.pg_stat_get_activity(NULL) s LEFT JOIN pg_catalog.pg_database d ON "
     "s.datid = d.oid LEFT JOIN pg_catalog.pg_authid u ON s.usesysid = u.oid"},
    {12183, "pg_stat_all_indexes",
     "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_scan int8, "
     "idx_tup_read int8, idx_tup_fetch int8",
     "SELECT c.oid AS relid, i.oid AS indexrelid, n.nspname AS schemaname, c.relname, i.relname AS indexrelname, "
     "pg_catalog.pg_stat_get_numscans(i.oid) AS idx_scan, pg_catalog.pg_stat_get_tuples_returned(i.oid) AS "
     "idx_tup_read, pg_catalog.pg_stat_get_tuples_fetched(i.oid) AS idx_tup_fetch FROM pg_catalog.pg_class c JOIN "
     "pg_catalog.pg_index x ON c.oid = x.indrelid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid LEFT JOIN "
     "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 't', 'm')"},
    {12142, "pg_stat_all_tables",
     "relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, "
     "idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, n_tup_hot_upd int8, n_live_tup int8, "
     "n_dead_tup int8, n_mod_since_analyze int8, n_ins_since_vacuum int8, last_vacuum timestamptz, "
     "last_autovacuum timestamptz, last_analyze timestamptz, last_autoanalyze timestamptz, vacuum_count int8, "
     "autovacuum_count int8, analyze_count int8, autoanalyze_count int8",
     "SELECT c.oid AS relid, n.nspname AS schemaname, c.relname, pg_catalog.pg_stat_get_numscans(c.oid) AS "
     "seq_scan, pg_catalog.pg_stat_get_tuples_returned(c.oid) AS seq_tup_read, "
     "sum(pg_catalog.pg_stat_get_numscans(i.indexrelid))::bigint AS idx_scan, "
     "sum(pg_catalog.pg_stat_get_tuples_fetched(i.indexrelid))::bigint + "
     "pg_catalog.pg_stat_get_tuples_fetched(c.oid) AS idx_tup_fetch, "
     "pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS n_tup_ins, pg_catalog.pg_stat_get_tuples_updated(c.oid) AS "
     "n_tup_upd, pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS n_tup_del, "
     "pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS n_tup_hot_upd, "
     "pg_catalog.pg_stat_get_live_tuples(c.oid) AS n_live_tup, pg_catalog.pg_stat_get_dead_tuples(c.oid) AS "
     "n_dead_tup, pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS n_mod_since_analyze, "
     "pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS n_ins_since_vacuum, "
     "pg_catalog.pg_stat_get_last_vacuum_time(c.oid) AS last_vacuum, "
     "pg_catalog.pg_stat_get_last_autovacuum_time(c.oid) AS last_autovacuum, "
     "pg_catalog.pg_stat_get_last_analyze_time(c.oid) AS last_analyze, "
     "pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid) AS last_autoanalyze, "
     "pg_catalog.pg_stat_get_vacuum_count(c.oid) AS vacuum_count, pg_catalog.pg_stat_get_autovacuum_count(c.oid) "
     "AS autovacuum_count, pg_catalog.pg_stat_get_analyze_count(c.oid) AS analyze_count, "
     "pg_catalog.pg_stat_get_autoanalyze_count(c.oid) AS autoanalyze_count FROM pg_catalog.pg_class c LEFT JOIN "
     "pg_catalog.pg_index i ON c.oid = i.indrelid LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
     "WHERE c.relkind IN ('r', 't', 'm', 'p') GROUP BY c.oid, n.nspname, c.relname"},
    {12285, "pg_stat_archiver",
     "archived_count int8, last_archived_wal text, last_archived_time timestamptz, failed_count int8, "
     "last_failed_wal text, last_failed_time timestamptz, stats_reset timestamptz"},
    {12289, "pg_stat_bgwriter",
     "checkpoints_timed int8, checkpoints_req int8, checkpoint_write_time float8, checkpoint_sync_time float8, "
     "buffers_checkpoint int8, buffers_clean int8, maxwritten_clean int8, buffers_backend int8, "
     "buffers_backend_fsync int8, buffers_alloc int8, stats_reset timestamptz",
     "SELECT pg_catalog.pg_stat_get_bgwriter_timed_checkpoints() AS checkpoints_timed, "
     "pg_catalog.pg_stat_get_bgwriter_requested_checkpoints() AS checkpoints_req, "
     "pg_catalog.pg_stat_get_checkpoint_write_time() AS checkpoint_write_time, "
     "pg_catalog.pg_stat_get_checkpoint_sync_time() AS checkpoint_sync_time, "
     "pg_catalog.pg_stat_get_bgwriter_buf_written_checkpoints() AS buffers_checkpoint, "
     "pg_catalog.pg_stat_get_bgwriter_buf_written_clean() AS buffers_clean, "
     "pg_catalog.pg_stat_get_bgwriter_maxwritten_clean() AS maxwritten_clean, "
     "pg_catalog.pg_stat_get_buf_written_backend() AS buffers_backend, pg_catalog.pg_stat_get_buf_fsync_backend() "
     "AS buffers_backend_fsync, pg_catalog.pg_stat_get_buf_alloc() AS buffers_alloc, "
     "pg_catalog.pg_stat_get_bgwriter_stat_reset_time() AS stats_reset"},
    {12266, "pg_stat_database",
     "datid oid, datname name, numbackends int4, xact_commit int8, xact_rollback int8, blks_read int8, "
     "blks_hit int8, tup_returned int8, tup_fetched int8, tup_inserted int8, tup_updated int8, tup_deleted int8, "
     "conflicts int8, temp_files int8, temp_bytes int8, deadlocks int8, checksum_failures int8, "
     "checksum_last_failure timestamptz, blk_read_time float8, blk_write_time float8, session_time float8, "
     "active_time float8, idle_in_transaction_time float8, sessions int8, sessions_abandoned int8, "
     "sessions_fatal int8, sessions_killed int8, stats_reset timestamptz",
     "SELECT d.oid AS datid, d.datname, pg_catalog.pg_stat_get_db_numbackends(d.oid) AS numbackends, "
     "pg_catalog.pg_stat_get_db_xact_commit(d.oid) AS xact_commit, pg_catalog.pg_stat_get_db_xact_rollback(d.oid) "
     "AS xact_rollback, pg_catalog.pg_stat_get_db_blocks_fetched(d.oid) - "
     "pg_catalog.pg_stat_get_db_blocks_hit(d.oid) AS blks_read, pg_catalog.pg_stat_get_db_blocks_hit(d.oid) AS "
     "blks_hit, pg_catalog.pg_stat_get_db_tuples_returned(d.oid) AS tup_returned, "
     "pg_catalog.pg_stat_get_db_tuples_fetched(d.oid) AS tup_fetched, "
     "pg_catalog.pg_stat_get_db_tuples_inserted(d.oid) AS tup_inserted, "
     "pg_catalog.pg_stat_get_db_tuples_updated(d.oid) AS tup_updated, "
     "pg_catalog.pg_stat_get_db_tuples_deleted(d.oid) AS tup_deleted, "
     "pg_catalog.pg_stat_get_db_conflict_all(d.oid) AS conflicts, pg_catalog.pg_stat_get_db_temp_files(d.oid) AS "
     "temp_files, pg_catalog.pg_stat_get_db_temp_bytes(d.oid) AS temp_bytes, "
     "pg_catalog.pg_stat_get_db_deadlocks(d.oid) AS deadlocks, pg_catalog.pg_stat_get_db_checksum_failures(d.oid) "
     "AS checksum_failures, pg_catalog.pg_stat_get_db_checksum_last_failure(d.oid) AS checksum_last_failure, "
     "pg_catalog.pg_stat_get_db_blk_read_time(d.oid) AS blk_read_time, "
     "pg_catalog.pg_stat_get_db_blk_write_time(d.oid) AS blk_write_time, "
     "pg_catalog.pg_stat_get_db_session_time(d.oid) AS session_time, pg_catalog.pg_stat_get_db_active_time(d.oid) "
     "AS active_time, pg_catalog.pg_stat_get_db_idle_in_transaction_time(d.oid) AS idle_in_transaction_time, "
     "pg_catalog.pg_stat_get_db_sessions(d.oid) AS sessions, pg_catalog.pg_stat_get_db_sessions_abandoned(d.oid) "
     "AS sessions_abandoned, pg_catalog.pg_stat_get_db_sessions_fatal(d.oid) AS sessions_fatal, "
     "pg_catalog.pg_stat_get_db_sessions_killed(d.oid) AS sessions_killed, "
     "pg_catalog.pg_stat_get_db_stat_reset_time(d.oid) AS stats_reset FROM pg_catalog.pg_database d"},
    {12271, "pg_stat_database_conflicts",
     "datid oid, datname name, confl_tablespace int8, confl_lock int8, confl_snapshot int8, confl_bufferpin int8, "
     "confl_deadlock int8",
     "SELECT d.oid AS datid, d.datname, pg_catalog.pg_stat_get_db_conflict_tablespace(d.oid) AS confl_tablespace, "
     "pg_catalog.pg_stat_get_db_conflict_lock(d.oid) AS confl_lock, "
     "pg_catalog.pg_stat_get_db_conflict_snapshot(d.oid) AS confl_snapshot, "
     "pg_catalog.pg_stat_get_db_conflict_bufferpin(d.oid) AS confl_bufferpin, "
     "pg_catalog.pg_stat_get_db_conflict_startup_deadlock(d.oid) AS confl_deadlock FROM pg_catalog.pg_database d"},
    {12253, "pg_stat_gssapi",
     "pid int4, gss_authenticated bool, principal text, encrypted bool",
     "SELECT s.pid, s.gss_auth AS gss_authenticated, s.gss_princ AS principal, s.gss_enc AS encrypted FROM "
     "pg_catalog.pg_stat_get_activity(NULL) s WHERE s.client_port IS NOT NULL"},
    {12297, "pg_stat_progress_analyze",
     "pid int4, datid oid, datname name, relid oid, phase text, sample_blks_total int8, sample_blks_scanned int8, "
     "ext_stats_total int8, ext_stats_computed int8, child_tables_total int8, child_tables_done int8, "
     "current_child_table_relid oid"},
    {12317, "pg_stat_progress_basebackup",
     "pid int4, phase text, backup_total int8, backup_streamed int8, tablespaces_total int8, "
     "tablespaces_streamed int8"},
    {12307, "pg_stat_progress_cluster",
     "pid int4, datid oid, datname name, relid oid, command text, phase text, cluster_index_relid oid, "
     "heap_tuples_scanned int8, heap_tuples_written int8, heap_blks_total int8, heap_blks_scanned int8, "
     "index_rebuild_count int8"},
    {12322, "pg_stat_progress_copy",
     "pid int4, datid oid, datname name, relid oid, command text, type text, bytes_processed int8, "
     "bytes_total int8, tuples_processed int8, tuples_excluded int8", {}, &kProgressCopy},
    {12312, "pg_stat_progress_create_index",
     "pid int4, datid oid, datname name, relid oid, index_relid oid, command text, phase text, "
     "lockers_total int8, lockers_done int8, current_locker_pid int8, blocks_total int8, blocks_done int8, "
     "tuples_total int8, tuples_done int8, partitions_total int8, partitions_done int8", {}, &kProgressCreateIndex},
    {12302, "pg_stat_progress_vacuum",
     "pid int4, datid oid, datname name, relid oid, phase text, heap_blks_total int8, heap_blks_scanned int8, "
     "heap_blks_vacuumed int8, index_vacuum_count int8, max_dead_tuples int8, num_dead_tuples int8"},
    {12240, "pg_stat_recovery_prefetch",
     "stats_reset timestamptz, prefetch int8, hit int8, skip_init int8, skip_new int8, skip_fpw int8, "
     "skip_rep int8, wal_distance int4, block_distance int4, io_depth int4"},
    {12227, "pg_stat_replication",
     "pid int4, usesysid oid, usename name, application_name text, client_addr inet, client_hostname text, "
     "client_port int4, backend_start timestamptz, backend_xmin xid, state text, sent_lsn pg_lsn, "
     "write_lsn pg_lsn, flush_lsn pg_lsn, replay_lsn pg_lsn, write_lag interval, flush_lag interval, "
     "replay_lag interval, sync_priority int4, sync_state text, reply_time timestamptz"},
    {12262, "pg_stat_replication_slots",
     "slot_name text, spill_txns int8, spill_count int8, spill_bytes int8, stream_txns int8, stream_count int8, "
     "stream_bytes int8, total_txns int8, total_bytes int8, stats_reset timestamptz"},
    {12232, "pg_stat_slru",
     "name text, blks_zeroed int8, blks_hit int8, blks_read int8, blks_written int8, blks_exists int8, "
     "flushes int8, truncates int8, stats_reset timestamptz"},
    {12249, "pg_stat_ssl",
     "pid int4, ssl bool, version text, cipher text, bits int4, client_dn text, client_serial numeric, "
     "issuer_dn text",
     "SELECT s.pid, s.ssl, s.sslversion AS version, s.sslcipher AS cipher, s.sslbits AS bits, s.ssl_client_dn AS "
     "client_dn, s.ssl_client_serial AS client_serial, s.ssl_issuer_dn AS issuer_dn FROM "
     "pg_catalog.pg_stat_get_activity(NULL) s WHERE s.client_port IS NOT NULL"},
    {17910, "pg_stat_statements",
     "userid oid, dbid oid, toplevel bool, queryid int8, query text, plans int8, total_plan_time float8, "
     "min_plan_time float8, max_plan_time float8, mean_plan_time float8, stddev_plan_time float8, calls int8, "
     "total_exec_time float8, min_exec_time float8, max_exec_time float8, mean_exec_time float8, "
     "stddev_exec_time float8, rows int8, shared_blks_hit int8, shared_blks_read int8, shared_blks_dirtied "
     "int8, shared_blks_written int8, local_blks_hit int8, local_blks_read int8, local_blks_dirtied int8, "
     "local_blks_written int8, temp_blks_read int8, temp_blks_written int8, blk_read_time float8, "
     "blk_write_time float8, temp_blk_read_time float8, temp_blk_write_time float8, wal_records int8, wal_fpi "
     "int8, wal_bytes numeric, jit_functions int8, jit_generation_time float8, jit_inlining_count int8, "
     "jit_inlining_time float8, jit_optimization_count int8, jit_optimization_time float8, jit_emission_count "
     "int8, jit_emission_time float8",
     "SELECT s.userid, s.dbid, s.toplevel, s.queryid, s.query, s.plans, s.total_plan_time, s.min_plan_time, "
     "s.max_plan_time, s.mean_plan_time, s.stddev_plan_time, s.calls, s.total_exec_time, s.min_exec_time, "
     "s.max_exec_time, s.mean_exec_time, s.stddev_exec_time, s.rows, s.shared_blks_hit, s.shared_blks_read, "
     "s.shared_blks_dirtied, s.shared_blks_written, s.local_blks_hit, s.local_blks_read, s.local_blks_dirtied, "
     "s.local_blks_written, s.temp_blks_read, s.temp_blks_written, s.blk_read_time, s.blk_write_time, "
     "s.temp_blk_read_time, s.temp_blk_write_time, s.wal_records, s.wal_fpi, s.wal_bytes::numeric AS wal_bytes, "
     "s.jit_functions, s.jit_generation_time, s.jit_inlining_count, s.jit_inlining_time, "
     "s.jit_optimization_count, s.jit_optimization_time, s.jit_emission_count, s.jit_emission_time FROM "
     "pg_catalog.pg_stat_statements(true) s"},
    {17911, "pg_stat_statements_info",
     "dealloc int8, stats_reset timestamptz",
     "SELECT s.dealloc, s.stats_reset FROM pg_catalog.pg_stat_statements_info() s"},
    {12244, "pg_stat_subscription",
     "subid oid, subname name, pid int4, relid oid, received_lsn pg_lsn, last_msg_send_time timestamptz, "
     "last_msg_receipt_time timestamptz, latest_end_lsn pg_lsn, latest_end_time timestamptz"},
    {12336, "pg_stat_subscription_stats",
     "subid oid, subname name, apply_error_count int8, sync_error_count int8, stats_reset timestamptz"},
    {12188, "pg_stat_sys_indexes",
     "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_scan int8, "
     "idx_tup_read int8, idx_tup_fetch int8",
     "SELECT s.relid, s.indexrelid, s.schemaname, s.relname, s.indexrelname, s.idx_scan, s.idx_tup_read, "
     "s.idx_tup_fetch FROM pg_catalog.pg_stat_all_indexes s WHERE s.schemaname IN ('pg_catalog', "
     "'information_schema') OR s.schemaname ~ '^pg_toast'"},
    {12152, "pg_stat_sys_tables",
     "relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, "
     "idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, n_tup_hot_upd int8, n_live_tup int8, "
     "n_dead_tup int8, n_mod_since_analyze int8, n_ins_since_vacuum int8, last_vacuum timestamptz, "
     "last_autovacuum timestamptz, last_analyze timestamptz, last_autoanalyze timestamptz, vacuum_count int8, "
     "autovacuum_count int8, analyze_count int8, autoanalyze_count int8",
     "SELECT s.relid, s.schemaname, s.relname, s.seq_scan, s.seq_tup_read, s.idx_scan, s.idx_tup_fetch, "
     "s.n_tup_ins, s.n_tup_upd, s.n_tup_del, s.n_tup_hot_upd, s.n_live_tup, s.n_dead_tup, s.n_mod_since_analyze, "
     "s.n_ins_since_vacuum, s.last_vacuum, s.last_autovacuum, s.last_analyze, s.last_autoanalyze, s.vacuum_count, "
     "s.autovacuum_count, s.analyze_count, s.autoanalyze_count FROM pg_catalog.pg_stat_all_tables s WHERE "
     "s.schemaname IN ('pg_catalog', 'information_schema') OR s.schemaname ~ '^pg_toast'"},
    {12275, "pg_stat_user_functions",
     "funcid oid, schemaname name, funcname name, calls int8, total_time float8, self_time float8"},
    {12192, "pg_stat_user_indexes",
     "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_scan int8, "
     "idx_tup_read int8, idx_tup_fetch int8",
     "SELECT s.relid, s.indexrelid, s.schemaname, s.relname, s.indexrelname, s.idx_scan, s.idx_tup_read, "
     "s.idx_tup_fetch FROM pg_catalog.pg_stat_all_indexes s WHERE s.schemaname NOT IN ('pg_catalog', "
     "'information_schema') AND s.schemaname !~ '^pg_toast'"},
    {12161, "pg_stat_user_tables",
     "relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, "
     "idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, n_tup_hot_upd int8, n_live_tup int8, "
     "n_dead_tup int8, n_mod_since_analyze int8, n_ins_since_vacuum int8, last_vacuum timestamptz, "
     "last_autovacuum timestamptz, last_analyze timestamptz, last_autoanalyze timestamptz, vacuum_count int8, "
     "autovacuum_count int8, analyze_count int8, autoanalyze_count int8",
     "SELECT s.relid, s.schemaname, s.relname, s.seq_scan, s.seq_tup_read, s.idx_scan, s.idx_tup_fetch, "
     "s.n_tup_ins, s.n_tup_upd, s.n_tup_del, s.n_tup_hot_upd, s.n_live_tup, s.n_dead_tup, s.n_mod_since_analyze, "
     "s.n_ins_since_vacuum, s.last_vacuum, s.last_autovacuum, s.last_analyze, s.last_autoanalyze, s.vacuum_count, "
     "s.autovacuum_count, s.analyze_count, s.autoanalyze_count FROM pg_catalog.pg_stat_all_tables s WHERE "
     "s.schemaname NOT IN ('pg_catalog', 'information_schema') AND s.schemaname !~ '^pg_toast'"},
    {12293, "pg_stat_wal",
     "wal_records int8, wal_fpi int8, wal_bytes numeric, wal_buffers_full int8, wal_write int8, wal_sync int8, "
     "wal_write_time float8, wal_sync_time float8, stats_reset timestamptz"},
    {12236, "pg_stat_wal_receiver",
     "pid int4, status text, receive_start_lsn pg_lsn, receive_start_tli int4, written_lsn pg_lsn, "
     "flushed_lsn pg_lsn, received_tli int4, last_msg_send_time timestamptz, last_msg_receipt_time timestamptz, "
     "latest_end_lsn pg_lsn, latest_end_time timestamptz, slot_name text, sender_host text, sender_port int4, "
     "conninfo text"},
    {12147, "pg_stat_xact_all_tables",
     "relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, "
     "idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, n_tup_hot_upd int8",
     "SELECT c.oid AS relid, n.nspname AS schemaname, c.relname, pg_catalog.pg_stat_get_xact_numscans(c.oid) AS "
     "seq_scan, pg_catalog.pg_stat_get_xact_tuples_returned(c.oid) AS seq_tup_read, "
     "sum(pg_catalog.pg_stat_get_xact_numscans(i.indexrelid))::bigint AS idx_scan, "
     "sum(pg_catalog.pg_stat_get_xact_tuples_fetched(i.indexrelid))::bigint + "
     "pg_catalog.pg_stat_get_xact_tuples_fetched(c.oid) AS idx_tup_fetch, "
     "pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) AS n_tup_ins, "
     "pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) AS n_tup_upd, "
     "pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS n_tup_del, "
     "pg_catalog.pg_stat_get_xact_tuples_hot_updated(c.oid) AS n_tup_hot_upd FROM pg_catalog.pg_class c LEFT JOIN "
     "pg_catalog.pg_index i ON c.oid = i.indrelid LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
     "WHERE c.relkind IN ('r', 't', 'm', 'p') GROUP BY c.oid, n.nspname, c.relname"},
    {12157, "pg_stat_xact_sys_tables",
     "relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, "
     "idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, n_tup_hot_upd int8",
     "SELECT s.relid, s.schemaname, s.relname, s.seq_scan, s.seq_tup_read, s.idx_scan, s.idx_tup_fetch, "
     "s.n_tup_ins, s.n_tup_upd, s.n_tup_del, s.n_tup_hot_upd FROM pg_catalog.pg_stat_xact_all_tables s WHERE "
     "s.schemaname IN ('pg_catalog', 'information_schema') OR s.schemaname ~ '^pg_toast'"},
    {12280, "pg_stat_xact_user_functions",
     "funcid oid, schemaname name, funcname name, calls int8, total_time float8, self_time float8"},
    {12166, "pg_stat_xact_user_tables",
     "relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, "
     "idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, n_tup_hot_upd int8",
     "SELECT s.relid, s.schemaname, s.relname, s.seq_scan, s.seq_tup_read, s.idx_scan, s.idx_tup_fetch, "
     "s.n_tup_ins, s.n_tup_upd, s.n_tup_del, s.n_tup_hot_upd FROM pg_catalog.pg_stat_xact_all_tables s WHERE "
     "s.schemaname NOT IN ('pg_catalog', 'information_schema') AND s.schemaname !~ '^pg_toast'"},
    {12196, "pg_statio_all_indexes",
     "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_blks_read int8, "
     "idx_blks_hit int8",
     "SELECT c.oid AS relid, i.oid AS indexrelid, n.nspname AS schemaname, c.relname, i.relname AS indexrelname, "
     "pg_catalog.pg_stat_get_blocks_fetched(i.oid) - pg_catalog.pg_stat_get_blocks_hit(i.oid) AS idx_blks_read, "
     "pg_catalog.pg_stat_get_blocks_hit(i.oid) AS idx_blks_hit FROM pg_catalog.pg_class c JOIN "
     "pg_catalog.pg_index x ON c.oid = x.indrelid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid LEFT JOIN "
     "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 't', 'm')"},
    {12209, "pg_statio_all_sequences",
     "relid oid, schemaname name, relname name, blks_read int8, blks_hit int8",
     "SELECT c.oid AS relid, n.nspname AS schemaname, c.relname, pg_catalog.pg_stat_get_blocks_fetched(c.oid) - "
     "pg_catalog.pg_stat_get_blocks_hit(c.oid) AS blks_read, pg_catalog.pg_stat_get_blocks_hit(c.oid) AS blks_hit "
     "FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = "
     "'S'"},
    {12170, "pg_statio_all_tables",
     "relid oid, schemaname name, relname name, heap_blks_read int8, heap_blks_hit int8, idx_blks_read int8, "
     "idx_blks_hit int8, toast_blks_read int8, toast_blks_hit int8, tidx_blks_read int8, tidx_blks_hit int8",
     "SELECT c.oid AS relid, n.nspname AS schemaname, c.relname, pg_catalog.pg_stat_get_blocks_fetched(c.oid) - "
     "pg_catalog.pg_stat_get_blocks_hit(c.oid) AS heap_blks_read, pg_catalog.pg_stat_get_blocks_hit(c.oid) AS "
     "heap_blks_hit, sum(pg_catalog.pg_stat_get_blocks_fetched(i.indexrelid) - "
     "pg_catalog.pg_stat_get_blocks_hit(i.indexrelid))::bigint AS idx_blks_read, "
     "sum(pg_catalog.pg_stat_get_blocks_hit(i.indexrelid))::bigint AS idx_blks_hit, 0::bigint AS toast_blks_read, "
     "0::bigint AS toast_blks_hit, 0::bigint AS tidx_blks_read, 0::bigint AS tidx_blks_hit FROM "
     "pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_index i ON c.oid = i.indrelid LEFT JOIN "
     "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 't', 'm') GROUP BY c.oid, "
     "n.nspname, c.relname"},
    {12201, "pg_statio_sys_indexes",
     "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_blks_read int8, "
     "idx_blks_hit int8",
     "SELECT s.relid, s.indexrelid, s.schemaname, s.relname, s.indexrelname, s.idx_blks_read, s.idx_blks_hit FROM "
     "pg_catalog.pg_statio_all_indexes s WHERE s.schemaname IN ('pg_catalog', 'information_schema') OR "
     "s.schemaname ~ '^pg_toast'"},
    {12214, "pg_statio_sys_sequences",
     "relid oid, schemaname name, relname name, blks_read int8, blks_hit int8",
     "SELECT s.relid, s.schemaname, s.relname, s.blks_read, s.blks_hit FROM pg_catalog.pg_statio_all_sequences s "
     "WHERE s.schemaname IN ('pg_catalog', 'information_schema') OR s.schemaname ~ '^pg_toast'"},
    {12175, "pg_statio_sys_tables",
     "relid oid, schemaname name, relname name, heap_blks_read int8, heap_blks_hit int8, idx_blks_read int8, "
     "idx_blks_hit int8, toast_blks_read int8, toast_blks_hit int8, tidx_blks_read int8, tidx_blks_hit int8",
     "SELECT s.relid, s.schemaname, s.relname, s.heap_blks_read, s.heap_blks_hit, s.idx_blks_read, "
     "s.idx_blks_hit, s.toast_blks_read, s.toast_blks_hit, s.tidx_blks_read, s.tidx_blks_hit FROM "
     "pg_catalog.pg_statio_all_tables s WHERE s.schemaname IN ('pg_catalog', 'information_schema') OR "
     "s.schemaname ~ '^pg_toast'"},
    {12205, "pg_statio_user_indexes",
     "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_blks_read int8, "
     "idx_blks_hit int8",
     "SELECT s.relid, s.indexrelid, s.schemaname, s.relname, s.indexrelname, s.idx_blks_read, s.idx_blks_hit FROM "
     "pg_catalog.pg_statio_all_indexes s WHERE s.schemaname NOT IN ('pg_catalog', 'information_schema') AND "
     "s.schemaname !~ '^pg_toast'"},
    {12218, "pg_statio_user_sequences",
     "relid oid, schemaname name, relname name, blks_read int8, blks_hit int8",
     "SELECT s.relid, s.schemaname, s.relname, s.blks_read, s.blks_hit FROM pg_catalog.pg_statio_all_sequences s "
     "WHERE s.schemaname NOT IN ('pg_catalog', 'information_schema') AND s.schemaname !~ '^pg_toast'"},
    {12179, "pg_statio_user_tables",
     "relid oid, schemaname name, relname name, heap_blks_read int8, heap_blks_hit int8, idx_blks_read int8, "
     "idx_blks_hit int8, toast_blks_read int8, toast_blks_hit int8, tidx_blks_read int8, tidx_blks_hit int8",
     "SELECT s.relid, s.schemaname, s.relname, s.heap_blks_read, s.heap_blks_hit, s.idx_blks_read, "
     "s.idx_blks_hit, s.toast_blks_read, s.toast_blks_hit, s.tidx_blks_read, s.tidx_blks_hit FROM "
     "pg_catalog.pg_statio_all_tables s WHERE s.schemaname NOT IN ('pg_catalog', 'information_schema') AND "
     "s.schemaname !~ '^pg_toast'"},
};

}  // namespace

std::span<const SystemViewDefinition> statistics_view_definitions() { return kViews; }

}  // namespace vecino::sql
