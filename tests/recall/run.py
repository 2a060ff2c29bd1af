#!/usr/bin/env python3
"""Exact kNN against published ground truth, over COPY-loaded data (text and binary), for L2, inner product and cosine.

  run.py --server build/release/vecinod [--data ../shared/data]

Ties aside: a returned row must be at most as far as the k-th true neighbour (within float32 rounding).
"""
import argparse
import array
import math
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from lib.server import Server  # noqa: E402

METRICS = {"l2": "<->", "ip": "<#>", "cosine": "<=>"}
SETS = ["small-glove100-20k", "small-use512-5k", "small-sift128-5k", "small-minilm384-2k"]
K = 10
QUERIES = 60


def read_vecs(path, kind):
    with open(path, "rb") as source:
        raw = source.read()
    size = struct.unpack("<i", raw[:4])[0]
    stride = 4 + 4 * size
    return [array.array(kind, raw[at + 4 : at + stride]) for at in range(0, len(raw), stride)]


def literal(vector):
    return "[" + ",".join(repr(x) for x in vector) + "]"


def distance(metric, a, b):
    if metric == "l2":
        return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b)))
    dot = sum(x * y for x, y in zip(a, b))
    if metric == "ip":
        return -dot
    return 1 - dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def copy_binary(rows):
    out = [b"PGCOPY\n\xff\r\n\0", struct.pack("!ii", 0, 0)]
    for number, vector in enumerate(rows):
        body = struct.pack("!hh", len(vector), 0) + struct.pack(f"!{len(vector)}f", *vector)
        out.append(struct.pack("!hiii", 2, 4, number, len(body)) + body)
    return b"".join(out) + struct.pack("!h", -1)


def copy_text(rows):
    return "".join(f"{number}\t{literal(vector)}\n" for number, vector in enumerate(rows)).encode()


def check_set(connection, folder, name):
    base = read_vecs(os.path.join(folder, "base.fvecs"), "f")
    queries = read_vecs(os.path.join(folder, "query.fvecs"), "f")[:QUERIES]
    dims = len(base[0])
    failures = checks = 0
    for form, encode in (("binary", copy_binary), ("text", copy_text)):
        connection.execute(f"DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY, e vector({dims}))")
        for event, value in connection.query(f"COPY items FROM STDIN (FORMAT {form})", encode(base)):
            if event == "error":
                print(f"FAIL {name}: COPY {form}: {value}")
                return 0, 1
        for metric, operator in METRICS.items():
            truth_path = os.path.join(folder, f"gt_{metric}.ivecs")
            if not os.path.exists(truth_path):
                continue
            truth = read_vecs(truth_path, "i")
            wrong = 0
            for number, query in enumerate(queries):
                rows = connection.rows(f"SELECT id FROM items ORDER BY e {operator} '{literal(query)}' LIMIT {K}")
                found = [int(i) for i, in rows]
                if found == list(truth[number][:K]):
                    continue
                limit = distance(metric, base[truth[number][K - 1]], query)
                slack = 1e-5 * max(1.0, abs(limit))
                if len(set(found)) != K or any(distance(metric, base[i], query) > limit + slack for i in found):
                    wrong += 1
            checks += 1
            failures += wrong > 0
            print(f"{'FAIL' if wrong else 'ok  '} {name} {form} {metric}: {len(queries) - wrong} of {len(queries)} queries",
                  flush=True)
    return checks - failures, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server")
    parser.add_argument("--data", default=os.path.join(HERE, "..", "..", "..", "shared", "data"))
    options = parser.parse_args()
    if not os.path.isdir(options.data):
        print(f"skipped: no data sets in {options.data}")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    passed = failed = 0
    with Server(options.server) as server:
        connection = server.connect()
        for name in SETS:
            good, bad = check_set(connection, os.path.join(options.data, name), name)
            passed, failed = passed + good, failed + bad
        connection.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
