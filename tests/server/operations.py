"""Running a server: its command line, configuration, log, statistics and metrics."""
import csv
import functools
import glob
import json
import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from lib import checks
from lib.checks import check
from lib.pgwire import Connection, Error
from lib.server import Server, free_port


wait_for = functools.partial(checks.wait_for, seconds=20)


def refused(action, code, text):
    try:
        action()
    except Error as error:
        check(error.fields["C"] == code and text in error.fields["M"], f"{error}, wanted {code} {text}")
        return
    raise AssertionError(f"not refused: {code} {text}")


def command(binary, *arguments, **options):
    return subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=60, **options)


def command_line(binary):
    check("Usage:" in command(binary, "--help").stdout, "--help")
    check(command(binary, "--version").stdout.startswith("vecinod (Vecino) "), "--version")
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "postgresql.conf")
        with open(path, "w") as config:
            config.write("work_mem = 8MB\nlog_destination = 'stderr, csvlog'\n")
        good = command(binary, "-D", directory, "--check-config")
        check(good.returncode == 0 and "valid" in good.stdout, f"--check-config: {good}")
        with open(path, "w") as config:
            config.write("work_mem = 8XB\nnonsense = 1\nmax_connections = 0\nlog_destination = printer\n")
        bad = command(binary, "-D", directory, "--check-config")
        check(bad.returncode != 0, "a bad file is refused")
        for text in ('invalid value for parameter "work_mem": "8XB"',
                     f'unrecognized configuration parameter "nonsense" in file "{path}" line 2',
                     '0 is outside the valid range for parameter "max_connections" (1 .. 262143)',
                     'invalid value for parameter "log_destination": "printer"',
                     f'configuration file "{path}" contains errors'):
            check(text in bad.stderr, f"{text}\nin {bad.stderr}")
        check(os.listdir(directory) == ["postgresql.conf"], "nothing is made")
        wrong = command(binary, "-D", directory, "-c", "work_mem=lots", "--check-config")
        check('invalid value for parameter "work_mem": "lots"' in wrong.stderr, wrong.stderr)
        other = os.path.join(directory, "other.conf")
        with open(other, "w") as config:
            config.write("work_mem = 7MB\n")
        with Server(binary, arguments=["-c", f"config_file={other}", "-N", "7"]) as server:
            connection = server.connect()
            check(connection.value("SHOW work_mem") == "7MB", "config_file")
            check(connection.value("SHOW max_connections") == "7", "-N")


def check_command(binary):
    port = str(free_port())
    check(command(binary, "--check", "-h", "127.0.0.1", "-p", port).returncode == 2, "no response")
    check(command(binary, "--check", "--nonsense").returncode == 3, "no attempt")
    with Server(binary) as server:
        answer = command(binary, "--check", "-h", "127.0.0.1", "-p", str(server.port))
        check(answer.returncode == 0 and "accepting connections" in answer.stdout, str(answer))
        environment = {**os.environ, "PGDATA": server.directory}
        environment.pop("PGPORT", None)
        check(command(binary, "--check", env=environment).returncode == 0, "found by its data directory")


