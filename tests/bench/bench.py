#!/usr/bin/env python3
"""Measures Vecino beside PostgreSQL and prints ratios (>1 = Vecino is faster). Medians; runs alternate between the servers.

  bench.py pgbench [--seconds 30]   TPC-B and -S, 8 clients, simple/extended/prepared; prepared SELECT 1 with 1 and 8 clients
  bench.py knn [--data DIR]         exact kNN over glove6b-100 and fashion-mnist-784 (make_datasets.py of ../shared/data)
  bench.py copy [--copy-parts …]    COPY in all formats, narrow rows, executemany, big statements, an indexed table
  bench.py ann, wire [--sets ...]   HNSW in process beside hnswlib; HNSW and IVFFlat over the wire beside pgvector
  bench.py life [--life ...]        HNSW under inserts, deletes and updates, and over a restart
  bench.py connections              1,000 idle and 200 active connections: memory and latency
"""
import argparse
import array
import glob
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
from lib.pgwire import Connection  # noqa: E402
from lib.server import Server, free_port  # noqa: E402

BINARY = os.path.join(ROOT, "build/release/vecinod")


def pg_bin(name):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found[0] if found else shutil.which(name)


class Postgres:
    """A private PostgreSQL cluster with default settings on the same disk."""

    def __init__(self, parent):
        self.directory = os.path.join(parent, "pg")
        self.port = free_port()
        os.makedirs(self.directory)
        shutil.chown(self.directory, "postgres")
        self.run(f"{pg_bin('initdb')} -D {self.directory} -A trust -U postgres --locale=C.UTF-8 -E UTF8 >/dev/null")
        self.run(f"{pg_bin('pg_ctl')} -D {self.directory} -o '-p {self.port} -k /tmp -c listen_addresses=127.0.0.1"
                 f" -c max_connections=1300 -c shared_buffers=1GB' -l {self.directory}/log -w start >/dev/null")

    @staticmethod
    def run(command):
        subprocess.run(["su", "postgres", "-c", command], check=True, cwd="/tmp")

    def stop(self):
        self.run(f"{pg_bin('pg_ctl')} -D {self.directory} -m immediate stop >/dev/null")

    def memory(self):
        pid = open(os.path.join(self.directory, "postmaster.pid")).readline().strip()
        total = 0
        for line in subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True).stdout.splitlines():
            child, parent = line.split()
            if parent == pid or child == pid:
                total += private_memory(child)
        return total


def private_memory(pid):
    try:
        text = open(f"/proc/{pid}/smaps_rollup").read()
    except OSError:
        return 0
    return sum(int(n) for n in re.findall(r"Private_\w+:\s+(\d+)", text)) * 1024


