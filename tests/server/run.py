#!/usr/bin/env python3
"""Start-up settings and configuration reload of a server of its own.

usage: run.py --server build/release/vecinod [test names]
"""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.pgwire import Error  # noqa: E402
from lib.server import Server  # noqa: E402

import backups  # noqa: E402
import operations  # noqa: E402


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def wait_for(condition, what, seconds=10):
    deadline = time.time() + seconds
    while not condition():
        check(time.time() < deadline, what)
        time.sleep(0.02)


def write_config(server, text):
    with open(os.path.join(server.directory, "postgresql.conf"), "w") as config:
        config.write(text)


def force_isa(binary):
    with Server(binary, arguments=["-c", "vecino.force_isa=scalar"]) as server:
        connection = server.connect()
        check(connection.value("SHOW vecino.force_isa") == "scalar", "the setting is shown")
        check(connection.value("SELECT '[1,2]'::vector <-> '[4,6]'") == "5", "the scalar kernels work")
    for value, message in (("avx9", 'invalid value for parameter "vecino.force_isa": "avx9"'),):
        with tempfile.TemporaryDirectory() as directory:
            run = subprocess.run([binary, "-D", os.path.join(directory, "d"), "-c", f"vecino.force_isa={value}"],
                                 capture_output=True, text=True, timeout=30)
            check(run.returncode != 0 and message in run.stderr, f"refused with reason: {run.stderr}")


def memory_engine(binary):
    server = Server(binary, arguments=["-c", "vecino.storage_engine=memory"]).start()
    try:
        connection = server.connect()
        list(connection.query("CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1), (2)"))
        check(connection.value("SELECT count(*) FROM t") == "2", "rows are kept")
        connection.close()
        server.restart()
        connection = server.connect()
        check(connection.value("SELECT count(*) FROM pg_class WHERE relname = 't'") == "0", "nothing outlives it")
        connection.close()
        check(not os.path.exists(os.path.join(server.directory, "kv")), "nothing is written")
    finally:
        server.stop()
        server.remove()


def reload(binary):
    with Server(binary) as server:
        connection = server.connect()
        check(connection.value("SHOW work_mem") == "4MB", "the default")
        list(connection.query("SET enable_sort = on"))
        write_config(server, "work_mem = 16MB\nenable_sort = off\nmax_connections = 3\n")
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: connection.value("SHOW work_mem") == "16MB", "SIGHUP changes work_mem")
        check(connection.value("SHOW enable_sort") == "on", "what the session set stays")
        check(connection.value("SHOW max_connections") == "100", "a restart is needed for this")
        check(connection.value("SELECT pending_restart FROM pg_settings WHERE name = 'max_connections'") == "t",
              "and pg_settings says so")
        other = server.connect()
        check(other.value("SHOW enable_sort") == "off", "new sessions take the file's")
        log = server.log_tail()
        for line in ("received SIGHUP, reloading configuration files", 'parameter "work_mem" changed to "16MB"',
                     'parameter "max_connections" cannot be changed without restarting the server',
                     "contains errors; unaffected changes were applied"):
            check(line in log, f"the log says: {line}")
        # What a transaction block has begun with changes for its next statement too, as in PostgreSQL.
        list(other.query("BEGIN"))
        write_config(server, "enable_sort = off\n")
        check(connection.value("SELECT pg_reload_conf()") == "t", "pg_reload_conf")
        wait_for(lambda: connection.value("SHOW work_mem") == "4MB", "a line that is gone counts as the default")
        check(other.value("SHOW work_mem") == "4MB", "in a block too")
        check('parameter "work_mem" removed from configuration file, reset to default' in server.log_tail(), "log")
        write_config(server, "work_mem = 1GB\nnonsense\n")
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "no changes were applied" in server.log_tail(), "a damaged file changes nothing")
        check(connection.value("SHOW work_mem") == "4MB", "nothing was applied")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    binary = os.path.abspath(options.server)
    failed = 0
    for test in (force_isa, memory_engine, reload, *operations.TESTS, *backups.TESTS):
        if options.tests and test.__name__ not in options.tests:
            continue
        try:
            test(binary)
            print(f"ok   {test.__name__}")
        except (AssertionError, RuntimeError, OSError, Error) as error:
            failed += 1
            print(f"FAIL {test.__name__}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
