"""How the server ends: smart waits for sessions, fast ends whatever runs within two seconds, immediate loses nothing either."""
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from lib.checks import check, wait_for
from lib.pgwire import Error
from lib.server import Server, free_port


def longest():
    """Two seconds, on a machine that has nothing else to do."""
    return 2.0 * max(1.0, os.getloadavg()[0] / os.cpu_count())


def wait_exit(server, seconds=30):
    try:
        code = server.process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise AssertionError("the server does not end:\n" + server.log_tail()) from None
    server.process = None
    return code


def smart_shutdown(binary):
    """SIGTERM: sessions go on as long as they like, others are told; the end of the last one is the server's."""
    http = free_port()
    with tempfile.TemporaryDirectory() as sockets:
        server = Server(binary, arguments=["-c", f"vecino.http_port={http}", "-c", f"unix_socket_directories={sockets}"])
        with server:
            idle, working = server.connect(), server.connect()
            stranger = socket.create_connection(("127.0.0.1", server.port))
            idle.execute("CREATE TABLE t (a int)")
            working.execute("BEGIN; INSERT INTO t VALUES (1)")
            server.process.send_signal(signal.SIGTERM)
            wait_for(lambda: "received smart shutdown request" in server.log_tail(), "the log says so")
            for _ in range(2):
                try:
                    server.connect().close()
                    raise AssertionError("nobody new comes in")
                except Error as error:
                    check(error.fields["C"] == "57P03" and error.fields["M"] == "the database system is shutting down", f"{error}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{http}/ready", timeout=10)
                raise AssertionError("not ready")
            except urllib.error.HTTPError as error:
                check(error.code == 503, f"{error.code}")
            working.execute("COMMIT")
            working.close()
            time.sleep(0.5)
            check(idle.value("SELECT count(*) FROM t") == "1", "an idle session stays")
            check(server.process.poll() is None, "the server waits for it")
            idle.close()
            check(wait_exit(server, 10) == 0, "then the server ends")
            stranger.close()
            check(os.listdir(sockets) == [], "and leaves no socket")
            server.start()
            server.connect().execute("INSERT INTO t VALUES (2)")
            # Somebody in a hurry.
            last = server.connect()
            server.process.send_signal(signal.SIGTERM)
            wait_for(lambda: server.log_tail().count("received smart shutdown request") == 2, "again")
            server.process.send_signal(signal.SIGINT)
            check(wait_exit(server, 10) == 0, "fast overtakes smart")
            check(next(last.events())[1]["C"] == "57P01", "the session is told")
            server.start()


BUSY = {  # whatever takes long, as a session of its own
    "sleep": "SELECT pg_sleep(600)",
    "join": "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a % 7 = b % 11",
    "sort": "SELECT count(*) FROM (SELECT md5(i::text) x FROM generate_series(1, 3000000) i ORDER BY 1) s",
    "recursion": "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "load": "INSERT INTO loaded SELECT i, md5(i::text) FROM generate_series(1, 50000000) i",
    "index": "CREATE INDEX ON items USING hnsw (e vector_l2_ops)",
    "exact": "SELECT count(*) FROM items a, items b WHERE a.e <-> b.e < 0.1",
    "btree": "CREATE INDEX ON big (b)",
    "pattern": "SELECT count(*) FROM generate_series(1, 10000000) i WHERE repeat(i::text, 100) ~ '(1.*2.*3.*)+4$'",
    "lock": "UPDATE locked SET a = 1",
    "update": "UPDATE big SET b = md5(b)",
}


def fast_shutdown(binary):
    """SIGINT ends the server in two seconds, whatever its sessions do."""
    with Server(binary) as server:
        c = server.connect()
        c.execute("CREATE TABLE loaded (a int, b text)")
        c.execute("CREATE TABLE locked (a int)")
        c.execute("CREATE TABLE big AS SELECT i AS a, md5(i::text) AS b FROM generate_series(1, 300000) i")
        c.execute("CREATE TABLE items AS SELECT i, ARRAY[sin(i), cos(i * 3), sin(i * 7), i % 11, i % 13, cos(i), 1, 2]::vector(8) AS e "
                  "FROM generate_series(1, 60000) i")
        c.close()
        for names in (("sleep", "lock"), ("join", "sort"), ("load",), ("index",), ("exact", "recursion"), ("btree", "pattern"),
                      ("update",), ()):
            holder = server.connect()
            holder.execute("BEGIN; LOCK TABLE locked")
            never_reads = server.connect()
            never_reads.send(b"Q", b"SELECT repeat('x', 1000) FROM generate_series(1, 1000000)\0")
            copies = server.connect()
            copies.send(b"Q", b"COPY loaded FROM STDIN\0")
            busy = []
            for name in names:
                busy.append(server.connect())
                busy[-1].send(b"Q", (BUSY[name] + "\0").encode())
            time.sleep(1)
            running = [server_state(server)]
            started = time.time()
            server.process.send_signal(signal.SIGINT)
            check(wait_exit(server) == 0, "it ends in order")
            took = time.time() - started
            check(took < longest(), f"beside {names or 'idle sessions'} it took {took:.2f} s ({running})")
            for client in (holder, never_reads, copies, *busy):
                client.socket.close()
            server.start()
        c = server.connect()
        check(c.value("SELECT count(*) FROM big") == "300000" and c.value("SELECT count(*) FROM loaded") == "0", "all is there")


def server_state(server):
    c = server.connect()
    rows = c.rows("SELECT state, left(query, 30) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    c.close()
    return rows


def immediate_shutdown(binary):
    with Server(binary) as server:
        c = server.connect()
        c.execute("CREATE TABLE t (a int)")
        for i in range(100):
            c.execute(f"INSERT INTO t VALUES ({i})")
        sleeper = server.connect()
        sleeper.send(b"Q", b"SELECT pg_sleep(600)\0")
        time.sleep(0.2)
        started = time.time()
        server.process.send_signal(signal.SIGQUIT)
        wait_exit(server, 10)
        check(time.time() - started < longest(), "at once")
        server.start()
        check(server.connect().value("SELECT count(*) FROM t") == "100", "nothing acknowledged is lost")


TESTS = (smart_shutdown, fast_shutdown, immediate_shutdown)
