#!/usr/bin/env python3
"""A server that may use less memory than its load wants: what does not fit is refused or goes to disk, the server never ends, and
afterwards it is as it was.

usage: run.py --server build/release/vecinod [--rows N] [--dimensions D] [--limit MB] [--seconds S] [test names]

By default small: 100,000 vectors of 128 dimensions (51 MB) and a limit of 192 MB, under a minute. In full (./dev test memory):
1,000,000 vectors and 1 GB, for which loads want four times as much. Sizes of processes come from /proc.
"""
import argparse
import os
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.checks import check, wait_for  # noqa: E402
from lib.pgwire import Error  # noqa: E402
from lib.server import Server  # noqa: E402

REFUSALS = {"53200", "53000"}


def status_kb(pid, field):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0


def resident_mb(server):
    return status_kb(server.process.pid, "RssAnon") / 1024


class Peak:
    """The most memory that a server used meanwhile, without pages of files."""

    def __init__(self, server):
        self.server, self.most, self.stopping = server, 0, False
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.stopping and self.server.process:
            try:
                self.most = max(self.most, resident_mb(self.server))
            except (FileNotFoundError, AttributeError):
                return
            time.sleep(0.02)

    def mb(self):
        return self.most


def directory_mb(server):
    total = 0
    for folder, _, files in os.walk(server.directory):
        for name in files:
            try:
                total += os.stat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return total / 2**20


def attempt(connection, sql):
    """None, or the code of what the statement was refused with; any other error fails the test."""
    try:
        connection.execute(sql)
        return None
    except Error as error:
        check(error.fields["C"] in REFUSALS, f"{sql[:80]}: {error.fields['C']} {error.fields['M']}")
        check(error.fields["C"] != "53200" or error.fields["M"] == "out of memory", f"message: {error.fields['M']}")
        return error.fields["C"]


def fill(connection, rows, dimensions, table="v"):
    connection.execute(f"CREATE TABLE {table} (id int, grp int, v vector({dimensions}))")
    step = 50_000
    for first in range(1, rows + 1, step):
        last = min(rows, first + step - 1)
        # Pseudo-random, but the same whenever it is made.
        connection.execute(
            f"INSERT INTO {table} SELECT i, i % 1000, (SELECT array_agg(((i * 7919 + d * 104729) % 10007)::real / 10007) "
            f"FROM generate_series(1, {dimensions}) d)::vector FROM generate_series({first}, {last}) i")


class Load:
    """A server under a limit with one table of vectors in it."""

    def __init__(self, options, **more):
        self.rows, self.dimensions, self.limit = options.rows, options.dimensions, options.limit
        self.server = Server(options.server, arguments=[
            "-c", f"vecino.memory_limit={options.limit}MB", "-c", "vecino.http_port=0"], **more)
        self.table_mb = self.rows * self.dimensions * 4 / 2**20

    def __enter__(self):
        self.server.start()
        self.peak = Peak(self.server)
        self.connection = self.server.connect(timeout=600)
        fill(self.connection, self.rows, self.dimensions)
        self.connection.execute("ANALYZE v")
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print(self.server.log_tail(2000))
        self.connection.close()
        self.peak.stopping = True
        self.server.__exit__(kind, value, trace)

    def alive(self):
        check(self.server.process.poll() is None, "the server runs:\n" + self.server.log_tail())
        check(self.connection.value("SELECT count(*) FROM v") == str(self.rows), "all rows are there")

    def back_to_normal(self):
        def is_normal():
            parts = dict(self.connection.rows("SELECT coalesce(name, 'free'), size FROM pg_shmem_allocations"))
            return int(parts["statements"]) < 4 * 2**20 and resident_mb(self.server) < self.limit * 0.8
        wait_for(is_normal, f"memory goes back: {resident_mb(self.server):.0f} MB", 30)


