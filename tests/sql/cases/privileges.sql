-- Every privilege: refused without, allowed with the grant. The roles are the cluster's, so they have names of their own
-- and are dropped at the end.
SET client_min_messages = error;
DROP ROLE IF EXISTS case_owner;
DROP ROLE IF EXISTS case_user;
DROP ROLE IF EXISTS case_group;
RESET client_min_messages;
CREATE ROLE case_owner LOGIN;
CREATE ROLE case_user LOGIN;
CREATE ROLE case_group;
CREATE SCHEMA shop AUTHORIZATION case_owner;
CREATE TABLE shop.item (id int PRIMARY KEY, name text, price int);
INSERT INTO shop.item VALUES (1, 'nail', 2), (2, 'screw', 3);
CREATE SEQUENCE shop.number;
ALTER TABLE shop.item OWNER TO case_owner;
ALTER SEQUENCE shop.number OWNER TO case_owner;

-- Schema: USAGE to look into it, CREATE to make things there.
SET ROLE case_user;
SELECT current_user = 'case_user', session_user = current_user;
SELECT * FROM shop.item;
SELECT has_schema_privilege('shop', 'USAGE'), has_schema_privilege('shop', 'CREATE'), has_schema_privilege('shop', 'USAGE, CREATE');
CREATE TABLE shop.mine (a int);
CREATE SEQUENCE shop.mine;
CREATE VIEW shop.mine AS SELECT 1 AS a;
SELECT 1 AS a INTO shop.mine;
CREATE TABLE shop.mine AS SELECT 1 AS a;
SET search_path = shop, public;
SELECT current_schemas(false);
SELECT * FROM item;
RESET search_path;
RESET ROLE;
GRANT USAGE ON SCHEMA shop TO case_user;
SET ROLE case_user;
SELECT has_schema_privilege('shop', 'USAGE'), has_schema_privilege('shop', 'CREATE'), has_schema_privilege('shop', 'USAGE, CREATE');
SELECT * FROM shop.item;
CREATE TABLE shop.mine (a int);
RESET ROLE;
GRANT CREATE ON SCHEMA shop TO case_user;
SET ROLE case_user;
CREATE TABLE shop.mine (a int);
INSERT INTO shop.mine VALUES (1);
DROP TABLE shop.mine;
RESET ROLE;
REVOKE CREATE ON SCHEMA shop FROM case_user;

-- SELECT.
SET ROLE case_user;
SELECT has_table_privilege('shop.item', 'SELECT');
SELECT * FROM shop.item;
SELECT count(*) FROM shop.item;
SELECT 1 FROM shop.item;
SELECT (SELECT max(id) FROM shop.item);
WITH w AS (SELECT * FROM shop.item) SELECT 1 FROM w;
SELECT 1 WHERE EXISTS (SELECT FROM shop.item);
COPY shop.item TO STDOUT;
COPY (SELECT id FROM shop.item) TO STDOUT;
CREATE TEMP TABLE t AS SELECT * FROM shop.item;
EXPLAIN (COSTS OFF) SELECT * FROM shop.item;
TABLE shop.item;
RESET ROLE;
GRANT SELECT ON shop.item TO case_user;
SET ROLE case_user;
SELECT has_table_privilege('shop.item', 'SELECT');
SELECT * FROM shop.item ORDER BY id;
SELECT count(*) FROM shop.item;
SELECT (SELECT max(id) FROM shop.item);
COPY shop.item TO STDOUT;
SELECT * FROM shop.item FOR UPDATE;
SELECT * FROM shop.item FOR KEY SHARE;
RESET ROLE;
REVOKE SELECT ON shop.item FROM case_user;

