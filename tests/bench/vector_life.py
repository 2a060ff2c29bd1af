"""What happens to an HNSW index over its life, beside pgvector: committed single-row inserts, deletes and updates, a restart."""
import array
import multiprocessing
import os
import struct
import time

K = 10


class Prepared:
    """A prepared statement with one vector parameter in binary. Rows come back as text."""

    def __init__(self, connection, sql, swap):
        self.connection, self.swap = connection, swap
        connection.send(b"P", b"s\0" + sql.encode() + b"\0" + struct.pack("!h", 0))
        connection.send(b"S", b"")
        self.rows()

    def rows(self):
        rows, failure = [], None
        while True:
            kind, payload = self.connection.read()
            if kind == b"D":
                size = struct.unpack("!i", payload[2:6])[0]
                rows.append(payload[6 : 6 + size])
            elif kind == b"E":
                failure = self.connection.fields(payload)
            elif kind == b"Z":
                if failure:
                    raise RuntimeError(failure)
                return rows

    def run(self, vector):
        value = struct.pack("!hh", len(vector) // 4, 0) + self.swap(vector)
        bind = b"\0s\0" + struct.pack("!hhh", 1, 1, 1) + struct.pack("!i", len(value)) + value + struct.pack("!hh", 1, 0)
        self.connection.socket.sendall(
            b"".join(kind + struct.pack("!i", len(body) + 4) + body
                     for kind, body in ((b"B", bind), (b"E", b"\0" + struct.pack("!i", 0)), (b"S", b""))))
        return self.rows()


def create(connection, load, target, dims, base, opclass):
    load(connection, target, dims, base)
    connection.execute("SET maintenance_work_mem = '2GB'")
    connection.execute("SET max_parallel_maintenance_workers = 2")
    connection.execute(f"CREATE INDEX {target}_hnsw ON {target} USING hnsw (e {opclass})")


def in_process(work, *arguments):
    """work(*arguments, queue) in a process of its own; returns it and its queue."""
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=work, args=(*arguments, queue), daemon=True)
    process.start()
    return process, queue


def insert_loop(connect, port, sql, vectors, swap, seconds, queue):
    statement = Prepared(connect(port), sql, swap)
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        statement.run(vectors[count % len(vectors)])
        count += 1
    queue.put(count / (time.perf_counter() - started))


def search_loop(connect, port, sql, vectors, swap, seconds, queue):
    statement = Prepared(connect(port), sql, swap)
    latencies, started = [], time.perf_counter()
    while time.perf_counter() - started < seconds:
        begun = time.perf_counter()
        statement.run(vectors[len(latencies) % len(vectors)])
        latencies.append(time.perf_counter() - begun)
    queue.put(latencies)


