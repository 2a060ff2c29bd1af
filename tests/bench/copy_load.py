"""COPY and bulk writes beside PostgreSQL: pre-encoded streams over a raw socket, so that the client costs next to nothing.

Data sets are made in memory once and sent to both servers in turn; fsync is on for both."""
import os
import shutil
import statistics
import struct
import subprocess
import tempfile
import threading
import time

import numpy as np

MESSAGE = 64 * 1024


def framed(stream):
    """The bytes as CopyData messages and CopyDone, ready for the socket."""
    parts = []
    for at in range(0, len(stream), MESSAGE):
        piece = stream[at:at + MESSAGE]
        parts.append(b"d" + struct.pack("!i", len(piece) + 4))
        parts.append(piece)
    parts.append(b"c\0\0\0\4")
    return b"".join(parts)


def binary_rows(vectors):
    rows, dims = vectors.shape
    record = np.zeros(rows, dtype=np.dtype([("fields", ">i2"), ("size", ">i4"), ("dims", ">i2"), ("unused", ">i2"),
                                            ("values", ">f4", (dims,))]))
    record["fields"], record["size"], record["dims"] = 1, 4 + 4 * dims, dims
    record["values"] = vectors
    return b"PGCOPY\n\xff\r\n\0" + b"\0" * 8 + record.tobytes() + b"\xff\xff"


def printed_rows(connection, vectors, form):
    """The same rows as text, printed by a server: Python takes minutes."""
    run_sql(connection, make_table(vectors.shape[1]))
    copy_in(connection, "COPY copy_bench (embedding) FROM STDIN (FORMAT binary)", framed(binary_rows(vectors.round(6))))
    connection.send(b"Q", f"COPY copy_bench (embedding) TO STDOUT (FORMAT {form})".encode() + b"\0")
    parts = []
    while True:
        kind, payload = connection.read()
        if kind == b"d":
            parts.append(payload)
        elif kind == b"E":
            raise RuntimeError(connection.fields(payload))
        elif kind == b"Z":
            return b"".join(parts)


def copy_in(connection, statement, stream):
    """Seconds from sending the statement to ReadyForQuery."""
    started = time.perf_counter()
    connection.send(b"Q", statement.encode() + b"\0")
    while True:
        kind, payload = connection.read()
        if kind == b"G":
            break
        if kind == b"E":
            raise RuntimeError(connection.fields(payload))
    connection.socket.sendall(stream)
    failure = None
    while True:
        kind, payload = connection.read()
        if kind == b"E":
            failure = connection.fields(payload)
        if kind == b"Z":
            break
    if failure:
        raise RuntimeError(failure)
    return time.perf_counter() - started


def copy_out(connection, statement):
    """(seconds, bytes)"""
    started = time.perf_counter()
    connection.send(b"Q", statement.encode() + b"\0")
    received, tail = 0, b""
    while True:
        data = connection.socket.recv(1 << 20)
        if not data:
            raise RuntimeError("connection closed")
        received += len(data)
        tail = (tail + data)[-6:]
        if tail[:5] == b"Z\0\0\0\5":
            return time.perf_counter() - started, received


def run_sql(connection, text):
    started = time.perf_counter()
    for kind, value in connection.query(text):
        if kind == "error":
            raise RuntimeError(value)
    return time.perf_counter() - started


def scalar(connection, text):
    for kind, value in connection.query(text):
        if kind == "error":
            raise RuntimeError(value)
        if kind == "result" and value.rows:
            return value.rows[0][0]
    return None


class Pair:
    """A connection to each server."""

    def __init__(self, ports, connect):
        self.ports, self.connect = ports, connect
        self.connections = {name: connect(port) for name, port in ports.items()}

    def sql(self, text):
        return {name: run_sql(connection, text) for name, connection in self.connections.items()}

    def measure(self, runs, prepare, action):
        """Median seconds of `action(connection)`; runs alternate."""
        times = {name: [] for name in self.ports}
        for _ in range(runs):
            for name, connection in self.connections.items():
                if prepare:
                    run_sql(connection, prepare)
                times[name].append(action(connection))
        return {name: statistics.median(values) for name, values in times.items()}


def ratio(times):
    mine, theirs = times.values()
    return f"{theirs / mine:.2f}"


def make_table(dims, indexed=""):
    return ("DROP TABLE IF EXISTS copy_bench;"
            f"CREATE TABLE copy_bench (id bigserial PRIMARY KEY, embedding vector({dims}));{indexed}")


