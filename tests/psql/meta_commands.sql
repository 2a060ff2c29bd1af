CREATE TABLE person (id bigserial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, age int DEFAULT 18 CHECK (age > 0), home point_like, v vector(3));
CREATE TABLE person (id bigserial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, age int DEFAULT 18 CHECK (age > 0), v vector(3));
COMMENT ON TABLE person IS 'people we know';
COMMENT ON COLUMN person.name IS 'full name';
CREATE INDEX person_age_name ON person (age DESC, lower(name));
CREATE UNIQUE INDEX person_young ON person (age) WHERE age < 30;
CREATE SCHEMA extra;
CREATE TABLE extra.thing (a int, b text, c numeric(10,2)[], d timestamptz DEFAULT now());
CREATE VIEW grown AS SELECT id, name FROM person WHERE age >= 18;
CREATE SEQUENCE counter INCREMENT 5 MINVALUE 0 MAXVALUE 100 START 10 CYCLE;
\d
\dt
\dt extra.*
\d person
\d+ person
\d extra.thing
\d person_age_name
\d counter
\d person_id_seq
\d grown
\d+ grown
\di
\ds
\dv
\dn
\dn+
\d nosuch
\dt nosuch*
\d person_*
\timing on
\timing off
SELECT 1 AS a, 'x'::text AS b, now() - now() AS c \gdesc
SELECT 1/0;
\errverbose
SELECT id, name, v FROM person \gdesc
\copy person (name, age, v) FROM pstdin
ana	30	[1,2,3]
bo	40	[4,5,6]
\.
\copy (SELECT name, age FROM person ORDER BY id) TO stdout
\x on
SELECT * FROM person ORDER BY id LIMIT 1;
\x off
\set who ana
SELECT name FROM person WHERE name = :'who';
\echo :SERVER_ENCODING
\encoding
PREPARE p AS SELECT $1::int + 1;
EXECUTE p(41);
\dx vector
\sv grown
\dp extra.*
\dd person
SELECT name FROM person \g
SELECT 'ab' AS "A b", NULL AS n;
\pset null '(null)'
SELECT NULL AS n;
