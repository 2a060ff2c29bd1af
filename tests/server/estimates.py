"""What the planner believes of tables that were filled and emptied."""
import re

from lib.checks import check
from lib.server import Server


def rows_of(connection, query):
    return int(re.search(r"rows=(\d+)", connection.value(f"EXPLAIN {query}")).group(1))


def after_mass_delete(binary):
    with Server(binary) as server:
        connection = server.connect()
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, x int); INSERT INTO t SELECT i, i FROM generate_series(1, 20000) i; ANALYZE t")
        check(rows_of(connection, "SELECT * FROM t") == 20000, "what ANALYZE counted")
        for sql in ("DELETE FROM t WHERE id > 100", "VACUUM t", "ANALYZE t"):
            connection.execute(sql)
        check(rows_of(connection, "SELECT * FROM t") == 100, "rows that are gone are not counted")
        server.restart()
        connection = server.connect()
        check(rows_of(connection, "SELECT * FROM t") == 100, "nor after a restart")
        connection.execute("INSERT INTO t SELECT i, i FROM generate_series(30000, 39999) i")
        check(rows_of(connection, "SELECT * FROM t") > 5000, "growth is noticed before the next ANALYZE")
        connection.close()


TESTS = (after_mass_delete,)
