-- Plan shapes (costs off: they are ours).
CREATE TABLE big (id int PRIMARY KEY, grp int, note text, v vector(3));
INSERT INTO big SELECT i, i % 100, 'note ' || i, ARRAY[i % 10, i % 7, i % 3]::vector FROM generate_series(1, 5000) AS i;
CREATE INDEX big_grp ON big (grp);
CREATE TABLE small (id int PRIMARY KEY, name text);
INSERT INTO small SELECT i, 'n' || i FROM generate_series(1, 10) AS i;
ANALYZE big;
ANALYZE small;
EXPLAIN (COSTS OFF) SELECT * FROM big WHERE id = 7;
EXPLAIN (COSTS OFF) SELECT * FROM big WHERE note = 'x';
EXPLAIN (COSTS OFF) SELECT * FROM big WHERE id = 7 AND note = 'x';
EXPLAIN (COSTS OFF) SELECT id FROM big ORDER BY v <-> '[1,2,3]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT count(*) FROM big;
EXPLAIN (COSTS OFF) SELECT note FROM big ORDER BY id LIMIT 3;
EXPLAIN (COSTS OFF) SELECT note FROM big ORDER BY id DESC LIMIT 3;
EXPLAIN (COSTS OFF) SELECT note FROM big ORDER BY note LIMIT 3;
-- nodiff: there are no merge joins
EXPLAIN (COSTS OFF) SELECT * FROM big JOIN small ON big.grp = small.id;
-- nodiff: PostgreSQL 17 writes (InitPlan 1).col1 for 15's $1, and prefers a sequential scan for max() over so few rows
EXPLAIN (COSTS OFF) SELECT note FROM big WHERE id = (SELECT max(id) FROM small);
EXPLAIN (COSTS OFF) UPDATE big SET note = 'y' WHERE id = 3;
EXPLAIN (COSTS OFF) DELETE FROM big WHERE id = 3;
EXPLAIN (COSTS OFF) INSERT INTO small VALUES (11, 'x');
EXPLAIN (COSTS OFF) SELECT 1;
EXPLAIN (COSTS OFF) VALUES (1), (2);
EXPLAIN (COSTS OFF) SELECT * FROM generate_series(1, 10) AS g WHERE g > 5;
EXPLAIN (COSTS OFF) SELECT DISTINCT name FROM small ORDER BY name;
EXPLAIN (COSTS OFF) SELECT * FROM small UNION ALL SELECT * FROM small;
EXPLAIN (COSTS OFF, FORMAT JSON) SELECT 1;
EXPLAIN (NOSUCH) SELECT 1;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT id FROM small WHERE id < 4;
