"""Long pipelines, sent in small pieces as drivers do: the server lets some arrive before it looks again."""
import struct
import time

from lib.checks import check, wait_for
from lib.server import Server


def execute(value):
    text = str(value).encode()
    bind = b"\0s\0" + struct.pack("!hhi", 0, 1, len(text)) + text + struct.pack("!h", 0)
    return message(b"B", bind) + message(b"E", b"\0" + struct.pack("!i", 0))


def message(kind, payload=b""):
    return kind + struct.pack("!i", len(payload) + 4) + payload


def begin(connection, sql):
    list(connection.query("BEGIN"))
    connection.socket.sendall(message(b"P", b"s\0" + sql.encode() + b"\0" + struct.pack("!h", 0)))


def answers(connection, until):
    """Kinds of messages up to the first of `until`, and the last payload."""
    kinds = b""
    while True:
        kind, payload = connection.read()
        kinds += kind
        if kind in until:
            return kinds, payload


def piecewise(binary):
    with Server(binary) as server:
        connection = server.connect()
        list(connection.query("CREATE TABLE t (id serial PRIMARY KEY, a int)"))
        begin(connection, "INSERT INTO t (a) VALUES ($1::int)")
        for i in range(3000):
            connection.socket.sendall(execute(i))
        connection.socket.sendall(message(b"S"))
        kinds, status = answers(connection, [b"Z"])
        check(kinds == b"1" + b"2C" * 3000 + b"Z" and status == b"T", f"all are answered: {kinds[-20:]}")
        list(connection.query("COMMIT"))
        check(connection.value("SELECT count(*) || ' ' || sum(a) FROM t") == "3000 4498500", "the rows are there")
        connection.close()


def flush_after_a_pause(binary):
    """What was sent without a Sync is answered when a Flush comes, however long after, and byte by byte."""
    with Server(binary) as server:
        connection = server.connect()
        begin(connection, "SELECT $1::int")
        for i in range(100):
            connection.socket.sendall(execute(i))
        time.sleep(0.05)
        for byte in execute(100) + message(b"H"):
            connection.socket.sendall(bytes([byte]))
        kinds = b""
        while kinds.count(b"C") < 101:
            kind, _ = connection.read()
            kinds += kind
        check(kinds == b"1" + b"2DC" * 101, f"answered without a Sync: {kinds[-10:]}")
        for i in range(50):
            connection.socket.sendall(execute(i))
        connection.socket.sendall(message(b"S"))
        kinds, _ = answers(connection, [b"Z"])
        check(kinds == b"2DC" * 50 + b"Z", f"and the rest: {kinds[-10:]}")
        connection.close()


def error_in_the_middle(binary):
    with Server(binary) as server:
        connection = server.connect()
        begin(connection, "SELECT 1 / $1::int")
        for i in range(200, -200, -1):
            connection.socket.sendall(execute(i))
        connection.socket.sendall(message(b"S"))
        kinds, status = answers(connection, [b"Z"])
        check(kinds == b"1" + b"2DC" * 200 + b"2EZ" and status == b"E", f"skipped after the error: {kinds[-10:]}")
        list(connection.query("ROLLBACK"))
        check(connection.value("SELECT 1") == "1", "usable again")
        connection.close()


def client_goes_away(binary):
    with Server(binary) as server:
        other = server.connect()
        list(other.query("CREATE TABLE t (a int PRIMARY KEY)"))
        connection = server.connect()
        begin(connection, "INSERT INTO t VALUES ($1::int)")
        for i in range(500):
            connection.socket.sendall(execute(i))
        connection.socket.close()
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        wait_for(lambda: other.value(sessions) == "1", "the session ends")
        check(other.value("SELECT count(*) FROM t") == "0", "and leaves nothing")
        other.execute("INSERT INTO t VALUES (1)")
        other.close()


TESTS = (piecewise, flush_after_a_pause, error_in_the_middle, client_goes_away)
