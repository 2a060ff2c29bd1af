"""One statement of each kind that may compute for long, ended within moments by a cancel request, by statement_timeout and by
DROP DATABASE ... WITH (FORCE). The bounds are generous (the machine may be busy); the worst time is printed."""
import socket
import struct
import threading
import time

from lib.checks import check
from lib.pgwire import Connection, Error

BOUND = 10.0  # seconds; meant is one
BIG = "repeat('x', 300000000)"

STATEMENTS = {
    "sleep": "SELECT pg_sleep(600)",
    "series": "SELECT count(*) FROM generate_series(1, 100000000000)",
    "numeric series": "SELECT count(*) FROM generate_series(1::numeric, 1e12)",
    "rows sent": "SELECT g, repeat('x', 1000) FROM generate_series(1, 1000000000) g",
    "cross join": "SELECT count(*) FROM s a, s b, s c",
    "nested loop": "SELECT count(*) FROM s a JOIN s b ON a.i < b.i JOIN s c ON b.i < c.i",
    "hash join": "SELECT count(*) FROM s a JOIN s b ON a.i % 2 = b.i % 2 JOIN s c ON c.i % 2 = b.i % 2",
    "sort": "SELECT i, md5(i::text) FROM (SELECT g AS i FROM generate_series(1, 30000000) g) x ORDER BY 2",
    "window": "SELECT sum(i) OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),"
              " count(*) OVER (ORDER BY -i) FROM generate_series(1, 30000000) i",
    "distinct": "SELECT count(DISTINCT g) FROM generate_series(1, 50000000) g",
    "recursive": "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r",
    "doubling WITH": "WITH a0 AS (SELECT 1 AS x), " + ", ".join(
        f"a{i} AS (SELECT p.x FROM a{i - 1} p, a{i - 1} q UNION ALL SELECT x FROM a{i - 1})" for i in range(1, 41))
        + " SELECT count(*) FROM a40",
    "doubling sub-selects": "WITH a0 AS NOT MATERIALIZED (SELECT 1 AS x), " + ", ".join(
        f"a{i} AS NOT MATERIALIZED (SELECT p.x FROM a{i - 1} p, a{i - 1} q)" for i in range(1, 41))
        + " SELECT count(*) FROM a40",
    "doubling views": "SELECT count(*) FROM twice_15",
    "join of many": "SELECT count(*) FROM " + ", ".join(f"s t{i}" for i in range(60)) + " WHERE "
                    + " AND ".join(f"t{i}.i = t{i + 1}.i" for i in range(59)) + " AND (SELECT pg_sleep(600)) IS NOT NULL",
    "repeat": f"SELECT sum(length({BIG})) FROM generate_series(1, 1000)",
    "repeat of a character": "SELECT sum(length(repeat('x', 1000000000))) FROM generate_series(1, 100)",
    "concatenation": f"SELECT sum(length(b || b)) FROM (SELECT {BIG} AS b) x, generate_series(1, 1000)",
    "replace": f"SELECT length(replace({BIG}, 'x', 'yz')) FROM generate_series(1, 100)",
    "translate": f"SELECT length(translate({BIG}, 'x', 'y')) FROM generate_series(1, 100)",
    "regexp_replace": f"SELECT length(regexp_replace({BIG}, 'x', 'yz', 'g')) FROM generate_series(1, 100)",
    "regexp_split_to_table": f"SELECT count(*) FROM regexp_split_to_table({BIG}, 'x')",
    "regexp_split_to_array": f"SELECT cardinality(regexp_split_to_array({BIG}, 'x'))",
    "regexp_count": f"SELECT regexp_count({BIG}, 'x')",
    "regexp_matches": f"SELECT count(*) FROM regexp_matches({BIG}, 'x', 'g')",
    "string_to_array": f"SELECT cardinality(string_to_array(repeat('x,', 100000000), ',')) FROM generate_series(1, 100)",
    "string_to_table": f"SELECT count(*) FROM string_to_table({BIG}, NULL)",
    "split_part": f"SELECT split_part(repeat('x,', 150000000), ',', -1) FROM generate_series(1, 100)",
    "md5": f"SELECT md5(b) FROM (SELECT {BIG} AS b) x, generate_series(1, 1000) g WHERE g > 0",
    "sha512": f"SELECT sha512(b::bytea) FROM (SELECT {BIG} AS b) x, generate_series(1, 1000) g WHERE g > 0",
    "encode": f"SELECT length(encode(b::bytea, 'base64')) FROM (SELECT {BIG} AS b) x, generate_series(1, 1000) g WHERE g > 0",
    "format": "SELECT length(format('%1000000000s', g)) FROM generate_series(1, 1000) g",
    "lpad": "SELECT length(lpad('x', 200000000, 'ab')) FROM generate_series(1, 1000) g",
    "overlay": f"SELECT length(overlay(b PLACING b FROM 5)) FROM (SELECT {BIG} AS b) x, generate_series(1, 1000) g WHERE g > 0",
    "reverse": f"SELECT length(reverse({BIG})) FROM generate_series(1, 1000) g",
    "upper": f"SELECT length(upper({BIG})) FROM generate_series(1, 1000) g",
    "trim": f"SELECT length(ltrim({BIG}, 'xyz')) FROM generate_series(1, 1000) g",
    "length": f"SELECT sum(length(b)) FROM (SELECT {BIG} AS b) x, generate_series(1, 10000) g WHERE g > 0",
    "LIKE": f"SELECT count(*) FROM (SELECT {BIG} AS b) x, generate_series(1, 10000) g WHERE b LIKE '%x%y%' || g",
    "string_agg": f"SELECT length(string_agg(g::text, ',')) FROM generate_series(1, 1000000000) g",
    "array_agg": "SELECT cardinality(array_agg(g)) FROM generate_series(1, 1000000000) g",
    "jsonb_agg": "SELECT length(jsonb_agg(g)::text) FROM generate_series(1, 100000000) g",
    "array_fill": "SELECT cardinality(array_fill(1, ARRAY[100000000])) FROM generate_series(1, 1000)",
    "unnest": "SELECT count(*) FROM unnest(array_fill(1, ARRAY[100000000])) a, generate_series(1, 1000)",
    "array concatenation": "SELECT cardinality(a || a) FROM (SELECT array_fill(1, ARRAY[50000000]) AS a) x, generate_series(1, 1000)",
    "array text": "SELECT length(array_fill(1, ARRAY[100000000])::text) FROM generate_series(1, 1000)",
    "array_position": "SELECT array_position(a, 2) FROM (SELECT array_fill(1, ARRAY[100000000]) AS a) x, generate_series(1, 1000)",
    "= ANY": "SELECT count(*) FROM s WHERE i::numeric + 0.5 = ANY (SELECT g::numeric FROM generate_series(1, 100000) g"
             " WHERE g > s.i)",
    "numeric power": "SELECT count(1.0000001::numeric ^ (2000000000 - g)) FROM generate_series(1, 100000) g",
    "numeric exp": "SELECT sum(exp(5000.123456789::numeric + g * 1e-900)) FROM generate_series(1, 1000000) g",
    "numeric ln": "SELECT log(1 + 1e-16000::numeric, 2 + 1e-16000::numeric) FROM generate_series(1, 100) g",
    "factorial": "SELECT sum(factorial(32000 - g % 10)) FROM generate_series(1, 1000000) g",
    "numeric division": "SELECT sum(div(factorial(30000), factorial(15000 + g))) FROM generate_series(1, 10000000) g",
    "regular expression": "SELECT count(*) FROM generate_series(1, 10000000) g WHERE repeat('a', 100000) ~ '(a*)*b'",
    "jsonpath": "SELECT count(*) FROM generate_series(1, 1000000) g, jsonb_path_query((SELECT jsonb_agg(i) FROM"
                " generate_series(1, 10000) i), '$[*] ? (@ > 1)')",
    "index build": "CREATE INDEX ON s (repeat(i::text, 10000000))",
    "index over md5": f"CREATE INDEX ON s (md5({BIG} || i::text))",
    "check constraint": "ALTER TABLE s ADD CHECK (length(repeat('x', 300000000 + i)) > 0)",
    "rewrite": "ALTER TABLE s ALTER i TYPE bigint USING length(repeat('x', 300000000 + i))",
    "INSERT": "INSERT INTO s SELECT g FROM generate_series(1, 1000000000) g",
    "UPDATE": "UPDATE s SET i = length(repeat('x', 300000000 + i))",
    "COPY": "COPY (SELECT repeat('x', 1000000) FROM generate_series(1, 1000000)) TO STDOUT",
    "EXPLAIN ANALYZE": "EXPLAIN ANALYZE SELECT count(*) FROM generate_series(1, 100000000000)",
    "many parameters": None,  # made in connection code
}


