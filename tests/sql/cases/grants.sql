-- GRANT and REVOKE themselves: grant options, grantors, dependent privileges, defaults, and how they are shown.
SET client_min_messages = error;
DROP ROLE IF EXISTS grant_owner;
DROP ROLE IF EXISTS grant_a;
DROP ROLE IF EXISTS grant_b;
DROP ROLE IF EXISTS "grant C";
RESET client_min_messages;
CREATE ROLE grant_owner;
CREATE ROLE grant_a;
CREATE ROLE grant_b;
CREATE ROLE "grant C";
GRANT CREATE, USAGE ON SCHEMA public TO grant_owner;
SET ROLE grant_owner;
CREATE TABLE t (a int, b int, c int);
CREATE SEQUENCE s;
CREATE VIEW v AS SELECT a FROM t;
CREATE INDEX t_a ON t (a);

-- What is refused.
GRANT foo ON t TO grant_a;
GRANT USAGE ON t TO grant_a;
GRANT EXECUTE ON t TO grant_a;
GRANT SELECT ON SCHEMA public TO grant_a;
GRANT CONNECT ON SCHEMA public TO grant_a;
GRANT DELETE ON SEQUENCE s TO grant_a;
GRANT SELECT ON SEQUENCE t TO grant_a;
GRANT SELECT ON t_a TO grant_a;
GRANT DELETE (a) ON t TO grant_a;
GRANT SELECT (nosuch) ON t TO grant_a;
GRANT SELECT (a) ON SEQUENCE s TO grant_a;
GRANT SELECT ON nosuch TO grant_a;
GRANT SELECT ON t TO nosuch;
GRANT SELECT ON t TO PUBLIC WITH GRANT OPTION;
GRANT USAGE ON SCHEMA nosuch TO grant_a;
GRANT CONNECT ON DATABASE nosuch TO grant_a;
GRANT EXECUTE ON FUNCTION nosuch(int) TO grant_a;
GRANT EXECUTE ON FUNCTION abs TO grant_a;
GRANT USAGE ON TYPE nosuch TO grant_a;
GRANT USAGE ON LANGUAGE nosuch TO grant_a;
GRANT USAGE ON LANGUAGE c TO grant_a;
GRANT CREATE ON TABLESPACE nosuch TO grant_a;
GRANT USAGE ON FOREIGN SERVER nosuch TO grant_a;
GRANT USAGE ON FOREIGN DATA WRAPPER nosuch TO grant_a;
GRANT SELECT ON t TO grant_a GRANTED BY grant_a;
GRANT DELETE ON s TO grant_a;
GRANT INSERT, SELECT ON s TO grant_a;

-- How lists look.
GRANT SELECT, UPDATE ON t TO grant_a;
GRANT SELECT ON t TO PUBLIC;
GRANT INSERT ON t TO "grant C" GRANTED BY CURRENT_USER;
GRANT SELECT (a), UPDATE (a, b) ON t TO grant_b;
GRANT USAGE ON SEQUENCE s TO grant_a;
-- nodiff: PostgreSQL 17 has the privilege MAINTAIN, m
SELECT relname, relacl FROM pg_class WHERE relname IN ('t', 's', 'v') ORDER BY 1;
SELECT attname, attacl FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum;
REVOKE UPDATE (a, b) ON t FROM grant_b;
REVOKE INSERT ON t FROM "grant C";
REVOKE SELECT ON t FROM PUBLIC;
REVOKE ALL ON t FROM grant_a, grant_b;
-- nodiff: the same
SELECT relacl FROM pg_class WHERE relname = 't';
SELECT attname, attacl FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum;
REVOKE ALL ON t FROM grant_owner;
SELECT relacl FROM pg_class WHERE relname = 't';
SELECT * FROM t;
GRANT ALL ON t TO grant_owner;
SELECT * FROM t;

