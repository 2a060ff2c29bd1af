-- HNSW and IVFFlat as pgvector's own tests use them.
CREATE TABLE t (val vector(3));
INSERT INTO t (val) VALUES ('[0,0,0]'), ('[1,2,3]'), ('[1,1,1]'), (NULL);
CREATE INDEX ON t USING hnsw (val vector_l2_ops);
INSERT INTO t (val) VALUES ('[1,2,4]');
SET enable_seqscan = off;
SELECT * FROM t ORDER BY val <-> '[3,3,3]';
EXPLAIN (COSTS OFF) SELECT * FROM t ORDER BY val <-> '[3,3,3]';
SELECT * FROM t ORDER BY val <-> (SELECT NULL::vector) LIMIT 0;
SELECT COUNT(*) FROM (SELECT * FROM t ORDER BY val <-> (SELECT NULL::vector)) t2;
SELECT COUNT(*) FROM t;
EXPLAIN (COSTS OFF) SELECT * FROM t ORDER BY '[3,3,3]' <-> val LIMIT 2;
EXPLAIN (COSTS OFF) SELECT val <-> '[3,3,3]' AS d FROM t ORDER BY d LIMIT 2;
SELECT val, val <-> '[3,3,3]' AS d FROM t ORDER BY d LIMIT 2;
-- not by this index: descending, another operator, arithmetic
EXPLAIN (COSTS OFF) SELECT * FROM t ORDER BY val <=> '[3,3,3]' LIMIT 2;
EXPLAIN (COSTS OFF) SELECT * FROM t ORDER BY val <-> '[3,3,3]' DESC LIMIT 2;
EXPLAIN (COSTS OFF) SELECT * FROM t ORDER BY 1 - (val <-> '[3,3,3]') LIMIT 2;
PREPARE p(vector) AS SELECT * FROM t ORDER BY val <-> $1 LIMIT 2;
EXECUTE p('[1,1,1]');
EXECUTE p('[1,2,3]');
DEALLOCATE p;
SELECT * FROM t ORDER BY val <-> '[3,3]' LIMIT 1;
INSERT INTO t (val) VALUES ('[1,2]');
TRUNCATE t;
SELECT * FROM t ORDER BY val <-> '[3,3,3]';
DROP TABLE t;

