-- Cursors without SCROLL go backwards over plans that can.
CREATE TABLE n (id int PRIMARY KEY, v text);
INSERT INTO n SELECT g, 'v' || g FROM generate_series(1, 5) g;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM n ORDER BY id;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
FETCH PRIOR FROM c;
FETCH LAST FROM c;
FETCH -2 FROM c;
FETCH ABSOLUTE 2 FROM c;
FETCH RELATIVE 0 FROM c;
MOVE BACKWARD ALL IN c;
FETCH ALL FROM c;
FETCH BACKWARD 2 FROM c;
COMMIT;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM n WHERE id < 4;
FETCH ALL FROM c;
DELETE FROM n WHERE id = 2;
FETCH BACKWARD ALL FROM c;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT count(*) FROM n a JOIN n b USING (id);
FETCH 1 FROM c;
FETCH BACKWARD 1 FROM c;
ROLLBACK;
BEGIN;
DECLARE c NO SCROLL CURSOR FOR SELECT id FROM n;
FETCH 1 FROM c;
FETCH BACKWARD 1 FROM c;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM n FOR UPDATE;
FETCH 1 FROM c;
FETCH BACKWARD 1 FROM c;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM n UNION ALL SELECT 100;
FETCH 1 FROM c;
FETCH BACKWARD 1 FROM c;
ROLLBACK;

-- EXPLAIN EXECUTE shows the plan for its values.
INSERT INTO n SELECT g, 'v' || g FROM generate_series(6, 3000) g;
ANALYZE n;
PREPARE q (int, text) AS SELECT * FROM n WHERE id = $1 AND v = $2;
EXPLAIN (COSTS OFF) EXECUTE q (1, 'x');
EXPLAIN (COSTS OFF) EXECUTE q (1, NULL);
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE q (1, 'x');
RESET plan_cache_mode;
EXPLAIN (FORMAT JSON, COSTS OFF) UPDATE n SET v = 'y' WHERE id = 3;
EXPLAIN (FORMAT YAML, COSTS OFF) DELETE FROM n WHERE id = 3;

-- Collations of columns are kept and shown.
CREATE TABLE co (a text COLLATE "C", b text, c varchar(5) COLLATE "default", d text COLLATE "POSIX");
SELECT attname, attcollation FROM pg_attribute WHERE attrelid = 'co'::regclass AND attnum > 0 ORDER BY attnum;
-- unordered
SELECT column_name, collation_name FROM information_schema.columns WHERE table_name = 'co';
ALTER TABLE co ALTER COLUMN b TYPE text COLLATE "C", ALTER COLUMN a TYPE varchar(10);
SELECT attname, attcollation FROM pg_attribute WHERE attrelid = 'co'::regclass AND attnum > 0 ORDER BY attnum;
CREATE TABLE co2 (LIKE co);
SELECT attname, attcollation FROM pg_attribute WHERE attrelid = 'co2'::regclass AND attnum > 0 ORDER BY attnum;
INSERT INTO co VALUES ('b', 'b', 'b', 'b'), ('B', 'B', 'B', 'B'), ('a', 'a', 'a', 'a');
SELECT b FROM co ORDER BY b;
SELECT c FROM co ORDER BY c COLLATE "C";
SELECT b FROM co WHERE c < 'a' COLLATE "C";

-- A row's vector is not read when it is not asked for, and stays.
CREATE TABLE vec (id int PRIMARY KEY, note text NOT NULL, v vector(3) NOT NULL, w vector(2000), CHECK (id > 0));
INSERT INTO vec VALUES (1, 'a', '[1,2,3]', array_fill(0.5, ARRAY[2000])::vector), (2, 'b', '[4,5,6]', NULL);
UPDATE vec SET note = note || '!' WHERE id < 3;
SELECT id, note, v, vector_dims(w), vector_norm(w) FROM vec ORDER BY id;
UPDATE vec SET note = 'r' WHERE id = 1 RETURNING id, note, v;
UPDATE vec SET note = 's' WHERE id = 2 RETURNING *;
UPDATE vec SET note = NULL WHERE id = 2;
UPDATE vec SET id = -1 WHERE id = 2;
UPDATE vec SET id = 3 WHERE id = 2;
UPDATE vec SET v = v + v, note = 't' WHERE v <-> '[4,5,6]' < 1;
ALTER TABLE vec ADD CHECK (vector_dims(v) = 3);
UPDATE vec SET note = 'checked';
CREATE INDEX ON vec ((vector_dims(v)));
UPDATE vec SET note = 'indexed' WHERE id = 1;
SELECT id, note, v, vector_dims(w) FROM vec ORDER BY id;
DELETE FROM vec WHERE id = 1;
DELETE FROM vec RETURNING v;
SELECT count(*) FROM vec;