-- INSERT.
SET ROLE case_user;
INSERT INTO shop.item VALUES (3, 'bolt', 4);
INSERT INTO shop.item (id) VALUES (3);
INSERT INTO shop.item DEFAULT VALUES;
COPY shop.item FROM STDIN;
3	bolt	4
\.
RESET ROLE;
GRANT INSERT ON shop.item TO case_user;
SET ROLE case_user;
INSERT INTO shop.item VALUES (3, 'bolt', 4);
INSERT INTO shop.item VALUES (4, 'nut', 1) RETURNING id;
INSERT INTO shop.item VALUES (4, 'nut', 1) ON CONFLICT DO NOTHING;
INSERT INTO shop.item VALUES (4, 'nut', 1) ON CONFLICT (id) DO NOTHING;
INSERT INTO shop.item VALUES (4, 'nut', 1) ON CONFLICT ON CONSTRAINT item_pkey DO NOTHING;
INSERT INTO shop.item VALUES (4, 'nut', 1) ON CONFLICT (id) DO UPDATE SET price = 5;
INSERT INTO shop.item SELECT id + 10 FROM shop.item;
COPY shop.item (id, name) FROM STDIN;
5	hook
\.
COPY shop.item (id, name) FROM STDIN WHERE id > 100;
6	hook
\.
RESET ROLE;
REVOKE INSERT ON shop.item FROM case_user;
SELECT * FROM shop.item ORDER BY id;

-- UPDATE; reading a column in it takes SELECT.
SET ROLE case_user;
UPDATE shop.item SET price = 9;
RESET ROLE;
GRANT UPDATE ON shop.item TO case_user;
SET ROLE case_user;
UPDATE shop.item SET price = 9;
UPDATE shop.item SET price = 9 WHERE id = 1;
UPDATE shop.item SET price = price + 1;
UPDATE shop.item SET price = 8 RETURNING price;
SELECT id FROM shop.item FOR UPDATE;
RESET ROLE;
GRANT SELECT ON shop.item TO case_user;
SET ROLE case_user;
UPDATE shop.item SET price = price + 1 WHERE id = 1 RETURNING *;
SELECT id FROM shop.item WHERE id = 1 FOR UPDATE;
RESET ROLE;
REVOKE SELECT, UPDATE ON shop.item FROM case_user;

-- DELETE.
SET ROLE case_user;
DELETE FROM shop.item;
RESET ROLE;
GRANT DELETE ON shop.item TO case_user;
SET ROLE case_user;
DELETE FROM shop.item WHERE id = 5;
BEGIN;
DELETE FROM shop.item;
ROLLBACK;
WITH d AS (DELETE FROM shop.item RETURNING id) SELECT * FROM d;
RESET ROLE;
REVOKE DELETE ON shop.item FROM case_user;

-- TRUNCATE.
SET ROLE case_user;
TRUNCATE shop.item;
RESET ROLE;
GRANT TRUNCATE ON shop.item TO case_user;
SET ROLE case_user;
BEGIN;
TRUNCATE shop.item;
ROLLBACK;
RESET ROLE;
REVOKE TRUNCATE ON shop.item FROM case_user;

-- REFERENCES: on the table or the columns.
CREATE SCHEMA side AUTHORIZATION case_user;
SET ROLE case_user;
CREATE TABLE side.sale (item int REFERENCES shop.item);
RESET ROLE;
GRANT REFERENCES (name) ON shop.item TO case_user;
SET ROLE case_user;
CREATE TABLE side.sale (item int REFERENCES shop.item);
RESET ROLE;
GRANT REFERENCES (id) ON shop.item TO case_user;
SET ROLE case_user;
CREATE TABLE side.sale (item int REFERENCES shop.item);
INSERT INTO side.sale VALUES (1);
INSERT INTO side.sale VALUES (77);
DROP TABLE side.sale;
RESET ROLE;
REVOKE REFERENCES ON shop.item FROM case_user;
SELECT attname, attacl FROM pg_attribute WHERE attrelid = 'shop.item'::regclass AND attnum > 0 ORDER BY attnum;

