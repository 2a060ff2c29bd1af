"""Vector indexes under turnover: as good as new ones while an old snapshot is open and after it, complete scans beside writers, a quick
end and a quick start in the middle of it all, many small ones in little address space."""
import math
import random
import signal
import threading
import time

from lib.checks import check, wait_for
from lib.server import Server

import shutdown

DIMENSIONS = 32


def literal(values):
    return "'[" + ",".join(f"{x:.4f}" for x in values) + "]'"


def queries(count, seed=5):
    """Like the rows: 20 clusters."""
    numbers = random.Random(seed)
    result = []
    for _ in range(count):
        cluster = numbers.randrange(20)
        result.append(literal(math.sin(cluster * 7.3 + d * 1.7) + numbers.random() for d in range(1, DIMENSIONS + 1)))
    return result


def fill(connection, rows, method="hnsw"):
    connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, v vector({DIMENSIONS}))")
    connection.execute(f"""
        INSERT INTO t SELECT i, (SELECT array_agg(sin(c * 7.3 + d * 1.7) + random() + 0 * i)
          FROM generate_series(1, {DIMENSIONS}) d)::vector({DIMENSIONS})
        FROM (SELECT i, i % 20 AS c FROM generate_series(1, {rows}) i) s""")
    connection.execute(f"CREATE INDEX ti ON t USING {method} (v vector_l2_ops)")


def nearest(connection, query, limit=10, exact=False):
    connection.execute(f"SET enable_indexscan = {'off' if exact else 'on'}; SET enable_seqscan = {'on' if exact else 'off'}")
    return [row[0] for row in connection.rows(f"SELECT id FROM t ORDER BY v <-> {query} LIMIT {limit}")]


def recall(connection, limit=10, count=25):
    hits = 0
    for query in queries(count):
        found = nearest(connection, query, limit)
        check(len(found) == len(set(found)), "every row once")
        hits += len(set(found) & set(nearest(connection, query, limit, exact=True)))
    return hits / (count * limit)


def vector_turnover(binary):
    """Eight updates of all rows beside a REPEATABLE READ snapshot that searches."""
    with Server(binary) as server:
        writer, reader, other = server.connect(), server.connect(), server.connect()
        fill(writer, 1500)
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        before = recall(reader)
        for turn in range(8):
            writer.execute(f"UPDATE t SET v = v * array_fill(0.97::real, array[{DIMENSIONS}])::vector")
            if turn % 4 == 3:
                check(recall(other) > 0.93, f"new sessions, turn {turn}: {recall(other)}")
                check(recall(reader) > before - 0.05, f"the snapshot, turn {turn}: {recall(reader)}, {before} before")
        reader.execute("COMMIT")
        time.sleep(1.5)
        after = recall(other)
        server.restart()
        other = server.connect()
        check(recall(other) > after - 0.03, "a restart changes nothing")
        other.execute("REINDEX INDEX ti")
        check(after > recall(other) - 0.03, f"as good as a new index: {after}, {recall(other)}")


def iterative_scans_beside_writers(binary):
    """A scan with a LIMIT above the row count gives every row, twice the same in one snapshot, whatever moves meanwhile."""
    rows = 2500
    with Server(binary) as server:
        connection = server.connect()
        fill(connection, rows)
        stop = threading.Event()

        def move():
            mover, numbers = server.connect(), random.Random(3)
            while not stop.is_set():
                first = numbers.randrange(rows - 50)
                mover.execute(f"UPDATE t SET v = v + {literal([numbers.gauss(0, 1)] * DIMENSIONS)} WHERE id BETWEEN {first} AND {first + 40}")
            mover.close()

        movers = [threading.Thread(target=move) for _ in range(2)]
        for mover in movers:
            mover.start()
        try:
            connection.execute("SET hnsw.iterative_scan = relaxed_order")
            for query in queries(12):
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
                first, second = nearest(connection, query, rows + 100), nearest(connection, query, rows + 100)
                connection.execute("COMMIT")
                check(len(first) == rows and len(set(first)) == rows, f"all rows: {len(first)}")
                check(set(first) == set(second), "the same again")
        finally:
            stop.set()
            for mover in movers:
                mover.join()
        connection.execute("SET hnsw.iterative_scan = strict_order")
        for limit in (40, 400, 1000):
            check(recall(connection, limit, 10) > 0.93, f"strict_order LIMIT {limit}: {recall(connection, limit, 10)}")


def quick_end_of_index_work(binary):
    """SIGINT while the start links what the image does not have: over in two seconds, and the next start has it all."""
    with Server(binary) as server:
        connection = server.connect()
        fill(connection, 4000)
        for _ in range(2):
            connection.execute(f"UPDATE t SET v = v * array_fill(0.9::real, array[{DIMENSIONS}])::vector")
        connection.close()
        server.kill()
        server.start()
        began = time.time()
        server.process.send_signal(signal.SIGINT)
        shutdown.wait_exit(server)
        took = time.time() - began
        check(took < shutdown.longest(), f"{took:.1f} s")
        server.start()
        connection = server.connect()
        check(recall(connection) > 0.93, "nothing is missing")


def small_indexes_in_little_space(binary):
    """60 HNSW indexes open again under a limit of 4 GB of address space."""
    with Server(binary) as server:
        connection = server.connect()
        for number in range(60):
            connection.execute(f"CREATE TABLE s{number} (v vector(3)); INSERT INTO s{number} VALUES ('[1,2,3]'); "
                               f"CREATE INDEX ON s{number} USING hnsw (v vector_l2_ops)")
        connection.close()
        server.restart()
        status = open(f"/proc/{server.process.pid}/status", encoding="ascii").read()
        size = int(status.split("VmSize:")[1].split()[0]) // 1024
        check(size < 3500, f"{size} MB of address space")
        connection = server.connect()
        wait_for(lambda: connection.value("SELECT v <-> '[1,2,3]' FROM s59 ORDER BY v <-> '[1,2,3]' LIMIT 1") == "0", "it answers")


TESTS = (vector_turnover, iterative_scans_beside_writers, quick_end_of_index_work, small_indexes_in_little_space)
