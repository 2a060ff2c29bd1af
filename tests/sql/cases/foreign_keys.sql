-- Foreign keys: definition, checks, actions, dependencies.
CREATE TABLE author (id int PRIMARY KEY, name text UNIQUE, code int);
CREATE TABLE book (id int PRIMARY KEY, author_id int REFERENCES author, title text);
INSERT INTO author VALUES (1, 'Ana', 10), (2, 'Berta', 20), (3, 'Carla', 30);
INSERT INTO book VALUES (1, 1, 'one'), (2, NULL, 'none');
INSERT INTO book VALUES (3, 9, 'lost');
INSERT INTO book SELECT 10 + g, g, 'many' FROM generate_series(1, 5) g;
SELECT * FROM book ORDER BY id;
UPDATE book SET author_id = 7 WHERE id = 1;
UPDATE book SET author_id = 2 WHERE id = 1;
DELETE FROM author WHERE id = 2;
UPDATE author SET id = 5 WHERE id = 2;
UPDATE author SET id = id WHERE id = 2;
UPDATE author SET name = 'Bea' WHERE id = 2;
DELETE FROM author WHERE id = 3 RETURNING name;
-- Another row may take the key over before the statement ends.
UPDATE author SET id = 3 - id;
SELECT * FROM author ORDER BY id;
UPDATE author SET id = 4 - id;
SELECT pg_get_constraintdef(oid), conname, contype, convalidated, conkey, confkey, confupdtype, confdeltype, confmatchtype FROM pg_constraint WHERE conrelid = 'book'::regclass AND contype = 'f';
SELECT conindid::regclass, confrelid::regclass FROM pg_constraint WHERE conname = 'book_author_id_fkey';
TRUNCATE author;
TRUNCATE author CASCADE;
SELECT count(*) FROM book;
DROP TABLE author;
ALTER TABLE author DROP CONSTRAINT author_pkey;
DROP INDEX author_name_key;
ALTER TABLE author DROP CONSTRAINT author_name_key;
ALTER TABLE author DROP COLUMN id;
DROP TABLE author CASCADE;
INSERT INTO book VALUES (1, 99, 'free now');
DROP TABLE book;

-- Actions.
CREATE TABLE p (a int, b text, PRIMARY KEY (a, b));
INSERT INTO p SELECT g, 'p' || g FROM generate_series(1, 6) g;
CREATE TABLE c1 (id int, a int, b text, FOREIGN KEY (a, b) REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE c2 (id int, a int, b text, CONSTRAINT c2_to_p FOREIGN KEY (a, b) REFERENCES p (a, b) ON DELETE SET NULL ON UPDATE SET NULL);
CREATE TABLE c3 (id int, a int DEFAULT 6, b text DEFAULT 'p6', FOREIGN KEY (a, b) REFERENCES p ON DELETE SET DEFAULT ON UPDATE SET DEFAULT);
CREATE TABLE c4 (id int, a int, b text, FOREIGN KEY (a, b) REFERENCES p ON DELETE RESTRICT ON UPDATE RESTRICT);
INSERT INTO c1 SELECT g, g, 'p' || g FROM generate_series(1, 3) g;
INSERT INTO c2 SELECT g, g, 'p' || g FROM generate_series(1, 3) g;
INSERT INTO c3 SELECT g, g, 'p' || g FROM generate_series(1, 3) g;
INSERT INTO c4 VALUES (3, 3, 'p3');
DELETE FROM p WHERE a = 1;
SELECT * FROM c1 ORDER BY id;
SELECT * FROM c2 ORDER BY id;
SELECT * FROM c3 ORDER BY id;
UPDATE p SET a = 20 WHERE a = 2;
SELECT * FROM c1 ORDER BY id;
SELECT * FROM c2 ORDER BY id;
SELECT * FROM c3 ORDER BY id;
DELETE FROM p WHERE a = 3;
UPDATE p SET b = 'x' WHERE a = 3;
DELETE FROM p WHERE a = 6;
INSERT INTO c1 VALUES (9, 77, NULL);
INSERT INTO c1 VALUES (9, 77, 'p77');
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND confrelid = 'p'::regclass ORDER BY conname;
DROP TABLE c1, c2, c3, c4, p;

-- SET NULL of some columns; NOT NULL in the way.
CREATE TABLE t (tenant int, id int, PRIMARY KEY (tenant, id));
CREATE TABLE u (tenant int NOT NULL, id int, FOREIGN KEY (tenant, id) REFERENCES t ON DELETE SET NULL (id));
INSERT INTO t VALUES (1, 1), (1, 2);
INSERT INTO u VALUES (1, 1), (1, 2);
DELETE FROM t WHERE id = 1;
SELECT * FROM u ORDER BY id;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'u'::regclass AND contype = 'f';
ALTER TABLE u DROP CONSTRAINT u_tenant_id_fkey, ADD FOREIGN KEY (tenant, id) REFERENCES t ON DELETE SET NULL;
DELETE FROM t WHERE id = 2;
DROP TABLE u, t;

-- A table that refers to itself.
CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node ON DELETE CASCADE);
INSERT INTO node VALUES (3, 2), (2, 1), (1, NULL);
INSERT INTO node VALUES (5, 4);
INSERT INTO node SELECT g, g - 1 FROM generate_series(4, 300) g;
DELETE FROM node WHERE id = 3;
SELECT * FROM node ORDER BY id;
WITH d AS (SELECT 1) UPDATE node SET parent = id WHERE id = 1;
DELETE FROM node;
DROP TABLE node;

