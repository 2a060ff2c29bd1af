"""HNSW and IVFFlat over the wire beside PostgreSQL + pgvector: same rows, same k, same index parameters, query vectors taken
from a table in the same statement (pgbench -M prepared) and as binary parameters; recall@10 against exact truth."""
import array
import os
import re
import struct
import subprocess
import tempfile
import time

SETS = {"glove6b-100": ("<=>", "vector_cosine_ops", "cosine", 600), "fashion-mnist-784": ("<->", "vector_l2_ops", "l2", 250),
        "small-glove100-20k": ("<=>", "vector_cosine_ops", "cosine", 100)}


def truth_of(data, name, metric):
    path = os.path.join(data, name, f"gt_{metric}_first1000q.ivecs")
    if not os.path.exists(path):
        path = os.path.join(data, name, f"gt_{metric}.ivecs")
    raw = open(path, "rb").read()
    width = struct.unpack("<i", raw[:4])[0]
    stride = 4 + 4 * width
    return [set(struct.unpack_from("<10i", raw, i * stride + 4)) for i in range(len(raw) // stride)]


def recall(connection, target, operator, truth, count):
    hits = 0
    for i in range(count):
        found = connection.rows(f"SELECT id FROM {target} ORDER BY e {operator} (SELECT e FROM {target}_q WHERE id = {i}) LIMIT 10")
        hits += len(truth[i] & {int(row[0]) for row in found})
    return hits / (10 * count)


def pgbench(port, target, operator, settings, clients, seconds, queries):
    """Transactions a second, and the latency's average in ms."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"\\set i random(0, {queries - 1})\nSELECT id FROM {target} ORDER BY e {operator} "
                     f"(SELECT e FROM {target}_q WHERE id = :i) LIMIT 10;\n")
        script.flush()
        environment = dict(os.environ, PGOPTIONS=" ".join(f"-c {k}={v}" for k, v in settings.items()))
        command = ["pgbench", "-n", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-c", str(clients), "-j",
                   str(min(clients, 2)), "-T", str(seconds), "-M", "prepared", "-f", script.name, "postgres"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
    return float(re.search(r"tps = ([\d.]+)", done.stdout).group(1))


def binary_parameters(connection, target, operator, vectors, swap, seconds):
    """One client, vectors as binary parameters of a prepared statement; messages are made beforehand."""
    sql = f"SELECT id FROM {target} ORDER BY e {operator} $1 LIMIT 10"
    connection.send(b"P", b"s\0" + sql.encode() + b"\0" + struct.pack("!h", 0))
    connection.send(b"S", b"")
    wait_ready(connection)
    frames = []
    for vector in vectors:
        dims = len(vector) // 4
        value = struct.pack("!hh", dims, 0) + swap(vector)
        bind = b"\0s\0" + struct.pack("!hhh", 1, 1, 1) + struct.pack("!i", len(value)) + value + struct.pack("!hh", 1, 1)
        frames.append(b"".join(kind + struct.pack("!i", len(body) + 4) + body
                               for kind, body in ((b"B", bind), (b"E", b"\0" + struct.pack("!i", 0)), (b"S", b""))))
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        connection.socket.sendall(frames[count % len(frames)])
        wait_ready(connection)
        count += 1
    rate = count / (time.perf_counter() - started)
    connection.send(b"C", b"Ss\0")
    connection.send(b"S", b"")
    wait_ready(connection)
    return rate


def wait_ready(connection):
    while True:
        kind, payload = connection.read()
        if kind == b"E":
            raise RuntimeError(connection.fields(payload))
        if kind == b"Z":
            return


def run(options, ports, connect, read_vecs, load, swap, table):
    for name in options.sets.split(","):
        operator, opclass, metric, lists = SETS[name]
        dims, base = read_vecs(os.path.join(options.data, name, "base.fvecs"))
        _, queries = read_vecs(os.path.join(options.data, name, "query.fvecs"), 1000)
        truth = truth_of(options.data, name, metric)
        target = "wire_" + re.sub(r"\W", "_", name)
        connections = {who: connect(port) for who, port in ports.items()}
        for who, connection in connections.items():
            exists = connection.rows(f"SELECT count(*) FROM pg_class WHERE relname = '{target}_q'")[0][0] == "1"
            if not exists or not options.keep:
                load(connection, target, dims, base)
                load(connection, target + "_q", dims, queries)
        for method, option, knob, values in (("hnsw", "m = 16, ef_construction = 64", "hnsw.ef_search", (40, 100, 200)),
                                             ("ivfflat", f"lists = {lists}", "ivfflat.probes", (10, 30))):
            if method not in options.methods:
                continue
            builds = {}
            for who, connection in connections.items():
                present = connection.rows(f"SELECT count(*) FROM pg_class WHERE relname = '{target}_{method}'")[0][0] == "1"
                if present and options.keep:
                    continue
                connection.execute("SET maintenance_work_mem = '2GB'")
                connection.execute("SET max_parallel_maintenance_workers = 2")
                connection.execute(f"DROP INDEX IF EXISTS {target}_hnsw, {target}_ivfflat")
                started = time.time()
                connection.execute(f"CREATE INDEX {target}_{method} ON {target} USING {method} (e {opclass}) WITH ({option})")
                builds[who] = time.time() - started
            if len(builds) == 2:
                table(f"{name}: CREATE INDEX USING {method} ({option})", ("", "Vecino s", "pgvector s", "ratio"),
                      [("build", f"{builds['Vecino']:.1f}", f"{builds['pgvector']:.1f}",
                        f"{builds['pgvector'] / builds['Vecino']:.1f}")])
            rows = []
            for value in values:
                figures = {}
                for who, connection in connections.items():
                    connection.execute(f"SET {knob} = {value}")
                    one = [recall(connection, target, operator, truth, len(truth))]
                    one += [pgbench(ports[who], target, operator, {knob: value}, clients, options.seconds, len(queries))
                            for clients in (1, 16)]
                    one.append(binary_parameters(connection, target, operator, queries, swap, options.seconds))
                    figures[who] = one
                ours, theirs = figures["Vecino"], figures["pgvector"]
                rows.append((f"{knob.split('.')[1]} {value}", f"{ours[0]:.4f}", f"{theirs[0]:.4f}",
                             *(f"{ours[i]:.0f} / {theirs[i]:.0f} = {ours[i] / theirs[i]:.1f}" for i in (1, 2, 3))))
            table(f"{name} {len(base)} x {dims}, {method} ({option}), LIMIT 10: Vecino / pgvector queries a second",
                  ("", "recall", "pgvector's", "1 client", "16 clients", "1 client, binary parameter"), rows)
        for connection in connections.values():
            if not options.keep:
                connection.execute(f"DROP TABLE {target}, {target}_q")
            connection.close()
