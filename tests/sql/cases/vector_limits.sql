-- As many rows as are asked for, whatever one search of an index gives; orders that an index does not have.
CREATE TABLE l (id int PRIMARY KEY, c int, e vector(8));
INSERT INTO l SELECT i, i % 50, (SELECT array_agg((('x' || substr(md5(i || '-' || j), 1, 7))::bit(28)::int / 268435456.0)::real ORDER BY j) FROM generate_series(1, 8) j)::vector FROM generate_series(1, 5000) i;
INSERT INTO l VALUES (6001, 1, NULL), (6002, 2, NULL);
CREATE TABLE exact AS SELECT id, e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' AS d FROM l;
CREATE INDEX l_h ON l USING hnsw (e vector_l2_ops);
ANALYZE l;
-- nodiff: pgvector gives as many rows as hnsw.ef_search
SELECT count(*) FROM (SELECT id FROM l ORDER BY e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' LIMIT 500) s;
-- nodiff: likewise
SELECT count(*) FROM (SELECT id FROM l ORDER BY e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' LIMIT 20 OFFSET 100) s;
SET enable_seqscan = off;
-- nodiff: likewise
SELECT count(*), count(d), sum(id) FROM (SELECT id, e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' AS d FROM l ORDER BY d LIMIT 3000) s;
-- nodiff: likewise; rows without a vector are not in an index
SELECT count(*), count(d) FROM (SELECT id, e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' AS d FROM l ORDER BY d) s;
-- nodiff: likewise; distances in order, and the same as without the index
WITH ordered AS (SELECT row_number() OVER () AS n, d FROM (SELECT e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' AS d FROM l ORDER BY d LIMIT 2000) s), wanted AS (SELECT row_number() OVER (ORDER BY d) AS n, d FROM exact) SELECT count(*), count(*) FILTER (WHERE ordered.d = wanted.d) FROM ordered JOIN wanted USING (n);
-- nodiff: likewise
SELECT count(*) FROM (SELECT id FROM l WHERE e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' > 0.4 ORDER BY e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' LIMIT 20) s;
-- nodiff: likewise
SELECT count(*) = (SELECT count(*) FROM exact WHERE d < 0.6) FROM (SELECT id FROM l WHERE e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' < 0.6 ORDER BY e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]') s;
PREPARE p(int) AS SELECT count(*) FROM (SELECT id FROM l ORDER BY e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' LIMIT $1) s;
SET plan_cache_mode = force_generic_plan;
-- nodiff: likewise
EXECUTE p(60);
-- nodiff: likewise
EXECUTE p(1500);
RESET plan_cache_mode;
-- Orders that the index does not have.
SELECT count(*) FROM (SELECT id FROM l ORDER BY e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' DESC LIMIT 300) s;
SELECT count(*) FROM (SELECT id FROM l ORDER BY e <=> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' LIMIT 300) s;
SELECT count(*) FROM (SELECT id FROM l ORDER BY (e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]') + 1 LIMIT 300) s;
SELECT count(*) FROM (SELECT id FROM l ORDER BY e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' NULLS FIRST LIMIT 300) s;
-- A partial index.
DROP INDEX l_h;
CREATE INDEX l_p ON l USING hnsw (e vector_l2_ops) WHERE c < 25;
-- nodiff: likewise
SELECT count(*) FROM (SELECT id FROM l WHERE c < 25 ORDER BY e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' LIMIT 900) s;
DROP INDEX l_p;
CREATE INDEX l_i ON l USING ivfflat (e vector_l2_ops) WITH (lists = 50);
-- nodiff: likewise
SELECT count(*), count(d) FROM (SELECT id, e <-> '[0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5]' AS d FROM l ORDER BY d LIMIT 4000) s;
DROP TABLE l, exact;