def setup(connection):
    connection.execute("CREATE TABLE s (i int); INSERT INTO s SELECT generate_series(1, 3000); ANALYZE s;"
                       "CREATE VIEW twice_0 AS SELECT 1 AS a")
    for i in range(1, 17):
        connection.execute(f"CREATE VIEW twice_{i} AS SELECT x.a FROM twice_{i - 1} x, twice_{i - 1} y")


def send_many_parameters(connection):
    """A prepared sum of 65,535 parameters in ten thousand target entries' worth of one expression."""
    text = "SELECT " + " + ".join(f"(${i} + 1)" for i in range(1, 3001)) + ", pg_sleep(600)"
    connection.send(b"P", b"\0" + text.encode() + b"\0" + struct.pack("!h", 0))
    body = b"\0\0" + struct.pack("!hh", 0, 3000) + struct.pack("!i", 1) * 0
    body += b"".join(struct.pack("!i", 1) + b"1" for _ in range(3000)) + struct.pack("!h", 0)
    connection.send(b"B", body)
    connection.send(b"E", b"\0" + struct.pack("!i", 0))
    connection.send(b"S")


def start(connection, name, sql):
    if sql is None:
        return send_many_parameters(connection)
    connection.send(b"Q", sql.encode() + b"\0")


def drain(connection):
    """The error's fields (None: none) at ReadyForQuery, or at the end of the connection."""
    error = None
    while True:
        kind, payload = connection.read()
        if kind == b"E":
            error = error or connection.fields(payload)
            if error.get("S") == "FATAL":
                return error
        elif kind == b"Z":
            return error