def load_sets(options, read_vecs):
    for spec in options.copy_sets.split(","):
        rows, dims = map(int, spec.split("x"))
        path = os.path.join(options.data, "glove6b-100", "base.fvecs")
        if dims == 100 and os.path.exists(path):
            raw = np.fromfile(path, dtype=np.float32).reshape(-1, 101)[:rows, 1:]
            yield spec, np.ascontiguousarray(raw)
        else:
            yield spec, np.random.default_rng(1).standard_normal((rows, dims), dtype=np.float32)


def streams(pair, options, table):
    rows = []
    for spec, vectors in load_sets(options, None):
        count, dims = vectors.shape
        for form in options.copy_formats.split(","):
            printer = next(iter(pair.connections.values()))
            stream = framed(binary_rows(vectors) if form == "binary" else printed_rows(printer, vectors, form))
            statement = f"COPY copy_bench (embedding) FROM STDIN (FORMAT {form})"
            times = pair.measure(options.runs, make_table(dims), lambda c: copy_in(c, statement, stream))
            out = pair.measure(options.runs, None,
                               lambda c: copy_out(c, f"COPY copy_bench (embedding) TO STDOUT (FORMAT {form})")[0])
            for label, result in ((f"FROM {form} {spec}", times), (f"TO {form} {spec}", out)):
                mine, theirs = result.values()
                rows.append((label, f"{count / mine:,.0f}", f"{count / theirs:,.0f}", ratio(result)))
            for name, connection in pair.connections.items():
                got = scalar(connection, "SELECT count(*) FROM copy_bench")
                if int(got) != count:
                    raise RuntimeError(f"{name}: {got} rows, sent {count}")
    table("COPY of vectors, one connection, bigserial primary key", ("", "Vecino rows/s", "PostgreSQL rows/s", "ratio"), rows)