-- Grant options.
GRANT SELECT, INSERT ON t TO grant_a WITH GRANT OPTION;
GRANT SELECT (c) ON t TO grant_a WITH GRANT OPTION;
SET ROLE grant_a;
GRANT SELECT ON t TO grant_b WITH GRANT OPTION;
GRANT DELETE ON t TO grant_b;
GRANT INSERT, DELETE ON t TO grant_b;
GRANT ALL ON t TO grant_b;
REVOKE DELETE ON t FROM grant_b;
GRANT SELECT (c) ON t TO grant_b;
GRANT UPDATE (c) ON t TO grant_b;
SET ROLE grant_b;
GRANT SELECT ON t TO grant_a WITH GRANT OPTION;
GRANT SELECT ON t TO "grant C";
SET ROLE "grant C";
GRANT SELECT ON t TO grant_a;
GRANT DELETE ON t TO grant_a;
GRANT SELECT ON v TO grant_a;
GRANT USAGE ON SEQUENCE s TO grant_a;
RESET ROLE;
GRANT grant_owner TO "grant C";
SET ROLE "grant C";
GRANT DELETE ON t TO grant_b;
RESET ROLE;
REVOKE grant_owner FROM "grant C";
-- nodiff: MAINTAIN
SELECT relacl FROM pg_class WHERE relname = 't';
SELECT has_table_privilege('grant_a', 't', 'SELECT WITH GRANT OPTION'), has_table_privilege('grant_b', 't', 'INSERT WITH GRANT OPTION'), has_table_privilege('grant_b', 't', 'DELETE'), has_table_privilege('grant C', 't', 'SELECT');
SET ROLE grant_owner;
REVOKE SELECT ON t FROM grant_a;
REVOKE GRANT OPTION FOR SELECT ON t FROM grant_a;
REVOKE GRANT OPTION FOR SELECT ON t FROM grant_a CASCADE;
-- nodiff: MAINTAIN
SELECT relacl FROM pg_class WHERE relname = 't';
REVOKE ALL ON t FROM grant_a CASCADE;
REVOKE ALL ON t FROM grant_b;
-- nodiff: MAINTAIN
SELECT relacl FROM pg_class WHERE relname = 't';
SELECT attname, attacl FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum;

-- All in a schema.
CREATE SCHEMA AUTHORIZATION grant_owner;
RESET ROLE;
CREATE SCHEMA many AUTHORIZATION grant_owner;
SET ROLE grant_owner;
CREATE TABLE many.one (a int);
CREATE TABLE many.two (a serial);
CREATE VIEW many.three AS SELECT 1 AS a;
GRANT SELECT ON ALL TABLES IN SCHEMA many TO grant_a;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA many TO grant_a;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA many TO grant_a;
SELECT relname, has_table_privilege('grant_a', oid, 'SELECT'), relkind = 'S' AND has_sequence_privilege('grant_a', oid, 'USAGE') FROM pg_class WHERE relnamespace = 'many'::regnamespace AND relkind <> 'i' ORDER BY 1;
REVOKE ALL ON ALL TABLES IN SCHEMA many FROM grant_a;
SELECT count(*) FROM pg_class WHERE relnamespace = 'many'::regnamespace AND relkind IN ('r', 'v') AND has_table_privilege('grant_a', oid, 'SELECT');

