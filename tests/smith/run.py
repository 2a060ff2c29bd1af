#!/usr/bin/env python3
"""Random statements of Debian's sqlsmith against Vecino.

  run.py --server build/release/vecinod [SECONDS] [--seed N]

sqlsmith reads the catalogs of the server and makes statements about what it finds there: half of them over the tables and
views of schema.sql alone, half over the catalogs as well. Each runs in a transaction that is rolled back, with
statement_timeout. A statement that gets an internal error (class XX), that costs the connection, or that goes on after its
timeout is a failure and is printed with the seed. Whatever else a statement answers is not looked at.
"""
import argparse
import collections
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from lib.pgwire import Connection, Error  # noqa: E402
from lib.server import Server  # noqa: E402

TIMEOUT = 2.0        # statement_timeout, seconds
PATIENCE = 10.0      # how much later its answer may come: builds with sanitizers are slow
SHOWN = 20           # failures printed in full
# Statements that do on purpose what would be a failure elsewhere.
AVOIDED = ("pg_terminate_backend", "pg_sleep", "pg_cancel_backend")


class Smith:
    """sqlsmith as a source of statements."""

    def __init__(self, port, seed, catalogs):
        command = ["sqlsmith", f"--target=host=127.0.0.1 port={port} user=postgres dbname=postgres", f"--seed={seed}", "--dry-run"]
        if not catalogs:
            command.append("--exclude-catalog")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")

    def statement(self):
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.rstrip().endswith(";"):
                # Three quarters of the statements have it, and would say only that it is not supported.
                return re.sub(r"tablesample \w+ \([^)]*\)", "", "".join(lines)).strip().rstrip(";")
        raise RuntimeError("sqlsmith stopped: " + self.process.stderr.read()[-1000:])

    def stop(self):
        self.process.kill()
        self.process.communicate()


class Run:
    def __init__(self, binary):
        self.server = Server(binary)
        self.server.start(timeout=120)
        self.connection = self.server.connect(timeout=TIMEOUT + PATIENCE + 60)
        with open(os.path.join(HERE, "schema.sql")) as schema:
            self.execute(schema.read())
        self.prepare_session()
        self.outcomes = collections.Counter()
        self.missing = collections.Counter()
        self.failures = []

    def execute(self, text):
        """The SQLSTATE that the text ends in, or 00000; errors of the schema are errors of the suite."""
        for kind, value in self.connection.query(text):
            if kind == "error":
                raise Error(value)

    def prepare_session(self):
        self.execute(f"set statement_timeout = {int(TIMEOUT * 1000)}")

    def attempt(self, statement):
        start = time.time()
        state, message = "00000", ""
        try:
            for text in ("begin", statement, "rollback"):
                for kind, value in self.connection.query(text):
                    if kind == "error" and state == "00000":
                        state, message = value.get("C"), value.get("M")
        except (OSError, socket.timeout, EOFError) as error:
            if state != "57P01":
                self.fail(statement, f"connection lost: {error}\n{self.server.log_tail(600)}")
            self.reconnect()
            return
        took = time.time() - start
        self.outcomes[state] += 1
        if state == "0A000":
            self.missing[message] += 1
        if state.startswith("XX"):
            self.fail(statement, f"{state}: {message}")
        elif took > TIMEOUT + PATIENCE:
            self.fail(statement, f"took {took:.1f} s with a timeout of {TIMEOUT:g} s ({state})")

    def reconnect(self):
        if self.server.process.poll() is not None:
            self.server.process = None
            self.server.start(timeout=120)
        self.connection = self.server.connect(timeout=TIMEOUT + PATIENCE + 60)
        self.prepare_session()

    def fail(self, statement, reason):
        self.failures.append((statement, reason))
        if len(self.failures) <= SHOWN:
            print(f"--- failure {len(self.failures)}: {reason}\n{statement};\n", flush=True)

    def close(self):
        try:
            self.server.stop()
        except RuntimeError as error:
            self.fail("", str(error))
        shutil.rmtree(self.server.directory, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", nargs="?", type=float, default=120)
    parser.add_argument("--server", required=True)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    if not shutil.which("sqlsmith"):
        print("skipped: sqlsmith is not installed (Debian package sqlsmith)")
        return 0
    seed = options.seed if options.seed is not None else random.randrange(1, 10 ** 6)
    print(f"sqlsmith, seed {seed}", flush=True)
    run = Run(options.server)
    sources = [Smith(run.server.port, seed, catalogs) for catalogs in (False, True)]
    statements, end = 0, None
    try:
        while end is None or time.time() < end:
            for source in sources:
                text = source.statement()
                end = end or time.time() + options.seconds  # reading the catalogs does not count
                if any(word in text for word in AVOIDED):
                    continue
                run.attempt(text)
                statements += 1
    finally:
        for source in sources:
            source.stop()
        run.close()
    summary = ", ".join(f"{state} {count}" for state, count in run.outcomes.most_common(12))
    print(f"{statements} statements: {summary}")
    for message, count in run.missing.most_common(5):
        print(f"  {count} times: {message}")
    print(f"{len(run.failures)} failures" + (f" (seed {seed})" if run.failures else ""))
    return 1 if run.failures or statements == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
