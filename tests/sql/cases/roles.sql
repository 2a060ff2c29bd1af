-- Roles and membership. Expected output is PostgreSQL 15's: CREATEROLE is enough to manage roles that are not superusers.
SET client_min_messages = error;
DROP ROLE IF EXISTS role_a, role_b, role_c, role_d, role_admin, role_super, role_x;
RESET client_min_messages;
CREATE ROLE role_a;
CREATE USER role_b;
CREATE GROUP role_c;
CREATE ROLE role_d SUPERUSER CREATEDB CREATEROLE NOINHERIT LOGIN REPLICATION BYPASSRLS CONNECTION LIMIT 7 VALID UNTIL '2030-01-02 03:04:05+00';
SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil FROM pg_roles WHERE rolname LIKE 'role\__' ORDER BY 1;
ALTER ROLE role_d NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT NOLOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT -1 VALID UNTIL 'infinity';
SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil FROM pg_roles WHERE rolname = 'role_d';
CREATE ROLE role_a;
CREATE ROLE pg_role;
CREATE ROLE public;
CREATE ROLE "none";
CREATE ROLE role_x SUPERUSER NOSUPERUSER;
CREATE ROLE role_x CONNECTION LIMIT -2;
CREATE ROLE role_x VALID UNTIL 'garbage';
CREATE ROLE role_x IN ROLE nosuch;
ALTER ROLE nosuch LOGIN;
ALTER ROLE pg_monitor LOGIN;
DROP ROLE nosuch;
DROP ROLE IF EXISTS nosuch;
DROP ROLE current_user;
DROP ROLE public;
ALTER ROLE role_a RENAME TO role_b;
ALTER ROLE role_a RENAME TO pg_role;
ALTER ROLE postgres RENAME TO role_x;
ALTER ROLE role_a RENAME TO role_x;
SELECT count(*) FROM pg_roles WHERE rolname IN ('role_a', 'role_x');
ALTER ROLE role_x RENAME TO role_a;

-- Membership.
GRANT role_a TO role_b;
-- nodiff: PostgreSQL 16 and later say it in other words
GRANT role_a TO role_b;
-- nodiff: PostgreSQL 16 and later say it in other words
GRANT role_b TO role_a;
GRANT role_a TO role_a;
GRANT role_a, role_c TO role_d WITH ADMIN OPTION;
-- nodiff: the same
REVOKE role_b FROM role_c;
GRANT nosuch TO role_a;
GRANT role_a TO nosuch;
GRANT role_a TO PUBLIC;
GRANT pg_database_owner TO role_a;
SELECT roleid::regrole, member::regrole, grantor::regrole, admin_option FROM pg_auth_members WHERE member::regrole::text LIKE 'role\__' ORDER BY 1, 2;
REVOKE ADMIN OPTION FOR role_a FROM role_d;
SELECT roleid::regrole, member::regrole, admin_option FROM pg_auth_members WHERE member::regrole::text LIKE 'role\__' ORDER BY 1, 2;
SELECT pg_has_role('role_b', 'role_a', 'MEMBER'), pg_has_role('role_b', 'role_a', 'USAGE'), pg_has_role('role_d', 'role_c', 'MEMBER WITH ADMIN OPTION'), pg_has_role('role_b', 'role_c', 'MEMBER');
SELECT pg_has_role('role_b', 'role_a', 'OWNER');
SELECT pg_has_role('nosuch', 'role_a', 'MEMBER');
SELECT member::regrole FROM (SELECT unnest(grolist) AS member FROM pg_group WHERE groname = 'role_a') s ORDER BY 1;
ALTER GROUP role_c ADD USER role_b;
ALTER GROUP role_c DROP USER role_b;
CREATE ROLE role_x IN ROLE role_a ROLE role_b ADMIN role_c;
SELECT roleid::regrole, member::regrole, admin_option FROM pg_auth_members WHERE 'role_x'::regrole IN (roleid, member) ORDER BY 1, 2;
DROP ROLE role_x;
SELECT count(*) FROM pg_auth_members WHERE member::regrole::text = 'role_x';

-- What CREATEROLE may.
CREATE ROLE role_admin CREATEROLE;
CREATE ROLE role_super SUPERUSER;
SET ROLE role_admin;
CREATE ROLE role_x;
-- nodiff: since 16 CREATEROLE reaches the roles that one administers only
ALTER ROLE role_a LOGIN;
-- nodiff: the same
ALTER ROLE role_a NOLOGIN;
-- nodiff: the same
GRANT role_c TO role_x;
-- nodiff: the same
REVOKE role_c FROM role_x;
-- nodiff: the same
GRANT pg_monitor TO role_x;
-- nodiff: the same
REVOKE pg_monitor FROM role_x;
-- nodiff: other words since 16
CREATE ROLE role_y SUPERUSER;
-- nodiff: other words since 16
CREATE ROLE role_y REPLICATION;
-- nodiff: other words since 16
CREATE ROLE role_y BYPASSRLS;
-- nodiff: other words since 16
ALTER ROLE role_super LOGIN;
-- nodiff: other words since 16
ALTER ROLE role_a SUPERUSER;
-- nodiff: other words since 16
ALTER ROLE role_a REPLICATION;
-- nodiff: other words since 16
ALTER ROLE role_a BYPASSRLS;
-- nodiff: other words since 16
GRANT role_super TO role_a;
-- nodiff: other words since 16
DROP ROLE role_super;
-- nodiff: other words since 16
ALTER ROLE role_super RENAME TO role_y;
-- nodiff: other words since 16
ALTER ROLE role_super SET work_mem = '1MB';
-- nodiff: since 16 for administered roles only
ALTER ROLE role_a SET work_mem = '1MB';
-- nodiff: the same
ALTER ROLE role_a RESET work_mem;
-- nodiff: other words since 16
COMMENT ON ROLE role_super IS 'x';
-- nodiff: since 16 for administered roles only
COMMENT ON ROLE role_a IS 'x';
DROP ROLE role_x;
RESET ROLE;