-- Columns: SELECT, INSERT, UPDATE.
GRANT SELECT (id, name), INSERT (id, name), UPDATE (name) ON shop.item TO case_user;
SET ROLE case_user;
SELECT id, name FROM shop.item WHERE id < 3 ORDER BY id;
SELECT price FROM shop.item;
SELECT * FROM shop.item;
SELECT item FROM shop.item;
SELECT id FROM shop.item ORDER BY price;
SELECT id FROM shop.item WHERE price > 1;
SELECT count(*) FROM shop.item;
SELECT a.id FROM shop.item a JOIN shop.item b USING (id) WHERE a.id = 1;
SELECT a.id FROM shop.item a NATURAL JOIN shop.item b;
INSERT INTO shop.item (id, name) VALUES (6, 'peg');
INSERT INTO shop.item VALUES (7, 'peg', 1);
INSERT INTO shop.item (id, price) VALUES (7, 1);
INSERT INTO shop.item (id, name) VALUES (6, 'peg') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id, name;
INSERT INTO shop.item (id, name) VALUES (6, 'peg') ON CONFLICT (id) DO UPDATE SET price = 1;
UPDATE shop.item SET name = 'pin' WHERE id = 6;
UPDATE shop.item SET price = 1 WHERE id = 6;
UPDATE shop.item SET name = 'pin' WHERE price = 6;
UPDATE shop.item SET name = price::text;
COPY (SELECT id, name FROM shop.item ORDER BY id) TO STDOUT;
COPY shop.item TO STDOUT;
DELETE FROM shop.item;
SELECT has_table_privilege('shop.item', 'SELECT'), has_any_column_privilege('shop.item', 'SELECT'), has_column_privilege('shop.item', 'id', 'SELECT'), has_column_privilege('shop.item', 'price', 'SELECT'), has_column_privilege('shop.item', 3::int2, 'SELECT'), has_column_privilege('shop.item', 2::int2, 'UPDATE');
RESET ROLE;
REVOKE SELECT, INSERT, UPDATE ON shop.item FROM case_user;
SET ROLE case_user;
SELECT id FROM shop.item;
RESET ROLE;

-- Sequences: USAGE, SELECT, UPDATE.
SET ROLE case_user;
SELECT nextval('shop.number');
SELECT setval('shop.number', 5);
SELECT currval('shop.number');
SELECT last_value FROM shop.number;
RESET ROLE;
GRANT USAGE ON SEQUENCE shop.number TO case_user;
SET ROLE case_user;
SELECT nextval('shop.number'), currval('shop.number'), lastval();
SELECT setval('shop.number', 5);
SELECT last_value FROM shop.number;
RESET ROLE;
REVOKE USAGE ON SEQUENCE shop.number FROM case_user;
GRANT SELECT ON SEQUENCE shop.number TO case_user;
SET ROLE case_user;
SELECT currval('shop.number'), last_value FROM shop.number;
SELECT nextval('shop.number');
RESET ROLE;
REVOKE SELECT ON SEQUENCE shop.number FROM case_user;
GRANT UPDATE ON SEQUENCE shop.number TO case_user;
SET ROLE case_user;
SELECT nextval('shop.number'), setval('shop.number', 5);
SELECT currval('shop.number');
SELECT lastval();
SELECT has_sequence_privilege('shop.number', 'USAGE'), has_sequence_privilege('shop.number', 'UPDATE'), has_sequence_privilege('shop.number', 'USAGE, UPDATE');
RESET ROLE;

-- Columns with a sequence: serial asks for it, identity does not.
CREATE TABLE shop.auto (a serial, b int);
CREATE TABLE shop.self (a int GENERATED ALWAYS AS IDENTITY, b int);
GRANT INSERT, SELECT ON shop.auto, shop.self TO case_user;
SET ROLE case_user;
INSERT INTO shop.auto (b) VALUES (1);
INSERT INTO shop.self (b) VALUES (1) RETURNING a, b;
SELECT nextval('shop.self_a_seq');
RESET ROLE;
GRANT USAGE ON SEQUENCE shop.auto_a_seq TO case_user;
SET ROLE case_user;
INSERT INTO shop.auto (b) VALUES (1) RETURNING a, b;
RESET ROLE;
DROP TABLE shop.auto, shop.self;