def statements(options):
    """Sorts, joins, groups and copies one after the other."""
    with Load(options) as load:
        c = load.connection
        base, load.peak.most = resident_mb(load.server), 0
        plan = "\n".join(row[0] for row in c.rows("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT id, v FROM v ORDER BY md5(id::text)"))
        check("Sort Method: external merge  Disk: " in plan, "the sort goes to disk:\n" + plan)
        c.execute("CREATE TEMP TABLE sorted AS SELECT row_number() OVER () n, id FROM (SELECT id, v FROM v ORDER BY md5(id::text)) s")
        check(c.value("SELECT count(*) FROM sorted x JOIN sorted y ON y.n = x.n + 1 WHERE md5(x.id::text) >= md5(y.id::text)") == "0",
              "the order is right")
        grown = load.peak.mb() - base
        check(grown < load.limit * 0.75, f"a sort takes little memory: {grown:.0f} MB more")
        check(c.value("SELECT count(*) FROM v a JOIN v b ON a.id = b.id AND a.v = b.v") == str(load.rows), "a join with vectors")
        check(c.value("SELECT count(*) FROM (SELECT v, count(*) FROM v GROUP BY v HAVING count(*) > 0) s") == c.value(
            "SELECT count(*) FROM (SELECT DISTINCT v::text FROM v) s"), "groups of vectors")
        for _ in range(3):
            query = "[" + ",".join(f"{random.random():.4f}" for _ in range(load.dimensions)) + "]"
            near = c.rows(f"SELECT id FROM v ORDER BY v <-> '{query}' LIMIT 10")
            check(near == c.rows(f"SELECT id FROM v ORDER BY (v <-> '{query}') + 0, id LIMIT 10"), "exact kNN finds the nearest")
        check(load.peak.mb() < load.limit * 1.1, f"peak {load.peak.mb():.0f} MB of {load.limit}")
        load.alive()
        load.back_to_normal()


def held_cursors(options):
    with Load(options) as load:
        sessions = [load.server.connect(timeout=600) for _ in range(6)]
        for session in sessions:
            session.execute("BEGIN; DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT id, v FROM v ORDER BY id; COMMIT")
        load.connection.execute("CREATE TABLE more AS SELECT 1")
        for session in sessions:
            check(session.rows(f"FETCH ABSOLUTE {load.rows} FROM c")[0][0] == str(load.rows), "the last row")
            check(session.rows("FETCH PRIOR FROM c")[0][0] == str(load.rows - 1), "the one before it")
            check(session.rows("FETCH FIRST FROM c")[0][0] == "1", "the first row")
        check(load.peak.mb() < load.limit * 1.1, f"peak {load.peak.mb():.0f} MB of {load.limit}")
        for session in sessions:
            session.close()
        load.alive()
        load.back_to_normal()


def crowd(options):
    """Many sessions at once, whose work together is several times the limit."""
    with Load(options) as load:
        wanted = [
            "SELECT length(string_agg(v::text, ',')) FROM v",
            "SELECT count(*) FROM (SELECT array_agg(v) FROM v GROUP BY grp) s",
            "SELECT sum(n) FROM (SELECT id, v, row_number() OVER (ORDER BY v) n FROM v) s",
            "SELECT count(*) FROM v a JOIN v b ON a.id = b.id",
            "SELECT id FROM v ORDER BY v <-> (SELECT v FROM v WHERE id = 5) LIMIT 5",
            "SELECT count(*) FROM (SELECT DISTINCT v FROM v) s",
            "CREATE TEMP TABLE t AS SELECT * FROM v; DROP TABLE t",
            "SET work_mem = '1GB'; SELECT count(*) FROM (SELECT * FROM v ORDER BY v OFFSET 1) s; RESET work_mem",
            "CREATE INDEX ON v USING hnsw (v vector_l2_ops); DROP INDEX v_v_idx",
            "SELECT length(repeat('x', 200000000)) + length(repeat('y', 200000000))",
        ]
        outcomes, failures = {}, []

        def work(number):
            try:
                connection = load.server.connect(timeout=600)
                chooser = random.Random(options.seed + number)
                end = time.time() + options.seconds
                while time.time() < end:
                    sql = chooser.choice(wanted)
                    if sql.startswith("CREATE INDEX") and number != 0:
                        continue
                    code = attempt(connection, sql)
                    outcomes.setdefault(code, []).append(sql)
                    if code is not None:
                        attempt(connection, "RESET work_mem")
                connection.close()
            except Exception as error:  # noqa: BLE001
                failures.append(f"session {number}: {error}")
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        load.alive()
        check(not failures, "\n".join(failures))
        done = {code or "done": len(list_) for code, list_ in outcomes.items()}
        print(f"  {done}, peak {load.peak.mb():.0f} MB of {load.limit}")
        check(None in outcomes, "something was done")
        check(load.peak.mb() < load.limit * 1.25, f"peak {load.peak.mb():.0f} MB of {load.limit}")
        load.back_to_normal()