def alter_system(binary):
    with Server(binary) as server:
        connection = server.connect()
        connection.execute("ALTER SYSTEM SET work_mem = '9MB'")
        connection.execute("ALTER SYSTEM SET search_path = a, \"B c\"")
        connection.execute("ALTER SYSTEM SET log_line_prefix = 'it''s \\ %m '")
        check(connection.value("SHOW work_mem") == "4MB", "not before a reload")
        automatic = os.path.join(server.directory, "postgresql.auto.conf")
        rows = connection.rows("SELECT sourcefile, name, setting, applied, error FROM pg_file_settings ORDER BY seqno")
        check(rows == [[automatic, "work_mem", "9MB", "t", None], [automatic, "search_path", 'a, "B c"', "t", None],
                       [automatic, "log_line_prefix", "it's \\ %m ", "t", None]], f"pg_file_settings: {rows}")
        before = connection.value("SELECT pg_conf_load_time()")
        check(connection.value("SELECT pg_reload_conf()") == "t", "reload")
        wait_for(lambda: connection.value("SHOW work_mem") == "9MB", "a reload takes it")
        check(connection.value("SELECT pg_conf_load_time()") > before, "pg_conf_load_time")
        check(connection.value("SHOW log_line_prefix") == "it's \\ %m ", "quotes survive")
        rows = connection.rows("SELECT sourcefile, sourceline, source FROM pg_settings WHERE name = 'work_mem'")
        check(rows == [[automatic, "2", "configuration file"]], f"pg_settings: {rows}")
        connection.execute("ALTER SYSTEM SET max_connections = 50")
        rows = connection.rows("SELECT applied, error FROM pg_file_settings WHERE name = 'max_connections'")
        check(rows == [["f", "setting could not be applied"]], f"{rows}")
        connection.close()
        server.restart()
        connection = server.connect()
        check(connection.value("SHOW max_connections") == "50", "a restart takes it")
        connection.execute("ALTER SYSTEM RESET max_connections")
        connection.execute("ALTER SYSTEM SET work_mem TO DEFAULT")
        check("max_connections" not in open(automatic).read() and "work_mem" not in open(automatic).read(), "reset")
        connection.execute("ALTER SYSTEM RESET ALL")
        check("=" not in open(automatic).read().replace("# ", ""), "reset all")
        for sql, code, text in (
                ("ALTER SYSTEM SET data_directory = '/x'", "55P02", 'parameter "data_directory" cannot be changed'),
                ("ALTER SYSTEM SET server_version = '3'", "55P02", 'parameter "server_version" cannot be changed'),
                ("ALTER SYSTEM SET role = 'x'", "55P02", 'parameter "role" cannot be changed'),
                ("ALTER SYSTEM SET nonsense = 3", "42704", 'unrecognized configuration parameter "nonsense"'),
                ("ALTER SYSTEM SET work_mem = 'abc'", "22023", 'invalid value for parameter "work_mem": "abc"'),
                ("ALTER SYSTEM SET work_mem = 1", "22023", '1 kB is outside the valid range for parameter "work_mem"'),
                ("BEGIN; ALTER SYSTEM RESET ALL", "25001", "ALTER SYSTEM cannot run inside a transaction block")):
            refused(lambda: connection.execute(sql), code, text)
            connection.execute("ROLLBACK")
        connection.execute("CREATE ROLE nobody LOGIN")
        other = server.connect(user="nobody")
        refused(lambda: other.execute("ALTER SYSTEM SET work_mem = '8MB'"), "42501",
                'permission denied to set parameter "work_mem"')
        refused(lambda: other.execute("ALTER SYSTEM RESET ALL"), "42501",
                "permission denied to perform ALTER SYSTEM RESET ALL")
        refused(lambda: other.rows("SELECT * FROM pg_file_settings"), "42501", "permission denied for view pg_file_settings")
        refused(lambda: other.rows("SELECT pg_reload_conf()"), "42501", "permission denied for function pg_reload_conf")


