-- HAVING without groups makes one group of all rows, also when it is always true.
CREATE TABLE h (a int, b text);
INSERT INTO h SELECT i, 'x' || i FROM generate_series(1, 10) i;
SELECT 1 AS one FROM h HAVING 1 < 2;
SELECT 1 AS one FROM h HAVING true;
SELECT 1 AS one FROM h HAVING 1 > 2;
SELECT 1 AS one FROM h WHERE a < 0 HAVING 1 < 2;
SELECT (SELECT 7 FROM h HAVING 1 < 2), count(*) FROM h;
SELECT a FROM h HAVING true;

-- Rows without columns.
SELECT UNION SELECT;
SELECT FROM generate_series(1, 5) UNION SELECT FROM generate_series(1, 3);
SELECT FROM generate_series(1, 5) UNION ALL SELECT FROM generate_series(1, 3);
SELECT FROM generate_series(1, 5) WHERE false UNION SELECT WHERE false;
SELECT FROM generate_series(1, 5) EXCEPT SELECT FROM generate_series(1, 3);
SELECT FROM generate_series(1, 5) EXCEPT ALL SELECT FROM generate_series(1, 3);
SELECT FROM generate_series(1, 5) INTERSECT SELECT FROM generate_series(1, 3);
SELECT FROM generate_series(1, 5) INTERSECT ALL SELECT FROM generate_series(1, 3);
SELECT count(*) FROM (SELECT FROM generate_series(1, 5) UNION SELECT) x;

-- The alias of USING: the merged columns only, hidden by an alias of the join.
CREATE TABLE j1 (i int, j int, t text);
CREATE TABLE j2 (i int, k int);
INSERT INTO j1 VALUES (1, 4, 'one'), (2, 3, 'two');
INSERT INTO j2 VALUES (1, -1), (2, 2), (3, -3);
SELECT * FROM j1 JOIN j2 USING (i) AS x WHERE x.i = 1;
SELECT x.* FROM j1 JOIN j2 USING (i) AS x WHERE x.i = 1;
SELECT row_to_json(x.*), row_to_json(x) FROM j1 JOIN j2 USING (i) AS x WHERE j1.t = 'one';
SELECT x FROM j1 JOIN j2 USING (i) AS x ORDER BY x;
SELECT x.t FROM j1 JOIN j2 USING (i) AS x;
SELECT * FROM (j1 JOIN j2 USING (i) AS x) AS xx WHERE x.i = 1;
SELECT * FROM j1 a1 JOIN j2 a2 USING (i) AS a1;
SELECT * FROM j1 a1 JOIN j2 a2 USING (i) AS a2;
SELECT x FROM j1 FULL JOIN j2 USING (i) AS x ORDER BY x;

-- Sets in step with each other, on one side of the sort.
SELECT generate_series(0, 2) AS s1, generate_series(3, 5) AS s2 ORDER BY s2 DESC;
SELECT generate_series(0, 2) AS s1, generate_series((random() * .1)::int, 2) AS s2 ORDER BY s2 DESC;
SELECT generate_series(0, 2) AS s1, generate_series((random() * .1)::int, 2) AS s2 ORDER BY s1 DESC;
SELECT a, generate_series(1, 2) g, generate_series(1, a) FROM h WHERE a < 4 ORDER BY a DESC, g;
SELECT DISTINCT ON (a) a, b, generate_series(1, 3) g FROM (VALUES (3, 2), (3, 1), (1, 1), (1, 4), (5, 3), (5, 1)) AS t(a, b) ORDER BY a, b DESC;
SELECT DISTINCT ON (a) a, b, generate_series(1, 3) g FROM (VALUES (3, 2), (3, 1), (1, 1), (1, 4), (5, 3), (5, 1)) AS t(a, b) ORDER BY a, b DESC, g DESC;
SELECT DISTINCT ON (a) a, generate_series(1, 3) g FROM (VALUES (3), (3), (1)) AS t(a) ORDER BY a LIMIT 4;
SELECT DISTINCT a % 2 AS m, generate_series(1, 2) g FROM h ORDER BY g, m;

-- Deviations of exact numbers have the scale of their variance.
SELECT stddev_pop(b::numeric), stddev_samp(b::numeric), variance(b::numeric) FROM (VALUES (100.5), (324.78), (7.8), (0.09561)) v(b);
SELECT stddev_pop(n), stddev(n::bigint), stddev_samp(n::smallint) FROM (VALUES (600), (470), (170), (430), (300)) v(n);
SELECT stddev(n) FROM (VALUES (1e-30), (3e-30)) v(n);
SELECT stddev(n) FROM (VALUES (1e30), (3e30)) v(n);
SELECT power(float8 '-inf', float8 '3.5');
SELECT power(float8 '-inf', float8 '3'), power(float8 '-inf', float8 '-3'), power(float8 '-inf', float8 'inf');

SELECT (SELECT (a.*)::text) FROM (SELECT 42) a;
SELECT (a.*)::text, (a.*) IS NULL FROM (SELECT 42 AS x) a;