def index_build(options):
    """An index that does not fit is refused, and so are rows for one that has no more room; what is there stays right."""
    with Load(options) as load:
        c = load.connection
        big = int(load.limit * 1.3 / (load.dimensions * 4 / 2**20))
        fill(c, big, load.dimensions, "big")
        check(attempt(c, "CREATE INDEX big_idx ON big USING hnsw (v vector_l2_ops)") == "53200", "a build that does not fit")
        check(c.value("SELECT count(*) FROM pg_class WHERE relname = 'big_idx'") == "0", "it left nothing")
        c.execute("CREATE TABLE few (id int, v vector(%d)); CREATE INDEX ON few USING hnsw (v vector_l2_ops)" % load.dimensions)
        check(attempt(c, "INSERT INTO few SELECT id, v FROM big") == "53200", "rows beyond the memory are refused")
        check(c.value("SELECT count(*) FROM few") == "0", "all of them")
        c.execute("INSERT INTO few SELECT id, v FROM big WHERE id <= 1000")
        near = "SELECT id FROM few ORDER BY v <-> (SELECT v FROM big WHERE id = 77) LIMIT 1"
        check(c.value("SET enable_seqscan = off; " + near) == "77", "the index answers")
        load.alive()
        load.back_to_normal()


THREADS = """
CREATE TABLE w (id int PRIMARY KEY, g int, v vector(8), t text);
INSERT INTO w SELECT i, i % 10, (SELECT array_agg(((i * 7919 + d * 104729) % 10007)::real) FROM generate_series(1, 8) d)::vector,
  repeat(md5(i::text), 60) FROM generate_series(1, 12000) i;
SELECT g, count(*), sum(id) FROM w GROUP BY g;
SELECT id FROM w ORDER BY v <-> (SELECT v FROM w WHERE id = 7) LIMIT 3;
CREATE INDEX ON w (t, id);
CREATE INDEX w_hnsw ON w USING hnsw (v vector_l2_ops);
CREATE INDEX w_ivf ON w USING ivfflat (v vector_l2_ops) WITH (lists = 20);
INSERT INTO w SELECT i, 1, (SELECT array_agg(((i * 7919 + d * 104729) % 10007)::real) FROM generate_series(1, 8) d)::vector, 'y'
  FROM generate_series(12001, 14000) i;
SELECT id FROM w ORDER BY v <-> (SELECT v FROM w WHERE id = 7) LIMIT 3;
DELETE FROM w WHERE id % 2 = 0;
VACUUM w;
UPDATE w SET t = 'z';
REINDEX INDEX w_hnsw;
SELECT count(*), sum(id) FROM w;
DROP TABLE w
"""


def no_threads(options):
    """Threads that cannot be started, from the first, second, ... one on: the work waits or is refused, the answers stay right."""
    statements_ = [text.strip() for text in THREADS.split(";\n")]
    for skipped in (0, 2, 6):
        # The first ones are the server's own, without which it does not start, and two that run statements.
        own = min(max(os.cpu_count() or 1, 1), 4) + 2 + 2
        with Server(options.server, arguments=["-c", "vecino.write_set_limit=2MB"],
                    environment={"VECINO_FAILPOINTS": f"thread_start=error@{own + skipped}"}) as server:
            connection = server.connect(timeout=120)
            for text in statements_:
                try:
                    rows = connection.rows(text)
                except Error as error:
                    check(error.fields["C"] == "53000", f"{skipped}: {text}: {error.fields['C']} {error.fields['M']}")
                    check(error.fields["M"].startswith("could not start thread: "), error.fields["M"])
                    connection.execute("DROP TABLE IF EXISTS w")
                    break
                if "LIMIT 3" in text:
                    check(rows[0] == ["7"], f"{skipped}: kNN {rows}")
                if text.startswith("SELECT count(*), sum(id)"):
                    check(list(rows[0]) == ["7000", str(sum(range(1, 14001, 2)))], f"{skipped}: {rows}")
            others = [server.connect() for _ in range(4)]
            for other in others:
                check(other.value("SELECT 1") == "1", "other sessions")
                other.close()
            check(server.process.poll() is None, "the server runs")
            connection.close()
            check(server.stop() == 0, "an orderly end")


