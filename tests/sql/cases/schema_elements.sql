-- The statements inside CREATE SCHEMA: their order, and the schemas they name.
CREATE SCHEMA a1 CREATE TABLE a1.t(i int) CREATE TABLE other.t(i int);
CREATE SCHEMA a1 CREATE VIEW other.v AS SELECT 1;
CREATE SCHEMA a1 CREATE SEQUENCE other.s;
CREATE SCHEMA a1 CREATE INDEX ON other.t(i);
CREATE SCHEMA a1 GRANT SELECT ON t TO PUBLIC CREATE INDEX ON t(i) CREATE VIEW v AS SELECT i FROM t CREATE TABLE t(i int DEFAULT nextval('s')) CREATE SEQUENCE s;
SELECT relname, relkind, relacl IS NULL AS plain FROM pg_class WHERE relnamespace = 'a1'::regnamespace ORDER BY relname;
CREATE SCHEMA a3 CREATE TABLE t(i int REFERENCES u) CREATE TABLE u(i int PRIMARY KEY);
SELECT count(*) FROM pg_namespace WHERE nspname = 'a3';
-- nodiff: triggers are not supported
CREATE SCHEMA a4 CREATE TRIGGER g BEFORE INSERT ON a4.t EXECUTE FUNCTION a4.no_func();
SELECT count(*) FROM pg_namespace WHERE nspname = 'a4';