-- Default privileges.
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO grant_a;
ALTER DEFAULT PRIVILEGES IN SCHEMA many GRANT INSERT ON TABLES TO grant_b;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO grant_a WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO grant_b;
ALTER DEFAULT PRIVILEGES IN SCHEMA many GRANT USAGE ON SCHEMAS TO grant_b;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON TABLES TO grant_b;
-- nodiff: PostgreSQL 16 and later use other words
ALTER DEFAULT PRIVILEGES FOR ROLE grant_a GRANT SELECT ON TABLES TO grant_b;
ALTER DEFAULT PRIVILEGES IN SCHEMA nosuch GRANT SELECT ON TABLES TO grant_b;
-- nodiff: MAINTAIN
SELECT defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 3, 2;
CREATE TABLE many.made (a serial);
CREATE TABLE made (a int);
CREATE VIEW made_view AS SELECT 1 AS a;
-- nodiff: MAINTAIN
SELECT relname, relacl FROM pg_class WHERE relname IN ('made', 'made_view', 'made_a_seq') ORDER BY relname, relnamespace;
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM grant_a;
ALTER DEFAULT PRIVILEGES IN SCHEMA many REVOKE INSERT ON TABLES FROM grant_b;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
-- nodiff: MAINTAIN
SELECT defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 3, 2;
RESET ROLE;
SET ROLE grant_owner;
CREATE TABLE plain (a int);
SELECT relacl FROM pg_class WHERE relname = 'plain';
RESET ROLE;

-- Roles that change names keep their privileges.
GRANT SELECT ON plain TO grant_b;
ALTER ROLE grant_b RENAME TO "grant B";
-- nodiff: MAINTAIN
SELECT relacl FROM pg_class WHERE relname = 'plain';
ALTER ROLE "grant B" RENAME TO grant_b;

-- A new owner takes over what the old one granted and held.
GRANT SELECT ON t TO grant_b;
ALTER TABLE t OWNER TO grant_a;
-- nodiff: MAINTAIN
SELECT relowner::regrole, relacl FROM pg_class WHERE relname = 't';
ALTER TABLE t OWNER TO grant_owner;

-- aclitem and its functions.
SELECT 'grant_a=r*w/grant_owner'::aclitem, '=U/grant_a'::aclitem, '"grant C"=a/grant_a'::aclitem;
SELECT 'nosuch=r/grant_a'::aclitem;
SELECT 'grant_a'::aclitem;
-- nodiff: MAINTAIN
SELECT 'grant_a=q/grant_a'::aclitem;
SELECT makeaclitem('grant_a'::regrole, 'grant_owner'::regrole, 'SELECT', true), makeaclitem(0, 'grant_owner'::regrole, 'usage', false);
SELECT makeaclitem(0, 'grant_owner'::regrole, 'foo', false);
SELECT acldefault('f', 'grant_a'::regrole), acldefault('n', 'grant_a'::regrole), acldefault('d', 'grant_a'::regrole), acldefault('s', 'grant_a'::regrole), acldefault('T', 'grant_a'::regrole), acldefault('c', 'grant_a'::regrole);
-- nodiff: other words since 16
SELECT acldefault('q', 'grant_a'::regrole);
SELECT grantor::regrole, grantee::regrole, privilege_type, is_grantable FROM aclexplode('{grant_a=r*w/grant_owner,=U/grant_a}'::aclitem[]);
SELECT '{grant_a=r*w/grant_owner}'::aclitem[] @> 'grant_a=r/grant_owner'::aclitem, aclcontains('{grant_a=r/grant_owner}', 'grant_a=w/grant_owner'), 'grant_a=r/grant_b'::aclitem = 'grant_a=r/grant_b'::aclitem;

