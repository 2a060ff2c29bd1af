-- Settings of roles in one database, of all roles, and which of them wins; casts that change only what an array is called.
CREATE ROLE in_db LOGIN;
CREATE ROLE in_db_maker LOGIN CREATEROLE;
CREATE DATABASE settings_db;
ALTER ROLE in_db IN DATABASE settings_db SET work_mem = '7MB';
ALTER ROLE in_db IN DATABASE settings_db SET search_path = a, "B c";
ALTER ROLE ALL IN DATABASE settings_db SET lock_timeout = '11s';
ALTER ROLE in_db SET work_mem = '6MB';
ALTER DATABASE settings_db SET work_mem = '5MB';
SELECT d.datname, r.rolname, s.setconfig FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
  LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE d.datname = 'settings_db' OR r.rolname LIKE 'in\_db%' ORDER BY 1, 2;
-- Who may, and mistakes.
ALTER ROLE in_db IN DATABASE nowhere SET work_mem = '7MB';
ALTER ROLE nobody_here IN DATABASE settings_db SET work_mem = '7MB';
ALTER ROLE in_db IN DATABASE settings_db SET work_mem = 'x';
ALTER ROLE in_db IN DATABASE settings_db SET nonsense = 'x';
ALTER ROLE in_db IN DATABASE settings_db RESET work_mem;
ALTER ROLE in_db IN DATABASE settings_db SET work_mem = DEFAULT;
SET ROLE in_db;
ALTER ROLE in_db IN DATABASE settings_db SET work_mem = '8MB';
-- nodiff: other words since 16
ALTER ROLE in_db_maker IN DATABASE settings_db SET work_mem = '8MB';
-- nodiff: other words since 16
ALTER ROLE ALL SET work_mem = '8MB';
ALTER ROLE ALL IN DATABASE settings_db SET work_mem = '8MB';
ALTER ROLE pg_monitor IN DATABASE settings_db SET work_mem = '8MB';
ALTER ROLE in_db IN DATABASE settings_db SET log_statement = 'all';
REINDEX SYSTEM case_role_settings;
RESET ROLE;
SELECT s.setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname = 'in_db' ORDER BY 1;
-- Undone with its transaction.
BEGIN;
ALTER ROLE in_db IN DATABASE settings_db RESET ALL;
SELECT count(*) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname = 'in_db';
ROLLBACK;
SELECT count(*) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname = 'in_db';
-- They go with the database and with the role.
DROP DATABASE settings_db;
SELECT s.setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname = 'in_db' ORDER BY 1;
ALTER ROLE in_db IN DATABASE case_role_settings SET work_mem = '9MB';
DROP ROLE in_db, in_db_maker;
SELECT count(*) FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE s.setrole <> 0 AND r.oid IS NULL;
-- Precedence: the role in the database, the role, the database, everybody.
ALTER ROLE ALL SET lock_timeout = '1s';
ALTER ROLE ALL SET idle_session_timeout = '1h';
-- connect
SELECT name, setting, source FROM pg_settings WHERE name IN ('lock_timeout', 'idle_session_timeout') ORDER BY 1;
ALTER DATABASE case_role_settings SET lock_timeout = '2s';
-- connect
SELECT setting, source FROM pg_settings WHERE name = 'lock_timeout';
ALTER ROLE postgres SET lock_timeout = '3s';
-- connect
SELECT setting, source FROM pg_settings WHERE name = 'lock_timeout';
ALTER ROLE postgres IN DATABASE case_role_settings SET lock_timeout = '4s';
-- connect
SELECT setting, source FROM pg_settings WHERE name = 'lock_timeout';
SET lock_timeout = '5s';
RESET lock_timeout;
SHOW lock_timeout;
ALTER ROLE postgres IN DATABASE case_role_settings RESET lock_timeout;
ALTER ROLE postgres RESET lock_timeout;
ALTER DATABASE case_role_settings RESET lock_timeout;
ALTER ROLE ALL RESET ALL;
-- connect
SELECT setting, source FROM pg_settings WHERE name = 'lock_timeout';
SELECT count(*) FROM pg_db_role_setting WHERE setrole = 0 AND setdatabase = 0;
-- REINDEX of the system's indexes.
REINDEX SYSTEM nowhere;
BEGIN;
REINDEX SYSTEM case_role_settings;
ROLLBACK;
REINDEX SYSTEM case_role_settings;
-- Array casts whose elements stay as they are.
SELECT '{10,10,NULL}'::oid[]::regrole[], '{10}'::oid[]::regrole[]::oid[], '[0:1]={1259,1247}'::oid[]::regclass[];
SELECT x::regtype[] FROM (VALUES ('{16}'::oid[]), ('{}'), (NULL), ('{23,25}')) v (x);
SELECT '{a,b}'::varchar[]::text[], ARRAY['a']::text[]::varchar[], pg_typeof('{a}'::varchar[]::text[]);
SELECT array_to_string(ARRAY[10]::oid[]::regrole[], ','), (ARRAY[10]::oid[]::regrole[])[1];
SELECT '{a,b}'::varchar[]::text[] = '{a,b}'::text[], 'b' = ANY ('{a,b}'::varchar[]::text[]);
-- Access lists compared, as pg_dump does.
SELECT '{postgres=r/postgres}'::aclitem[] IS DISTINCT FROM '{postgres=r/postgres}'::aclitem[],
  '{postgres=r/postgres}'::aclitem[] = '{postgres=rw/postgres}'::aclitem[], '{}'::aclitem[] <> '{}'::aclitem[];
SELECT ARRAY[1, NULL] = ARRAY[1, NULL], ARRAY[1, 2] = ARRAY[1, 2, 3], '[0:1]={1,2}'::int[] = ARRAY[1, 2], ARRAY[[1, 2]] = ARRAY[1, 2];