-- inner product, cosine, taxicab
CREATE TABLE t (val vector(3));
INSERT INTO t (val) VALUES ('[0,0,0]'), ('[1,2,3]'), ('[1,1,1]'), (NULL);
CREATE INDEX ON t USING hnsw (val vector_ip_ops);
INSERT INTO t (val) VALUES ('[1,2,4]');
SELECT * FROM t ORDER BY val <#> '[3,3,3]';
SELECT COUNT(*) FROM (SELECT * FROM t ORDER BY val <#> (SELECT NULL::vector)) t2;
DROP TABLE t;
CREATE TABLE t (val vector(3));
INSERT INTO t (val) VALUES ('[0,0,0]'), ('[1,2,3]'), ('[1,1,1]'), (NULL);
CREATE INDEX ON t USING hnsw (val vector_cosine_ops);
INSERT INTO t (val) VALUES ('[1,2,4]');
SELECT * FROM t ORDER BY val <=> '[3,3,3]';
SELECT COUNT(*) FROM (SELECT * FROM t ORDER BY val <=> '[0,0,0]') t2;
SELECT COUNT(*) FROM (SELECT * FROM t ORDER BY val <=> (SELECT NULL::vector)) t2;
DROP TABLE t;
CREATE TABLE t (val vector(3));
INSERT INTO t (val) VALUES ('[0,0,0]'), ('[1,2,3]'), ('[1,1,1]'), (NULL);
CREATE INDEX ON t USING hnsw (val vector_l1_ops);
INSERT INTO t (val) VALUES ('[1,2,4]');
SELECT * FROM t ORDER BY val <+> '[3,3,3]';
DROP TABLE t;

-- options
CREATE TABLE t (val vector(3), plain vector, n int);
CREATE INDEX ON t USING hnsw (val vector_l2_ops) WITH (m = 1);
CREATE INDEX ON t USING hnsw (val vector_l2_ops) WITH (m = 101);
CREATE INDEX ON t USING hnsw (val vector_l2_ops) WITH (ef_construction = 3);
CREATE INDEX ON t USING hnsw (val vector_l2_ops) WITH (ef_construction = 1001);
CREATE INDEX ON t USING hnsw (val vector_l2_ops) WITH (m = 16, ef_construction = 31);
CREATE INDEX ON t USING hnsw (val vector_l2_ops) WITH (lists = 1);
CREATE INDEX ON t USING hnsw (val);
CREATE INDEX ON t USING hnsw (plain vector_l2_ops);
CREATE INDEX ON t USING hnsw (n vector_l2_ops);
CREATE UNIQUE INDEX ON t USING hnsw (val vector_l2_ops);
CREATE INDEX ON t USING hnsw (val vector_l2_ops, n);
CREATE INDEX ON t USING hnsw (val vector_l2_ops) INCLUDE (n);
CREATE INDEX ON t USING hnsw (val vector_l2_ops DESC);
CREATE INDEX named ON t USING hnsw (val vector_l2_ops) WITH (m = 8, ef_construction = 32);
CREATE INDEX IF NOT EXISTS named ON t USING hnsw (val vector_l2_ops);
SELECT indexdef FROM pg_indexes WHERE indexname = 'named';
SELECT reloptions FROM pg_class WHERE relname = 'named';
SELECT amname FROM pg_am JOIN pg_class ON pg_am.oid = relam WHERE relname = 'named';
SHOW hnsw.ef_search;
SET hnsw.ef_search = 0;
SET hnsw.ef_search = 1001;
SET hnsw.iterative_scan = on;
DROP TABLE t;

-- IVFFlat
CREATE TABLE t (val vector(3));
INSERT INTO t (val) VALUES ('[0,0,0]'), ('[1,2,3]'), ('[1,1,1]'), (NULL);
CREATE INDEX ON t USING ivfflat (val vector_l2_ops) WITH (lists = 1);
INSERT INTO t (val) VALUES ('[1,2,4]');
SELECT * FROM t ORDER BY val <-> '[3,3,3]';
EXPLAIN (COSTS OFF) SELECT * FROM t ORDER BY val <-> '[3,3,3]';
SELECT COUNT(*) FROM (SELECT * FROM t ORDER BY val <-> (SELECT NULL::vector)) t2;
TRUNCATE t;
SELECT * FROM t ORDER BY val <-> '[3,3,3]';
DROP TABLE t;
CREATE TABLE t (val vector(3), one vector(1));
CREATE INDEX ON t USING ivfflat (val) WITH (lists = 1);
CREATE INDEX ON t USING ivfflat (val vector_l2_ops) WITH (lists = 0);
CREATE INDEX ON t USING ivfflat (val vector_l2_ops) WITH (lists = 32769);
CREATE INDEX ON t USING ivfflat (one vector_cosine_ops) WITH (lists = 1);
CREATE INDEX ON t USING ivfflat (val vector_l1_ops) WITH (lists = 1);
DROP TABLE t;

-- partial and expression indexes
CREATE TABLE t (id int PRIMARY KEY, kind int, val vector(3));
INSERT INTO t SELECT i, i % 3, ARRAY[i, i % 7, i % 5]::vector FROM generate_series(1, 300) i;
CREATE INDEX part ON t USING hnsw (val vector_l2_ops) WHERE (kind = 1);
EXPLAIN (COSTS OFF) SELECT id FROM t WHERE kind = 1 ORDER BY val <-> '[50,3,3]' LIMIT 3;
SELECT id FROM t WHERE kind = 1 ORDER BY val <-> '[50,3,3]' LIMIT 3;
EXPLAIN (COSTS OFF) SELECT id FROM t WHERE kind = 2 ORDER BY val <-> '[50,3,3]' LIMIT 3;
UPDATE t SET kind = 1 WHERE id = 51;
SELECT id FROM t WHERE kind = 1 ORDER BY val <-> '[50,3,3]' LIMIT 3;
UPDATE t SET kind = 2 WHERE id = 49;
SELECT id FROM t WHERE kind = 1 ORDER BY val <-> '[50,3,3]' LIMIT 3;
DROP INDEX part;
CREATE INDEX half ON t USING hnsw ((subvector(val, 1, 2)::vector(2)) vector_l2_ops);
EXPLAIN (COSTS OFF) SELECT id FROM t ORDER BY subvector(val, 1, 2)::vector(2) <-> '[50,3]' LIMIT 3;
SELECT id FROM t ORDER BY subvector(val, 1, 2)::vector(2) <-> '[50,3]' LIMIT 1;
DROP INDEX half;

-- filters and iterative scans
CREATE INDEX ON t USING hnsw (val vector_l2_ops);
SET hnsw.ef_search = 10;
SELECT count(*) < 50 FROM (SELECT id FROM t WHERE kind = 0 ORDER BY val <-> '[150,3,3]' LIMIT 50) x;
SET hnsw.iterative_scan = strict_order;
SELECT count(*) FROM (SELECT id FROM t WHERE kind = 0 ORDER BY val <-> '[150,3,3]' LIMIT 50) x;
SET hnsw.iterative_scan = relaxed_order;
SELECT count(*) FROM (SELECT id FROM t WHERE kind = 0 ORDER BY val <-> '[150,3,3]' LIMIT 50) x;
RESET hnsw.iterative_scan;
RESET hnsw.ef_search;

-- own changes, savepoints
BEGIN;
INSERT INTO t VALUES (1000, 0, '[50.5,3,3]');
SELECT id FROM t ORDER BY val <-> '[50.5,3,3]' LIMIT 2;
SAVEPOINT s;
DELETE FROM t WHERE id = 1000;
UPDATE t SET val = '[50.5,3,2]' WHERE id = 7;
SELECT id FROM t ORDER BY val <-> '[50.5,3,3]' LIMIT 2;
ROLLBACK TO s;
SELECT id FROM t ORDER BY val <-> '[50.5,3,3]' LIMIT 2;
ROLLBACK;
SELECT id FROM t ORDER BY val <-> '[50.5,3,3]' LIMIT 2;
DELETE FROM t WHERE id BETWEEN 40 AND 60;
SELECT id FROM t ORDER BY val <-> '[50,1,0]' LIMIT 2;
REINDEX TABLE t;
SELECT id FROM t ORDER BY val <-> '[50,1,0]' LIMIT 2;

-- in subqueries and lateral joins
SELECT a.id, b.id FROM t a, LATERAL (SELECT id FROM t ORDER BY val <-> a.val LIMIT 2) b WHERE a.id IN (10, 100) ORDER BY 1, 2;
SELECT id FROM t ORDER BY val <-> (SELECT val FROM t WHERE id = 100) LIMIT 3;
WITH nearest AS MATERIALIZED (SELECT id, val <-> '[100,2,0]' AS d FROM t ORDER BY d LIMIT 3) SELECT id FROM nearest ORDER BY d;
CREATE INDEX CONCURRENTLY ON t USING ivfflat (val vector_ip_ops) WITH (lists = 3);
DROP TABLE t;
RESET enable_seqscan;

-- planning reads the statistics of each vector index that could serve
CREATE TABLE t (id int, val vector(3));
INSERT INTO t SELECT i, ('[' || i || ',1,2]')::vector FROM generate_series(1, 100) i;
CREATE INDEX t_val_idx ON t USING hnsw (val vector_l2_ops);
SET enable_seqscan = off;
-- nodiff: PostgreSQL also counts pages of its catalogs that a session has not seen yet
EXPLAIN (BUFFERS, COSTS OFF) SELECT id FROM t ORDER BY val <-> '[3,3,3]' LIMIT 5;
-- nodiff: the same
EXPLAIN (BUFFERS, COSTS OFF) SELECT id FROM t WHERE id = 3;
RESET enable_seqscan;
DROP TABLE t;
