#!/usr/bin/env python3
"""psql's own commands: scripts whose output must equal what psql prints for a real PostgreSQL.

  run.py --server build/release/vecinod     or --port P (any PostgreSQL; --update writes the expected output from it)
"""
import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from lib.server import Server  # noqa: E402

# What may differ between servers: timings, source places in \errverbose, the size columns of \d+ lists.
NOISE = [(r"Time: [\d.]+ ms", "Time: N ms"), (r"^LOCATION:.*\n", ""), (r"\b\d+ (bytes|kB)\b", "N bytes"), (r"\b0\.8\.\d\b", "0.8.N")]


def run_script(name, port):
    base = ["psql", "-X", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
    for sql in ("DROP DATABASE IF EXISTS psql_case", "CREATE DATABASE psql_case"):
        subprocess.run(base + ["-q", "-d", "postgres", "-c", sql], check=True, capture_output=True)
    subprocess.run(base + ["-q", "-d", "psql_case", "-c", "CREATE EXTENSION IF NOT EXISTS vector"], capture_output=True)
    with open(os.path.join(HERE, name + ".sql")) as script:
        text = script.read()
    # pstdin reads from psql's own standard input, so the script goes in as that.
    done = subprocess.run(base + ["-a", "-d", "psql_case"], input=text, capture_output=True, text=True,
                          env={**os.environ, "PSQLRC": "/dev/null", "LC_ALL": "C.UTF-8", "PGOPTIONS": "-c TimeZone=UTC"})
    output = done.stdout + "-- stderr\n" + done.stderr
    for pattern, replacement in NOISE:
        output = re.sub(pattern, replacement, output, flags=re.M)
    return output


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server")
    parser.add_argument("--port", type=int)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    if not shutil.which("psql"):
        print("skipped: psql is not installed")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    server = None if options.port else Server(options.server).start()
    port = options.port or server.port
    passed = failed = 0
    try:
        for name in sorted(f[:-4] for f in os.listdir(HERE) if f.endswith(".sql")):
            actual = run_script(name, port)
            path = os.path.join(HERE, name + ".out")
            if options.update:
                open(path, "w").write(actual)
            expected = open(path).read() if os.path.exists(path) else ""
            good = actual == expected
            passed, failed = passed + good, failed + (not good)
            print(f"{'ok  ' if good else 'FAIL'} {name}")
            if not good:
                for line in difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual",
                                                 lineterm="", n=2):
                    print(line)
    finally:
        if server:
            server.stop()
            server.remove()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
