-- Aggregates over large tables: several threads take the rows in by ranges. The answers must not depend on it.
CREATE TABLE big (id int, g int, t text, f float8, n numeric, i interval, d date, v vector(3), b boolean);
INSERT INTO big SELECT k, k % 7, 'value ' || k % 100, k * 0.25, k / 4.0, make_interval(secs => k % 60), date '2020-01-01' + k % 1000,
  ('[' || k % 5 || ',1,2]')::vector, k % 2 = 0 FROM generate_series(1, 200000) k;
SELECT count(*) FROM big;
SELECT count(*), count(t), sum(id), avg(id), min(id), max(id), min(t), max(t), sum(f), avg(f), sum(n), avg(n) FROM big;
SELECT sum(i), min(d), max(d), bool_and(b), bool_or(b), bit_and(id), bit_or(id), bit_xor(id) FROM big;
SELECT sum(id::bigint), avg(v), round(stddev(id), 4) AS stddev, round(var_pop(n), 4) AS var_pop, regr_count(f, id) FROM big;
SELECT g, count(*), sum(id), min(t), max(n) FROM big GROUP BY g ORDER BY g;
SELECT t, g, count(*) FROM big WHERE id % 3 = 0 GROUP BY t, g ORDER BY t, g LIMIT 5;
SELECT g, b, count(*), sum(f) FROM big GROUP BY GROUPING SETS ((g), (b), ()) ORDER BY g, b;
SELECT count(*) FILTER (WHERE b), sum(id) FILTER (WHERE g = 3) FROM big WHERE t <> 'value 7';
SELECT count(*), sum(id), min(t) FROM big WHERE id < 0;
SELECT g, count(*) FROM big WHERE id < 0 GROUP BY g;
SELECT count(DISTINCT g), string_agg(t, ',' ORDER BY id) FILTER (WHERE id < 4) FROM big;
SELECT g FROM big GROUP BY g HAVING count(*) > 28571 ORDER BY g;
-- What a scan sees: its own transaction's rows, not those of its own command.
BEGIN;
DELETE FROM big WHERE id <= 1000;
UPDATE big SET g = 100 WHERE id <= 2000;
INSERT INTO big (id, g) SELECT k, 101 FROM generate_series(200001, 200100) k;
SELECT count(*), sum(id), count(*) FILTER (WHERE g = 100), count(*) FILTER (WHERE g = 101) FROM big;
SAVEPOINT s;
DELETE FROM big WHERE id > 100000;
SELECT count(*), max(id) FROM big;
ROLLBACK TO s;
SELECT count(*), max(id) FROM big;
INSERT INTO big (id) SELECT count(*) FROM big RETURNING id;
DECLARE c CURSOR FOR SELECT count(*), sum(g) FROM big;
DELETE FROM big;
FETCH c;
SELECT count(*) FROM big;
ROLLBACK;
-- Errors come out, whichever thread has them; sub-selects and parameters.
SELECT sum(1 / (id - 150000)) FROM big;
SELECT count(*) FROM big WHERE id > (SELECT avg(id) FROM big);
PREPARE p AS SELECT count(*) FROM big WHERE g = $1;
EXECUTE p(3);
SELECT o.k, (SELECT count(*) FROM big WHERE g = o.k) FROM (VALUES (1), (2), (9)) o(k);
SELECT (SELECT sum(s.c) FROM (SELECT count(*) AS c FROM big GROUP BY t) s);
SET max_parallel_workers_per_gather = 0;
SELECT count(*), sum(f), avg(n) FROM big;
RESET max_parallel_workers_per_gather;
DROP TABLE big;