-- LOCK TABLE.
SET ROLE case_user;
BEGIN;
LOCK TABLE shop.item IN ACCESS SHARE MODE;
ROLLBACK;
RESET ROLE;
GRANT SELECT ON shop.item TO case_user;
SET ROLE case_user;
BEGIN;
LOCK TABLE shop.item IN ACCESS SHARE MODE;
LOCK TABLE shop.item IN ACCESS EXCLUSIVE MODE;
ROLLBACK;
RESET ROLE;
REVOKE SELECT ON shop.item FROM case_user;
GRANT UPDATE ON shop.item TO case_user;
SET ROLE case_user;
BEGIN;
LOCK TABLE shop.item IN ACCESS EXCLUSIVE MODE;
ROLLBACK;
RESET ROLE;
REVOKE UPDATE ON shop.item FROM case_user;

-- Views read as their owner.
SET ROLE case_owner;
CREATE VIEW shop.cheap AS SELECT id, name FROM shop.item WHERE price < 5;
RESET ROLE;
SET ROLE case_user;
SELECT id FROM shop.cheap;
RESET ROLE;
GRANT SELECT (id) ON shop.cheap TO case_user;
SET ROLE case_user;
SELECT id > 0 AS positive FROM shop.cheap WHERE id = 4;
SELECT name FROM shop.cheap;
SELECT price FROM shop.item;
RESET ROLE;
GRANT SELECT ON shop.cheap TO case_user;
REVOKE SELECT ON shop.item FROM case_owner;
SET ROLE case_user;
SELECT * FROM shop.cheap;
RESET ROLE;
GRANT SELECT ON shop.item TO case_owner;
ALTER VIEW shop.cheap SET (security_invoker = maybe);
ALTER VIEW shop.cheap SET (security_invoker = 2);
ALTER VIEW shop.cheap SET (security_invoker = true);
SET ROLE case_user;
SELECT id FROM shop.cheap;
RESET ROLE;
DROP VIEW shop.cheap;

-- Functions: EXECUTE, which everybody has on most of them.
SET ROLE case_user;
SELECT has_function_privilege('pg_reload_conf()', 'EXECUTE'), has_function_privilege('abs(int)', 'EXECUTE');
SELECT pg_reload_conf();
RESET ROLE;
GRANT EXECUTE ON FUNCTION pg_reload_conf() TO case_user;
SET ROLE case_user;
SELECT pg_reload_conf();
SELECT abs(-1);
RESET ROLE;
REVOKE EXECUTE ON FUNCTION pg_reload_conf() FROM case_user;
REVOKE EXECUTE ON FUNCTION abs(int) FROM PUBLIC;
SET ROLE case_user;
SELECT abs(-1);
SELECT abs(-1.5);
RESET ROLE;
GRANT EXECUTE ON FUNCTION abs(int) TO PUBLIC;

-- Types: USAGE to make columns of them.
REVOKE USAGE ON TYPE uuid FROM PUBLIC;
SET ROLE case_user;
SELECT has_type_privilege('uuid', 'USAGE');
CREATE TABLE side.typed (u uuid);
CREATE TABLE side.typed (u uuid[]);
RESET ROLE;
GRANT USAGE ON TYPE uuid TO PUBLIC;
SET ROLE case_user;
CREATE TABLE side.typed (u uuid);
DROP TABLE side.typed;
RESET ROLE;

