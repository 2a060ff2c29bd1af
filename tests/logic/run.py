#!/usr/bin/env python3
"""Generated statements on Vecino and on PostgreSQL 15: the same rows, types and error codes.

usage: run.py --server build/release/vecinod [STATEMENTS] [--seed S]

STATEMENTS (5,000) statements are made from consecutive seeds, from S on (random, and printed). Each runs on both servers; rows
are compared sorted unless the statement's ORDER BY determines their order, column types with their modifiers, and errors
by SQLSTATE. A statement that fails on both sides at run time (classes 21, 22, 54) counts as skipped, and so does one that fails so on
one side only: what is evaluated first is the planner's choice. Whatever else differs is made smaller and printed with its seed.

  --postgres PORT     a running PostgreSQL 15 on 127.0.0.1 (also VECINO_POSTGRES_PORT); otherwise one of this machine's
                      is started, as a user without privileges. Without any the suite says so and skips.
  --port PORT         a running server instead of --server
  --show              print every statement before it runs
  --failures N        stop after so many (20)
"""
import argparse
import os
import random
import re
import sys
import time
from contextlib import ExitStack
from decimal import Decimal

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from lib.pgwire import Connection  # noqa: E402
from lib.postgres import Postgres  # noqa: E402
from lib.server import Server  # noqa: E402

from generator import Generator  # noqa: E402
from schema import SETUP, sql_name  # noqa: E402
from tree import shrink  # noqa: E402

TIMEOUT = "20s"
SLOW = 0.5  # seconds of PostgreSQL; a statement that takes it longer may take anybody too long on a busy machine
DATABASE = "vecino_logic"
NUMBER = re.compile(r"-?\d+(\.\d+)?")
RUN_TIME = ("21", "22", "54", "57014")  # classes of errors that depend on what is evaluated


class Side:
    """One of the two servers; connects again when a statement has cost it the connection."""

    def __init__(self, name, port, user):
        self.name, self.port, self.user = name, port, user
        self.connection = None

    def prepare(self):
        admin = Connection(self.port, user=self.user, database="postgres")
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        admin.execute(f"CREATE DATABASE {DATABASE}")
        admin.close()
        self.connect()
        for event, value in self.connection.query(SETUP):
            if event == "error":
                raise RuntimeError(f"{self.name}: {value}")
        names = self.connection.rows("SELECT oid, typname FROM pg_type WHERE oid >= 16384")
        self.types = {int(oid): name for oid, name in names}

    def remove(self):
        if self.connection:
            self.connection.close()
        admin = Connection(self.port, user=self.user, database="postgres")
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        admin.close()

    def connect(self):
        self.connection = Connection(self.port, user=self.user, database=DATABASE, timeout=60)
        self.connection.tells_columns = True
        self.connection.execute(f"SET timezone = 'UTC'; SET datestyle = 'ISO'; SET statement_timeout = '{TIMEOUT}'")

    def run(self, text):
        try:
            if self.connection is None:
                self.connect()
            answer, start = Answer(), time.time()
            for event, value in self.connection.query(text):
                if event == "error":
                    answer.error = value
                elif event == "result":
                    answer.columns = [(self.types.get(column.oid, column.oid), column.typmod) for column in value.described or []]
                    answer.rows = value.rows
            answer.seconds = time.time() - start
            return answer
        except (OSError, ConnectionError) as problem:
            self.connection = None
            return Answer(lost=str(problem))


    def described(self, text):
        """Types as the analysis gives them: PostgreSQL's answers show them after constants were folded."""
        for kind, payload in ((b"P", b"\0" + text.encode() + b"\0\0\0"), (b"D", b"S\0"), (b"S", b"")):
            self.connection.send(kind, payload)
        columns = []
        for event, value in self.connection.events():
            if event == "described":
                columns = [(self.types.get(column.oid, column.oid), column.typmod) for column in value.described]
        return columns


class Answer:
    def __init__(self, lost=None):
        self.error, self.columns, self.rows, self.lost, self.seconds = None, [], [], lost, 0

    @property
    def code(self):
        return self.error and self.error["C"]

    def at_run_time(self):
        return self.error is not None and self.code.startswith(RUN_TIME)


def sort_key(row):
    return [(value is None, value or "") for value in row]


