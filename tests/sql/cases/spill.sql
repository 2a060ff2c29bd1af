-- Sorts, hash tables, common table expressions and cursors that do not fit into work_mem.
SET work_mem = '64kB';
SET max_parallel_workers_per_gather = 0;
CREATE TABLE spill_a (id int, grp int, txt text, num numeric, f float8, arr int[]);
INSERT INTO spill_a SELECT i, i % 997, CASE WHEN i % 13 = 0 THEN NULL ELSE repeat(md5(i::text), i % 7) END,
  CASE WHEN i % 11 = 0 THEN NULL ELSE (i % 503)::numeric / 7 END, sin(i), ARRAY[i % 3, i % 5] FROM generate_series(1, 20000) i;
CREATE TABLE spill_b (id int, a_id int, txt text);
INSERT INTO spill_b SELECT i, CASE WHEN i % 17 = 0 THEN NULL ELSE i * 2 END, 'b' || i FROM generate_series(1, 15000) i;
ANALYZE spill_a, spill_b;

-- Sorts: every key, descending, NULLs, ties by a second key, with all columns carried along.
SELECT md5(string_agg(id || ':' || coalesce(txt, '-') || ':' || coalesce(num::text, '-') || ':' || arr::text, ',')) FROM
  (SELECT * FROM spill_a ORDER BY txt COLLATE "C" DESC NULLS LAST, id) s;
SELECT md5(string_agg(id::text, ',')) FROM (SELECT id FROM spill_a ORDER BY num NULLS FIRST, id DESC) s;
SELECT md5(string_agg(id::text, ',')) FROM (SELECT * FROM spill_a ORDER BY f OFFSET 100) s;
SELECT md5(string_agg(id::text, ',')) FROM (SELECT * FROM spill_a ORDER BY arr, id LIMIT 9000) s;
SELECT id, left(txt, 8) FROM spill_a ORDER BY md5(id::text) COLLATE "C" OFFSET 19995;
SELECT id FROM spill_a ORDER BY repeat(md5(id::text), 60) COLLATE "C" LIMIT 3;
-- A sort that is read again for each row of the other side.
SELECT x, (SELECT count(*) FROM (SELECT id FROM spill_a WHERE grp < x ORDER BY txt COLLATE "C" OFFSET 10) s)
FROM generate_series(98, 100) x;
-- Merging passes: more runs than are merged at once.
SELECT count(*), left(min(w), 8), left(max(w), 8), bool_and(ok) FROM
  (SELECT w, lag(w) OVER () IS NULL OR lag(w) OVER () <= w AS ok FROM
    (SELECT repeat(md5(i::text), 20) COLLATE "C" AS w FROM generate_series(1, 9000) i ORDER BY 1) s) t;

-- Hash joins of every type.
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT count(*), sum(a.id), sum(b.id), sum(length(a.txt)), md5(string_agg(b.txt, ',' ORDER BY b.id)) FROM spill_a a JOIN spill_b b ON b.a_id = a.id;
SELECT count(*), count(b.id), sum(a.id) FROM spill_a a LEFT JOIN spill_b b ON b.a_id = a.id;
SELECT count(*), count(a.id), count(b.id) FROM spill_a a RIGHT JOIN spill_b b ON b.a_id = a.id;
SELECT count(*), count(a.id), count(b.id), sum(b.id) FROM spill_a a FULL JOIN spill_b b ON b.a_id = a.id;
SELECT count(*), sum(id) FROM spill_a a WHERE EXISTS (SELECT 1 FROM spill_b b WHERE b.a_id = a.id);
SELECT count(*), sum(id) FROM spill_a a WHERE NOT EXISTS (SELECT 1 FROM spill_b b WHERE b.a_id = a.id);
SELECT count(*), sum(a.id) FROM spill_a a JOIN spill_b b ON b.a_id = a.id AND b.id % 2 = a.id % 3;
SELECT count(*), count(b.id) FROM spill_a a LEFT JOIN spill_b b ON b.a_id = a.id AND b.id % 2 = a.id % 3;
-- One key that many rows have.
SELECT count(*) FROM (SELECT CASE WHEN id % 20 = 0 THEN 7 ELSE id END k, txt FROM spill_a) a
  JOIN (SELECT CASE WHEN id % 100 = 0 THEN 7 ELSE id END k, txt FROM spill_b) b USING (k);
