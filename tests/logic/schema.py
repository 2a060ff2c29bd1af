"""The tables that generated statements read: small, full of NULLs and repetitions, of many types.

Numbers that are equal are also written alike, and floats are sums of powers of two, so that an answer does not depend on
which of several equal values was kept, nor on the order of additions."""

SETUP = """
CREATE TABLE t1 (id int PRIMARY KEY, a int, b int, s text, n numeric(10,2), d date);
INSERT INTO t1 SELECT i, nullif(i % 5, 3), i * 7 % 11 - 3, nullif('v' || i % 4, 'v2'),
  nullif((i * 13 % 9)::numeric(10,2) / 4, 1.5), nullif(date '2024-01-01' + i * 17 % 60, date '2024-01-18')
  FROM generate_series(1, 14) i;
CREATE TABLE t2 (id int PRIMARY KEY, a int NOT NULL, l bigint, v varchar(6), f boolean, ts timestamp);
INSERT INTO t2 SELECT i, i % 4, nullif((i * 3 % 8)::bigint * 1000000000, 0), nullif('w' || i % 3, 'w1'),
  CASE i % 3 WHEN 0 THEN true WHEN 1 THEN false END, nullif(timestamp '2024-02-01 10:00' + i * interval '7 hours', timestamp '2024-02-01 17:00')
  FROM generate_series(1, 9) i;
CREATE TABLE t3 (k int, a smallint, c char(4), j jsonb, r int[], x double precision);
INSERT INTO t3 VALUES (1, 1, 'ab', '{"a": 1, "b": [1, 2]}', '{1,2,3}', 0.5), (1, 2, 'cd', '{"a": 2}', '{}', -1.25),
  (2, NULL, NULL, NULL, NULL, NULL), (3, 1, 'ab', '[1, "x", null]', '{4,NULL}', 8), (NULL, 3, '', '"s"', '{2,1}', 0.5),
  (2, 0, 'zz', '{"a": {"b": null}}', '{3}', 2.25);
CREATE TABLE t4 (a int, b int);
INSERT INTO t4 SELECT nullif(i % 7, 6), nullif(i % 3, 2) FROM generate_series(1, 40) i;
CREATE INDEX t4_a ON t4 (a);
CREATE TABLE t5 (a int, s text, n numeric(6,1) NOT NULL);
CREATE VIEW v1 AS SELECT id, a + b AS ab, s, 'k'::text AS k FROM t1 WHERE b IS NOT NULL;
CREATE VIEW v2 AS SELECT a, count(*) AS cnt, max(b) AS top FROM t4 GROUP BY a;
ANALYZE;
"""

# name -> (columns, columns that are unique together or None)
TABLES = {
    "t1": ([("id", "int4"), ("a", "int4"), ("b", "int4"), ("s", "text"), ("n", "numeric"), ("d", "date")], ["id"]),
    "t2": ([("id", "int4"), ("a", "int4"), ("l", "int8"), ("v", "varchar"), ("f", "bool"), ("ts", "timestamp")], ["id"]),
    "t3": ([("k", "int4"), ("a", "int2"), ("c", "bpchar"), ("j", "jsonb"), ("r", "int4[]"), ("x", "float8")], None),
    "t4": ([("a", "int4"), ("b", "int4")], None),
    "t5": ([("a", "int4"), ("s", "text"), ("n", "numeric")], None),
    "v1": ([("id", "int4"), ("ab", "int4"), ("s", "text"), ("k", "text")], ["id"]),
    "v2": ([("a", "int4"), ("cnt", "int8"), ("top", "int4")], ["a"]),
}

SQL_NAMES = {"bpchar": "char(4)", "timestamp": "timestamp", "varchar": "varchar(6)", "numeric": "numeric"}


def sql_name(type_name):
    return SQL_NAMES.get(type_name, type_name)
