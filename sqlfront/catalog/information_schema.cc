#include "sqlfront/catalog/system_catalog.h"

namespace vecino::sql {
namespace {

// Manual, chapter 37.
constexpr SystemViewDefinition kViews[] = {
    {13507, "_pg_foreign_data_wrappers",
     "oid oid, fdwowner oid, fdwoptions _text, foreign_data_wrapper_catalog name, foreign_data_wrapper_name name, "
     "authorization_identifier name, foreign_data_wrapper_language varchar"},
    {13519, "_pg_foreign_servers",
     "oid oid, srvoptions _text, foreign_server_catalog name, foreign_server_name name, "
     "foreign_data_wrapper_catalog name, foreign_data_wrapper_name name, foreign_server_type varchar, "
     "foreign_server_version varchar, authorization_identifier name"},
    {13498, "_pg_foreign_table_columns",
     "nspname name, relname name, attname name, attfdwoptions _text"},
    {13532, "_pg_foreign_tables",
     "foreign_table_catalog name, foreign_table_schema name, foreign_table_name name, ftoptions _text, "
     "foreign_server_catalog name, foreign_server_name name, authorization_identifier name"},
    {13545, "_pg_user_mappings",
     "oid oid, umoptions _text, umuser oid, authorization_identifier name, foreign_server_catalog name, "
     "foreign_server_name name, srvowner name"},
    {13241, "administrable_role_authorizations",
     "grantee name, role_name name, is_grantable varchar",
     "SELECT r.grantee, r.role_name, r.is_grantable FROM information_schema.applicable_roles r WHERE "
     "r.is_grantable = 'YES'"},
    {13236, "applicable_roles",
     "grantee name, role_name name, is_grantable varchar",
     "SELECT a.rolname AS grantee, b.rolname AS role_name, CASE WHEN m.admin_option THEN 'YES' ELSE 'NO' END AS "
     "is_grantable FROM (SELECT g.member, g.roleid, g.admin_option FROM pg_catalog.pg_auth_members g UNION SELECT "
     "d.datdba, 6171::oid, false FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) m "
     "JOIN pg_catalog.pg_authid a ON m.member = a.oid JOIN pg_catalog.pg_authid b ON m.roleid = b.oid WHERE "
     "pg_catalog.pg_has_role(a.oid, 'USAGE')"},
    {13245, "attributes",
     "udt_catalog name, udt_schema name, udt_name name, attribute_name name, ordinal_position int4, "
     "attribute_default varchar, is_nullable varchar, data_type varchar, character_maximum_length int4, "
     "character_octet_length int4, character_set_catalog name, character_set_schema name, "
     "character_set_name name, collation_catalog name, collation_schema name, collation_name name, "
     "numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, datetime_precision int4, "
     "interval_type varchar, interval_precision int4, attribute_udt_catalog name, attribute_udt_schema name, "
     "attribute_udt_name name, scope_catalog name, scope_schema name, scope_name name, maximum_cardinality int4, "
     "dtd_identifier name, is_derived_reference_attribute varchar"},
    {13250, "character_sets",
     "character_set_catalog name, character_set_schema name, character_set_name name, character_repertoire name, "
     "form_of_use name, default_collate_catalog name, default_collate_schema name, default_collate_name name",
     "SELECT NULL::name AS character_set_catalog, NULL::name AS character_set_schema, 'UTF8'::name AS "
     "character_set_name, 'UCS'::name AS character_repertoire, 'UTF8'::name AS form_of_use, "
     "pg_catalog.current_database() AS default_collate_catalog, 'pg_catalog'::name AS default_collate_schema, "
     "'default'::name AS default_collate_name"},
    {13255, "check_constraint_routine_usage",
     "constraint_catalog name, constraint_schema name, constraint_name name, specific_catalog name, "
     "specific_schema name, specific_name name"},
    {13260, "check_constraints",
     "constraint_catalog name, constraint_schema name, constraint_name name, check_clause varchar",
     "SELECT pg_catalog.current_database() AS constraint_catalog, nc.nspname AS constraint_schema, con.conname AS "
     "constraint_name, pg_catalog.substring(pg_catalog.pg_get_constraintdef(con.oid), 7) AS check_clause FROM "
     "pg_catalog.pg_constraint con JOIN pg_catalog.pg_class r ON con.conrelid = r.oid JOIN pg_catalog.pg_namespace "
     "nr ON r.relnamespace = nr.oid JOIN pg_catalog.pg_namespace nc ON con.connamespace = nc.oid WHERE con.contype "
     "= 'c' AND pg_catalog.pg_has_role(r.relowner, 'USAGE') UNION ALL SELECT pg_catalog.current_database(), "
     "n.nspname, (n.oid::text || '_' || r.oid::text || '_' || a.attnum::text || '_not_null')::name, "
     "a.attname::text || ' IS NOT NULL' FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class r ON n.oid = "
     "r.relnamespace JOIN pg_catalog.pg_attribute a ON r.oid = a.attrelid WHERE a.attnum > 0 AND NOT "
     "a.attisdropped AND a.attnotnull AND r.relkind IN ('r', 'p') AND pg_catalog.pg_has_role(r.relowner, 'USAGE')"},
    {13270, "collation_character_set_applicability",
     "collation_catalog name, collation_schema name, collation_name name, character_set_catalog name, "
     "character_set_schema name, character_set_name name"},
    {13265, "collations",
     "collation_catalog name, collation_schema name, collation_name name, pad_attribute varchar",
     "SELECT pg_catalog.current_database() AS collation_catalog, n.nspname AS collation_schema, c.collname AS "
     "collation_name, 'NO PAD'::varchar AS pad_attribute FROM pg_catalog.pg_collation c JOIN "
     "pg_catalog.pg_namespace n ON c.collnamespace = n.oid WHERE c.collencoding IN (-1, 6)"},
    {13275, "column_column_usage",
     "table_catalog name, table_schema name, table_name name, column_name name, dependent_column name"},
    {13280, "column_domain_usage",
     "domain_catalog name, domain_schema name, domain_name name, table_catalog name, table_schema name, "
     "table_name name, column_name name"},
    {13503, "column_options",
     "table_catalog name, table_schema name, table_name name, column_name name, option_name name, "
     "option_value varchar"},
    {13285, "column_privileges",
     "grantor name, grantee name, table_catalog name, table_schema name, table_name name, column_name name, "
     "privilege_type varchar, is_grantable varchar",
     "SELECT gr.rolname AS grantor, ge.rolname AS grantee, pg_catalog.current_database() AS table_catalog, "
     "n.nspname AS table_schema, x.relname AS table_name, x.attname AS column_name, x.privilege_type, CASE WHEN "
     "pg_catalog.pg_has_role(ge.oid, x.relowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS "
     "is_grantable FROM (SELECT c.relname, c.relnamespace, c.relowner, a.attname, t.grantor, t.grantee, "
     "t.privilege_type, t.is_grantable FROM pg_catalog.pg_class c CROSS JOIN LATERAL "
     "pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) t JOIN "
     "pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relkind IN "
     "('r', 'v', 'f', 'p') UNION SELECT c.relname, c.relnamespace, c.relowner, a.attname, t.grantor, t.grantee, "
     "t.privilege_type, t.is_grantable FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = "
     "c.oid AND a.attnum > 0 AND NOT a.attisdropped CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) t WHERE "
     "c.relkind IN ('r', 'v', 'f', 'p')) x JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace JOIN "
     "pg_catalog.pg_authid gr ON gr.oid = x.grantor JOIN (SELECT oid, rolname FROM pg_catalog.pg_authid UNION ALL "
     "SELECT 0::oid, 'PUBLIC'::name) ge ON ge.oid = x.grantee WHERE x.privilege_type IN ('INSERT', 'SELECT', "
     "'UPDATE', 'REFERENCES') AND (pg_catalog.pg_has_role(gr.oid, 'USAGE') OR pg_catalog.pg_has_role(ge.oid, "
     "'USAGE') OR ge.rolname = 'PUBLIC')"},
    {13290, "column_udt_usage",
     "udt_catalog name, udt_schema name, udt_name name, table_catalog name, table_schema name, table_name name, "
     "column_name name"},
    {13295, "columns",
     "table_catalog name, table_schema name, table_name name, column_name name, ordinal_position int4, "
     "column_default varchar, is_nullable varchar, data_type varchar, character_maximum_length int4, "
     "character_octet_length int4, numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, "
     "datetime_precision int4, interval_type varchar, interval_precision int4, character_set_catalog name, "
     "character_set_schema name, character_set_name name, collation_catalog name, collation_schema name, "
     "collation_name name, domain_catalog name, domain_schema name, domain_name name, udt_catalog name, "
     "udt_schema name, udt_name name, scope_catalog name, scope_schema name, scope_name name, "
     "maximum_cardinality int4, dtd_identifier name, is_self_referencing varchar, is_identity varchar, "
     "identity_generation varchar, identity_start varchar, identity_increment varchar, identity_maximum varchar, "
     "identity_minimum varchar, identity_cycle varchar, is_generated varchar, generation_expression varchar, "
     "is_updatable varchar",
     "SELECT pg_catalog.current_database() AS table_catalog, nc.nspname AS table_schema, c.relname AS table_name, "
     "a.attname AS column_name, a.attnum::int AS ordinal_position, CASE WHEN a.attgenerated = '' THEN "
     "pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) END AS column_default, CASE WHEN a.attnotnull THEN 'NO' ELSE "
     "'YES' END AS is_nullable, CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY' WHEN nt.nspname = "
     "'pg_catalog' THEN pg_catalog.format_type(a.atttypid, NULL) ELSE 'USER-DEFINED' END AS data_type, CASE WHEN "
     "a.atttypmod = -1 THEN NULL WHEN a.atttypid IN (1042, 1043) THEN a.atttypmod - 4 WHEN a.atttypid IN (1560, "
     "1562) THEN a.atttypmod ELSE NULL END AS character_maximum_length, CASE WHEN a.atttypid IN (25, 1042, 1043) "
     "THEN CASE WHEN a.atttypmod = -1 OR a.atttypid = 25 THEN 1073741824 ELSE (a.atttypmod - 4) * 4 END ELSE NULL "
     "END AS character_octet_length, CASE a.atttypid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 1700 "
     "THEN CASE WHEN a.atttypmod = -1 THEN NULL ELSE ((a.atttypmod - 4) >> 16) & 65535 END WHEN 700 THEN 24 WHEN "
     "701 THEN 53 ELSE NULL END AS numeric_precision, CASE WHEN a.atttypid IN (21, 23, 20, 700, 701) THEN 2 WHEN "
     "a.atttypid = 1700 THEN 10 ELSE NULL END AS numeric_precision_radix, CASE WHEN a.atttypid IN (21, 23, 20) "
     "THEN 0 WHEN a.atttypid = 1700 THEN CASE WHEN a.atttypmod = -1 THEN NULL ELSE (a.atttypmod - 4) & 2047 END "
     "ELSE NULL END AS numeric_scale, CASE WHEN a.atttypid = 1082 THEN 0 WHEN a.atttypid IN (1083, 1114, 1184, "
     "1266) THEN CASE WHEN a.atttypmod < 0 THEN 6 ELSE a.atttypmod END WHEN a.atttypid = 1186 THEN CASE WHEN "
     "a.atttypmod < 0 OR (a.atttypmod & 65535) = 65535 THEN 6 ELSE a.atttypmod & 65535 END ELSE NULL END AS "
     "datetime_precision, NULL::varchar AS interval_type, NULL::int AS interval_precision, NULL::name AS "
     "character_set_catalog, NULL::name AS character_set_schema, NULL::name AS character_set_name, CASE WHEN "
     "nco.nspname IS NOT NULL THEN pg_catalog.current_database() END AS collation_catalog, nco.nspname AS "
     "collation_schema, co.collname AS collation_name, NULL::name AS domain_catalog, NULL::name AS domain_schema, "
     "NULL::name AS domain_name, pg_catalog.current_database() AS udt_catalog, nt.nspname AS udt_schema, t.typname "
     "AS udt_name, NULL::name AS scope_catalog, NULL::name AS scope_schema, NULL::name AS scope_name, NULL::int AS "
     "maximum_cardinality, a.attnum::text AS dtd_identifier, 'NO'::varchar AS is_self_referencing, CASE WHEN "
     "a.attidentity IN ('a', 'd') THEN 'YES' ELSE 'NO' END AS is_identity, CASE a.attidentity WHEN 'a' THEN "
     "'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS identity_generation, seq.seqstart::text AS identity_start, "
     "seq.seqincrement::text AS identity_increment, seq.seqmax::text AS identity_maximum, seq.seqmin::text AS "
     "identity_minimum, CASE WHEN seq.seqcycle THEN 'YES' ELSE 'NO' END AS identity_cycle, CASE WHEN "
     "a.attgenerated <> '' THEN 'ALWAYS' ELSE 'NEVER' END AS is_generated, CASE WHEN a.attgenerated <> '' THEN "
     "pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) END AS generation_expression, CASE WHEN c.relkind IN ('r', 'p') "
     "THEN 'YES' ELSE 'NO' END AS is_updatable FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef ad "
     "ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum JOIN pg_catalog.pg_class c ON a.attrelid = c.oid JOIN "
     "pg_catalog.pg_namespace nc ON c.relnamespace = nc.oid JOIN pg_catalog.pg_type t ON a.atttypid = t.oid JOIN "
     "pg_catalog.pg_namespace nt ON t.typnamespace = nt.oid LEFT JOIN pg_catalog.pg_collation co ON a.attcollation "
     "= co.oid AND co.collname <> 'default' LEFT JOIN pg_catalog.pg_namespace nco ON co.collnamespace = nco.oid "
     "LEFT JOIN pg_catalog.pg_depend dep ON dep.classid = 1259 AND dep.refclassid = 1259 AND dep.refobjid = c.oid "
     "AND dep.refobjsubid = a.attnum AND dep.deptype = 'i' LEFT JOIN pg_catalog.pg_sequence seq ON dep.objid = "
     "seq.seqrelid WHERE NOT pg_catalog.pg_is_other_temp_schema(nc.oid) AND a.attnum > 0 AND NOT a.attisdropped "
     "AND c.relkind IN ('r', 'v', 'f', 'p') AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR "
     "pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))"},
    {13300, "constraint_column_usage",
     "table_catalog name, table_schema name, table_name name, column_name name, constraint_catalog name, "
     "constraint_schema name, constraint_name name",
     "SELECT pg_catalog.current_database() AS table_catalog, nr.nspname AS table_schema, r.relname AS table_name, "
     "a.attname AS column_name, pg_catalog.current_database() AS constraint_catalog, nc.nspname AS "
     "constraint_schema, con.conname AS constraint_name FROM pg_catalog.pg_constraint con JOIN pg_catalog.pg_class "
     "r ON con.conrelid = r.oid JOIN pg_catalog.pg_namespace nr ON r.relnamespace = nr.oid JOIN "
     "pg_catalog.pg_namespace nc ON con.connamespace = nc.oid JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid "
     "AND a.attnum = ANY (con.conkey) WHERE con.contype IN ('p', 'u', 'c') AND NOT a.attisdropped AND r.relkind IN "
     "('r', 'p') AND pg_catalog.pg_has_role(r.relowner, 'USAGE') UNION ALL SELECT pg_catalog.current_database(), "
     "nr.nspname, r.relname, a.attname, pg_catalog.current_database(), nc.nspname, con.conname FROM "
     "pg_catalog.pg_constraint con JOIN pg_catalog.pg_class r ON con.confrelid = r.oid JOIN "
     "pg_catalog.pg_namespace nr ON r.relnamespace = nr.oid JOIN pg_catalog.pg_namespace nc ON con.connamespace = "
     "nc.oid JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = ANY (con.confkey) WHERE "
     "con.contype = 'f' AND NOT a.attisdropped AND pg_catalog.pg_has_role(r.relowner, 'USAGE')"},
    {13305, "constraint_table_usage",
     "table_catalog name, table_schema name, table_name name, constraint_catalog name, constraint_schema name, "
     "constraint_name name",
     "SELECT DISTINCT pg_catalog.current_database() AS table_catalog, nr.nspname AS table_schema, r.relname AS "
     "table_name, pg_catalog.current_database() AS constraint_catalog, nc.nspname AS constraint_schema, "
     "con.conname AS constraint_name FROM pg_catalog.pg_constraint con JOIN pg_catalog.pg_class r ON r.oid = CASE "
     "WHEN con.contype = 'f' THEN con.confrelid ELSE con.conrelid END JOIN pg_catalog.pg_namespace nr ON "
     "r.relnamespace = nr.oid JOIN pg_catalog.pg_namespace nc ON con.connamespace = nc.oid WHERE con.contype IN "
     "('f', 'p', 'u') AND r.relkind IN ('r', 'p') AND pg_catalog.pg_has_role(r.relowner, 'USAGE')"},
    {13488, "data_type_privileges",
     "object_catalog name, object_schema name, object_name name, object_type varchar, dtd_identifier name"},
    {13310, "domain_constraints",
     "constraint_catalog name, constraint_schema name, constraint_name name, domain_catalog name, "
     "domain_schema name, domain_name name, is_deferrable varchar, initially_deferred varchar"},
    {13315, "domain_udt_usage",
     "udt_catalog name, udt_schema name, udt_name name, domain_catalog name, domain_schema name, domain_name name"},
    {13320, "domains",
     "domain_catalog name, domain_schema name, domain_name name, data_type varchar, "
     "character_maximum_length int4, character_octet_length int4, character_set_catalog name, "
     "character_set_schema name, character_set_name name, collation_catalog name, collation_schema name, "
     "collation_name name, numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, "
     "datetime_precision int4, interval_type varchar, interval_precision int4, domain_default varchar, "
     "udt_catalog name, udt_schema name, udt_name name, scope_catalog name, scope_schema name, scope_name name, "
     "maximum_cardinality int4, dtd_identifier name"},
    {13493, "element_types",
     "object_catalog name, object_schema name, object_name name, object_type varchar, "
     "collection_type_identifier name, data_type varchar, character_maximum_length int4, "
     "character_octet_length int4, character_set_catalog name, character_set_schema name, "
     "character_set_name name, collation_catalog name, collation_schema name, collation_name name, "
     "numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, datetime_precision int4, "
     "interval_type varchar, interval_precision int4, domain_default varchar, udt_catalog name, udt_schema name, "
     "udt_name name, scope_catalog name, scope_schema name, scope_name name, maximum_cardinality int4, "
     "dtd_identifier name"},
    {13325, "enabled_roles",
     "role_name name",
     "SELECT a.rolname AS role_name FROM pg_catalog.pg_authid a WHERE pg_catalog.pg_has_role(a.oid, 'USAGE')"},
    {13511, "foreign_data_wrapper_options",
     "foreign_data_wrapper_catalog name, foreign_data_wrapper_name name, option_name name, option_value varchar"},
    {13515, "foreign_data_wrappers",
     "foreign_data_wrapper_catalog name, foreign_data_wrapper_name name, authorization_identifier name, "
     "library_name varchar, foreign_data_wrapper_language varchar"},
    {13524, "foreign_server_options",
     "foreign_server_catalog name, foreign_server_name name, option_name name, option_value varchar"},
    {13528, "foreign_servers",
     "foreign_server_catalog name, foreign_server_name name, foreign_data_wrapper_catalog name, "
     "foreign_data_wrapper_name name, foreign_server_type varchar, foreign_server_version varchar, "
     "authorization_identifier name"},
    {13537, "foreign_table_options",
     "foreign_table_catalog name, foreign_table_schema name, foreign_table_name name, option_name name, "
     "option_value varchar"},
    {13541, "foreign_tables",
     "foreign_table_catalog name, foreign_table_schema name, foreign_table_name name, "
     "foreign_server_catalog name, foreign_server_name name"},
    {13227, "information_schema_catalog_name",
     "catalog_name name",
     "SELECT pg_catalog.current_database() AS catalog_name"},
    {13329, "key_column_usage",
     "constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, "
     "table_schema name, table_name name, column_name name, ordinal_position int4, "
     "position_in_unique_constraint int4",
     "SELECT pg_catalog.current_database() AS constraint_catalog, k.nc_nspname AS constraint_schema, k.conname AS "
     "constraint_name, pg_catalog.current_database() AS table_catalog, k.nr_nspname AS table_schema, k.relname AS "
     "table_name, a.attname AS column_name, k.n AS ordinal_position, CASE WHEN k.contype = 'f' THEN "
     "information_schema._pg_index_position(k.conindid, k.confkey[k.n]) END AS position_in_unique_constraint FROM "
     "(SELECT con.conname, con.contype, con.conindid, con.conkey, con.confkey, r.oid AS roid, r.relname, "
     "r.relowner, nc.nspname AS nc_nspname, nr.nspname AS nr_nspname, pg_catalog.generate_subscripts(con.conkey, "
     "1) AS n FROM pg_catalog.pg_constraint con JOIN pg_catalog.pg_class r ON con.conrelid = r.oid JOIN "
     "pg_catalog.pg_namespace nr ON r.relnamespace = nr.oid JOIN pg_catalog.pg_namespace nc ON con.connamespace = "
     "nc.oid WHERE con.contype IN ('p', 'u', 'f') AND r.relkind IN ('r', 'p') AND NOT "
     "pg_catalog.pg_is_other_temp_schema(nr.oid)) k JOIN pg_catalog.pg_attribute a ON a.attrelid = k.roid AND "
     "a.attnum = k.conkey[k.n] WHERE NOT a.attisdropped AND (pg_catalog.pg_has_role(k.relowner, 'USAGE') OR "
     "pg_catalog.has_column_privilege(k.roid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))"},
    {13334, "parameters",
     "specific_catalog name, specific_schema name, specific_name name, ordinal_position int4, "
     "parameter_mode varchar, is_result varchar, as_locator varchar, parameter_name name, data_type varchar, "
     "character_maximum_length int4, character_octet_length int4, character_set_catalog name, "
     "character_set_schema name, character_set_name name, collation_catalog name, collation_schema name, "
     "collation_name name, numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, "
     "datetime_precision int4, interval_type varchar, interval_precision int4, udt_catalog name, udt_schema name, "
     "udt_name name, scope_catalog name, scope_schema name, scope_name name, maximum_cardinality int4, "
     "dtd_identifier name, parameter_default varchar"},
    {13339, "referential_constraints",
     "constraint_catalog name, constraint_schema name, constraint_name name, unique_constraint_catalog name, "
     "unique_constraint_schema name, unique_constraint_name name, match_option varchar, update_rule varchar, "
     "delete_rule varchar",
     "SELECT pg_catalog.current_database() AS constraint_catalog, nc.nspname AS constraint_schema, con.conname AS "
     "constraint_name, CASE WHEN npkc.nspname IS NOT NULL THEN pg_catalog.current_database() END AS "
     "unique_constraint_catalog, npkc.nspname AS unique_constraint_schema, pkc.conname AS unique_constraint_name, "
     "CASE con.confmatchtype WHEN 'f' THEN 'FULL' WHEN 'p' THEN 'PARTIAL' WHEN 's' THEN 'NONE' END AS "
     "match_option, CASE con.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET "
     "DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END AS update_rule, CASE con.confdeltype WHEN "
     "'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' "
     "THEN 'NO ACTION' END AS delete_rule FROM pg_catalog.pg_constraint con JOIN pg_catalog.pg_class r ON "
     "con.conrelid = r.oid JOIN pg_catalog.pg_namespace nr ON r.relnamespace = nr.oid JOIN pg_catalog.pg_namespace "
     "nc ON con.connamespace = nc.oid LEFT JOIN pg_catalog.pg_constraint pkc ON pkc.conindid = con.conindid AND "
     "pkc.contype IN ('p', 'u') LEFT JOIN pg_catalog.pg_namespace npkc ON pkc.connamespace = npkc.oid WHERE "
     "con.contype = 'f' AND (pg_catalog.pg_has_role(r.relowner, 'USAGE') OR pg_catalog.has_table_privilege(r.oid, "
     "'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR pg_catalog.has_any_column_privilege(r.oid, "
     "'INSERT, UPDATE, REFERENCES'))"},
    {13344, "role_column_grants",
     "grantor name, grantee name, table_catalog name, table_schema name, table_name name, column_name name, "
     "privilege_type varchar, is_grantable varchar",
     "SELECT gr.rolname AS grantor, ge.rolname AS grantee, pg_catalog.current_database() AS table_catalog, "
     "n.nspname AS table_schema, x.relname AS table_name, x.attname AS column_name, x.privilege_type, CASE WHEN "
     "pg_catalog.pg_has_role(ge.oid, x.relowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS "
     "is_grantable FROM (SELECT c.relname, c.relnamespace, c.relowner, a.attname, t.grantor, t.grantee, "
     "t.privilege_type, t.is_grantable FROM pg_catalog.pg_class c CROSS JOIN LATERAL "
     "pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) t JOIN "
     "pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relkind IN "
     "('r', 'v', 'f', 'p') UNION SELECT c.relname, c.relnamespace, c.relowner, a.attname, t.grantor, t.grantee, "
     "t.privilege_type, t.is_grantable FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = "
     "c.oid AND a.attnum > 0 AND NOT a.attisdropped CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) t WHERE "
     "c.relkind IN ('r', 'v', 'f', 'p')) x JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace JOIN "
     "pg_catalog.pg_authid gr ON gr.oid = x.grantor JOIN (SELECT oid, rolname FROM pg_catalog.pg_authid UNION ALL "
     "SELECT 0::oid, 'PUBLIC'::name) ge ON ge.oid = x.grantee WHERE x.privilege_type IN ('INSERT', 'SELECT', "
     "'UPDATE', 'REFERENCES') AND (gr.rolname IN (SELECT e.role_name FROM information_schema.enabled_roles e) OR "
     "ge.rolname IN (SELECT e.role_name FROM information_schema.enabled_roles e))"},
    {13358, "role_routine_grants",
     "grantor name, grantee name, specific_catalog name, specific_schema name, specific_name name, "
     "routine_catalog name, routine_schema name, routine_name name, privilege_type varchar, is_grantable varchar",
     "SELECT gr.rolname AS grantor, ge.rolname AS grantee, pg_catalog.current_database() AS specific_catalog, "
     "n.nspname AS specific_schema, (p.proname || '_' || p.oid::text)::name AS specific_name, "
     "pg_catalog.current_database() AS routine_catalog, n.nspname AS routine_schema, p.proname AS routine_name, "
     "'EXECUTE'::varchar AS privilege_type, CASE WHEN pg_catalog.pg_has_role(ge.oid, p.proowner, 'USAGE') OR "
     "x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable FROM pg_catalog.pg_proc p JOIN "
     "pg_catalog.pg_namespace n ON n.oid = p.pronamespace CROSS JOIN LATERAL "
     "pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) x JOIN "
     "pg_catalog.pg_authid gr ON gr.oid = x.grantor JOIN (SELECT oid, rolname FROM pg_catalog.pg_authid UNION ALL "
     "SELECT 0::oid, 'PUBLIC'::name) ge ON ge.oid = x.grantee WHERE x.privilege_type = 'EXECUTE' AND (gr.rolname "
     "IN (SELECT e.role_name FROM information_schema.enabled_roles e) OR ge.rolname IN (SELECT e.role_name FROM "
     "information_schema.enabled_roles e))"},
    {13421, "role_table_grants",
     "grantor name, grantee name, table_catalog name, table_schema name, table_name name, privilege_type varchar, "
     "is_grantable varchar, with_hierarchy varchar",
     "SELECT gr.rolname AS grantor, ge.rolname AS grantee, pg_catalog.current_database() AS table_catalog, "
     "n.nspname AS table_schema, c.relname AS table_name, x.privilege_type, CASE WHEN "
     "pg_catalog.pg_has_role(ge.oid, c.relowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS "
     "is_grantable, CASE WHEN x.privilege_type = 'SELECT' THEN 'YES' ELSE 'NO' END AS with_hierarchy FROM "
     "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON c.relnamespace = n.oid CROSS JOIN LATERAL "
     "pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) x JOIN "
     "pg_catalog.pg_authid gr ON gr.oid = x.grantor JOIN (SELECT oid, rolname FROM pg_catalog.pg_authid UNION ALL "
     "SELECT 0::oid, 'PUBLIC'::name) ge ON ge.oid = x.grantee WHERE c.relkind IN ('r', 'v', 'f', 'p') AND "
     "(gr.rolname IN (SELECT e.role_name FROM information_schema.enabled_roles e) OR ge.rolname IN (SELECT "
     "e.role_name FROM information_schema.enabled_roles e))"},
    {13450, "role_udt_grants",
     "grantor name, grantee name, udt_catalog name, udt_schema name, udt_name name, privilege_type varchar, "
     "is_grantable varchar"},
    {13459, "role_usage_grants",
     "grantor name, grantee name, object_catalog name, object_schema name, object_name name, object_type varchar, "
     "privilege_type varchar, is_grantable varchar",
     "SELECT gr.rolname AS grantor, ge.rolname AS grantee, pg_catalog.current_database() AS object_catalog, "
     "n.nspname AS object_schema, c.relname AS object_name, 'SEQUENCE'::varchar AS object_type, 'USAGE'::varchar "
     "AS privilege_type, CASE WHEN pg_catalog.pg_has_role(ge.oid, c.relowner, 'USAGE') OR x.is_grantable THEN "
     "'YES' ELSE 'NO' END AS is_grantable FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON "
     "c.relnamespace = n.oid CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(c.relacl, "
     "pg_catalog.acldefault('s', c.relowner))) x JOIN pg_catalog.pg_authid gr ON gr.oid = x.grantor JOIN (SELECT "
     "oid, rolname FROM pg_catalog.pg_authid UNION ALL SELECT 0::oid, 'PUBLIC'::name) ge ON ge.oid = x.grantee "
     "WHERE c.relkind = 'S' AND x.privilege_type = 'USAGE' AND (gr.rolname IN (SELECT e.role_name FROM "
     "information_schema.enabled_roles e) OR ge.rolname IN (SELECT e.role_name FROM "
     "information_schema.enabled_roles e))"},
    {13348, "routine_column_usage",
     "specific_catalog name, specific_schema name, specific_name name, routine_catalog name, routine_schema name, "
     "routine_name name, table_catalog name, table_schema name, table_name name, column_name name"},
    {13353, "routine_privileges",
     "grantor name, grantee name, specific_catalog name, specific_schema name, specific_name name, "
     "routine_catalog name, routine_schema name, routine_name name, privilege_type varchar, is_grantable varchar",
     "SELECT gr.rolname AS grantor, ge.rolname AS grantee, pg_catalog.current_database() AS specific_catalog, "
     "n.nspname AS specific_schema, (p.proname || '_' || p.oid::text)::name AS specific_name, "
     "pg_catalog.current_database() AS routine_catalog, n.nspname AS routine_schema, p.proname AS routine_name, "
     "'EXECUTE'::varchar AS privilege_type, CASE WHEN pg_catalog.pg_has_role(ge.oid, p.proowner, 'USAGE') OR "
     "x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable FROM pg_catalog.pg_proc p JOIN "
     "pg_catalog.pg_namespace n ON n.oid = p.pronamespace CROSS JOIN LATERAL "
     "pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) x JOIN "
     "pg_catalog.pg_authid gr ON gr.oid = x.grantor JOIN (SELECT oid, rolname FROM pg_catalog.pg_authid UNION ALL "
     "SELECT 0::oid, 'PUBLIC'::name) ge ON ge.oid = x.grantee WHERE x.privilege_type = 'EXECUTE' AND "
     "(pg_catalog.pg_has_role(gr.oid, 'USAGE') OR pg_catalog.pg_has_role(ge.oid, 'USAGE') OR ge.rolname = "
     "'PUBLIC')"},
    {13362, "routine_routine_usage",
     "specific_catalog name, specific_schema name, specific_name name, routine_catalog name, routine_schema name, "
     "routine_name name"},
    {13367, "routine_sequence_usage",
     "specific_catalog name, specific_schema name, specific_name name, routine_catalog name, routine_schema name, "
     "routine_name name, sequence_catalog name, sequence_schema name, sequence_name name"},
    {13372, "routine_table_usage",
     "specific_catalog name, specific_schema name, specific_name name, routine_catalog name, routine_schema name, "
     "routine_name name, table_catalog name, table_schema name, table_name name"},
    {13377, "routines",
     "specific_catalog name, specific_schema name, specific_name name, routine_catalog name, routine_schema name, "
     "routine_name name, routine_type varchar, module_catalog name, module_schema name, module_name name, "
     "udt_catalog name, udt_schema name, udt_name name, data_type varchar, character_maximum_length int4, "
     "character_octet_length int4, character_set_catalog name, character_set_schema name, "
     "character_set_name name, collation_catalog name, collation_schema name, collation_name name, "
     "numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, datetime_precision int4, "
     "interval_type varchar, interval_precision int4, type_udt_catalog name, type_udt_schema name, "
     "type_udt_name name, scope_catalog name, scope_schema name, scope_name name, maximum_cardinality int4, "
     "dtd_identifier name, routine_body varchar, routine_definition varchar, external_name varchar, "
     "external_language varchar, parameter_style varchar, is_deterministic varchar, sql_data_access varchar, "
     "is_null_call varchar, sql_path varchar, schema_level_routine varchar, max_dynamic_result_sets int4, "
     "is_user_defined_cast varchar, is_implicitly_invocable varchar, security_type varchar, "
     "to_sql_specific_catalog name, to_sql_specific_schema name, to_sql_specific_name name, as_locator varchar, "
     "created timestamptz, last_altered timestamptz, new_savepoint_level varchar, is_udt_dependent varchar, "
     "result_cast_from_data_type varchar, result_cast_as_locator varchar, result_cast_char_max_length int4, "
     "result_cast_char_octet_length int4, result_cast_char_set_catalog name, result_cast_char_set_schema name, "
     "result_cast_char_set_name name, result_cast_collation_catalog name, result_cast_collation_schema name, "
     "result_cast_collation_name name, result_cast_numeric_precision int4, "
     "result_cast_numeric_precision_radix int4, result_cast_numeric_scale int4, "
     "result_cast_datetime_precision int4, result_cast_interval_type varchar, "
     "result_cast_interval_precision int4, result_cast_type_udt_catalog name, result_cast_type_udt_schema name, "
     "result_cast_type_udt_name name, result_cast_scope_catalog name, result_cast_scope_schema name, "
     "result_cast_scope_name name, result_cast_maximum_cardinality int4, result_cast_dtd_identifier name"},
    {13382, "schemata",
     "catalog_name name, schema_name name, schema_owner name, default_character_set_catalog name, "
     "default_character_set_schema name, default_character_set_name name, sql_path varchar",
     "SELECT pg_catalog.current_database() AS catalog_name, n.nspname AS schema_name, u.rolname AS schema_owner, "
     "NULL::name AS default_character_set_catalog, NULL::name AS default_character_set_schema, NULL::name AS "
     "default_character_set_name, NULL::varchar AS sql_path FROM pg_catalog.pg_namespace n JOIN "
     "pg_catalog.pg_authid u ON n.nspowner = u.oid WHERE (pg_catalog.pg_has_role(n.nspowner, 'USAGE') OR "
     "pg_catalog.has_schema_privilege(n.oid, 'CREATE, USAGE'))"},
    {13386, "sequences",
     "sequence_catalog name, sequence_schema name, sequence_name name, data_type varchar, numeric_precision int4, "
     "numeric_precision_radix int4, numeric_scale int4, start_value varchar, minimum_value varchar, "
     "maximum_value varchar, increment varchar, cycle_option varchar",
     "SELECT pg_catalog.current_database() AS sequence_catalog, n.nspname AS sequence_schema, c.relname AS "
     "sequence_name, pg_catalog.format_type(s.seqtypid, NULL) AS data_type, CASE s.seqtypid WHEN 21 THEN 16 WHEN "
     "23 THEN 32 ELSE 64 END AS numeric_precision, 2 AS numeric_precision_radix, 0 AS numeric_scale, "
     "s.seqstart::text AS start_value, s.seqmin::text AS minimum_value, s.seqmax::text AS maximum_value, "
     "s.seqincrement::text AS increment, CASE WHEN s.seqcycle THEN 'YES' ELSE 'NO' END AS cycle_option FROM "
     "pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid JOIN pg_catalog.pg_sequence s "
     "ON c.oid = s.seqrelid WHERE c.relkind = 'S' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE "
     "d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'i') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid) "
     "AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_sequence_privilege(c.oid, 'SELECT, "
     "UPDATE, USAGE'))"},
    {13391, "sql_features",
     "feature_id varchar, feature_name varchar, sub_feature_id varchar, sub_feature_name varchar, "
     "is_supported varchar, is_verified_by varchar, comments varchar"},
    {13396, "sql_implementation_info",
     "implementation_info_id varchar, implementation_info_name varchar, integer_value int4, "
     "character_value varchar, comments varchar"},
    {13401, "sql_parts",
     "feature_id varchar, feature_name varchar, is_supported varchar, is_verified_by varchar, comments varchar"},
    {13406, "sql_sizing",
     "sizing_id int4, sizing_name varchar, supported_value int4, comments varchar"},
    {13411, "table_constraints",
     "constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, "
     "table_schema name, table_name name, constraint_type varchar, is_deferrable varchar, "
     "initially_deferred varchar, enforced varchar, nulls_distinct varchar",
     "SELECT pg_catalog.current_database() AS constraint_catalog, nc.nspname AS constraint_schema, con.conname AS "
     "constraint_name, pg_catalog.current_database() AS table_catalog, nr.nspname AS table_schema, r.relname AS "
     "table_name, CASE con.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'p' THEN 'PRIMARY KEY' "
     "WHEN 'u' THEN 'UNIQUE' END AS constraint_type, CASE WHEN con.condeferrable THEN 'YES' ELSE 'NO' END AS "
     "is_deferrable, CASE WHEN con.condeferred THEN 'YES' ELSE 'NO' END AS initially_deferred, 'YES'::varchar AS "
     "enforced, CASE WHEN con.contype = 'u' THEN CASE WHEN (SELECT i.indnullsnotdistinct FROM pg_catalog.pg_index "
     "i WHERE i.indexrelid = con.conindid) THEN 'NO' ELSE 'YES' END END AS nulls_distinct FROM "
     "pg_catalog.pg_constraint con JOIN pg_catalog.pg_class r ON con.conrelid = r.oid JOIN pg_catalog.pg_namespace "
     "nr ON r.relnamespace = nr.oid JOIN pg_catalog.pg_namespace nc ON con.connamespace = nc.oid WHERE con.contype "
     "NOT IN ('t', 'x') AND r.relkind IN ('r', 'p') AND NOT pg_catalog.pg_is_other_temp_schema(nr.oid) AND "
     "(pg_catalog.pg_has_role(r.relowner, 'USAGE') OR pg_catalog.has_table_privilege(r.oid, 'INSERT, UPDATE, "
     "DELETE, TRUNCATE, REFERENCES, TRIGGER') OR pg_catalog.has_any_column_privilege(r.oid, 'INSERT, UPDATE, "
     "REFERENCES')) UNION ALL SELECT pg_catalog.current_database(), nr.nspname, (nr.oid::text || '_' || "
     "r.oid::text || '_' || a.attnum::text || '_not_null')::name, pg_catalog.current_database(), nr.nspname, "
     "r.relname, 'CHECK', 'NO', 'NO', 'YES', NULL FROM pg_catalog.pg_namespace nr JOIN pg_catalog.pg_class r ON "
     "nr.oid = r.relnamespace JOIN pg_catalog.pg_attribute a ON r.oid = a.attrelid WHERE a.attnotnull AND a.attnum "
     "> 0 AND NOT a.attisdropped AND r.relkind IN ('r', 'p') AND NOT pg_catalog.pg_is_other_temp_schema(nr.oid) "
     "AND (pg_catalog.pg_has_role(r.relowner, 'USAGE') OR pg_catalog.has_table_privilege(r.oid, 'INSERT, UPDATE, "
     "DELETE, TRUNCATE, REFERENCES, TRIGGER') OR pg_catalog.has_any_column_privilege(r.oid, 'INSERT, UPDATE, "
     "REFERENCES'))"},
    {13416, "table_privileges",
     "grantor name, grantee name, table_catalog name, table_schema name, table_name name, privilege_type varchar, "
     "is_grantable varchar, with_hierarchy varchar",
     "SELECT gr.rolname AS grantor, ge.rolname AS grantee, pg_catalog.current_database() AS table_catalog, "
     "n.nspname AS table_schema, c.relname AS table_name, x.privilege_type, CASE WHEN "
     "pg_catalog.pg_has_role(ge.oid, c.relowner, 'USAGE') OR x.is_grantable THEN 'YES' ELSE 'NO' END AS "
     "is_grantable, CASE WHEN x.privilege_type = 'SELECT' THEN 'YES' ELSE 'NO' END AS with_hierarchy FROM "
     "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON c.relnamespace = n.oid CROSS JOIN LATERAL "
     "pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) x JOIN "
     "pg_catalog.pg_authid gr ON gr.oid = x.grantor JOIN (SELECT oid, rolname FROM pg_catalog.pg_authid UNION ALL "
     "SELECT 0::oid, 'PUBLIC'::name) ge ON ge.oid = x.grantee WHERE c.relkind IN ('r', 'v', 'f', 'p') AND "
     "(pg_catalog.pg_has_role(gr.oid, 'USAGE') OR pg_catalog.pg_has_role(ge.oid, 'USAGE') OR ge.rolname = "
     "'PUBLIC')"},
    {13425, "tables",
     "table_catalog name, table_schema name, table_name name, table_type varchar, "
     "self_referencing_column_name name, reference_generation varchar, user_defined_type_catalog name, "
     "user_defined_type_schema name, user_defined_type_name name, is_insertable_into varchar, is_typed varchar, "
     "commit_action varchar",
     "SELECT pg_catalog.current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, "
     "CASE WHEN n.oid = pg_catalog.pg_my_temp_schema() THEN 'LOCAL TEMPORARY' WHEN c.relkind IN ('r', 'p') THEN "
     "'BASE TABLE' WHEN c.relkind = 'v' THEN 'VIEW' WHEN c.relkind = 'f' THEN 'FOREIGN' ELSE NULL END AS "
     "table_type, NULL::name AS self_referencing_column_name, NULL::varchar AS reference_generation, NULL::name AS "
     "user_defined_type_catalog, NULL::name AS user_defined_type_schema, NULL::name AS user_defined_type_name, "
     "CASE WHEN c.relkind IN ('r', 'p') THEN 'YES' ELSE 'NO' END AS is_insertable_into, 'NO'::varchar AS is_typed, "
     "NULL::varchar AS commit_action FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON n.oid = "
     "c.relnamespace WHERE c.relkind IN ('r', 'v', 'f', 'p') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid) AND "
     "(pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, "
     "UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, "
     "INSERT, UPDATE, REFERENCES'))"},
    {13430, "transforms",
     "udt_catalog name, udt_schema name, udt_name name, specific_catalog name, specific_schema name, "
     "specific_name name, group_name name, transform_type varchar"},
    {13435, "triggered_update_columns",
     "trigger_catalog name, trigger_schema name, trigger_name name, event_object_catalog name, "
     "event_object_schema name, event_object_table name, event_object_column name"},
    {13440, "triggers",
     "trigger_catalog name, trigger_schema name, trigger_name name, event_manipulation varchar, "
     "event_object_catalog name, event_object_schema name, event_object_table name, action_order int4, "
     "action_condition varchar, action_statement varchar, action_orientation varchar, action_timing varchar, "
     "action_reference_old_table name, action_reference_new_table name, action_reference_old_row name, "
     "action_reference_new_row name, created timestamptz"},
    {13445, "udt_privileges",
     "grantor name, grantee name, udt_catalog name, udt_schema name, udt_name name, privilege_type varchar, "
     "is_grantable varchar"},
    {13454, "usage_privileges",
     "grantor name, grantee name, object_catalog name, object_schema name, object_name name, object_type varchar, "
     "privilege_type varchar, is_grantable varchar",
     "SELECT u.rolname AS grantor, 'PUBLIC'::name AS grantee, pg_catalog.current_database() AS object_catalog, "
     "n.nspname AS object_schema, k.collname AS object_name, 'COLLATION'::varchar AS object_type, 'USAGE'::varchar "
     "AS privilege_type, 'NO'::varchar AS is_grantable FROM pg_catalog.pg_collation k JOIN pg_catalog.pg_authid u "
     "ON u.oid = k.collowner JOIN pg_catalog.pg_namespace n ON n.oid = k.collnamespace WHERE k.collencoding IN "
     "(-1, 6) UNION ALL SELECT gr.rolname AS grantor, ge.rolname AS grantee, pg_catalog.current_database() AS "
     "object_catalog, n.nspname AS object_schema, c.relname AS object_name, 'SEQUENCE'::varchar AS object_type, "
     "'USAGE'::varchar AS privilege_type, CASE WHEN pg_catalog.pg_has_role(ge.oid, c.relowner, 'USAGE') OR "
     "x.is_grantable THEN 'YES' ELSE 'NO' END AS is_grantable FROM pg_catalog.pg_class c JOIN "
     "pg_catalog.pg_namespace n ON c.relnamespace = n.oid CROSS JOIN LATERAL "
     "pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('s', c.relowner))) x JOIN "
     "pg_catalog.pg_authid gr ON gr.oid = x.grantor JOIN (SELECT oid, rolname FROM pg_catalog.pg_authid UNION ALL "
     "SELECT 0::oid, 'PUBLIC'::name) ge ON ge.oid = x.grantee WHERE c.relkind = 'S' AND x.privilege_type = 'USAGE' "
     "AND (pg_catalog.pg_has_role(gr.oid, 'USAGE') OR pg_catalog.pg_has_role(ge.oid, 'USAGE') OR ge.rolname = "
     "'PUBLIC')"},
    {13463, "user_defined_types",
     "user_defined_type_catalog name, user_defined_type_schema name, user_defined_type_name name, "
     "user_defined_type_category varchar, is_instantiable varchar, is_final varchar, ordering_form varchar, "
     "ordering_category varchar, ordering_routine_catalog name, ordering_routine_schema name, "
     "ordering_routine_name name, reference_type varchar, data_type varchar, character_maximum_length int4, "
     "character_octet_length int4, character_set_catalog name, character_set_schema name, "
     "character_set_name name, collation_catalog name, collation_schema name, collation_name name, "
     "numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, datetime_precision int4, "
     "interval_type varchar, interval_precision int4, source_dtd_identifier name, ref_dtd_identifier name"},
    {13550, "user_mapping_options",
     "authorization_identifier name, foreign_server_catalog name, foreign_server_name name, option_name name, "
     "option_value varchar"},
    {13555, "user_mappings",
     "authorization_identifier name, foreign_server_catalog name, foreign_server_name name"},
    {13468, "view_column_usage",
     "view_catalog name, view_schema name, view_name name, table_catalog name, table_schema name, "
     "table_name name, column_name name"},
    {13473, "view_routine_usage",
     "table_catalog name, table_schema name, table_name name, specific_catalog name, specific_schema name, "
     "specific_name name"},
    {13478, "view_table_usage",
     "view_catalog name, view_schema name, view_name name, table_catalog name, table_schema name, table_name name"},
    {13483, "views",
     "table_catalog name, table_schema name, table_name name, view_definition varchar, check_option varchar, "
     "is_updatable varchar, is_insertable_into varchar, is_trigger_updatable varchar, "
     "is_trigger_deletable varchar, is_trigger_insertable_into varchar",
     "SELECT pg_catalog.current_database() AS table_catalog, n.nspname AS table_schema, c.relname AS table_name, "
     "CASE WHEN pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN pg_catalog.pg_get_viewdef(c.oid) END AS "
     "view_definition, 'NONE'::varchar AS check_option, 'NO'::varchar AS is_updatable, 'NO'::varchar AS "
     "is_insertable_into, 'NO'::varchar AS is_trigger_updatable, 'NO'::varchar AS is_trigger_deletable, "
     "'NO'::varchar AS is_trigger_insertable_into FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON "
     "n.oid = c.relnamespace WHERE c.relkind = 'v' AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR "
     "pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR "
     "pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))"},
};

}  // namespace

std::span<const SystemViewDefinition> information_schema_definitions() { return kViews; }

}  // namespace vecino::sql