SELECT x, (SELECT count(*) FROM spill_a a JOIN spill_b b ON b.a_id = a.id WHERE a.grp > x) FROM generate_series(990, 992) x;
RESET enable_mergejoin;
RESET enable_nestloop;

-- Hashed groups.
SET enable_sort = off;
SELECT count(*), sum(n), sum(m), md5(string_agg(k, ',' ORDER BY k)) FROM
  (SELECT md5((id % 7919)::text) k, count(*) n, max(id) m FROM spill_a GROUP BY 1) s;
SELECT count(*), sum(n), sum(len) FROM (SELECT id, grp, count(*) n, sum(length(txt)) len FROM spill_a GROUP BY id, grp) s;
SELECT count(*), sum(n) FROM (SELECT txt, count(*) n FROM spill_a GROUP BY txt) s;
SELECT count(*), sum(n), count(id), count(grp) FROM
  (SELECT id, grp, count(*) n FROM spill_a GROUP BY GROUPING SETS ((id), (grp), (id, grp), ())) s;
SELECT count(*) FROM (SELECT DISTINCT id, txt FROM spill_a) s;
SELECT count(*), sum(c) FROM (SELECT grp, array_length(array_agg(id ORDER BY id), 1) c FROM spill_a GROUP BY grp) s;
SELECT x, (SELECT count(*) FROM (SELECT id, count(*) FROM spill_a WHERE id > x GROUP BY id) s) FROM generate_series(1, 3) x;
RESET enable_sort;

-- Common table expressions, also recursive ones, read by two.
WITH c AS MATERIALIZED (SELECT id, txt, grp FROM spill_a)
SELECT (SELECT count(*) FROM c), (SELECT sum(length(txt)) FROM c), (SELECT count(*) FROM c x JOIN c y USING (id) WHERE x.txt = y.txt);
WITH RECURSIVE r(n, t) AS (SELECT i, repeat(md5(i::text), 4) FROM generate_series(1, 3000) i
  UNION ALL SELECT n + 3000, t FROM r WHERE n <= 9000)
SELECT count(*), sum(n), count(DISTINCT t) FROM r;

-- Cursors: held and scrolled.
BEGIN;
DECLARE held SCROLL CURSOR WITH HOLD FOR SELECT id, txt FROM spill_a ORDER BY id;
DECLARE plain SCROLL CURSOR FOR SELECT id, left(txt, 4) FROM spill_a ORDER BY id DESC;
FETCH 2 FROM plain;
FETCH LAST FROM plain;
FETCH ABSOLUTE 10000 FROM plain;
FETCH BACKWARD 3 FROM plain;
COMMIT;
DELETE FROM spill_a WHERE id % 2 = 0;
FETCH FORWARD 2 FROM held;
MOVE FORWARD 19990 FROM held;
FETCH FORWARD 20 FROM held;
FETCH RELATIVE -5 FROM held;
FETCH ABSOLUTE 777 FROM held;
FETCH PRIOR FROM held;
FETCH FIRST FROM held;
CLOSE held;

-- A limit for temporary files.
SET temp_file_limit = '64kB';
SELECT count(*) FROM (SELECT * FROM spill_a ORDER BY txt COLLATE "C" OFFSET 1) s;
RESET temp_file_limit;
SELECT count(*) FROM (SELECT * FROM spill_a ORDER BY txt COLLATE "C" OFFSET 1) s;
DROP TABLE spill_a, spill_b;