-- Inquiry functions.
SELECT has_table_privilege('grant_b', 'plain', 'select'), has_table_privilege('grant_b', 'plain'::regclass, 'INSERT, SELECT'), has_table_privilege('grant_b'::regrole::oid, 'plain', 'DELETE'), has_table_privilege('public', 'plain', 'SELECT');
SELECT has_table_privilege('plain', 'foo');
SELECT has_table_privilege('nosuch', 'plain', 'SELECT');
SELECT has_table_privilege('nosuch', 'SELECT');
-- nodiff: since 16 the answer to a superuser is false
SELECT has_table_privilege(1::oid, 'SELECT') IS NULL, has_schema_privilege(1::oid, 'USAGE') IS NULL, has_database_privilege(123456::oid, 'CONNECT') IS NULL;
SELECT has_column_privilege('grant_b', 'plain', 'nosuch', 'SELECT');
SELECT has_column_privilege('grant_b', 'plain', 'a', 'SELECT'), has_column_privilege('grant_b', 'plain', 99::int2, 'SELECT') IS NULL, has_column_privilege('grant_b'::regrole::oid, 'plain'::regclass::oid, 1::int2, 'UPDATE');
SELECT has_sequence_privilege('plain', 'SELECT');
SELECT has_schema_privilege('nosuch', 'USAGE');
SELECT has_database_privilege('nosuch', 'CONNECT');
SELECT has_function_privilege('grant_b', 'abs(int)', 'EXECUTE'), has_function_privilege('grant_b', 'pg_reload_conf()', 'EXECUTE');
SELECT has_language_privilege('grant_b', 'sql', 'USAGE'), has_language_privilege('grant_b', 'c', 'USAGE');
SELECT has_tablespace_privilege('grant_b', 'pg_default', 'CREATE'), has_type_privilege('grant_b', 'int4', 'USAGE'), has_parameter_privilege('grant_b', 'work_mem', 'SET');
SELECT has_server_privilege('nosuch', 'USAGE');
SELECT has_foreign_data_wrapper_privilege('nosuch', 'USAGE');

-- information_schema shows what concerns the roles one has.
GRANT UPDATE (a) ON plain TO grant_b;
SET ROLE grant_b;
SELECT grantor, grantee, table_schema, table_name, privilege_type, is_grantable FROM information_schema.role_table_grants WHERE table_name = 'plain' ORDER BY 2, 5;
SELECT grantor, grantee, table_name, privilege_type, is_grantable FROM information_schema.table_privileges WHERE table_name = 'plain' ORDER BY 2, 4;
SELECT grantor, grantee, table_name, column_name, privilege_type, is_grantable FROM information_schema.column_privileges WHERE table_name = 'plain' ORDER BY 2, 5;
SELECT grantor, grantee, column_name, privilege_type FROM information_schema.role_column_grants WHERE table_name = 'plain' ORDER BY 2, 4;
SELECT table_name FROM information_schema.tables WHERE table_schema IN ('public', 'many') AND table_name IN ('plain', 'made', 'one', 't') ORDER BY 1;
SELECT table_name, column_name FROM information_schema.columns WHERE table_schema IN ('public', 'many') AND table_name IN ('plain', 'made', 'one', 't') ORDER BY 1, 2;
SELECT table_name FROM information_schema.views WHERE table_name IN ('v', 'made_view');
SELECT table_name, view_definition IS NULL FROM information_schema.views WHERE table_name = 'v';
SELECT schema_name FROM information_schema.schemata WHERE schema_name IN ('public', 'many', 'grant_owner') ORDER BY 1;
SELECT sequence_name FROM information_schema.sequences WHERE sequence_name IN ('s', 'made_a_seq');
SELECT role_name FROM information_schema.enabled_roles ORDER BY 1;
SELECT * FROM information_schema.applicable_roles;
RESET ROLE;
GRANT grant_a TO grant_b WITH ADMIN OPTION;
SET ROLE grant_b;
SELECT role_name FROM information_schema.enabled_roles ORDER BY 1;
SELECT * FROM information_schema.applicable_roles ORDER BY 1, 2;
SELECT * FROM information_schema.administrable_role_authorizations;
RESET ROLE;
SELECT grantor, grantee, object_name, object_type, privilege_type, is_grantable FROM information_schema.usage_privileges WHERE object_name = 's' ORDER BY 2;
SELECT tablename FROM pg_tables WHERE tablename = 'plain';
REVOKE grant_a FROM grant_b;
DROP OWNED BY grant_owner CASCADE;
DROP OWNED BY grant_a, grant_b, "grant C";
DROP ROLE grant_owner, grant_a, grant_b, "grant C";