def address_space(options):
    """Under a limit of address space allocations fail for real."""
    if subprocess.run(["prlimit", "--version"], capture_output=True).returncode != 0:
        print("  skipped: there is no prlimit")
        return
    wrapper = os.path.join(os.path.dirname(os.path.abspath(__file__)), "limited.sh")
    os.environ["VECINO_LIMITED"] = f"{os.path.abspath(options.server)} {options.address_space << 20}"
    with Server(wrapper) as server:
        connection = server.connect(timeout=600)
        limit = int(connection.rows("SELECT sum(size) FROM pg_shmem_allocations")[0][0]) >> 20
        check(limit <= options.address_space // 2 + 1, f"the limit of the process counts: {limit} MB")
        fill(connection, 40_000, 128)
        for sql in ("SELECT length(string_agg(repeat('x', 100000), '')) FROM generate_series(1, 9000)",
                    "SELECT count(*) FROM (SELECT array_agg(v) FROM v a, generate_series(1, 100) GROUP BY grp) s",
                    "SELECT count(*) FROM (SELECT * FROM v a, generate_series(1, 4) ORDER BY v) s",
                    "SELECT length(repeat('x', 500000000)) + length(repeat('y', 500000000))",
                    "CREATE INDEX ON v USING hnsw (v vector_l2_ops)"):
            attempt(connection, sql)
            check(server.process.poll() is None, f"the server runs after {sql}:\n" + server.log_tail())
            check(connection.value("SELECT count(*) FROM v") == "40000", "and answers")
        connection.close()


def space(options):
    """What was erased gives its space back while the server runs."""
    with Server(options.server) as server:
        connection = server.connect(timeout=600)
        connection.execute("CREATE TABLE blobs (id int PRIMARY KEY, b text)")
        for first in range(0, 300, 50):
            connection.execute(f"INSERT INTO blobs SELECT i, string_agg(md5(random()::text), '') FROM generate_series({first}, {first + 49}) i, "
                               "generate_series(1, 16000) GROUP BY i")
        full = directory_mb(server)
        check(full > 140, f"values take {full:.0f} MB")
        for id_ in range(0, 300, 1):
            connection.execute(f"DELETE FROM blobs WHERE id = {id_}")
        wait_for(lambda: directory_mb(server) < 60, f"one by one: {directory_mb(server):.0f} of {full:.0f} MB are left", 60)
        connection.execute("INSERT INTO blobs SELECT i, string_agg(md5(random()::text), '') FROM generate_series(1, 300) i, "
                           "generate_series(1, 16000) GROUP BY i")
        connection.execute("DELETE FROM blobs")
        wait_for(lambda: directory_mb(server) < 60, f"at once: {directory_mb(server):.0f} MB are left", 60)
        connection.close()


TESTS = [statements, held_cursors, crowd, index_build, no_threads, address_space, space]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=128)
    parser.add_argument("--limit", type=int, default=192, help="MB")
    parser.add_argument("--seconds", type=int, default=10, help="of the crowd")
    parser.add_argument("--address-space", type=int, default=3072, help="MB")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    random.seed(options.seed)
    print(f"seed {options.seed}")
    failed = []
    for test in TESTS:
        if options.tests and test.__name__ not in options.tests:
            continue
        started = time.time()
        try:
            test(options)
            print(f"ok   {test.__name__} {time.time() - started:.1f} s", flush=True)
        except Exception as error:  # noqa: BLE001
            failed.append(test.__name__)
            print(f"FAIL {test.__name__}: {error}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