-- What anybody may, and what takes ADMIN OPTION.
SET ROLE role_b;
-- nodiff: other words since 16
CREATE ROLE role_y;
-- nodiff: other words since 16
DROP ROLE role_c;
-- nodiff: other words since 16
ALTER ROLE role_c LOGIN;
-- nodiff: other words since 16
ALTER ROLE role_b LOGIN;
-- nodiff: other words since 16
ALTER ROLE role_c RENAME TO role_y;
-- nodiff: other words since 16
GRANT role_c TO role_b;
-- nodiff: other words since 16
REVOKE role_a FROM role_b;
-- nodiff: other words since 16
ALTER ROLE role_c SET work_mem = '1MB';
ALTER ROLE role_b SET work_mem = '1MB';
ALTER ROLE role_b SET log_min_duration_statement = 1;
ALTER ROLE role_b RESET ALL;
RESET ROLE;
SET ROLE role_d;
GRANT role_c TO role_b;
REVOKE role_c FROM role_b;
RESET ROLE;

-- SET ROLE and SET SESSION AUTHORIZATION.
SHOW role;
SET ROLE role_b;
SHOW role;
SHOW is_superuser;
SELECT current_user, session_user = current_user, current_role, user;
SET ROLE role_a;
SELECT current_user;
SET ROLE NONE;
SELECT current_user = session_user;
SET SESSION AUTHORIZATION role_b;
SELECT current_user, session_user;
SHOW is_superuser;
SET ROLE role_a;
SELECT current_user, session_user;
SET ROLE role_c;
SET ROLE nosuch;
SELECT set_config('role', 'role_c', false);
SELECT set_config('role', 'role_a', false), current_user;
-- nodiff: PostgreSQL 16 and later name the role
SET SESSION AUTHORIZATION role_a;
RESET ROLE;
SELECT current_user, session_user;
-- nodiff: with a DETAIL since 16
DROP ROLE role_b;
RESET SESSION AUTHORIZATION;
SELECT current_user = session_user, current_setting('is_superuser');
DROP ROLE postgres;
BEGIN;
SET LOCAL ROLE role_b;
SELECT current_user;
COMMIT;
SELECT current_user = 'role_b';
BEGIN;
SET ROLE role_b;
SHOW is_superuser;
ROLLBACK;
SHOW role;
SHOW is_superuser;
BEGIN;
SET SESSION AUTHORIZATION role_b;
SAVEPOINT s;
SET ROLE role_a;
SELECT current_user, session_user;
ROLLBACK TO s;
SELECT current_user, session_user;
ROLLBACK;
SELECT current_user = session_user, current_setting('is_superuser');
SET ROLE role_b;
DISCARD ALL;
SELECT current_user = session_user;
-- A role that is renamed stays the session's.
SET ROLE role_c;
SET ROLE NONE;

-- What a role owns keeps it.
CREATE SCHEMA own;
CREATE TABLE own.t (a int, b int);
ALTER TABLE own.t OWNER TO role_a;
CREATE TABLE plain (a int);
CREATE VIEW seen AS SELECT 1 AS a;
CREATE SEQUENCE counted;
ALTER TABLE plain OWNER TO role_a;
GRANT SELECT (b) ON own.t TO role_b;
GRANT SELECT ON plain TO role_b;
GRANT USAGE ON SCHEMA own TO role_b;
GRANT CREATE ON DATABASE case_roles TO role_b;
GRANT EXECUTE ON FUNCTION pg_sleep(double precision) TO role_b;
ALTER VIEW seen OWNER TO role_b;
ALTER SEQUENCE counted OWNER TO role_b;
ALTER SCHEMA own OWNER TO role_a;
ALTER DEFAULT PRIVILEGES FOR ROLE role_a IN SCHEMA own GRANT SELECT ON TABLES TO role_b;
ALTER DEFAULT PRIVILEGES FOR ROLE role_a GRANT USAGE ON SEQUENCES TO role_c;
-- unordered
DROP ROLE role_a;
DROP ROLE role_b;
DROP ROLE role_c;
SET ROLE role_d;
-- nodiff: other words since 16
DROP OWNED BY role_b;
-- nodiff: other words since 16
REASSIGN OWNED BY role_b TO role_d;
RESET ROLE;
REASSIGN OWNED BY postgres TO role_a;
DROP OWNED BY postgres;
REASSIGN OWNED BY role_a TO role_d;
SELECT relname, relowner::regrole FROM pg_class WHERE relname IN ('t', 'plain', 'seen', 'counted') ORDER BY 1;
SELECT nspname, nspowner::regrole FROM pg_namespace WHERE nspname = 'own';
DROP OWNED BY role_a;
DROP ROLE role_a;
DROP OWNED BY role_b;
SELECT relname FROM pg_class WHERE relname IN ('t', 'plain', 'seen', 'counted') ORDER BY 1;
SELECT datacl::text LIKE '%role_b%' FROM pg_database WHERE datname = current_database();
DROP ROLE role_b;
DROP OWNED BY role_c, role_d, role_admin CASCADE;
DROP ROLE role_c, role_d, role_admin, role_super;
SELECT count(*) FROM pg_roles WHERE rolname LIKE 'role\_%';
DROP TABLE IF EXISTS plain;