-- MATCH FULL, other types, referenced unique index.
CREATE TABLE k (a bigint, b numeric, UNIQUE (b, a));
INSERT INTO k VALUES (1, 1.0), (2, 2.5);
CREATE TABLE r (a int, b int, FOREIGN KEY (a, b) REFERENCES k (a, b) MATCH FULL);
INSERT INTO r VALUES (NULL, NULL), (1, 1);
INSERT INTO r VALUES (NULL, 1);
INSERT INTO r VALUES (2, 2);
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'r'::regclass;
DELETE FROM k WHERE a = 1;
DELETE FROM k WHERE a = 2;
DROP TABLE r, k;

-- ALTER TABLE.
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int, a_id int);
INSERT INTO a VALUES (1), (2);
INSERT INTO b VALUES (1, 1), (2, 3);
ALTER TABLE b ADD FOREIGN KEY (a_id) REFERENCES a;
ALTER TABLE b ADD CONSTRAINT later FOREIGN KEY (a_id) REFERENCES a NOT VALID;
SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'b'::regclass;
INSERT INTO b VALUES (3, 4);
ALTER TABLE b VALIDATE CONSTRAINT later;
DELETE FROM b WHERE a_id = 3;
ALTER TABLE b VALIDATE CONSTRAINT later;
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'b'::regclass;
ALTER TABLE b ADD CONSTRAINT later FOREIGN KEY (a_id) REFERENCES a;
ALTER TABLE b ADD FOREIGN KEY (a_id) REFERENCES a;
SELECT conname FROM pg_constraint WHERE conrelid = 'b'::regclass ORDER BY 1;
ALTER TABLE b DROP CONSTRAINT later;
ALTER TABLE b DROP CONSTRAINT b_a_id_fkey;
ALTER TABLE b ADD COLUMN other int DEFAULT 2 REFERENCES a;
ALTER TABLE b ADD COLUMN another int DEFAULT 9 REFERENCES a;
ALTER TABLE b ALTER COLUMN other TYPE bigint;
INSERT INTO b VALUES (7, 7, 7);
ALTER TABLE b ALTER COLUMN other TYPE text;
ALTER TABLE b RENAME COLUMN other TO renamed;
ALTER TABLE a RENAME TO a2;
INSERT INTO b VALUES (7, 7, 7);
ALTER TABLE b DROP COLUMN renamed;
SELECT count(*) FROM pg_constraint WHERE conrelid = 'b'::regclass;
SELECT constraint_name, unique_constraint_name, match_option, update_rule, delete_rule FROM information_schema.referential_constraints;
DROP TABLE a2;

-- Definitions that make no sense.
CREATE TABLE a (id int PRIMARY KEY, x int, y text UNIQUE);
CREATE TABLE nopk (id int);
CREATE VIEW v AS SELECT 1 AS id;
CREATE TEMP TABLE tmp (id int PRIMARY KEY);
CREATE TABLE e (i int REFERENCES nosuch);
CREATE TABLE e (i int REFERENCES v);
CREATE TABLE e (i int REFERENCES nopk);
CREATE TABLE e (i int REFERENCES nopk (id));
CREATE TABLE e (i int REFERENCES a (x));
CREATE TABLE e (i int REFERENCES a (z));
CREATE TABLE e (i int, FOREIGN KEY (z) REFERENCES a);
CREATE TABLE e (i int, j int, FOREIGN KEY (i, j) REFERENCES a);
CREATE TABLE e (i int, j int, FOREIGN KEY (i, j) REFERENCES a (id, id));
CREATE TABLE e (i text REFERENCES a);
CREATE TABLE e (i int REFERENCES tmp);
CREATE TABLE e (i int, FOREIGN KEY (ctid) REFERENCES a);
CREATE TABLE e (i int, j int GENERATED ALWAYS AS (i) STORED REFERENCES a ON DELETE SET NULL);
CREATE TABLE e (i int REFERENCES a MATCH PARTIAL);
CREATE TEMP TABLE e (i int REFERENCES a);
CREATE TABLE e (i int, y text REFERENCES a (y), FOREIGN KEY (i) REFERENCES a ON DELETE SET NULL (y));

-- COPY checks at its end; an error leaves nothing.
CREATE TABLE f (id int REFERENCES a, parent int);
INSERT INTO a VALUES (1), (2);
COPY f FROM STDIN;
1	1
2	1
\.
COPY f FROM STDIN;
1	1
3	1
\.
SELECT count(*) FROM f;
BEGIN;
INSERT INTO f VALUES (1, 1);
SAVEPOINT s;
INSERT INTO f VALUES (5, 1);
ROLLBACK TO s;
INSERT INTO f VALUES (2, 2);
COMMIT;
SELECT count(*) FROM f;
INSERT INTO f VALUES (8, 8) ON CONFLICT DO NOTHING;
-- unordered
DELETE FROM a USING f WHERE a.id = f.id RETURNING a.id;
DELETE FROM f;
DELETE FROM a;