-- Database: CREATE for schemas, TEMPORARY for temporary tables, CONNECT.
SET ROLE case_user;
CREATE SCHEMA more;
CREATE TEMP TABLE scratch (a int);
DROP TABLE scratch;
RESET ROLE;
SELECT format('GRANT CREATE ON DATABASE %I TO case_user', current_database()) IS NOT NULL;
SELECT has_database_privilege('case_user', current_database(), 'CREATE'), has_database_privilege('case_user', current_database(), 'TEMP'), has_database_privilege('case_user', current_database(), 'CONNECT');
GRANT CREATE ON DATABASE case_privileges TO case_user;
REVOKE TEMPORARY ON DATABASE case_privileges FROM PUBLIC;
-- connect
SET ROLE case_user;
CREATE SCHEMA more;
DROP SCHEMA more;
CREATE TEMP TABLE scratch (a int);
CREATE TEMP VIEW scratch AS SELECT 1 AS a;
CREATE TEMP SEQUENCE scratch;
RESET ROLE;
GRANT TEMPORARY ON DATABASE case_privileges TO case_user;
REVOKE CONNECT ON DATABASE case_privileges FROM PUBLIC;
SET ROLE case_user;
CREATE TEMP TABLE scratch (a int);
RESET ROLE;
SELECT has_database_privilege('case_user', current_database(), 'CREATE'), has_database_privilege('case_user', current_database(), 'TEMP'), has_database_privilege('case_user', current_database(), 'CONNECT');
REVOKE ALL ON DATABASE case_privileges FROM case_user;

-- Settings: SET on those that only superusers may change.
SET ROLE case_user;
SET log_min_duration_statement = 1;
RESET log_min_duration_statement;
SET work_mem = '8MB';
-- nodiff: PostgreSQL 16 and later use other words
SHOW data_directory;
-- nodiff: PostgreSQL 16 and later use other words
SELECT current_setting('data_directory');
SELECT count(*) FROM pg_settings WHERE name = 'data_directory';
RESET ROLE;
GRANT SET ON PARAMETER log_min_duration_statement TO case_user;
SET ROLE case_user;
SET log_min_duration_statement = 1;
RESET log_min_duration_statement;
SELECT has_parameter_privilege('log_min_duration_statement', 'SET'), has_parameter_privilege('log_min_duration_statement', 'ALTER SYSTEM');
ALTER SYSTEM SET log_min_duration_statement = 1;
RESET ROLE;
REVOKE SET ON PARAMETER log_min_duration_statement FROM case_user;

-- What belongs to others.
SET ROLE case_user;
ALTER TABLE shop.item ADD COLUMN x int;
ALTER TABLE shop.item RENAME TO y;
ALTER TABLE shop.item RENAME COLUMN id TO y;
ALTER TABLE shop.item SET SCHEMA side;
ALTER TABLE shop.item OWNER TO case_user;
CREATE INDEX ON shop.item (price);
ALTER INDEX shop.item_pkey RENAME TO y;
DROP INDEX shop.item_pkey;
-- nodiff: PostgreSQL 16 and later use other words
REINDEX TABLE shop.item;
-- nodiff: PostgreSQL 16 and later use other words
REINDEX INDEX shop.item_pkey;
REINDEX SCHEMA shop;
COMMENT ON TABLE shop.item IS 'x';
COMMENT ON COLUMN shop.item.id IS 'x';
COMMENT ON SCHEMA shop IS 'x';
-- nodiff: PostgreSQL 16 and later use other words
COMMENT ON ROLE case_owner IS 'x';
DROP TABLE shop.item;
DROP SEQUENCE shop.number;
ALTER SEQUENCE shop.number RESTART;
DROP SCHEMA shop CASCADE;
ALTER SCHEMA shop RENAME TO y;
ALTER SCHEMA shop OWNER TO case_user;
CREATE TABLE side.item (LIKE shop.item);
CREATE DATABASE case_privileges_other;
ALTER DATABASE case_privileges OWNER TO case_user;
ALTER DATABASE case_privileges SET work_mem = '1MB';
ALTER DATABASE case_privileges RENAME TO y;
ALTER DATABASE case_privileges CONNECTION LIMIT 1;
DROP DATABASE postgres;
-- nodiff: PostgreSQL 16 and later use other words
CHECKPOINT;
-- nodiff: PostgreSQL 16 and later use other words
ANALYZE shop.item;
-- nodiff: PostgreSQL 16 and later use other words
VACUUM shop.item;
-- nodiff: PostgreSQL 16 and later use other words
CREATE ROLE case_other;
-- nodiff: PostgreSQL 16 and later use other words
DROP ROLE case_owner;
-- nodiff: PostgreSQL 16 and later use other words
ALTER ROLE case_owner NOLOGIN;
SELECT count(*) FROM pg_authid;
SELECT count(*) FROM pg_shadow;
SELECT count(*) > 0 FROM pg_roles;
UPDATE pg_class SET relname = 'x';
DROP TABLE pg_class;
ALTER TABLE pg_class ADD COLUMN x int;
-- nodiff: PostgreSQL 16 and later use other words
COPY shop.item TO '/tmp/case_privileges';
-- nodiff: PostgreSQL 16 and later use other words
COPY shop.item FROM '/tmp/case_privileges';
-- nodiff: PostgreSQL 16 and later use other words
COPY (SELECT 1) TO PROGRAM 'cat';
RESET ROLE;

