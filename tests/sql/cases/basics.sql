-- The first things anyone types.
SELECT 1;
SELECT 1 AS one, 'two' AS two, 3.0 AS three, NULL AS nothing, true AS yes;
SELECT 'it''s', E'tab\there', $$dollar$$, $tag$nested $$ text$tag$;
SELECT 1 + 2 * 3, (1 + 2) * 3, 7 / 2, 7 % 3, -7 / 2, 7.0 / 2, 2 ^ 10, |/ 16, @ -5;
SELECT 1 = 1, 1 <> 2, 2 > 1, 1 >= 1, 1 IS NULL, NULL IS NULL, NULL = NULL, NULL IS DISTINCT FROM 1;
SELECT true AND NULL, false AND NULL, true OR NULL, NOT NULL::bool;
SELECT CASE WHEN 1 > 2 THEN 'a' WHEN 2 > 1 THEN 'b' ELSE 'c' END, CASE 3 WHEN 1 THEN 'x' WHEN 3 THEN 'y' END, CASE WHEN false THEN 1 END;
SELECT COALESCE(NULL, NULL, 5), NULLIF(1, 1), NULLIF(1, 2), GREATEST(1, 5, 3), LEAST(4, 2, NULL);
SELECT 5 BETWEEN 1 AND 10, 5 NOT BETWEEN 1 AND 4, 3 IN (1, 2, 3), 4 NOT IN (1, 2), 2 = ANY (ARRAY[1, 2]), 2 <> ALL (ARRAY[1, 3]);
SELECT 'abc' || 'def', 'a' || 1, 1 || 'b', length('häß'), upper('straße'), lower('ÀB');
SELECT 'x' LIKE 'X', 'x' ILIKE 'X', 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'a%c' LIKE 'a\%c', 'abc' ~ '^a.c$', 'ABC' ~* 'b', 'abc' !~ 'd', 'abc' SIMILAR TO '(a|b)%';
SELECT '42'::int, '3.14'::float8, 'true'::bool, '2024-02-29'::date, 12::text, 1.5::int, 2.5::int, -1.5::int, '  7 '::int;
SELECT CAST('10' AS bigint), int '5', date '2000-01-01', float8 'NaN', float4 '1e10', interval '1 day 2 hours';
SELECT 1/0;
SELECT 2147483647 + 1;
SELECT 9223372036854775807 + 1;
SELECT 32767::int2 + 1::int2;
SELECT 1.0 / 0;
SELECT 1e308::float8 * 10;
SELECT 'abc'::int;
SELECT '99999999999'::int;
SELECT '1.5x'::numeric;
SELECT nonsense;
SELECT 1 FROM nowhere;
SELECT foo(1);
SELECT 1 + 'a';
SELECT 1 + true;
SELECT 'a' + 'b';
SELEC 1;
SELECT 1 +;
SELECT (1;
SELECT 'unterminated "x" " FROM t;';
SELECT "unknown" FROM (SELECT 1 AS a) AS t;
SELECT t.b FROM (SELECT 1 AS a) AS t;
SELECT a FROM (SELECT 1 AS a) AS t, (SELECT 2 AS a) AS u;
SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, NULL)) AS v(n, s) WHERE n > 1 ORDER BY n DESC;
VALUES (1, 2), (3, 4);
SELECT ;
SELECT 1 AS a, 2 AS a;
SELECT count(*), sum(x), avg(x), min(x), max(x) FROM generate_series(1, 10) AS x;
SELECT x, y FROM generate_series(1, 2) AS x, generate_series(1, 2) AS y ORDER BY 1, 2;
SELECT generate_series(1, 3), 'k';
SELECT 1; \
SELECT 2; \
SELECT 3;
SELECT 1; \
SELECT 1/0; \
SELECT 3;