def request_cancel(port, connection):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as canceller:
        canceller.sendall(struct.pack("!iiii", 16, 80877102, connection.pid, connection.secret))
        canceller.recv(1)


def one(server, name, sql, after):
    """Seconds from the cancel request to the end of the statement; None: it was over before."""
    connection = Connection(server.port, timeout=120)
    start(connection, name, sql)
    asked = []

    def later():
        time.sleep(after)
        asked.append(time.time())
        request_cancel(server.port, connection)

    canceller = threading.Thread(target=later)
    canceller.start()
    error = drain(connection)
    ended = time.time()
    canceller.join()
    connection.close()
    if error is None or ended < asked[0]:
        check(error is None or error["C"] in ("53200", "54000", "XX000"), f"{name}: {error}")
        return None
    check(error["C"] in ("57014", "53200"), f"{name}: {error}")
    return ended - asked[0]


def cancel(binary, start_server, names=()):
    worst, slow = ("", 0.0), []
    with start_server(binary) as server:
        setup(server.connect())
        for name, sql in STATEMENTS.items():
            if names and name not in names:
                continue
            took = one(server, name, sql, 0.4)
            print(f"    {name}: " + ("over before" if took is None else f"{took:.2f} s"), flush=True)
            if took is not None and took > worst[1]:
                worst = (name, took)
            if took is not None and took > BOUND:
                slow.append(f"{name} {took:.1f} s")
        print(f"    worst: {worst[0]}, {worst[1]:.2f} s after the request")
        check(not slow, "too slow to end: " + ", ".join(slow))
        timeouts(server)
        forced_drop(server)


def timeouts(server):
    for name in ("numeric ln", "doubling sub-selects", "replace", "doubling views", "index build"):
        connection = Connection(server.port, timeout=120)
        connection.execute("SET statement_timeout = '300ms'")
        begun = time.time()
        try:
            connection.execute(STATEMENTS[name])
            check(False, f"{name}: no timeout")
        except Error as error:
            check(error.fields["C"] in ("57014", "53200"), f"{name}: {error}")
        check(time.time() - begun < BOUND, f"statement_timeout ends {name}")
        connection.close()


def forced_drop(server):
    """DROP DATABASE ... WITH (FORCE) while its sessions compute."""
    admin = server.connect()
    for name in ("numeric ln", "numeric power", "doubling sub-selects", "regexp_replace", "string_agg"):
        admin.execute("CREATE DATABASE victim")
        connection = Connection(server.port, database="victim", timeout=120)
        start(connection, name, STATEMENTS[name])
        time.sleep(0.3)
        begun = time.time()
        admin.execute("DROP DATABASE victim WITH (FORCE)")
        check(time.time() - begun < BOUND, f"{name} does not hold up DROP DATABASE")
        try:
            error = drain(connection)
            check(error is not None, f"{name}: the session has ended")
        except (ConnectionError, OSError):
            pass
        connection.close()
