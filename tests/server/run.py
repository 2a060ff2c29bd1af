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
from lib.checks import check, wait_for  # noqa: E402
from lib.pgwire import Error  # noqa: E402
from lib.server import Server  # noqa: E402

import backups  # noqa: E402
import bulk  # noqa: E402
import conversations  # noqa: E402
import copying  # noqa: E402
import estimates  # noqa: E402
import listening  # noqa: E402
import operations  # noqa: E402
import pipelines  # noqa: E402
import set_functions  # noqa: E402
import shutdown  # noqa: E402
import vector_turnover  # noqa: E402


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
    with Server(binary, arguments=["-c", "vecino.storage_engine=memory"]) as server:
        connection = server.connect()
        list(connection.query("CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1), (2)"))
        check(connection.value("SELECT count(*) FROM t") == "2", "rows are kept")
        connection.close()
        server.restart()
        connection = server.connect()
        check(connection.value("SELECT count(*) FROM pg_class WHERE relname = 't'") == "0", "nothing outlives it")
        connection.close()
        check(not os.path.exists(os.path.join(server.directory, "kv")), "nothing is written")


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


def refused(server, message, **arguments):
    try:
        server.connect(**arguments).close()
    except Error as error:
        check(message in str(error), f"{message!r} is said, not {error}")
        return
    check(False, f"no session with {arguments}")


def errors(connection, sql):
    return [value["C"] + " " + value["M"] for event, value in connection.query(sql) if event == "error"]


def logins(binary):
    """Who may connect: LOGIN, CONNECT, connection limits; and what a session learns of changes made by others."""
    with Server(binary) as server:
        admin = server.connect()
        check(not errors(admin, "CREATE ROLE ann LOGIN; CREATE ROLE ben; CREATE ROLE cas LOGIN CONNECTION LIMIT 1; "
                                "CREATE ROLE dee LOGIN SUPERUSER; CREATE TABLE t (a int PRIMARY KEY); "
                                "INSERT INTO t VALUES (1)"), "set up")
        check(not errors(admin, "CREATE DATABASE other CONNECTION LIMIT 1"), "a database")
        refused(server, 'role "ben" is not permitted to log in', user="ben")
        refused(server, 'role "nobody" does not exist', user="nobody")
        ann = server.connect(user="ann")
        check(ann.value("SELECT current_user || session_user") == "annann", "who it is")
        check(ann.parameters["is_superuser"] == "off" and ann.parameters["session_authorization"] == "ann", "reported")
        cas = server.connect(user="cas")
        refused(server, 'too many connections for role "cas"', user="cas")
        cas.close()
        first = server.connect(user="ann", database="other")
        refused(server, 'too many connections for database "other"', user="ann", database="other")
        server.connect(user="dee", database="other").close()  # superusers do not count
        first.close()
        check(not errors(admin, "REVOKE CONNECT ON DATABASE other FROM PUBLIC"), "revoke")
        refused(server, 'permission denied for database "other"', user="ann", database="other")
        check(not errors(admin, "GRANT CONNECT ON DATABASE other TO ann"), "grant")
        server.connect(user="ann", database="other").close()
        refused(server, 'permission denied to set role "dee"', user="ann", options="-c role=dee")
        refused(server, "permission denied to set parameter", user="ann", options="-c session_replication_role=replica")

        # Other sessions' grants and revokes count from the next statement on, in blocks and for prepared plans too.
        query = "SELECT count(*) FROM t"
        denied = ["42501 permission denied for table t"]
        check(errors(ann, query) == denied, "no privilege")
        check(not errors(admin, "GRANT SELECT ON t TO ann"), "grant")
        check(not errors(ann, f"PREPARE q AS {query}; EXECUTE q; EXECUTE q"), "granted")
        for _ in range(3):
            check(not errors(ann, "SELECT a FROM t WHERE a = 1"), "a short statement")
        check(not errors(ann, "BEGIN"), "a block")
        check(not errors(ann, "EXECUTE q"), "in the block")
        check(not errors(admin, "REVOKE SELECT ON t FROM ann"), "revoke")
        check(errors(ann, "EXECUTE q") == denied, "revoked for the prepared plan")
        check(not errors(ann, "ROLLBACK"), "end")
        check(errors(ann, "SELECT a FROM t WHERE a = 1") == denied, "revoked for the short statement")
        check(not errors(admin, "GRANT SELECT ON t TO ben; GRANT ben TO ann"), "through a group")
        check(not errors(ann, query), "a member may")
        check(not errors(admin, "ALTER ROLE ann NOINHERIT"), "alter")
        check(errors(ann, query) == denied, "not without INHERIT")
        check(not errors(ann, "SET ROLE ben; " + query), "but as the group")
        check(not errors(admin, "ALTER ROLE ben RENAME TO bob"), "rename")
        check(ann.value("SELECT current_user") == "bob", "the session keeps its role")
        check(not errors(admin, "ALTER ROLE ann SUPERUSER"), "alter")
        check(not errors(ann, "RESET ROLE; " + query), "superusers may everything")
        check(not errors(admin, "ALTER ROLE ann NOSUPERUSER"), "alter")
        check(errors(ann, query) == denied, "and others not")

        # A statement that is refused holds nobody up.
        check(not errors(admin, "BEGIN; LOCK TABLE t IN ACCESS SHARE MODE"), "a lock")
        check(errors(ann, "BEGIN; DROP TABLE t") == ["42501 must be owner of table t"], "not its own")
        check(errors(ann, "ROLLBACK; BEGIN; LOCK TABLE t") == denied, "no lock")
        check(not errors(admin, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE; COMMIT"), "nothing is in the way")
        check(not errors(ann, "ROLLBACK"), "end")

        # Signals.
        pid = admin.value("SELECT pg_backend_pid()")
        check(errors(ann, f"SELECT pg_cancel_backend({pid})")[0].startswith("42501"), "not a superuser's session")
        dan = server.connect(user="cas")
        pid = dan.value("SELECT pg_backend_pid()")
        check(errors(ann, f"SELECT pg_terminate_backend({pid})")[0].startswith("42501"), "not another's session")
        check(not errors(admin, "GRANT pg_signal_backend TO ann; ALTER ROLE ann INHERIT"), "grant")
        check(not errors(ann, f"SELECT pg_cancel_backend({pid})"), "with pg_signal_backend")
        dan.close()

        # All of it is there after a crash.
        ann.close()
        admin.close()
        server.kill()
        server.start()
        admin = server.connect()
        check(admin.value("SELECT has_table_privilege('bob', 't', 'SELECT')") == "t", "grants outlive a crash")
        check(admin.value("SELECT pg_has_role('ann', 'bob', 'MEMBER')") == "t", "and memberships")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    binary = os.path.abspath(options.server)
    failed = 0
    for test in (force_isa, memory_engine, reload, logins, *vector_turnover.TESTS, *operations.TESTS, *shutdown.TESTS,
                 *backups.TESTS, *bulk.TESTS,
                 *copying.TESTS, *pipelines.TESTS, *listening.TESTS, *set_functions.TESTS, *estimates.TESTS,
                 *conversations.TESTS):
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
