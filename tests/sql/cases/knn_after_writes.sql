-- Searches see every committed and own write, whichever way it came: the tables are large enough for a copy in memory, which the
-- first search makes. No index.
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE short_vectors (id int PRIMARY KEY, v vector(3));
INSERT INTO short_vectors SELECT i, ARRAY[i % 100, i / 100 % 100, i % 7]::vector FROM generate_series(1, 20000) i;
SELECT id, v <-> '[500,500,500]' AS d FROM short_vectors ORDER BY d, id LIMIT 1;
SELECT id, round((v <-> '[500,500,500]')::numeric, 3) FROM short_vectors ORDER BY v <-> '[500,500,500]' LIMIT 2;
INSERT INTO short_vectors VALUES (99999, '[500,500,500]');
SELECT id, v <-> '[500,500,500]' AS d FROM short_vectors ORDER BY v <-> '[500,500,500]' LIMIT 1;
UPDATE short_vectors SET v = '[400,400,400]' WHERE id = 99999;
SELECT id, v <-> '[400,400,400]' AS d FROM short_vectors ORDER BY v <-> '[400,400,400]' LIMIT 1;
DELETE FROM short_vectors WHERE id = 99999;
SELECT id < 99999 FROM short_vectors ORDER BY v <-> '[400,400,400]' LIMIT 1;
COPY short_vectors FROM STDIN;
99998	[300,300,300]
\.
SELECT id FROM short_vectors ORDER BY v <-> '[300,300,300]' LIMIT 1;
INSERT INTO short_vectors VALUES (99998, '[1,1,1]') ON CONFLICT (id) DO UPDATE SET v = '[310,310,310]';
SELECT id, v FROM short_vectors ORDER BY v <-> '[310,310,310]' LIMIT 1;
BEGIN;
INSERT INTO short_vectors VALUES (99997, '[600,600,600]');
SELECT id FROM short_vectors ORDER BY v <-> '[600,600,600]' LIMIT 1;
SAVEPOINT s;
UPDATE short_vectors SET v = '[700,700,700]' WHERE id = 99997;
SELECT id, v FROM short_vectors ORDER BY v <-> '[700,700,700]' LIMIT 1;
ROLLBACK TO s;
SELECT id, v FROM short_vectors ORDER BY v <-> '[700,700,700]' LIMIT 1;
ROLLBACK;
SELECT id, v FROM short_vectors ORDER BY v <-> '[700,700,700]' LIMIT 1;
UPDATE short_vectors SET v = v + '[1000,0,0]' WHERE id <= 5;
SELECT id, v FROM short_vectors ORDER BY v <-> '[1002,0,2]' LIMIT 1;
TRUNCATE short_vectors;
SELECT id FROM short_vectors ORDER BY v <-> '[1002,0,2]' LIMIT 1;

-- Columns that come, go and come again.
CREATE TABLE later (id int PRIMARY KEY, note text);
INSERT INTO later SELECT i, repeat('x', 60) FROM generate_series(1, 10000) i;
ALTER TABLE later ADD COLUMN v vector(2) DEFAULT '[1,1]';
UPDATE later SET v = ARRAY[id % 50, id % 60]::vector WHERE id > 100;
SELECT id, v FROM later ORDER BY v <-> '[49,59]', id LIMIT 1;
SELECT v FROM later ORDER BY v <-> '[900,900]' LIMIT 1;
UPDATE later SET v = '[901,901]' WHERE id = 17;
SELECT id, v FROM later ORDER BY v <-> '[900,900]' LIMIT 1;
BEGIN;
INSERT INTO later VALUES (20001, 'before the column', '[1,2]');
ALTER TABLE later ADD COLUMN w vector(2) DEFAULT '[3,3]';
SELECT w FROM later ORDER BY w <-> '[7,7]' LIMIT 1;
UPDATE later SET w = '[5,5]' WHERE id = 20001;
SELECT id, w FROM later ORDER BY w <-> '[7,7]' LIMIT 1;
ROLLBACK;
ALTER TABLE later ADD COLUMN w vector(2) DEFAULT '[8,8]';
SELECT w FROM later ORDER BY w <-> '[7,7]' LIMIT 1;
SELECT w FROM later ORDER BY w <-> '[3,3]' LIMIT 1;
ALTER TABLE later DROP COLUMN v;
ALTER TABLE later ADD COLUMN v vector(3) DEFAULT '[1,2,3]';
UPDATE later SET v = '[9,9,9]' WHERE id = 5;
SELECT id, v FROM later ORDER BY v <-> '[9,9,9]' LIMIT 1;
ALTER TABLE later ALTER COLUMN v TYPE vector;
UPDATE later SET v = '[90,90,90]' WHERE id = 6;
SELECT id, v FROM later ORDER BY v <-> '[90,90,90]' LIMIT 1;
ALTER TABLE later ALTER COLUMN v TYPE vector(3);
UPDATE later SET v = '[95,95,95]' WHERE id = 7;
SELECT id, v FROM later ORDER BY v <-> '[95,95,95]' LIMIT 1;

-- Rows written before the table's first vector column, by the same transaction.
CREATE TABLE plain (id int PRIMARY KEY, n int, note text);
INSERT INTO plain SELECT i, i, repeat('x', 60) FROM generate_series(1, 10000) i;
BEGIN;
UPDATE plain SET n = -1 WHERE id = 1;
INSERT INTO plain VALUES (20001, 0, '');
DELETE FROM plain WHERE id = 2;
ALTER TABLE plain ADD COLUMN v vector(2) DEFAULT '[1,1]';
SELECT count(*), max(id) FROM (SELECT id FROM plain ORDER BY v <-> '[1,1]' LIMIT 50000) s;
COMMIT;
SELECT count(*), max(id) FROM (SELECT id FROM plain ORDER BY v <-> '[1,1]' LIMIT 50000) s;
UPDATE plain SET v = '[2,2]' WHERE id = 20001;
SELECT id FROM plain ORDER BY v <-> '[2,2]' LIMIT 1;
-- connect
SELECT id FROM plain ORDER BY v <-> '[2,2]' LIMIT 1;
SELECT id, w FROM later WHERE id < 10 ORDER BY w <-> '[7,7]', id LIMIT 1;
DROP TABLE short_vectors, later, plain;