def two_connections(pair, options, table):
    spec, vectors = next(iter(load_sets(options, None)))
    count, dims = vectors.shape
    printer = next(iter(pair.connections.values()))
    rows = []
    for form in options.copy_formats.split(","):
        whole, *halves = (framed(binary_rows(part) if form == "binary" else printed_rows(printer, part, form))
                          for part in (vectors, vectors[:count // 2], vectors[count // 2:]))
        statement = f"COPY copy_bench (embedding) FROM STDIN (FORMAT {form})"
        for name, connection in pair.connections.items():
            one, both = [], []
            for _ in range(options.runs):
                run_sql(connection, make_table(dims))
                one.append(copy_in(connection, statement, whole))
                run_sql(connection, make_table(dims))
                both.append(copy_in_at_once(pair, name, statement, halves))
                if int(scalar(connection, "SELECT count(*) FROM copy_bench")) != count:
                    raise RuntimeError("rows are missing")
            a, b = statistics.median(one), statistics.median(both)
            rows.append((f"{name}, {form}", f"{count / a:,.0f}", f"{count / b:,.0f}", f"{a / b:.2f}"))
    table(f"COPY {spec}, rows/s", ("", "one connection", "two connections", "two/one"), rows)


def copy_in_at_once(pair, name, statement, streams_in):
    """Seconds until each stream is in, by a connection of its own."""
    clients = [pair.connect(pair.ports[name]) for _ in streams_in]
    threads = [threading.Thread(target=copy_in, args=(c, statement, s)) for c, s in zip(clients, streams_in)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    for client in clients:
        client.close()
    return seconds


def narrow(pair, options, table):
    count = options.narrow_rows
    lines = "\n".join(f"{(i * 7919) % count}\tvalue number {i % 1000}" for i in range(count)) + "\n"
    stream = framed(lines.encode())
    steps = {}
    for name, connection in pair.connections.items():
        run_sql(connection, "DROP TABLE IF EXISTS copy_narrow; CREATE TABLE copy_narrow (n int, t text)")
        steps.setdefault("COPY", {})[name] = copy_in(connection, "COPY copy_narrow FROM STDIN", stream)
        for label, text in (("CREATE INDEX", "CREATE INDEX ON copy_narrow (n)"), ("count(*)", "SELECT count(*) FROM copy_narrow"),
                            ("GROUP BY", "SELECT t, count(*), sum(n) FROM copy_narrow GROUP BY t")):
            steps.setdefault(label, {})[name] = run_sql(connection, text)
        run_sql(connection, "DROP TABLE copy_narrow")
    table(f"{count:,} rows (int, text), seconds", ("", "Vecino", "PostgreSQL", "ratio"),
          [(label, *(f"{t:.2f}" for t in times.values()), ratio(times)) for label, times in steps.items()])


def executemany(pair, options, table):
    import psycopg
    from pgvector.psycopg import register_vector
    rows = []
    for shape in options.many_shapes.split(","):
        dims, form = int(shape.split(":")[0]), shape.split(":")[1]
        vectors = np.random.default_rng(2).standard_normal((options.many_rows, dims), dtype=np.float32).round(6)
        if form == "text":
            parameters = [("[" + ",".join(map(repr, vector.tolist())) + "]",) for vector in vectors]
        else:
            parameters = [(vector,) for vector in vectors]
        all_times = {name: [] for name in pair.ports}
        for name, port in list(pair.ports.items()) * options.runs:
            with psycopg.connect(f"host=127.0.0.1 port={port} user=postgres dbname={options.database}") as connection:
                connection.execute(make_table(dims))
                connection.commit()
                if form == "numpy":
                    register_vector(connection)
                started = time.perf_counter()
                with connection.cursor() as cursor:
                    cursor.executemany("INSERT INTO copy_bench (embedding) VALUES (%s)", parameters)
                connection.commit()
                all_times[name].append(time.perf_counter() - started)
        times = {name: statistics.median(values) for name, values in all_times.items()}
        mine, theirs = times.values()
        rows.append((f"{options.many_rows:,} vectors of {dims}, {form}", f"{mine:.2f}", f"{theirs:.2f}", ratio(times)))
    table("psycopg executemany", ("", "Vecino s", "PostgreSQL s", "ratio"), rows)


def statements(pair, options, table):
    """Big statements of SQL over rows that are there."""
    rows = []
    count = options.many_rows * 5
    for label, prepare, text in (
            ("CREATE TABLE AS", "DROP TABLE IF EXISTS copy_as",
             f"CREATE TABLE copy_as AS SELECT n, 'value ' || n AS t FROM generate_series(1, {count}) n"),
            ("INSERT ... SELECT, primary key", "DROP TABLE IF EXISTS copy_to; CREATE TABLE copy_to (n int PRIMARY KEY, t text)",
             "INSERT INTO copy_to SELECT * FROM copy_as"),
            ("UPDATE", None, "UPDATE copy_to SET t = t || '!'"),
            ("DELETE", None, "DELETE FROM copy_to"),
            ("CREATE UNIQUE INDEX", None, "CREATE UNIQUE INDEX ON copy_as (t)")):
        times = pair.measure(1, prepare, lambda c: run_sql(c, text))
        mine, theirs = times.values()
        rows.append((label, f"{mine:.2f}", f"{theirs:.2f}", ratio(times)))
    pair.sql("DROP TABLE copy_as; DROP TABLE copy_to")
    table(f"{count:,} rows, seconds", ("", "Vecino", "PostgreSQL", "ratio"), rows)


def indexed(pair, options, table):
    vectors = np.random.default_rng(3).standard_normal((options.indexed_rows, 100), dtype=np.float32)
    stream = framed(binary_rows(vectors))
    statement = "COPY copy_bench (embedding) FROM STDIN (FORMAT binary)"
    index = "CREATE INDEX ON copy_bench USING hnsw (embedding vector_l2_ops);"
    times = pair.measure(1, make_table(100, index), lambda c: copy_in(c, statement, stream))
    mine, theirs = times.values()
    table("COPY into a table with an HNSW index", ("", "Vecino s", "pgvector s", "ratio"),
          [(f"{options.indexed_rows:,} x 100", f"{mine:.2f}", f"{theirs:.2f}", ratio(times))])


def seed(pair, options, table):
    script = os.path.join(options.seed, "load_random_items.py")
    if not os.path.exists(script):
        print(f"skipped: {script} is not there")
        return
    times = {}
    for name, port in pair.ports.items():
        environment = {**os.environ, "ROWS": "200000", "DIMS": "128",
                       "PG_DSN": f"host=127.0.0.1 port={port} user=postgres dbname={options.database}"}
        started = time.perf_counter()
        subprocess.run(["python3", script], env=environment, check=True, stdout=subprocess.DEVNULL)
        times[name] = time.perf_counter() - started
    mine, theirs = times.values()
    table("load_random_items.py, ROWS=200000 DIMS=128", ("", "Vecino s", "PostgreSQL s", "ratio"),
          [("total", f"{mine:.2f}", f"{theirs:.2f}", ratio(times))])


PARTS = {"streams": streams, "two": two_connections, "narrow": narrow, "executemany": executemany,
         "statements": statements, "indexed": indexed, "seed": seed}


def run(options, ports, connect, table):
    """`connect(port)`: an open connection to the benchmark's database."""
    pair = Pair(ports, connect)
    pair.sql("CREATE EXTENSION IF NOT EXISTS vector")
    for name in options.copy_parts.split(","):
        PARTS[name](pair, options, table)
    pair.sql("DROP TABLE IF EXISTS copy_bench")