def inserts(options, ports, connect, read_vecs, load, swap, table):
    """Prepared, autocommitted INSERTs of one row each by 1 and 8 clients, alone and beside a client that searches."""
    name = "glove6b-100"
    dims, base = read_vecs(os.path.join(options.data, name, "base.fvecs"))
    _, queries = read_vecs(os.path.join(options.data, name, "query.fvecs"), 10000)
    figures = {}
    for who, port in ports.items():
        connection = connect(port)
        create(connection, load, "life", dims, base, "vector_cosine_ops")
        connection.execute("CREATE SEQUENCE IF NOT EXISTS life_ids")
        connection.execute("SELECT setval('life_ids', 1000000)")
        connection.execute("ALTER TABLE life ALTER id SET DEFAULT nextval('life_ids')")
        for clients, searching in ((1, False), (8, False), (8, True)):
            share = len(queries) // clients
            workers = [in_process(insert_loop, connect, port, "INSERT INTO life (e) VALUES ($1)",
                                  queries[i * share : (i + 1) * share], swap, options.seconds) for i in range(clients)]
            if searching:
                process, queue = in_process(search_loop, connect, port, f"SELECT id FROM life ORDER BY e <=> $1 LIMIT {K}",
                                            queries[:1000], swap, options.seconds)
                latencies = sorted(queue.get())
                process.join()
                figures[who, "p99"] = latencies[len(latencies) * 99 // 100] * 1000
            figures[who, clients, searching] = sum(queue.get() for _, queue in workers)
            for process, _ in workers:
                process.join()
        connection.execute("DROP TABLE life; DROP SEQUENCE life_ids")
        connection.close()
    rows = []
    for clients, searching, what in ((1, False, "1 client"), (8, False, "8 clients"), (8, True, "8 clients and one that searches")):
        ours, theirs = figures["Vecino", clients, searching], figures["pgvector", clients, searching]
        rows.append((what, f"{ours:.0f}", f"{theirs:.0f}", f"{ours / theirs:.1f}"))
    ours, theirs = figures["Vecino", "p99"], figures["pgvector", "p99"]
    rows.append(("p99 of the searches, ms", f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.1f}"))
    table(f"{name} {len(base)} x {dims} with an HNSW index: committed single-row INSERTs a second",
          ("", "Vecino", "pgvector", "ratio"), rows)


def recall(connection, target, operator, vectors, swap):
    """Of index scans against exact scans of the same server, over rows that are there now."""
    connection.execute("SET enable_indexscan = off")
    exact = Prepared(connection, f"SELECT id FROM {target} ORDER BY e {operator} $1 LIMIT {K}", swap)
    truth = [set(exact.run(vector)) for vector in vectors]
    connection.send(b"C", b"Ss\0")
    connection.execute("SET enable_indexscan = on; SET enable_seqscan = off")
    search = Prepared(connection, f"SELECT id FROM {target} ORDER BY e {operator} $1 LIMIT {K}", swap)
    hits = sum(len(truth[i] & set(search.run(vector))) for i, vector in enumerate(vectors))
    connection.send(b"C", b"Ss\0")
    connection.execute("RESET enable_seqscan")
    return hits / (K * len(vectors))


def churn(options, ports, connect, read_vecs, load, swap, table):
    """A tenth of the rows deleted, a tenth given other vectors."""
    name = "glove6b-100"
    dims, base = read_vecs(os.path.join(options.data, name, "base.fvecs"))
    _, queries = read_vecs(os.path.join(options.data, name, "query.fvecs"), 300)
    rows = []
    for who, port in ports.items():
        connection = connect(port)
        create(connection, load, "churn", dims, base, "vector_cosine_ops")
        before = recall(connection, "churn", "<=>", queries, swap)
        # The updated rows get the vectors of the deleted ones.
        connection.execute("CREATE TABLE churn_moved AS SELECT id + 4 AS id, e FROM churn WHERE id % 10 = 3")
        started = time.time()
        connection.execute("DELETE FROM churn WHERE id % 10 = 3")
        connection.execute("UPDATE churn SET e = m.e FROM churn_moved AS m WHERE churn.id = m.id")
        elapsed = time.time() - started
        at_once = recall(connection, "churn", "<=>", queries, swap)
        time.sleep(20)
        later = recall(connection, "churn", "<=>", queries, swap)
        # Every row must be among the nearest of its own vector.
        connection.execute("SET hnsw.ef_search = 100")
        search = Prepared(connection, f"SELECT id FROM churn ORDER BY e <=> $1 LIMIT {K}", swap)
        lost = checked = 0
        for number in range(0, len(base), 7):
            if number % 10 == 3:
                continue
            vector = base[number - 4] if number % 10 == 7 else base[number]
            checked += 1
            lost += str(number).encode() not in search.run(vector)
        rows.append((who, f"{elapsed:.1f} s", f"{before:.4f}", f"{at_once:.4f}", f"{later:.4f}", f"{lost} of {checked}"))
        connection.close()
        connection = connect(port)
        connection.execute("DROP TABLE churn, churn_moved")
        connection.close()
    table(f"{name}: 10 % of the rows deleted, 10 % updated; recall@{K} at ef_search 40, {len(queries)} queries",
          ("", "DELETE and UPDATE", "before", "after", "20 s later", "not found by their own vector (ef 100)"), rows)


def random_vectors(count, dims):
    """Bytes as components: nothing that a quantizer or compression would like."""
    for _ in range(count):
        yield array.array("f", array.array("B", os.urandom(dims))).tobytes()


def resident_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def restart(options, server, peer_port, connect, load, swap, table):
    """1,000,000 x 128: memory, and how long a restarted server takes to answer. `server`: a lib.server.Server."""
    count, dims = options.rows, 128
    vectors = list(random_vectors(count, dims))
    queries = vectors[:: max(1, count // 50)][:50]
    connection = server.connect(timeout=3600)
    create(connection, load, "many", dims, vectors, "vector_l2_ops")
    connection.execute("CHECKPOINT")
    sizes = connection.rows("SELECT pg_relation_size('many_hnsw')")[0][0]
    built = resident_mb(server.process.pid)
    statement = Prepared(connection, f"SELECT id FROM many ORDER BY e <-> $1 LIMIT {K}", swap)
    answers = [statement.run(vector) for vector in queries]
    before = time_of(statement, queries)
    connection.close()
    server.stop()
    image = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(server.directory) for name in names)
    started = time.time()
    server.start(timeout=600)
    connected = time.time() - started
    connection = server.connect(timeout=3600)
    statement = Prepared(connection, f"SELECT id FROM many ORDER BY e <-> $1 LIMIT {K}", swap)
    first = statement.run(queries[0])
    answered = time.time() - started
    while time.time() - started < 60 and time_of(statement, queries) > 2 * before:
        time.sleep(0.05)
    full = time.time() - started
    same = sum(statement.run(vector) == answer for vector, answer in zip(queries, answers))
    after = resident_mb(server.process.pid)
    raw = count * (dims * 4 + 2 * 16 * 4) / 1048576
    connection.close()
    theirs = "-"
    if peer_port:
        connection = connect(peer_port)
        create(connection, load, "many", dims, vectors, "vector_l2_ops")
        theirs = f"{int(connection.value('''SELECT pg_relation_size('many_hnsw')''')) / 1048576:.0f} MB"
        connection.execute("DROP TABLE many")
        connection.close()
    table(f"{count} x {dims} with an HNSW index: a restart",
          ("", ""),
          [("first connection", f"{connected:.2f} s"), ("first answer", f"{answered:.2f} s, {'its own row first' if first[0] == b'0' else 'another row first'}"),
           ("index at full speed", f"{full:.2f} s"), ("answers as before the restart", f"{same} of {len(queries)}"),
           ("data directory", f"{image / 1048576:.0f} MB"), ("pg_relation_size of the index", f"{int(sizes) / 1048576:.0f} MB"),
           ("pgvector's index", theirs), ("vectors + links", f"{raw:.0f} MB"),
           ("server RSS after the build", f"{built:.0f} MB = {built / raw:.2f} x"),
           ("server RSS after the restart", f"{after:.0f} MB = {after / raw:.2f} x")])


def time_of(statement, queries):
    started = time.perf_counter()
    for vector in queries:
        statement.run(vector)
    return time.perf_counter() - started