def same_values(left, right):
    """Equal numbers may be written with different scales where it is not determined which of them is kept."""
    if left == right:
        return True
    if left is None or right is None:
        return False
    return bool(NUMBER.fullmatch(left) and NUMBER.fullmatch(right) and Decimal(left) == Decimal(right))


def same_rows(left, right, ordered):
    if left == right:
        return True
    if len(left) != len(right):
        return False
    if not ordered:
        left, right = sorted(left, key=sort_key), sorted(right, key=sort_key)
    return all(all(map(same_values, a, b)) for a, b in zip(left, right))


def difference(expected, actual, ordered, same_types=lambda: False):
    """What differs, as a word; None: nothing; "skip": nothing can be said."""
    if actual.lost:
        return "lost connection"
    if expected.lost:
        return "skip"
    if actual.code == "XX000":
        return "internal error"
    if actual.code == "57014" and expected.code != "57014":
        return "timeout" if expected.seconds < SLOW else "skip"
    if expected.at_run_time() or actual.at_run_time():
        return "skip"
    if expected.code != actual.code:
        # Which of several mistakes is told first may differ.
        return None if expected.error and actual.error and expected.code[:2] == actual.code[:2] == "42" else "error"
    if expected.error:
        return None
    if expected.columns != actual.columns and not same_types():
        return "types"
    return None if same_rows(expected.rows, actual.rows, ordered) else "rows"


def describe(answer):
    if answer.lost:
        return answer.lost
    if answer.error:
        return f"{answer.code}: {answer.error.get('M')}"
    return f"{answer.columns} {len(answer.rows)} rows: {answer.rows[:8]}"


class Run:
    def __init__(self, oracle, server, options):
        self.oracle, self.server, self.options = oracle, server, options
        self.failures, self.skipped, self.errors, self.kinds = 0, 0, 0, {}

    def one(self, seed):
        tree, ordered = Generator(seed).statement()
        text = str(tree)
        if self.options.show:
            print(f"-- {seed}\n{text};", flush=True)
        what, expected, actual = self.compare(text, ordered)
        self.skipped += what == "skip"
        self.errors += expected.error is not None
        if what in (None, "skip"):
            return
        self.failures += 1
        self.kinds[what] = self.kinds.get(what, 0) + 1
        self.report(seed, tree, ordered, what, actual.code)

    def compare(self, text, ordered):
        expected, actual = self.oracle.run(text), self.server.run(text)
        return difference(expected, actual, ordered, lambda: self.oracle.described(text) == self.server.described(text)), expected, actual

    def report(self, seed, tree, ordered, what, code):
        def still_fails(text):
            # Without its ORDER BY or with another one a smaller statement may be free in its order.
            now, _, actual = self.compare(text, ordered and text.endswith(str(tree)[-12:]))
            return now == what and actual.code == code
        text = str(tree)
        if what not in ("lost connection", "timeout"):
            text = str(shrink(tree, still_fails, sql_name))
        print(f"\nseed {seed}: {what}\n  {text};")
        print(f"  PostgreSQL: {describe(self.oracle.run(text))}")
        print(f"  Vecino:     {describe(self.server.run(text))}", flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("statements", nargs="?", type=int, default=5000)
    parser.add_argument("--server")
    parser.add_argument("--port", type=int)
    parser.add_argument("--postgres", type=int, default=os.environ.get("VECINO_POSTGRES_PORT"))
    parser.add_argument("--seed", type=int)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--failures", type=int, default=20)
    options = parser.parse_args()
    if options.postgres is None and Postgres.binaries() is None:
        print("skipped: there is no PostgreSQL 15 on this machine (/usr/lib/postgresql/15/bin), and no --postgres PORT")
        return 0
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"{options.statements} statements from seed {seed}", flush=True)
    start = time.time()
    with ExitStack() as stack:
        postgres = int(options.postgres) if options.postgres else stack.enter_context(Postgres()).port
        port = options.port or stack.enter_context(Server(options.server)).port
        run = Run(Side("PostgreSQL", postgres, "postgres"), Side("Vecino", port, "postgres"), options)
        for side in (run.oracle, run.server):
            side.prepare()
            stack.callback(side.remove)
        done = 0
        while done < options.statements and run.failures < options.failures:
            run.one(seed + done)
            done += 1
        print(f"\n{done} statements in {time.time() - start:.0f} s: {run.failures} differ {run.kinds or ''}; "
              f"{run.errors} errors on PostgreSQL, {run.skipped} not comparable")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
