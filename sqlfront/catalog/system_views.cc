#include "sqlfront/catalog/system_catalog.h"
#include "sqlfront/catalog/system_producers.h"

namespace vecino::sql {
namespace {

constexpr SystemRelation kColumnStatistics{&produce_stats};

// PostgreSQL 15's system views (manual, chapter 54).
constexpr SystemViewDefinition kViews[] = {
    {12085, "pg_available_extension_versions",
     "name name, version text, installed bool, superuser bool, trusted bool, relocatable bool, schema name, "
     "requires _name, comment text",
     "SELECT e.name, e.version, x.extname IS NOT NULL AS installed, e.superuser, e.trusted, e.relocatable, "
     "e.schema, e.requires, e.comment FROM pg_catalog.pg_available_extension_versions() e LEFT JOIN "
     "pg_catalog.pg_extension x ON e.name = x.extname AND e.version = x.extversion"},
    {12081, "pg_available_extensions",
     "name name, default_version text, installed_version text, comment text",
     "SELECT e.name, e.default_version, x.extversion AS installed_version, e.comment FROM "
     "pg_catalog.pg_available_extensions() e LEFT JOIN pg_catalog.pg_extension x ON e.name = x.extname"},
    {12138, "pg_backend_memory_contexts",
     "name text, ident text, parent text, level int4, total_bytes int8, total_nblocks int8, free_bytes int8, "
     "free_chunks int8, used_bytes int8"},
    {12130, "pg_config",
     "name text, setting text"},
    {12077, "pg_cursors",
     "name text, statement text, is_holdable bool, is_binary bool, is_scrollable bool, creation_time timestamptz",
     "SELECT c.name, c.statement, c.is_holdable, c.is_binary, c.is_scrollable, c.creation_time FROM "
     "pg_catalog.pg_cursor() c"},
    {12110, "pg_file_settings",
     "sourcefile text, sourceline int4, seqno int4, name text, setting text, applied bool, error text",
     "SELECT a.sourcefile, a.sourceline, a.seqno, a.name, a.setting, a.applied, a.error FROM "
     "pg_catalog.pg_show_all_file_settings() a"},
    {12010, "pg_group",
     "groname name, grosysid oid, grolist _oid",
     "SELECT a.rolname AS groname, a.oid AS grosysid, ARRAY(SELECT m.member FROM pg_catalog.pg_auth_members m "
     "WHERE m.roleid = a.oid) AS grolist FROM pg_catalog.pg_authid a WHERE NOT a.rolcanlogin"},
    {12114, "pg_hba_file_rules",
     "line_number int4, type text, database _text, user_name _text, address text, netmask text, auth_method text, "
     "options _text, error text",
     "SELECT r.line_number, r.type, r.database, r.user_name, r.address, r.netmask, r.auth_method, r.options, r.error "
     "FROM pg_catalog.pg_hba_file_rules() r"},
    {12118, "pg_ident_file_mappings",
     "line_number int4, map_name text, sys_name text, pg_username text, error text",
     "SELECT m.line_number, m.map_name, m.sys_name, m.pg_username, m.error FROM "
     "pg_catalog.pg_ident_file_mappings() m"},
    {12043, "pg_indexes",
     "schemaname name, tablename name, indexname name, tablespace name, indexdef text",
     "SELECT n.nspname AS schemaname, c.relname AS tablename, i.relname AS indexname, t.spcname AS tablespace, "
     "pg_catalog.pg_get_indexdef(i.oid) AS indexdef FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON "
     "c.oid = x.indrelid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid LEFT JOIN pg_catalog.pg_namespace n "
     "ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = i.reltablespace WHERE c.relkind "
     "IN ('r', 'm', 'p') AND i.relkind IN ('i', 'I')"},
    {12073, "pg_locks",
     "locktype text, database oid, relation oid, page int4, tuple int2, virtualxid text, transactionid xid, "
     "classid oid, objid oid, objsubid int2, virtualtransaction text, pid int4, mode text, granted bool, "
     "fastpath bool, waitstart timestamptz",
     "SELECT l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, "
     "l.objid, l.objsubid, l.virtualtransaction, l.pid, l.mode, l.granted, l.fastpath, l.waitstart FROM "
     "pg_catalog.pg_lock_status() l"},
    {12038, "pg_matviews",
     "schemaname name, matviewname name, matviewowner name, tablespace name, hasindexes bool, ispopulated bool, "
     "definition text"},
    {12018, "pg_policies",
     "schemaname name, tablename name, policyname name, permissive text, roles _name, cmd text, qual text, "
     "with_check text"},
    {12095, "pg_prepared_statements",
     "name text, statement text, prepare_time timestamptz, parameter_types _regtype, from_sql bool, "
     "generic_plans int8, custom_plans int8",
     "SELECT p.name, p.statement, p.prepare_time, p.parameter_types, p.from_sql, p.generic_plans, p.custom_plans "
     "FROM pg_catalog.pg_prepared_statement() p"},
    {12090, "pg_prepared_xacts",
     "transaction xid, gid text, prepared timestamptz, owner name, database name"},
    {12068, "pg_publication_tables",
     "pubname name, schemaname name, tablename name, attnames _name, rowfilter text"},
    {12332, "pg_replication_origin_status",
     "local_id oid, external_id text, remote_lsn pg_lsn, local_lsn pg_lsn"},
    {12257, "pg_replication_slots",
     "slot_name name, plugin name, slot_type text, datoid oid, database name, temporary bool, active bool, "
     "active_pid int4, xmin xid, catalog_xmin xid, restart_lsn pg_lsn, confirmed_flush_lsn pg_lsn, "
     "wal_status text, safe_wal_size int8, two_phase bool"},
    {12000, "pg_roles",
     "rolname name, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool, rolcanlogin bool, "
     "rolreplication bool, rolconnlimit int4, rolpassword text, rolvaliduntil timestamptz, rolbypassrls bool, "
     "rolconfig _text, oid oid",
     "SELECT a.rolname, a.rolsuper, a.rolinherit, a.rolcreaterole, a.rolcreatedb, a.rolcanlogin, "
     "a.rolreplication, a.rolconnlimit, '********'::text AS rolpassword, a.rolvaliduntil, a.rolbypassrls, "
     "s.setconfig AS rolconfig, a.oid FROM pg_catalog.pg_authid a LEFT JOIN pg_catalog.pg_db_role_setting s ON "
     "a.oid = s.setrole AND s.setdatabase = 0"},
    {12023, "pg_rules",
     "schemaname name, tablename name, rulename name, definition text"},
    {12099, "pg_seclabels",
     "objoid oid, classoid oid, objsubid int4, objtype text, objnamespace oid, objname text, provider text, "
     "label text"},
    {12048, "pg_sequences",
     "schemaname name, sequencename name, sequenceowner name, data_type regtype, start_value int8, "
     "min_value int8, max_value int8, increment_by int8, cycle bool, cache_size int8, last_value int8",
     "SELECT n.nspname AS schemaname, c.relname AS sequencename, pg_catalog.pg_get_userbyid(c.relowner) AS "
     "sequenceowner, s.seqtypid::pg_catalog.regtype AS data_type, s.seqstart AS start_value, s.seqmin AS "
     "min_value, s.seqmax AS max_value, s.seqincrement AS increment_by, s.seqcycle AS cycle, s.seqcache AS "
     "cache_size, CASE WHEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT, USAGE') THEN "
     "pg_catalog.pg_sequence_last_value(c.oid::pg_catalog.regclass) END AS last_value FROM "
     "pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid LEFT JOIN pg_catalog.pg_namespace "
     "n ON n.oid = c.relnamespace WHERE NOT pg_catalog.pg_is_other_temp_schema(n.oid) AND c.relkind = 'S'"},
    {12104, "pg_settings",
     "name text, setting text, unit text, category text, short_desc text, extra_desc text, context text, "
     "vartype text, source text, min_val text, max_val text, enumvals _text, boot_val text, reset_val text, "
     "sourcefile text, sourceline int4, pending_restart bool",
     "SELECT a.name, a.setting, a.unit, a.category, a.short_desc, a.extra_desc, a.context, a.vartype, a.source, "
     "a.min_val, a.max_val, a.enumvals, a.boot_val, a.reset_val, a.sourcefile, a.sourceline, a.pending_restart "
     "FROM pg_catalog.pg_show_all_settings() a"},
    {12005, "pg_shadow",
     "usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, passwd text, "
     "valuntil timestamptz, useconfig _text",
     "SELECT a.rolname AS usename, a.oid AS usesysid, a.rolcreatedb AS usecreatedb, a.rolsuper AS usesuper, "
     "a.rolreplication AS userepl, a.rolbypassrls AS usebypassrls, a.rolpassword AS passwd, a.rolvaliduntil AS "
     "valuntil, s.setconfig AS useconfig FROM pg_catalog.pg_authid a LEFT JOIN pg_catalog.pg_db_role_setting s ON "
     "a.oid = s.setrole AND s.setdatabase = 0 WHERE a.rolcanlogin"},
    {12134, "pg_shmem_allocations",
     "name text, off int8, size int8, allocated_size int8",
     "SELECT a.name, a.off, a.size, a.allocated_size FROM pg_catalog.pg_get_shmem_allocations() a"},
    {12053, "pg_stats",
     "schemaname name, tablename name, attname name, inherited bool, null_frac float4, avg_width int4, "
     "n_distinct float4, most_common_vals anyarray, most_common_freqs _float4, histogram_bounds anyarray, "
     "correlation float4, most_common_elems anyarray, most_common_elem_freqs _float4, elem_count_histogram _float4", {}, &kColumnStatistics},
    {12058, "pg_stats_ext",
     "schemaname name, tablename name, statistics_schemaname name, statistics_name name, statistics_owner name, "
     "attnames _name, exprs _text, kinds _char, inherited bool, n_distinct pg_ndistinct, "
     "dependencies pg_dependencies, most_common_vals _text, most_common_val_nulls _bool, "
     "most_common_freqs _float8, most_common_base_freqs _float8"},
    {12063, "pg_stats_ext_exprs",
     "schemaname name, tablename name, statistics_schemaname name, statistics_name name, statistics_owner name, "
     "expr text, inherited bool, null_frac float4, avg_width int4, n_distinct float4, most_common_vals anyarray, "
     "most_common_freqs _float4, histogram_bounds anyarray, correlation float4, most_common_elems anyarray, "
     "most_common_elem_freqs _float4, elem_count_histogram _float4"},
    {12033, "pg_tables",
     "schemaname name, tablename name, tableowner name, tablespace name, hasindexes bool, hasrules bool, "
     "hastriggers bool, rowsecurity bool",
     "SELECT n.nspname AS schemaname, c.relname AS tablename, pg_catalog.pg_get_userbyid(c.relowner) AS "
     "tableowner, t.spcname AS tablespace, c.relhasindex AS hasindexes, c.relhasrules AS hasrules, "
     "c.relhastriggers AS hastriggers, c.relrowsecurity AS rowsecurity FROM pg_catalog.pg_class c LEFT JOIN "
     "pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = "
     "c.reltablespace WHERE c.relkind IN ('r', 'p')"},
    {12122, "pg_timezone_abbrevs",
     "abbrev text, utc_offset interval, is_dst bool",
     "SELECT z.abbrev, z.utc_offset, z.is_dst FROM pg_catalog.pg_timezone_abbrevs() z"},
    {12126, "pg_timezone_names",
     "name text, abbrev text, utc_offset interval, is_dst bool",
     "SELECT z.name, z.abbrev, z.utc_offset, z.is_dst FROM pg_catalog.pg_timezone_names() z"},
    {12014, "pg_user",
     "usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, passwd text, "
     "valuntil timestamptz, useconfig _text",
     "SELECT s.usename, s.usesysid, s.usecreatedb, s.usesuper, s.userepl, s.usebypassrls, '********'::text AS "
     "passwd, s.valuntil, s.useconfig FROM pg_catalog.pg_shadow s"},
    {12327, "pg_user_mappings",
     "umid oid, srvid oid, srvname name, umuser oid, usename name, umoptions _text"},
    {12028, "pg_views",
     "schemaname name, viewname name, viewowner name, definition text",
     "SELECT n.nspname AS schemaname, c.relname AS viewname, pg_catalog.pg_get_userbyid(c.relowner) AS viewowner, "
     "pg_catalog.pg_get_viewdef(c.oid) AS definition FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace "
     "n ON n.oid = c.relnamespace WHERE c.relkind = 'v'"},
};

}  // namespace

std::span<const SystemViewDefinition> system_view_definitions() { return kViews; }

}  // namespace vecino::sql
