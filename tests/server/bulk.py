"""Transactions whose writes have left memory: crashes, rollback, other sessions, and clients that go away."""
import os
import struct
import threading
import time

from lib.checks import check
from lib.pgwire import Error
from lib.server import Server

ARGUMENTS = ["-c", "vecino.write_set_limit=1024"]  # kB
LOAD = "INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series({}, {}) AS i"
TABLE = "CREATE TABLE t (id int PRIMARY KEY, pad text)"


def files(server):
    return os.listdir(os.path.join(server.directory, "bulk"))


def crash_around_ingestion(binary):
    """The load is there as a whole or not at all, and leaves no files."""
    for point, expected in (("bulk_before_ingest=crash", "1"), ("commit_after_write=crash", "20001")):
        with Server(binary, arguments=ARGUMENTS) as server:
            connection = server.connect()
            connection.execute(TABLE)
            connection.execute("INSERT INTO t VALUES (0, 'first')")
            server.stop()
            server.environment["VECINO_FAILPOINTS"] = point
            server.start()
            try:
                server.connect(timeout=60).execute(LOAD.format(1, 20000))
                check(False, "the server should have crashed")
            except (OSError, ConnectionError):
                pass
            del server.environment["VECINO_FAILPOINTS"]
            server.kill()
            server.start()
            connection = server.connect()
            check(files(server) == [], f"files are left: {files(server)}")
            found = connection.value("SELECT count(*) FROM t")
            check(found == expected, f"{point}: {found} rows instead of {expected}")
            connection.execute("SET enable_seqscan = off")
            check(connection.value("SELECT count(*) FROM t WHERE id = 7777") == ("0" if expected == "1" else "1"), "index")
            connection.execute(LOAD.format(30001, 50000))
            check(connection.value("SELECT count(*) FROM t") == str(int(expected) + 20000), "a load after the crash")


def rollback_removes_files(binary):
    with Server(binary, arguments=ARGUMENTS) as server:
        connection = server.connect()
        connection.execute(TABLE)
        connection.execute("BEGIN")
        connection.execute(LOAD.format(1, 20000))
        check(len(files(server)) > 10, "the load should be in files")
        check(connection.value("SELECT count(*) FROM t") == "20000", "own rows")
        check(server.connect().value("SELECT count(*) FROM t") == "0", "rows of an open transaction are seen")
        connection.execute("ROLLBACK")
        check(files(server) == [], "files after ROLLBACK")
        check(connection.value("SELECT count(*) FROM t") == "0", "rows after ROLLBACK")


def others_wait_for_spilled_keys(binary):
    for ending, expected in (("COMMIT", "23505"), ("ROLLBACK", None)):
        with Server(binary, arguments=ARGUMENTS) as server:
            bulk, other = server.connect(), server.connect(timeout=60)
            bulk.execute(TABLE)
            bulk.execute("BEGIN")
            bulk.execute(LOAD.format(1, 20000))
            outcome = []

            def insert():
                try:
                    other.execute("INSERT INTO t VALUES (17, 'other')")
                    outcome.append(None)
                except Error as error:
                    outcome.append(error.fields["C"])

            thread = threading.Thread(target=insert)
            thread.start()
            time.sleep(0.5)
            check(not outcome, f"the insert did not wait: {outcome}")
            bulk.execute(ending)
            thread.join(30)
            check(outcome == [expected], f"{ending}: {outcome}")
            check(bulk.value("SELECT count(*) FROM t") == ("20000" if ending == "COMMIT" else "1"), "rows")


def updates_wait_for_spilled_rows(binary):
    with Server(binary, arguments=ARGUMENTS) as server:
        bulk, other = server.connect(), server.connect(timeout=60)
        bulk.execute(TABLE)
        bulk.execute(LOAD.format(1, 20000))
        bulk.execute("BEGIN")
        bulk.execute("UPDATE t SET pad = pad || '1'")
        thread = threading.Thread(target=lambda: other.execute("UPDATE t SET pad = pad || '2' WHERE id = 5"))
        thread.start()
        time.sleep(0.5)
        check(thread.is_alive(), "the update did not wait")
        bulk.execute("COMMIT")
        thread.join(30)
        check(bulk.value("SELECT right(pad, 2) FROM t WHERE id = 5") == "12", "an update is lost")
        check(bulk.value("SELECT count(*) FROM t WHERE right(pad, 1) = '1'") == "19999", "rows")


def client_goes_away(binary):
    """A COPY that ends in the middle of a row, of a message, or with CopyFail loads nothing and leaves no files."""
    with Server(binary, arguments=ARGUMENTS) as server:
        server.connect().execute(TABLE)
        rows = b"".join(b"%d\t%s\n" % (i, b"y" * 200) for i in range(20000))
        for cut in (1, 5000, len(rows) - 1):
            connection = server.connect()
            connection.send(b"Q", b"COPY t FROM STDIN\0")
            while connection.read()[0] != b"G":
                pass
            connection.socket.sendall(b"d" + struct.pack("!i", len(rows) + 4) + rows[:cut])
            connection.socket.close()
        connection = server.connect()
        connection.send(b"Q", b"COPY t FROM STDIN\0")
        while connection.read()[0] != b"G":
            pass
        connection.send(b"d", rows)
        connection.send(b"f", b"no more\0")
        errors = [value["M"] for event, value in connection.events() if event == "error"]
        check(errors == ["COPY from stdin failed: no more"], f"{errors}")
        deadline = time.time() + 20
        while files(server) and time.time() < deadline:
            time.sleep(0.05)
        check(files(server) == [], "files are left")
        check(connection.value("SELECT count(*) FROM t") == "0", "rows are left")


TESTS = (crash_around_ingestion, rollback_removes_files, others_wait_for_spilled_keys, updates_wait_for_spilled_rows,
         client_goes_away)
