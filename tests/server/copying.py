"""COPY between sessions: two that load one table, what pg_stat_progress_copy shows, key locks beside a bulk update."""
import os
import struct
import tempfile
import threading
import time

from lib.checks import check
from lib.pgwire import Error
from lib.server import Server

ARGUMENTS = ["-c", "vecino.write_set_limit=1024"]  # kB
TABLE = "CREATE TABLE t (id int PRIMARY KEY, pad text, v vector(3))"


def rows(first, last):
    return b"".join(b"%d\t%s\t[%d,1,2]\n" % (i, b"x" * 100, i) for i in range(first, last + 1))


def start_copy(connection, statement):
    connection.send(b"Q", statement.encode() + b"\0")
    while True:
        kind, payload = connection.read()
        if kind == b"G":
            return
        check(kind != b"E", f"{statement}: {payload}")


def end_copy(connection):
    """The tag, or the SQLSTATE."""
    connection.send(b"c")
    outcome = None
    for event, value in connection.events():
        if event == "error":
            outcome = value["C"]
        elif event == "result":
            outcome = value.tag
    return outcome


def load(connection, data, pieces, outcome):
    start_copy(connection, "COPY t FROM STDIN")
    size = len(data) // pieces + 1
    for at in range(0, len(data), size):
        connection.send(b"d", data[at:at + size])
    outcome.append(end_copy(connection))


def together(*calls):
    threads = [threading.Thread(target=call, args=arguments) for call, *arguments in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        check(not thread.is_alive(), "a session hangs")


def two_load_one_table(binary):
    """Both are there as a whole, in the table, the key and the other index; also after a crash."""
    count = 30000
    with Server(binary, arguments=ARGUMENTS) as server:
        admin = server.connect()
        admin.execute(TABLE)
        admin.execute("CREATE INDEX ON t (pad, id)")
        outcomes = []
        together((load, server.connect(), rows(1, count), 50, outcomes),
                 (load, server.connect(), rows(count + 1, 2 * count), 70, outcomes))
        check(outcomes == [f"COPY {count}"] * 2, f"{outcomes}")

        def verify():
            connection = server.connect()
            found = connection.rows("SELECT count(*), count(DISTINCT id), sum(id) FROM t")
            check([list(map(int, row)) for row in found] == [[2 * count, 2 * count, count * (2 * count + 1)]], f"{found}")
            connection.execute("SET enable_seqscan = off")
            for key in (1, count, count + 1, 2 * count):
                check(connection.value(f"SELECT v FROM t WHERE id = {key}") == f"[{key},1,2]", f"row {key}")
            check(connection.value("SELECT count(*) FROM t WHERE pad >= 'x'") == str(2 * count), "the other index")

        verify()
        server.kill()
        server.start()
        verify()


def two_load_the_same_keys(binary):
    """One of them has all its rows, the other one an error."""
    with Server(binary, arguments=ARGUMENTS) as server:
        server.connect().execute(TABLE)
        outcomes = []
        together((load, server.connect(), rows(1, 20000), 50, outcomes),
                 (load, server.connect(), rows(1, 20000), 50, outcomes))
        check(sorted(outcomes) == ["23505", "COPY 20000"], f"{outcomes}")
        check(server.connect().value("SELECT count(*) FROM t") == "20000", "rows")


def progress(binary):
    columns = ("datname, relid::regclass, command, type, bytes_processed, bytes_total, tuples_processed, tuples_excluded, "
               "pid = {pid}")
    with Server(binary) as server, tempfile.TemporaryDirectory() as directory:
        loader, watcher = server.connect(), server.connect()
        loader.execute(TABLE)
        pid = loader.value("SELECT pg_backend_pid()")
        query = f"SELECT {columns.format(pid=pid)} FROM pg_stat_progress_copy"
        check(watcher.rows(query) == [], "nothing runs")
        start_copy(loader, "COPY t FROM STDIN WHERE id % 2 = 0")
        data = rows(1, 4096)
        loader.send(b"d", data)
        expected = ["postgres", "t", "COPY FROM", "PIPE", str(len(data)), "0", "2048", "2048", "t"]
        deadline = time.time() + 20
        while watcher.rows(query) != [expected] and time.time() < deadline:
            time.sleep(0.05)
        check(watcher.rows(query) == [expected], f"{watcher.rows(query)}")
        watcher.execute("CREATE ROLE nobody LOGIN")
        others = server.connect(user="nobody").rows("SELECT pid, datname, relid, bytes_processed FROM pg_stat_progress_copy")
        check(others == [[pid, "postgres", None, None]], f"what others see: {others}")
        check(end_copy(loader) == "COPY 2048", "tag")
        check(watcher.rows(query) == [], "it has ended")

        # A COPY of its own session, from and to files.
        path = os.path.join(directory, "rows")
        loader.execute(f"COPY (SELECT pid, relid, command, type FROM pg_stat_progress_copy) TO '{path}'")
        check(open(path).read() == f"{pid}\t0\tCOPY TO\tFILE\n", open(path).read())
        loader.send(b"Q", b"COPY nosuch FROM STDIN\0")
        check([v["C"] for e, v in loader.events() if e == "error"] == ["42P01"], "no such table")
        check(watcher.rows(query) == [], "an error ends it")
        start_copy(loader, "COPY t FROM STDIN")
        loader.send(b"d", b"wrong\n")
        check(end_copy(loader) == "22P02", "bad row")
        check(watcher.rows(query) == [], "an error ends it")


def check_waits(connection, statement):
    """It runs into the connection's lock_timeout."""
    try:
        connection.execute(statement)
        check(False, f"{statement} should wait")
    except Error as error:
        check(error.fields["C"] == "55P03", f"{statement}: {error.fields}")


def key_share_passes_a_bulk_update(binary):
    """A foreign key's check does not wait for an update of other columns, whether its rows are in memory or not."""
    with Server(binary, arguments=ARGUMENTS) as server:
        bulk, other = server.connect(), server.connect(timeout=20)
        bulk.execute("CREATE TABLE t (id int PRIMARY KEY, pad text)")
        bulk.execute("CREATE TABLE child (id int REFERENCES t)")
        bulk.execute("INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, 20000) AS i")
        bulk.execute("BEGIN")
        bulk.execute("UPDATE t SET pad = pad || '1'")
        check(len(os.listdir(os.path.join(server.directory, "bulk"))) > 5, "the update should be in files")
        other.execute("SET lock_timeout = '2s'")
        other.execute("INSERT INTO child VALUES (5), (19999)")
        for lock in ("FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"):
            check_waits(other, f"SELECT 1 FROM t WHERE id = 5 {lock}")
        # A row that is gone, or whose key is another one, is to wait for.
        bulk.execute("SAVEPOINT s")
        bulk.execute("DELETE FROM t WHERE id > 10000 AND id < 19000")
        bulk.execute("UPDATE t SET id = id + 100000 WHERE id > 5000 AND id <= 10000")
        for key in (7000, 12000):
            check_waits(other, f"INSERT INTO child VALUES ({key})")
        bulk.execute("COMMIT")
        check(bulk.value("SELECT count(*) FROM t") == "11001", "rows")
        check(bulk.value("SELECT count(*) FROM child") == "2", "children")


TESTS = (two_load_one_table, two_load_the_same_keys, progress, key_share_passes_a_bulk_update)