def activity(binary):
    with Server(binary) as server:
        watcher, holder, waiter = (server.connect(application_name=name) for name in ("watcher", "holder", "waiter"))

        def row(connection, columns):
            return watcher.rows(f"SELECT {columns} FROM pg_stat_activity WHERE pid = {connection.pid}")[0]

        watcher.execute("CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE ROLE nobody LOGIN")
        holder.execute("BEGIN")
        holder.execute("UPDATE t SET a = 2")
        check(row(holder, "state, wait_event_type, wait_event, query, application_name, backend_type, usename, datname") ==
              ["idle in transaction", "Client", "ClientRead", "UPDATE t SET a = 2", "holder", "client backend", "postgres",
               "postgres"], f"{row(holder, '*')}")
        check(row(holder, "backend_xid IS NOT NULL, xact_start <= query_start, backend_start < xact_start") ==
              ["t", "t", "t"], "times")
        waiter.send(b"Q", b"UPDATE t SET a = 3\0")
        wait_for(lambda: row(waiter, "state, wait_event_type")[1] == "Lock", "the waiter waits")
        check(watcher.value(f"SELECT pg_blocking_pids({waiter.pid})") == f"{{{holder.pid}}}", "pg_blocking_pids")
        check(watcher.value(f"SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = {waiter.pid}") == "1", "pg_locks")
        check(watcher.value(f"SELECT pg_cancel_backend({waiter.pid})") == "t", "cancel")
        events = list(waiter.events())
        check(events[0][1]["C"] == "57014" and "user request" in events[0][1]["M"], f"{events}")
        waiter.send(b"Q", b"SELECT pg_sleep(60)\0")
        wait_for(lambda: row(waiter, "wait_event_type, wait_event") == ["Timeout", "PgSleep"], "pg_sleep")
        other = server.connect(user="nobody")
        check(other.rows(f"SELECT state, query FROM pg_stat_activity WHERE pid = {waiter.pid}") ==
              [[None, "<insufficient privilege>"]], "others do not see it")
        refused(lambda: other.rows(f"SELECT pg_cancel_backend({waiter.pid})"), "42501",
                "must be a superuser to cancel superuser query")
        refused(lambda: other.rows(f"SELECT pg_terminate_backend({waiter.pid})"), "42501",
                "must be a superuser to terminate superuser process")
        check(watcher.value(f"SELECT pg_terminate_backend({waiter.pid}, 5000)") == "t", "terminate and wait")
        check(watcher.value(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {waiter.pid}") == "0", "it is gone")
        events = list(watcher.query("SELECT pg_cancel_backend(1)"))
        check(events[0][0] == "notice" and events[0][1]["M"] == "PID 1 is not a PostgreSQL backend process" and
              events[0][1]["S"] == "WARNING", f"{events[0]}")


def statistics(binary):
    with Server(binary) as server:
        c = server.connect()
        c.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
        c.execute("INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i")
        c.execute("UPDATE t SET b = 0 WHERE a <= 10")
        c.execute("DELETE FROM t WHERE a > 995")
        table = "SELECT n_tup_ins, n_tup_upd, n_tup_del, n_live_tup, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch " \
                "FROM pg_stat_user_tables WHERE relname = 't'"
        before = c.rows(table)[0]
        check(before[:4] == ["1000", "10", "5", "995"], f"{before}")
        c.rows("SELECT count(*) FROM t")
        for i in range(3):
            c.rows(f"SELECT b FROM t WHERE a = {i + 100}")
        after = c.rows(table)[0]
        difference = [int(x) - int(y) for x, y in zip(after[4:], before[4:])]
        check(difference == [1, 995, 3, 3], f"seq_scan, seq_tup_read, idx_scan, idx_tup_fetch: {difference}")
        check(int(c.value("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 't_pkey'")) >= 3, "indexes")
        # What is rolled back was done, but leaves no rows.
        c.execute("BEGIN; INSERT INTO t VALUES (5000, 1); ROLLBACK")
        rows = c.rows("SELECT n_tup_ins, n_live_tup FROM pg_stat_user_tables WHERE relname = 't'")
        check(rows == [["1001", "995"]], f"{rows}")
        c.execute("VACUUM ANALYZE t")
        rows = c.rows("SELECT vacuum_count, analyze_count, last_analyze IS NOT NULL, n_mod_since_analyze, n_live_tup "
                      "FROM pg_stat_user_tables WHERE relname = 't'")
        check(rows == [["1", "1", "t", "0", "995"]], f"{rows}")
        rows = c.rows("SELECT xact_commit > 10, xact_rollback, sessions >= 1, tup_inserted >= 1001, numbackends "
                      "FROM pg_stat_database WHERE datname = 'postgres'")
        check(rows == [["t", "1", "t", "t", "1"]], f"{rows}")
        for size in ("pg_relation_size('t')", "pg_total_relation_size('t')", "pg_database_size('postgres')",
                     "pg_indexes_size('t')"):
            check(int(c.value(f"SELECT {size}")) > 0, size)
        # pg_stat_statements
        c.rows("SELECT pg_stat_statements_reset()")
        for i in range(5):
            c.rows(f"SELECT b FROM t WHERE a = {i}")
        c.execute("INSERT INTO t VALUES (6001, 1), (6002, 2)")
        rows = c.rows("SELECT query, calls, rows, total_exec_time > 0, queryid IS NOT NULL FROM pg_stat_statements "
                      "WHERE query LIKE 'SELECT b%' OR query LIKE 'INSERT%' ORDER BY query")
        check(rows == [["INSERT INTO t VALUES ($1, $2), ($3, $4)", "1", "2", "t", "t"],
                       ["SELECT b FROM t WHERE a = $1", "5", "4", "t", "t"]], f"{rows}")
        c.execute("SET pg_stat_statements.track = none")
        c.rows("SELECT b FROM t WHERE a = 7")
        check(c.value("SELECT calls FROM pg_stat_statements WHERE query LIKE 'SELECT b%'") == "5", "track = none")
        c.rows("SELECT pg_stat_reset()")
        check(c.value("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 't'") == "0", "pg_stat_reset")


def log_text(binary):
    arguments = ["-c", "log_statement=ddl", "-c", "log_min_duration_statement=100ms", "-c", "log_connections=on",
                 "-c", "log_disconnections=on", "-c", "log_line_prefix=%m [%p] %q%u@%d/%a "]
    with Server(binary, arguments=arguments) as server:
        c = server.connect(application_name="logger")
        pid = c.pid
        c.execute("CREATE TABLE t (a int)")
        c.rows("SELECT 1")
        c.rows("SELECT pg_sleep(0.15)")
        refused(lambda: c.rows("SELECT 1/0"), "22012", "division by zero")
        refused(lambda: c.rows("SELECT nothing\nFROM t"), "42703", 'column "nothing" does not exist')
        c.close()
        wait_for(lambda: "disconnection: session time: 0:00:0" in server.log_tail(20000), "disconnection")
        log = server.log_tail(20000)
        prefix = f"[{pid}] postgres@postgres/logger "
        for line in (f"{prefix}LOG:  connection authorized: user=postgres database=postgres application_name=logger",
                     f"{prefix}LOG:  statement: CREATE TABLE t (a int)", f"{prefix}ERROR:  division by zero",
                     f"{prefix}STATEMENT:  SELECT 1/0", f'{prefix}ERROR:  column "nothing" does not exist at character 8',
                     f"{prefix}STATEMENT:  SELECT nothing\n\tFROM t"):
            check(line in log, f"{line}\nin {log}")
        check("ms  statement: SELECT pg_sleep(0.15)" in log and "statement: SELECT 1\n" not in log, "durations")
        check(re.search(r"\] \[unknown\]@\[unknown\]/\[unknown\] LOG:  connection received: host=127.0.0.1 port=\d+\n", log), log)
        check(re.search(rf'\[{pid}\] postgres@postgres/\[unknown\] LOG:  connection authenticated: user="postgres" method=trust '
                        rf"\({server.directory}/pg_hba.conf:\d+\)\n", log), log)


def log_of_messages(binary):
    """Parse, Bind and Execute have durations of their own, under PostgreSQL's names."""
    with Server(binary, arguments=["-c", "log_min_duration_statement=0", "-c", "log_line_prefix="]) as server:
        c = server.connect()

        def text(*words):
            return b"".join(word.encode() + b"\0" for word in words)

        c.send(b"P", text("", "SELECT $1::int") + struct.pack("!h", 0))
        c.send(b"B", text("", "") + struct.pack("!hhi", 0, 1, 1) + b"5" + struct.pack("!h", 0))
        c.send(b"E", text("") + struct.pack("!i", 0))
        c.send(b"P", text("s", "SELECT generate_series(1, 5)") + struct.pack("!h", 0))
        c.send(b"B", text("p", "s") + struct.pack("!hhh", 0, 0, 0))
        for rows in (2, 0):
            c.send(b"E", text("p") + struct.pack("!i", rows))
        c.send(b"S")
        list(c.events())
        log = re.sub(r"[0-9.]+ ms", "T ms", server.log_tail(20000))
        series = "SELECT generate_series(1, 5)\n"
        expected = ("LOG:  duration: T ms  parse <unnamed>: SELECT $1::int\n"
                    "LOG:  duration: T ms  bind <unnamed>: SELECT $1::int\nDETAIL:  parameters: $1 = '5'\n"
                    "LOG:  duration: T ms  execute <unnamed>: SELECT $1::int\nDETAIL:  parameters: $1 = '5'\n"
                    f"LOG:  duration: T ms  parse s: {series}LOG:  duration: T ms  bind s/p: {series}"
                    f"LOG:  duration: T ms  execute s/p: {series}LOG:  duration: T ms  execute fetch from s/p: {series}")
        check(expected in log, log)


def log_files(binary):
    arguments = ["-c", "logging_collector=on", "-c", "log_destination=stderr,csvlog,jsonlog", "-c", "log_statement=all",
                 "-c", "log_rotation_size=64kB", "-c", "log_filename=vecino-%H%M%S.log"]
    with Server(binary, arguments=arguments) as server:
        c = server.connect()
        c.rows('SELECT \'a "quoted" text\'')
        directory = os.path.join(server.directory, "log")
        check(c.value("SELECT pg_current_logfile()").startswith(directory), "pg_current_logfile")
        check(c.value("SELECT pg_current_logfile('jsonlog')").endswith(".json"), "pg_current_logfile('jsonlog')")
        refused(lambda: c.rows("SELECT pg_current_logfile('paper')"), "22023", 'log format "paper" is not supported')
        rows = [row for path in glob.glob(directory + "/*.csv") for row in csv.reader(open(path))]
        found = [row for row in rows if row[13] == 'statement: SELECT \'a "quoted" text\'']
        check(len(found) == 1 and len(found[0]) == 26 and found[0][1:3] == ["postgres", "postgres"], f"{rows}")
        lines = [json.loads(line) for path in glob.glob(directory + "/*.json") for line in open(path)]
        check(any(line["message"] == 'statement: SELECT \'a "quoted" text\'' and line["pid"] == c.pid for line in lines),
              f"{lines}")
        time.sleep(1.1)
        c.rows(f"SELECT length('{'x' * 40000}')")
        c.rows(f"SELECT length('{'x' * 40000}')")
        time.sleep(1.1)
        c.rows("SELECT 'after'")
        check(len(glob.glob(directory + "/*.log")) > 1, "a new file at the size")
        before = c.value("SELECT pg_current_logfile()")
        time.sleep(1.1)
        check(c.value("SELECT pg_rotate_logfile()") == "t", "pg_rotate_logfile")
        check(c.value("SELECT pg_current_logfile()") != before, "a new file on request")


def http(binary):
    port = free_port()

    def get(path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    with Server(binary, arguments=["-c", f"vecino.http_port={port}"]) as server:
        c = server.connect()
        c.execute("CREATE TABLE v (id int PRIMARY KEY, e vector(3))")
        c.execute("INSERT INTO v SELECT i, ARRAY[i, i % 7, 1]::vector FROM generate_series(1, 500) i")
        c.execute("CREATE INDEX ON v USING hnsw (e vector_l2_ops)")
        c.rows("SET enable_seqscan = off; SELECT id FROM v ORDER BY e <-> '[1,2,3]' LIMIT 5")
        refused(lambda: c.rows("SELECT 1/0"), "22012", "division")
        check(get("/health") == (200, "ok\n") and get("/ready") == (200, "ready\n"), "health")
        check(get("/nothing")[0] == 404, "404")
        status, text = get("/metrics")
        check(status == 200, f"{status}")
        values = {}
        for line in text.split("\n"):
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        for name, least in (('vecino_statement_duration_seconds_count{kind="select"}', 1),
                            ('vecino_statement_duration_seconds_bucket{kind="insert",le="+Inf"}', 1),
                            ("vecino_statement_errors_total", 1), ("vecino_transactions_committed_total", 3),
                            ("vecino_rows_inserted_total", 500), ("vecino_knn_searches_total", 1),
                            ("vecino_knn_distances_total", 5), ("vecino_knn_hops_total", 1),
                            ('vecino_vector_index_bytes{database="postgres",schema="public",index="v_e_idx"}', 1000),
                            ("vecino_wal_bytes_total", 1000), ("vecino_block_cache_capacity_bytes", 1),
                            ('vecino_connections{state="idle"}', 1), ("process_resident_memory_bytes", 1000000)):
            check(values.get(name, -1) >= least, f"{name}: {values.get(name)}\n{text}")
        request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", data=b"x", method="POST")
        try:
            urllib.request.urlopen(request, timeout=10)
            raise AssertionError("POST is refused")
        except urllib.error.HTTPError as error:
            check(error.code == 405, f"{error}")


def timeouts(binary):
    with Server(binary) as server:
        c, d = server.connect(), server.connect()
        c.execute("SET statement_timeout = '100ms'")
        refused(lambda: c.rows("SELECT pg_sleep(5)"), "57014", "canceling statement due to statement timeout")
        c.execute("RESET statement_timeout; CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)")
        d.execute("BEGIN; UPDATE t SET a = 2")
        c.execute("SET lock_timeout = '100ms'")
        refused(lambda: c.rows("UPDATE t SET a = 3"), "55P03", "canceling statement due to lock timeout")
        d.execute("ROLLBACK")
        d.execute("SET idle_in_transaction_session_timeout = '100ms'; BEGIN")
        check(next(d.events())[1]["C"] == "25P03", "idle in transaction")
        e = server.connect()
        e.execute("SET idle_session_timeout = '100ms'")
        check(next(e.events())[1]["C"] == "57P05", "idle session")
        # A statement holds a quarter of the machine's memory at most; work_mem decides what the planner takes for hashing.
        c.execute("SET work_mem = '64kB'")
        check(c.value("SELECT count(*) FROM (SELECT i FROM generate_series(1, 20000) i ORDER BY i DESC) x") == "20000", "sort")


def service_manager(binary):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(path)
            listener.settimeout(20)
            with Server(binary, environment={"NOTIFY_SOCKET": path}) as server:
                check(listener.recv(1000) == b"READY=1", "READY=1")
                server.process.send_signal(signal.SIGHUP)
                check(listener.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC="), "RELOADING=1")
                check(listener.recv(1000) == b"READY=1", "READY=1 after it")
                server.stop()
                check(listener.recv(1000) == b"STOPPING=1", "STOPPING=1")


def hostile_clients(binary):
    """Clients that send a byte at a time, garbage, or never read: others do not notice."""
    with Server(binary) as server:
        stopping = threading.Event()

        def dribble():
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                for byte in b"\x00\x00\x00\x54\x00\x03\x00\x00user\x00":
                    if stopping.wait(0.2):
                        return
                    client.sendall(bytes([byte]))

        def garbage():
            while not stopping.wait(0.02):
                try:
                    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as client:
                        client.sendall(os.urandom(500))
                        client.recv(100)
                except OSError:
                    pass

        silent = [server.connect() for _ in range(5)]
        for client in silent:  # each result is far larger than any socket buffer
            client.send(b"Q", b"SELECT repeat('x', 1000) FROM generate_series(1, 200000)\0")
        threads = [threading.Thread(target=what) for what in [dribble] * 10 + [garbage] * 3]
        for thread in threads:
            thread.start()
        c = server.connect()
        c.execute("CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i")
        slowest = 0
        deadline = time.time() + 3
        count = 0
        while time.time() < deadline:
            begin = time.time()
            check(c.value(f"SELECT b FROM t WHERE a = {count % 1000 + 1}") == str(count % 1000 + 1), "the answer")
            slowest = max(slowest, time.time() - begin)
            count += 1
        stopping.set()
        for thread in threads:
            thread.join()
        check(count > 100, f"{count} queries beside them, the slowest took {slowest:.3f} s")
        check(int(c.value("SELECT count(*) FROM pg_stat_activity")) == 6, "their connections are gone, the silent ones wait")
        for client in silent:
            client.socket.close()
        wait_for(lambda: c.value("SELECT count(*) FROM pg_stat_activity") == "1", "those are gone when they close")


def logins_beside_long_statements(binary):
    """Statements that compute for minutes on every processor keep nobody out, and can be ended."""
    with Server(binary) as server:
        server.connect().execute("CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)")
        hogs = [server.connect() for _ in range(2 * os.cpu_count())]
        for hog in hogs:
            hog.send(b"Q", b"SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b WHERE a % 7 = b % 11\0")
        time.sleep(0.5)
        c = Connection(server.port, timeout=20)
        c.execute("UPDATE t SET a = 2")
        check(c.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%a % 7%' AND state = 'active'") == str(len(hogs) + 1), "all run")
        ended = c.value("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        check(int(ended) >= len(hogs), f"{ended}")
        for hog in hogs:
            check(next(hog.events())[1]["C"] == "57014", "cancelled")


def databases_dropped_behind_sessions(binary):
    """DROP DATABASE right after a session with temporary tables left it: it waits for their end, however long that takes."""
    with Server(binary) as server:
        admin = server.connect()
        tables = "".join(f"CREATE TEMPORARY TABLE t{i} (id int PRIMARY KEY, name text);" for i in range(20))
        for round_number in range(30):
            admin.execute("CREATE DATABASE left_alone")
            sessions = [server.connect(database="left_alone") for _ in range(3)]
            for session in sessions:
                session.execute(tables)
            if round_number % 2:
                sessions[0].execute("BEGIN; CREATE TABLE never (id int)")
            for session in sessions:
                session.socket.close() if round_number % 3 == 0 else session.close()
            admin.execute("DROP DATABASE left_alone")
        staying = None
        admin.execute("CREATE DATABASE in_use")
        staying = server.connect(database="in_use")
        refused(lambda: admin.execute("DROP DATABASE in_use"), "55006", "is being accessed by other users")
        admin.execute("DROP DATABASE in_use WITH (FORCE)")
        check(admin.value("SELECT count(*) FROM pg_database WHERE datname IN ('left_alone', 'in_use')") == "0", "all are dropped")
        staying.socket.close()


TESTS = (command_line, check_command, alter_system, activity, statistics, log_text, log_of_messages, log_files, http, timeouts,
         databases_dropped_behind_sessions, service_manager, hostile_clients, logins_beside_long_statements)
