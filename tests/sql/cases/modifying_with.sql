-- INSERT, UPDATE and DELETE in WITH: one snapshot for all parts, each runs once and to its end.
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TABLE log (id int, what text);
INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 5) g;
WITH gone AS (DELETE FROM t WHERE id > 3 RETURNING *) INSERT INTO log SELECT id, v FROM gone;
SELECT * FROM log ORDER BY id;
-- unordered
WITH ins AS (INSERT INTO t VALUES (10, 'ten') RETURNING id, v) SELECT * FROM ins UNION ALL SELECT id, v FROM t;
-- unordered
WITH up AS (UPDATE t SET v = v || '!' WHERE id < 3 RETURNING *) SELECT t.v AS before, up.v AS after FROM t JOIN up USING (id);
WITH unread AS (INSERT INTO log VALUES (99, 'unread')) SELECT 1 AS one;
WITH a AS (INSERT INTO log VALUES (100, 'a') RETURNING id), b AS (INSERT INTO log SELECT id + 1, 'b' FROM a RETURNING id) SELECT * FROM b;
WITH unread AS (INSERT INTO log SELECT g, 'limit' FROM generate_series(200, 209) g RETURNING id) SELECT id FROM unread LIMIT 2;
-- unordered
SELECT * FROM log;
-- Both parts see the table as it was; the row that both change is changed once.
WITH u AS (UPDATE t SET v = 'first' WHERE id = 1 RETURNING v) SELECT v, (SELECT v FROM t WHERE id = 1) AS seen FROM u;
WITH d AS (DELETE FROM t WHERE id = 2 RETURNING id) SELECT count(*) FROM t, d;
WITH d AS (DELETE FROM t RETURNING id), i AS (INSERT INTO t SELECT id + 100, 'moved' FROM d RETURNING id) SELECT min(id), count(*) FROM i;
SELECT * FROM t ORDER BY id;
WITH x AS (INSERT INTO t VALUES (1, 'one') ON CONFLICT (id) DO UPDATE SET v = 'dup' RETURNING *) UPDATE log SET what = x.v FROM x WHERE log.id = 99 RETURNING log.*;
WITH x AS (DELETE FROM log WHERE id >= 200) SELECT * FROM x;
WITH x AS (DELETE FROM log WHERE id >= 200 RETURNING id), y AS (SELECT max(id) AS top FROM x) SELECT top, (SELECT count(*) FROM x) FROM y;
SELECT count(*) FROM log WHERE id >= 200;
SELECT * FROM (WITH x AS (DELETE FROM log RETURNING id) SELECT * FROM x) s;
WITH RECURSIVE x AS (INSERT INTO log SELECT * FROM x RETURNING *) SELECT * FROM x;
CREATE VIEW w AS WITH x AS (DELETE FROM log RETURNING id) SELECT * FROM x;
WITH x AS (INSERT INTO t VALUES (1, 'again') RETURNING id) SELECT * FROM x;
BEGIN READ ONLY;
WITH x AS (DELETE FROM log RETURNING id) SELECT * FROM x;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR WITH x AS (DELETE FROM log RETURNING id) SELECT * FROM x;
ROLLBACK;
PREPARE p (int) AS WITH x AS (INSERT INTO log VALUES ($1, 'prepared') RETURNING id) SELECT id * 2 FROM x;
EXECUTE p (5);
EXECUTE p (6);
-- unordered
SELECT * FROM log WHERE what = 'prepared';
EXPLAIN (COSTS OFF) WITH x AS (INSERT INTO log VALUES (1, 'y') RETURNING id) SELECT * FROM x;
EXPLAIN (COSTS OFF) WITH x AS (DELETE FROM log WHERE id = 1 RETURNING id) INSERT INTO t SELECT id, 'z' FROM x;
-- Foreign keys are checked when the whole statement is done.
CREATE TABLE child (id int REFERENCES t);
WITH c AS (INSERT INTO child VALUES (500)) INSERT INTO t VALUES (500, 'parent');
WITH c AS (DELETE FROM t WHERE id = 500 RETURNING id) DELETE FROM child USING c WHERE child.id = c.id;
SELECT count(*) FROM child;

-- An aggregate whose arguments are all of an outer query belongs to that query.
CREATE TABLE a (id int);
CREATE TABLE b (id int);
INSERT INTO a VALUES (1), (2);
INSERT INTO b VALUES (1), (2);
SELECT (SELECT sum(a.id) FROM b LIMIT 1) FROM a;
SELECT (SELECT sum(a.id)) FROM a;
SELECT (SELECT sum(a.id) FROM b WHERE b.id = 1) FROM a;
SELECT 1 FROM a HAVING (SELECT sum(a.id) FROM b LIMIT 1) > 2;
SELECT (SELECT max(b.id + a.id) FROM b) FROM a ORDER BY 1;
SELECT (SELECT count(*) FILTER (WHERE a.id > 1) FROM b LIMIT 1) FROM a;
SELECT (SELECT (SELECT sum(a.id) FROM b x LIMIT 1) FROM b LIMIT 1) FROM a;
SELECT id, (SELECT sum(a.id) FROM b LIMIT 1) FROM a GROUP BY id ORDER BY id;
SELECT id, (SELECT sum(a.id) FROM b LIMIT 1) FROM a;
SELECT 1 FROM a WHERE (SELECT sum(a.id) FROM b LIMIT 1) > 2;
SELECT (SELECT sum(a.id + b.id) FROM b) FROM a ORDER BY 1;
SELECT sum((SELECT sum(a.id) FROM b LIMIT 1)) FROM a;
