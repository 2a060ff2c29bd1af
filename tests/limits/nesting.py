"""Everything that recurses, fed LEVELS levels: the server answers or says 54001 (42601 where the grammar has a limit of its
own), and lives, whichever thread meets the depth and in both protocols."""
import struct

from lib.checks import check
from lib.pgwire import Connection, Error

FEW = 300  # deep enough for what costs more than linear time at each level


def chain(word, count):
    return word.join(["1"] * count)


def views(n):
    yield "CREATE VIEW deep_0 AS SELECT 1 AS a"
    for i in range(1, n):
        yield f"CREATE VIEW deep_{i} AS SELECT a FROM deep_{i - 1}"


# name -> function of the number of levels
SHAPES = {
    "parentheses": lambda n: "SELECT " + "(" * n + "1" + ")" * n,
    "unary minus": lambda n: "SELECT " + "- " * n + "1",
    "unary minus over a column": lambda n: "SELECT " + "- " * n + "a FROM t",
    "NOT": lambda n: "SELECT " + "NOT " * n + "true",
    "NOT over a column": lambda n: "SELECT " + "NOT " * n + "(a = 1) FROM t",
    "AND": lambda n: "SELECT count(*) FROM t WHERE " + " AND ".join(["a < 9"] * n),
    "OR": lambda n: "SELECT count(*) FROM t WHERE " + " OR ".join(f"a = {i}" for i in range(n)),
    "AND and OR in turn": lambda n: "SELECT 1 FROM t WHERE " + "(a = 1 AND (a = 2 OR " * (n // 2) + "a = 3" + "))" * (n // 2),
    "+": lambda n: "SELECT " + chain("+", n),
    "+ over columns": lambda n: "SELECT " + "+".join(["a"] * n) + " FROM t",
    "+ to the right": lambda n: "SELECT " + "a+(" * n + "a" + ")" * n + " FROM t",
    "||": lambda n: "SELECT length(" + "||".join(["s"] * n) + ") FROM t",
    "CASE": lambda n: "SELECT " + "CASE WHEN a > 0 THEN " * n + "1" + " END" * n + " FROM t",
    "WHEN": lambda n: "SELECT CASE a " + " ".join(f"WHEN {i + 2} THEN {i}" for i in range(n)) + " END FROM t",
    "COALESCE": lambda n: "SELECT " + "coalesce(NULL, " * n + "a" + ")" * n + " FROM t",
    "GREATEST": lambda n: "SELECT " + "greatest(a, " * n + "a" + ")" * n + " FROM t",
    "functions": lambda n: "SELECT " + "abs(" * n + "a" + ")" * n + " FROM t",
    "casts": lambda n: "SELECT a" + "::text::int" * (n // 2) + " FROM t",
    "COLLATE": lambda n: "SELECT s" + ' COLLATE "C"' * n + " FROM t",
    "IS NULL": lambda n: "SELECT a" + " IS NULL" * n + " FROM t",
    "subscripts": lambda n: "SELECT (ARRAY[1])" + "[1]" * n,
    "arrays": lambda n: "SELECT " + "ARRAY[" * n + "1" + "]" * n,
    "rows": lambda n: "SELECT " + "ROW(" * n + "a" + ")" * n + " FROM t",
    "sub-selects": lambda n: "SELECT " + "(SELECT " * n + "1" + ")" * n,
    "correlated sub-selects": lambda n: "SELECT " + "(SELECT t.a + " * n + "1" + ")" * n + " FROM t",
    "EXISTS": lambda n: "SELECT 1 WHERE " + "EXISTS (SELECT 1 FROM t WHERE " * n + "true" + ")" * n,
    "IN": lambda n: "SELECT 1 WHERE " + "1 IN (SELECT a FROM t WHERE " * n + "true" + ")" * n,
    "FROM": lambda n: "SELECT * FROM " + "(SELECT * FROM " * n + "t" + ") x" * n,
    "LATERAL": lambda n: "SELECT 1 FROM t, " + "LATERAL (SELECT t.a FROM t, " * n + "t u" + ") x" * n,
    "WITH": lambda n: "WITH a AS (" * n + "SELECT 1" + ") SELECT * FROM a" * n,
    "UNION ALL": lambda n: " UNION ALL ".join(["SELECT 1"] * n),
    "UNION": lambda n: " UNION ".join(["SELECT 1"] * n),
    "UNION to the right": lambda n: "SELECT 1 UNION ALL (" * n + "SELECT 1" + ")" * n,
    "joins in parentheses": lambda n: "SELECT 1 FROM " + "(" * n + "t" + "".join(f" CROSS JOIN t t{i})" for i in range(n)),
    "VALUES": lambda n: "SELECT count(*) FROM (VALUES " + ",".join(f"({i})" for i in range(n)) + ") v",
    "IN list": lambda n: "SELECT 1 FROM t WHERE a IN (" + ",".join(map(str, range(n))) + ")",
    "NOT IN list": lambda n: "SELECT 1 FROM t WHERE s NOT IN (" + ",".join(f"'{i}'" for i in range(n)) + ")",
    "grouping sets": lambda n: "SELECT 1 FROM t GROUP BY " + "GROUPING SETS (" * n + "a" + ")" * n,
    "EXPLAIN": lambda n: "EXPLAIN (VERBOSE) SELECT " + "+".join(["a"] * n) + " FROM t",
    "EXPLAIN of sub-selects": lambda n: "EXPLAIN SELECT " + "(SELECT " * n + "1" + ")" * n,
    "default": lambda n: "CREATE TABLE deep_default (a int DEFAULT " + "- " * n + "1)",
    "check": lambda n: "CREATE TABLE deep_check (a int CHECK (" + "+".join(["a"] * n) + " > 0))",
    "index": lambda n: "CREATE INDEX ON t ((" + "+".join(["a"] * n) + "))",
    "view": lambda n: "CREATE OR REPLACE VIEW deep AS SELECT " + "+".join(["a"] * n) + " AS b FROM t",
    "json": lambda n: "SELECT length('" + "[" * n + "]" * n + "'::json::text)",
    "json objects": lambda n: "SELECT length('" + '{"a":' * n + "1" + "}" * n + "'::json::text)",
    "jsonb": lambda n: "SELECT length('" + "[" * n + "]" * n + "'::jsonb::text)",
    "jsonb objects": lambda n: "SELECT length(jsonb_pretty('" + '{"a":' * FEW + "1" + "}" * FEW + "'))",
    "jsonb compared": lambda n: "SELECT '" + "[" * n + "]" * n + "'::jsonb = '" + "[" * n + "1" + "]" * n + "'::jsonb",
    "jsonb contained": lambda n: "SELECT '" + "[" * n + "]" * n + "'::jsonb @> '" + "[" * n + "]" * n + "'::jsonb",
    "jsonb stripped": lambda n: "SELECT length(jsonb_strip_nulls('" + "[" * n + "]" * n + "')::text)",
    "jsonb hashed": lambda n: "SELECT DISTINCT '" + "[" * n + "]" * n + "'::jsonb = NULL FROM t",
    "jsonb searched": lambda n: "SELECT count(*) FROM jsonb_path_query('" + "[" * n + "]" * n + "', '$.**')",
    "jsonpath parentheses": lambda n: "SELECT length('" + "(" * n + "1" + ")" * n + "'::jsonpath::text)",
    "jsonpath signs": lambda n: "SELECT length('" + "-" * n + "$'::jsonpath::text)",
    "jsonpath accessors": lambda n: "SELECT length('$" + ".a" * n + "'::jsonpath::text)",
    "jsonpath accessors used": lambda n: "SELECT count(*) FROM jsonb_path_query('{\"a\":1}', '$" + ".type()" * n + "')",
    "jsonpath filters": lambda n: "SELECT length('$" + " ? (@" * n + " == 1" + ")" * n + "'::jsonpath::text)",
    "jsonpath filters in filters": lambda n: "SELECT length('$" + " ? (exists(@" * n + "))" * n + "'::jsonpath::text)",
    "jsonpath not": lambda n: "SELECT length('" + "!(" * n + "1 == 1" + ")" * n + "'::jsonpath::text)",
    "jsonpath and": lambda n: "SELECT length('" + " && ".join(["1 == 1"] * n) + "'::jsonpath::text)",
    "jsonpath +": lambda n: "SELECT length('" + " + ".join(["1"] * n) + "'::jsonpath::text)",
    "jsonpath + run": lambda n: "SELECT jsonb_path_query('1', '" + " + ".join(["$"] * n) + "')",
    "jsonpath subscripts": lambda n: "SELECT length('" + "$[" * n + "1" + "]" * n + "'::jsonpath::text)",
    "regular expression": lambda n: "SELECT 'a' ~ '" + "(" * n + "a" + ")" * n + "'",
    "regular expression, quantifiers": lambda n: "SELECT 'a' ~ '" + "(?:" * n + "a" + ")*" * n + "'",
    "regular expression, alternatives": lambda n: "SELECT 'a' ~ '" + "|".join(["a"] * min(n, 20000)) + "'",
    "SIMILAR TO": lambda n: "SELECT 'a' SIMILAR TO '" + "(" * n + "a" + ")" * n + "'",
    "LIKE": lambda n: "SELECT 'a' LIKE '" + "%_" * n + "'",
    "array text": lambda n: "SELECT '" + "{" * n + "}" * n + "'::int[]",
    "record text": lambda n: "SELECT '" + "(" * n + ")" * n + "'::t",
    "vector text": lambda n: "SELECT '" + "[" * n + "1" + "]" * n + "'::vector",
    "interval text": lambda n: "SELECT '" + "1 day " * n + "'::interval",
    "type name": lambda n: "SELECT to_regtype('" + "int" + "[]" * n + "')",
    "comment": lambda n: "SELECT 1 " + "/*" * min(n, 20000) + "*/" * min(n, 20000),  # flex needs quadratic time
    "COPY options": lambda n: "COPY t TO STDOUT (" + ", ".join(["force_quote " + "(" * (i == 0) + "a" + ")" * (i == 0)
                                                                 for i in range(min(n, 1000))]) + ")",
    "COPY of a query": lambda n: "COPY (SELECT " + "(" * n + "1" + ")" * n + ") TO STDOUT",
    "PREPARE": lambda n: "PREPARE deep AS SELECT " + "(" * n + "1" + ")" * n,
    "cursor": lambda n: "BEGIN; DECLARE c CURSOR FOR SELECT " + "+".join(["a"] * n) + " FROM t; FETCH c; ROLLBACK",
    "INSERT": lambda n: "INSERT INTO t (a) VALUES (" + "(" * n + "1" + ")" * n + ")",
    "UPDATE": lambda n: "UPDATE t SET a = a + 0 * (" + "+".join(["a"] * n) + ")",
    "DELETE": lambda n: "DELETE FROM t WHERE a < 0 AND (" + "+".join(["a"] * n) + ") < 0",
    "ON CONFLICT": lambda n: "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING RETURNING " + "- " * n + "a",
    "aggregates": lambda n: "SELECT sum(" + "+".join(["a"] * n) + ") FROM t GROUP BY " + "+".join(["a"] * n),
    "window": lambda n: "SELECT sum(a) OVER (ORDER BY " + "+".join(["a"] * n) + ") FROM t",
    "GROUP BY list": lambda n: "SELECT count(*) FROM t GROUP BY " + ",".join(["a"] * n),
    "ORDER BY list": lambda n: "SELECT a FROM t ORDER BY " + ",".join(["a"] * n),
    "path of names": lambda n: "SELECT " + ".".join(["a"] * n) + " FROM t",
    "SET list": lambda n: "SET search_path = " + ",".join(["a"] * n) + "; RESET search_path",
}
ALLOWED = {
    "54001", "54000", "54011",
    "42601", "42P01", "42703", "42803", "42P19", "42804", "42701", "42702", "22P02", "2201B", "42704", "42846", "42809",
    "42883", "42712", "0A000", "22000", "22003", "53200", "53400", "57014", "42725", "42602", "22007", "22P05", "22023",
}


def read_to_ready(connection):
    error = None
    while True:
        kind, payload = connection.read()
        if kind == b"E":
            error = error or connection.fields(payload)
        elif kind in (b"G", b"H"):
            pass
        elif kind == b"Z":
            return error


def extended(connection, sql):
    connection.send(b"P", b"\0" + sql.encode() + b"\0" + struct.pack("!h", 0))
    connection.send(b"B", b"\0\0" + struct.pack("!hhh", 0, 0, 0))
    connection.send(b"D", b"P\0")
    connection.send(b"E", b"\0" + struct.pack("!i", 0))
    connection.send(b"S")
    return read_to_ready(connection)


def simple(connection, sql):
    connection.send(b"Q", sql.encode() + b"\0")
    return read_to_ready(connection)


def open_connection(server):
    connection = Connection(server.port, timeout=60)
    connection.execute("SET statement_timeout = '10s'")
    return connection


def feed(server, connection, name, sql, run):
    try:
        error = run(connection, sql)
    except (ConnectionError, OSError) as lost:
        check(False, f"{name}: the connection was lost ({lost}); {server.log_tail()[-300:]}")
    if error is not None and error.get("C") not in ALLOWED:
        check(False, f"{name}: {error}")
    return "ok" if error is None else error["C"]


def levels(server, count, verbose=False):
    connection = open_connection(server)
    connection.execute("DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (a int, s text, j jsonb);"
                       "INSERT INTO t VALUES (1, 'x', '[1]'), (2, 'y', '{}')")
    answers = {}
    for name, make in SHAPES.items():
        sql = make(count)
        connection.execute("DROP TABLE IF EXISTS deep_default, deep_check; DROP VIEW IF EXISTS deep")
        got = [feed(server, connection, name, sql, simple)]
        if ";" not in sql and not sql.startswith(("COPY", "CREATE", "PREPARE")):
            got.append(feed(server, connection, name + " (extended)", sql, extended))
        answers[name] = got
        if verbose:
            print(f"    {count} x {name}: {' '.join(got)}", flush=True)
        if connection.status != "I":
            simple(connection, "ROLLBACK")
    connection.close()
    return answers


def nested_views(server, count):
    connection = open_connection(server)
    done = 0
    for statement in views(count):
        connection.execute(statement)
        done += 1
    check(connection.value(f"SELECT a FROM deep_{min(done - 1, 150)}") == "1", "a chain of 150 views is readable")
    for sql in (f"SELECT * FROM deep_{done - 1}", f"SELECT pg_get_viewdef('deep_{done - 1}'::regclass)",
                f"EXPLAIN SELECT * FROM deep_{done - 1}", "DROP VIEW deep_0 CASCADE"):
        feed(server, connection, f"chain of {done} views: {sql}", sql, simple)
    connection.close()


def nesting(binary, start, count=100000):
    with start(binary, arguments=["-c", "log_min_error_statement=panic"]) as server:
        for size in (FEW, 5000, count):
            levels(server, size, verbose=True)
        nested_views(server, 1000)
        connection = open_connection(server)
        fair = "SELECT " + "+".join(["a"] * 4000) + " FROM t ORDER BY 1 LIMIT 1"
        check(connection.value(fair) == "4000", "a sum of 4,000 columns")
        check(connection.value("SELECT " + "(" * 9000 + "1" + ")" * 9000) == "1", "9,000 parentheses")
        check(connection.value("SELECT " + "NOT " * 6000 + "true") == "t", "NOT 6,000 times")
        check(connection.value("SELECT count(*) FROM (" + " UNION ALL ".join(["SELECT 1"] * 5000) + ") u") == "5000",
              "a UNION ALL of 5,000")
        check(connection.value("SELECT length('" + "[" * 10000 + "]" * 10000 + "'::jsonb::text)") == "20000",
              "jsonb of 10,000 levels")
        check(connection.value("SELECT length('$" + ".a" * 10000 + "'::jsonpath::text)") == "40001",
              "a jsonpath of 10,000 accessors")
        try:
            connection.value("SELECT " + "+".join(["a"] * 100000) + " FROM t")
            check(False, "100,000 terms are too many")
        except Error as error:
            check(error.fields["C"] == "54001" and error.fields["M"] == "stack depth limit exceeded"
                  and error.fields["H"].startswith('Increase the configuration parameter "max_stack_depth"'),
                  f"PostgreSQL's words: {error.fields}")
        connection.close()