-- The owner may, until it gives itself less; members of the owner too.
SET ROLE case_owner;
SELECT count(*) > 0 FROM shop.item;
REVOKE SELECT ON shop.item FROM case_owner;
SELECT count(*) FROM shop.item;
GRANT SELECT ON shop.item TO case_owner;
COMMENT ON TABLE shop.item IS 'x';
ALTER TABLE shop.item ADD COLUMN x int;
RESET ROLE;
GRANT case_owner TO case_user;
SET ROLE case_user;
ALTER TABLE shop.item DROP COLUMN x;
COMMENT ON TABLE shop.item IS NULL;
RESET ROLE;
REVOKE case_owner FROM case_user;

-- Through a group; without INHERIT only after SET ROLE.
GRANT SELECT ON shop.item TO case_group;
GRANT USAGE ON SCHEMA shop TO case_group;
GRANT case_group TO case_user;
SET ROLE case_user;
SELECT count(*) > 0 FROM shop.item;
RESET ROLE;
-- nodiff: since 16 a membership keeps the INHERIT that the role had when it was granted
ALTER ROLE case_user NOINHERIT;
SET ROLE case_user;
-- nodiff: the same
SELECT count(*) > 0 FROM shop.item;
SET ROLE case_group;
SELECT count(*) > 0 FROM shop.item;
RESET ROLE;
ALTER ROLE case_user INHERIT;
REVOKE case_group FROM case_user;

-- Predefined roles.
GRANT pg_read_all_data TO case_user;
SET ROLE case_user;
SELECT count(*) > 0 FROM shop.item;
SELECT last_value > 0 FROM shop.number;
INSERT INTO shop.item VALUES (1);
RESET ROLE;
REVOKE pg_read_all_data FROM case_user;
GRANT pg_write_all_data TO case_user;
SET ROLE case_user;
INSERT INTO shop.item VALUES (100);
DELETE FROM shop.item;
SELECT count(*) FROM shop.item;
TRUNCATE shop.item;
RESET ROLE;
REVOKE pg_write_all_data FROM case_user;
GRANT pg_checkpoint TO case_user;
SET ROLE case_user;
CHECKPOINT;
RESET ROLE;
REVOKE pg_checkpoint FROM case_user;
GRANT pg_read_all_settings TO case_user;
SET ROLE case_user;
SELECT current_setting('data_directory') IS NOT NULL;
RESET ROLE;
REVOKE pg_read_all_settings FROM case_user;

-- A plan made before the grant is gone with it.
GRANT SELECT ON shop.item TO case_user;
SET ROLE case_user;
PREPARE q AS SELECT count(*) FROM shop.item;
EXECUTE q;
RESET ROLE;
REVOKE SELECT ON shop.item FROM case_user;
EXECUTE q;
SET ROLE case_user;
EXECUTE q;
RESET ROLE;
DEALLOCATE q;

DROP OWNED BY case_owner, case_user, case_group CASCADE;
DROP ROLE case_owner, case_user, case_group;