def pgbench(port, *arguments):
    command = ["pgbench", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", *arguments, "postgres"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    tps = re.search(r"tps = ([\d.]+)", done.stdout)
    return float(tps.group(1)) if tps else 0.0


def table(title, header, rows):
    widths = [max(len(str(r[i])) for r in [header] + rows) for i in range(len(header))]
    print(f"\n{title}")
    for row in [header] + rows:
        print("  " + "  ".join(str(v).rjust(w) if i else str(v).ljust(w) for i, (v, w) in enumerate(zip(row, widths))))
    sys.stdout.flush()


def bench_pgbench(options):
    parent = tempfile.mkdtemp(prefix="vecino-bench-", dir=options.directory)
    os.chmod(parent, 0o755)
    postgres = Postgres(parent)
    server = Server(BINARY, os.path.join(parent, "vecino")).start()
    try:
        for name, port in (("Vecino", server.port), ("PostgreSQL", postgres.port)):
            started = time.time()
            pgbench(port, "-i", "-s", "10", "-q")
            print(f"pgbench -i -s 10, {name}: {time.time() - started:.1f} s")
        rows = []
        seconds = str(options.seconds)
        for label, arguments in (("TPC-B", []), ("-S", ["-S"])):
            for mode in ("simple", "extended", "prepared"):
                results = []
                for port in (server.port, postgres.port):
                    results.append(pgbench(port, "-c", "8", "-j", "2", "-T", seconds, "-M", mode, *arguments))
                rows.append((f"{label} {mode}", f"{results[0]:.0f}", f"{results[1]:.0f}", f"{results[0] / results[1]:.2f}"))
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write("SELECT 1;\n")
            script.flush()
            for clients in ("1", "8"):
                results = []
                for port in (server.port, postgres.port):
                    results.append(pgbench(port, "-n", "-c", clients, "-j", "2" if clients == "8" else "1", "-T",
                                           str(max(5, options.seconds // 3)), "-M", "prepared", "-f", script.name))
                rows.append((f"SELECT 1 prepared, {clients} clients", f"{results[0]:.0f}", f"{results[1]:.0f}",
                             f"{results[0] / results[1]:.2f}"))
        table(f"pgbench, scale 10, 8 clients, {seconds} s each, fsync on", ("", "Vecino tps", "PostgreSQL tps", "ratio"), rows)
    finally:
        server.stop()
        postgres.stop()
        shutil.rmtree(parent, ignore_errors=True)


def read_vecs(path, limit=None):
    raw = open(path, "rb").read()
    dims = struct.unpack("<i", raw[:4])[0]
    stride = 4 + 4 * dims
    count = len(raw) // stride if limit is None else min(limit, len(raw) // stride)
    return dims, [raw[i * stride + 4 : (i + 1) * stride] for i in range(count)]


def swap(vector):
    words = array.array("I", vector)
    words.byteswap()
    return words.tobytes()


def load(connection, name, dims, vectors):
    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, e vector({dims}))")
    parts = [b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)]
    for number, vector in enumerate(vectors):
        parts.append(struct.pack("!hiiihh", 2, 4, number, 4 + 4 * dims, dims, 0) + swap(vector))
    parts.append(struct.pack("!h", -1))
    data = b"".join(parts)
    started = time.time()
    connection.send(b"Q", f"COPY {name} FROM STDIN (FORMAT binary)".encode() + b"\0")
    while True:
        kind, payload = connection.read()
        if kind == b"G":
            break
        if kind == b"E":
            raise RuntimeError(connection.fields(payload))
    for at in range(0, len(data), 1 << 20):
        connection.send(b"d", data[at : at + (1 << 20)])
    connection.send(b"c")
    for event, value in connection.events():
        if event == "error":
            raise RuntimeError(value)
    elapsed = time.time() - started
    connection.execute(f"ANALYZE {name}")
    return elapsed


def bench_knn(options):
    data = options.data
    if not os.path.isdir(data):
        sys.exit(f"no data in {data}: run ../shared/data/make_datasets.py {data}")
    peer = os.path.join(ROOT, "..", "shared", "peer", "peer")
    dsn = subprocess.run([peer, "start"], check=True, capture_output=True, text=True).stdout
    peer_port = int(re.search(r"port=(\d+)", dsn).group(1))
    rows = []
    with Server(BINARY) as server:
        for name, operator in (("glove6b-100", "<=>"), ("fashion-mnist-784", "<->")):
            dims, base = read_vecs(os.path.join(data, name, "base.fvecs"))
            _, queries = read_vecs(os.path.join(data, name, "query.fvecs"), options.queries)
            target = name.replace("-", "_")
            connections = {"Vecino": Connection(server.port, timeout=600), "pgvector": Connection(peer_port, timeout=600)}
            loads = {who: load(c, target, dims, base) for who, c in connections.items()}
            times = {who: [] for who in connections}
            different = 0
            for vector in queries:
                literal = "[" + ",".join(repr(x) for x in array.array("f", vector)) + "]"
                answers = {}
                for who, connection in connections.items():
                    sql = f"SELECT id FROM {target} ORDER BY e {operator} '{literal}' LIMIT 10"
                    started = time.perf_counter()
                    answers[who] = connection.rows(sql)
                    times[who].append(time.perf_counter() - started)
                different += answers["Vecino"] != answers["pgvector"]
            medians = {who: statistics.median(t[3:]) * 1000 for who, t in times.items()}
            rows.append((f"{name} {len(base)} x {dims}", f"{medians['Vecino']:.1f}", f"{medians['pgvector']:.1f}",
                         f"{medians['pgvector'] / medians['Vecino']:.2f}", different,
                         f"{loads['Vecino']:.1f}", f"{loads['pgvector']:.1f}"))
            for connection in connections.values():
                connection.execute(f"DROP TABLE {target}")
                connection.close()
        table("exact kNN, LIMIT 10, one client, median ms (pgvector: parallel sequential scan)",
              ("", "Vecino ms", "pgvector ms", "ratio", "answers that differ", "COPY s", "COPY s pgvector"), rows)


def bench_wire(options):
    import ann_wire
    peer = os.path.join(ROOT, "..", "shared", "peer", "peer")
    dsn = subprocess.run([peer, "start"], check=True, capture_output=True, text=True).stdout
    ports = {"Vecino": options.port}
    server = None
    if options.port == 0:
        server = Server(BINARY).start()
    ports["Vecino"] = options.port or server.port
    ports["pgvector"] = int(re.search(r"port=(\d+)", dsn).group(1))
    try:
        ann_wire.run(options, ports, lambda port: Connection(port, timeout=3600), read_vecs, load, swap, table)
    finally:
        if server:
            server.stop()


def bench_copy(options):
    import copy_load
    peer = os.path.join(ROOT, "..", "shared", "peer", "peer")
    dsn = subprocess.run([peer, "start"], check=True, capture_output=True, text=True).stdout
    peer_port = int(re.search(r"port=(\d+)", dsn).group(1))
    parent = tempfile.mkdtemp(prefix="vecino-bench-", dir=options.directory)
    server = None if options.port else Server(BINARY, os.path.join(parent, "vecino")).start()
    ports = {"Vecino": options.port or server.port, "PostgreSQL": peer_port}
    options.database = "copy_bench"
    try:
        for port in ports.values():
            maintenance = Connection(port, timeout=3600)
            maintenance.execute("DROP DATABASE IF EXISTS copy_bench")
            maintenance.execute("CREATE DATABASE copy_bench")
            maintenance.close()
        copy_load.run(options, ports, lambda port: Connection(port, database="copy_bench", timeout=3600), table)
    finally:
        if server:
            server.stop()
        shutil.rmtree(parent, ignore_errors=True)


def bench_life(options):
    """Inserts, churn and restart of an HNSW index; options.life names some of them."""
    import vector_life
    peer = os.path.join(ROOT, "..", "shared", "peer", "peer")
    dsn = subprocess.run([peer, "start"], check=True, capture_output=True, text=True).stdout
    peer_port = int(re.search(r"port=(\d+)", dsn).group(1))
    for what in options.life.split(","):
        with Server(BINARY) as server:
            if what == "restart":
                vector_life.restart(options, server, peer_port, connect_slow, load, swap, table)
            else:
                ports = {"Vecino": server.port, "pgvector": peer_port}
                getattr(vector_life, what)(options, ports, connect_slow, read_vecs, load, swap, table)


def connect_slow(port):
    return Connection(port, timeout=3600)


def bench_ann(options):
    binary = os.path.join(ROOT, "build/release/tests/bench_ann")
    subprocess.run(["ninja", "-C", os.path.join(ROOT, "build/release"), "bench_ann"], check=True, stdout=subprocess.DEVNULL)
    for name in options.sets.split(","):
        subprocess.run([binary, os.path.join(options.data, name), f"svg=/tmp/vecino_ann_{name}.svg"], check=True)


def bench_connections(options):
    rows = []
    parent = tempfile.mkdtemp(prefix="vecino-bench-", dir=options.directory)
    os.chmod(parent, 0o755)
    postgres = Postgres(parent)
    server = Server(BINARY, os.path.join(parent, "vecino"), arguments=["-c", "max_connections=1500"]).start()
    try:
        for who, port, memory in (("Vecino", server.port, lambda: private_memory(server.process.pid)),
                                  ("PostgreSQL", postgres.port, postgres.memory)):
            before = memory()
            idle = [Connection(port) for _ in range(1000)]
            for connection in idle:
                connection.execute("SELECT 1")
            per_connection = (memory() - before) / len(idle)
            latencies = []

            def work():
                connection = Connection(port)
                end = time.time() + 10
                while time.time() < end:
                    started = time.perf_counter()
                    connection.execute("SELECT count(*) FROM generate_series(1, 10)")
                    latencies.append(time.perf_counter() - started)
                connection.close()

            threads = [threading.Thread(target=work) for _ in range(200)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            latencies.sort()
            for connection in idle:
                connection.close()
            rows.append((who, f"{per_connection / 1024:.0f}", len(latencies) // 10, f"{latencies[len(latencies) // 2] * 1000:.1f}",
                         f"{latencies[int(len(latencies) * 0.99)] * 1000:.1f}"))
        table("1,000 idle and 200 active connections (the Python client takes most of the CPU)",
              ("", "kB per idle connection", "queries/s", "p50 ms", "p99 ms"), rows)
    finally:
        server.stop()
        postgres.stop()
        shutil.rmtree(parent, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["all"])
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--data", default="/var/tmp/vecino-data")
    parser.add_argument("--directory", default="/var/tmp", help="where the servers keep their data")
    parser.add_argument("--sets", default="glove6b-100,fashion-mnist-784", help="wire, ann: data sets")
    parser.add_argument("--methods", default="hnsw,ivfflat", help="wire: access methods")
    parser.add_argument("--port", type=int, default=0, help="wire, copy: a running Vecino")
    parser.add_argument("--runs", type=int, default=3, help="copy: runs whose median counts")
    parser.add_argument("--copy-parts", default="streams,two,narrow,executemany,statements,indexed,seed")
    parser.add_argument("--copy-sets", default="331479x100,200000x128,100000x768,50000x1536")
    parser.add_argument("--copy-formats", default="binary,text,csv")
    parser.add_argument("--narrow-rows", type=int, default=10_000_000)
    parser.add_argument("--many-rows", type=int, default=100_000)
    parser.add_argument("--many-shapes", default="100:numpy", help="copy: vectors of executemany, DIMS:numpy or DIMS:text")
    parser.add_argument("--indexed-rows", type=int, default=50_000)
    parser.add_argument("--seed", default=os.path.join(ROOT, "..", "shared", "seed"), help="copy: where load_random_items.py is")
    parser.add_argument("--life", default="inserts,churn,restart", help="life: which parts")
    parser.add_argument("--rows", type=int, default=1000000, help="life: rows of the restart")
    parser.add_argument("--keep", action="store_true", help="wire: use tables and indexes that are there, and leave them")
    options = parser.parse_args()
    benches = {"pgbench": bench_pgbench, "knn": bench_knn, "connections": bench_connections, "ann": bench_ann,
               "wire": bench_wire, "copy": bench_copy, "life": bench_life}
    for name in benches if options.what in ([], ["all"]) else options.what:
        benches[name](options)


if __name__ == "__main__":
    main()
