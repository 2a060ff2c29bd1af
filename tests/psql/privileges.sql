\set ON_ERROR_STOP off
CREATE ROLE psql_owner CREATEDB LOGIN CONNECTION LIMIT 5;
CREATE ROLE psql_reader NOLOGIN NOINHERIT;
CREATE ROLE psql_admin SUPERUSER CREATEROLE REPLICATION BYPASSRLS VALID UNTIL '2030-01-01 00:00:00+00';
COMMENT ON ROLE psql_reader IS 'reads';
GRANT psql_reader TO psql_owner;
GRANT pg_read_all_data, psql_reader TO psql_admin;
\du psql_*
\du+ psql_*
\dg psql_owner
CREATE SCHEMA shop AUTHORIZATION psql_owner;
SET ROLE psql_owner;
CREATE TABLE shop.item (id serial PRIMARY KEY, name text, price int);
CREATE VIEW shop.cheap AS SELECT id FROM shop.item WHERE price < 5;
CREATE TABLE shop.plain (a int);
GRANT SELECT ON shop.item TO psql_reader WITH GRANT OPTION;
GRANT INSERT (id, name), UPDATE (price) ON shop.item TO psql_reader;
GRANT SELECT ON shop.cheap TO PUBLIC;
GRANT USAGE ON SEQUENCE shop.item_id_seq TO psql_reader;
GRANT USAGE ON SCHEMA shop TO psql_reader;
\dp shop.*
\z shop.item
\dn+ shop
\dt shop.*
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO psql_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT INSERT ON TABLES TO psql_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO psql_reader;
\ddp
\ddp shop
RESET ROLE;
GRANT CREATE, CONNECT ON DATABASE psql_case TO psql_owner;
REVOKE TEMPORARY ON DATABASE psql_case FROM PUBLIC;
SELECT datacl FROM pg_database WHERE datname = 'psql_case';
\dp pg_catalog.pg_authid
\dp pg_catalog.pg_class
\dp pg_catalog.pg_settings
ALTER ROLE psql_owner SET work_mem = '8MB';
ALTER DATABASE psql_case SET search_path = shop, public;
\drds psql_owner
\drds * psql_case
\c psql_case psql_owner
SELECT current_user, session_user;
SHOW work_mem;
\c - postgres
REVOKE CONNECT ON DATABASE psql_case FROM PUBLIC;
REVOKE ALL ON DATABASE psql_case FROM psql_owner;
DROP OWNED BY psql_owner CASCADE;
DROP OWNED BY psql_reader;
ALTER DATABASE psql_case RESET ALL;
DROP ROLE psql_owner, psql_reader, psql_admin;
\du psql_*
