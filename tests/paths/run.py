#!/usr/bin/env python3
"""Access paths agree: after writes of every kind, all ways to the same rows give the same rows and distances.

usage: run.py --server build/release/vecinod [--seed S] [--rounds N] [--seconds T]

Each round makes a table (dimensions, type, size and indexes are drawn), writes to it in random ways and compares the plain scan
with what was written, and the copy of vectors in memory and each index with the plain scan: in the writing session and in
another one, within transactions, in snapshots taken before, after rollbacks, restarts, beside writers. A failure names the seed.
"""
import argparse
import os
import random
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from agree import Checker, OPCLASSES, OPERATORS  # noqa: E402
from lib.server import Server  # noqa: E402
from model import DEFINITIONS, PLAIN_WRITES, Table, quoted  # noqa: E402

DIMENSIONS = (1, 3, 16, 63, 64, 65, 100, 768, 2000, 16000)
COPY_BYTES = 256 << 10  # tables above it get a copy in memory
MOST_INDEXED = 2000


class Round:
    def __init__(self, number, seed, server):
        self.random = random.Random(f"{seed}/{number}")
        self.server = server
        self.connection = server.connect(timeout=300)
        self.other = server.connect(timeout=300)
        dimensions = DIMENSIONS[number % len(DIMENSIONS)]
        above = COPY_BYTES * 2 / (4 * dimensions + 24)
        size = int(self.random.choice((10, above, above, above)))
        self.table = Table(self.random, self.connection, dimensions, self.random.random() < 0.7, size)
        self.table.copy_text(size)
        self.indexes = {}
        self.checker = Checker(self.random, self.table, self.indexes)
        self.create_indexes()
        self.log = []

    def describe(self):
        kind = self.table.type_name()
        return f"{kind}, {self.table.size} rows, indexes {', '.join(self.indexes) or 'none'}; last writes: {', '.join(self.log[-6:])}"

    def create_indexes(self):
        if self.random.random() < 0.5:
            self.connection.execute("CREATE INDEX IF NOT EXISTS t_c ON t (c, id)")
        if not self.table.typed or self.table.dimensions > MOST_INDEXED:
            return
        operator = self.random.choice(OPERATORS)
        if self.random.random() < 0.5:
            self.connection.execute(f"CREATE INDEX t_hnsw ON t USING hnsw (v {OPCLASSES[operator]})")
            self.indexes["hnsw"] = operator
        elif operator != "<+>" and self.random.random() < 0.7:
            self.connection.execute(f"CREATE INDEX t_ivfflat ON t USING ivfflat (v {OPCLASSES[operator]}) WITH (lists = 10)")
            self.indexes["ivfflat"] = operator

    def forget_dropped(self):
        names = {name for name, in self.connection.rows("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 't'::regclass")}
        for method in list(self.indexes):
            if f"t_{method}" not in names:
                del self.indexes[method]

    # --- steps

    def write(self):
        action = self.random.choice(PLAIN_WRITES)
        self.log.append(action.__name__)
        action(self.table)

    def define(self):
        action = self.random.choice(DEFINITIONS)
        self.log.append(action.__name__)
        action(self.table)
        self.forget_dropped()

    def transaction(self):
        """Writes, searches within, a savepoint that is undone, then COMMIT or ROLLBACK."""
        before, next_id = dict(self.table.rows), self.table.next_id
        self.log.append("transaction")
        self.connection.execute("BEGIN")
        self.write()
        self.checker.nearest(self.connection)
        if self.random.random() < 0.6:
            kept = dict(self.table.rows)
            self.connection.execute("SAVEPOINT s")
            self.write()
            self.write()
            self.checker.nearest(self.connection)
            self.connection.execute("ROLLBACK TO s")
            self.table.rows = kept
            self.checker.nearest(self.connection)
        if self.random.random() < 0.5:
            self.write()
        if self.random.random() < 0.5:
            self.connection.execute("COMMIT")
        else:
            self.connection.execute("ROLLBACK")
            self.table.rows, self.table.next_id = before, next_id
            self.log.append("rolled back")

    def snapshot(self):
        """A snapshot keeps its answers while the rows change."""
        self.log.append("snapshot")
        self.other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        self.other.rows("SELECT 1 FROM t LIMIT 1")
        before = dict(self.table.rows)
        for _ in range(3):
            self.write()
        after, self.table.rows = self.table.rows, before
        self.checker.contents(self.other)
        for _ in range(3):
            self.checker.nearest(self.other)
        self.other.execute("COMMIT")
        self.table.rows = after

    def restart(self):
        self.log.append("restart")
        self.connection.close()
        self.other.close()
        self.server.restart()
        self.connection = self.table.connection = self.server.connect(timeout=300)
        self.other = self.server.connect(timeout=300)

    def beside_writers(self):
        """Two writers of rows of their own; a reader whose paths must agree in each of its snapshots."""
        self.log.append("beside writers")
        ids, failures = sorted(self.table.rows), []
        seeds = [self.random.random(), self.random.random()]
        changes = [{}, {}]

        def work(which):
            mine, changed, own = ids[which::2], changes[which], random.Random(seeds[which])
            connection = self.server.connect(timeout=300)
            for _ in range(15):
                if not mine:
                    break
                chosen = own.sample(mine, min(len(mine), own.choice((1, 3, 30))))
                vector = self.table.fresh_vector()
                listed = ",".join(map(str, chosen))
                if own.random() < 0.2:
                    connection.execute(f"DELETE FROM t WHERE id IN ({listed})")
                    changed.update({i: None for i in chosen})
                    mine = [i for i in mine if changed.get(i, ()) is not None]
                    continue
                connection.execute(f"BEGIN; UPDATE t SET v = {quoted(vector)} WHERE id IN ({listed})")
                if own.random() < 0.3:
                    connection.execute("ROLLBACK")
                    continue
                connection.execute("COMMIT")
                changed.update({i: vector for i in chosen})
            connection.close()

        def guarded(which):
            try:
                work(which)
            except Exception:
                failures.append(traceback.format_exc())

        threads = [threading.Thread(target=guarded, args=(which,)) for which in range(2)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            self.checker.nearest(self.other)
            self.other.execute("COMMIT")
        if failures:
            raise RuntimeError(failures[0])
        for changed in changes:
            for i, vector in changed.items():
                if vector is None:
                    del self.table.rows[i]
                else:
                    self.table.rows[i] = (vector, self.table.rows[i][1])

    def check(self):
        connection = self.random.choice((self.connection, self.other))
        self.checker.contents(connection)
        for _ in range(2):
            self.checker.nearest(connection)
        self.checker.keys(connection)

    def run(self, steps, may_restart):
        self.check()
        kinds = [self.write] * 6 + [self.define] * 2 + [self.transaction] * 2 + [self.snapshot, self.beside_writers]
        for step in range(steps):
            self.random.choice(kinds)()
            self.check()
            if may_restart and step == steps // 2:
                self.restart()
                self.check()
        return self.checker.compared


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the round to begin with")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=1e9, help="no further round begins after so long")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    begun, compared, rounds = time.time(), 0, 0
    with Server(options.server) as server:
        for number in range(options.first, options.first + options.rounds):
            if time.time() - begun > options.seconds:
                break
            one = Round(number, options.seed, server)
            try:
                compared += one.run(options.steps, may_restart=number % 4 == 3)
            except Exception as failure:
                traceback.print_exc()
                print(f"FAIL --seed {options.seed} --first {number} --rounds 1: {failure}\n  {one.describe()}")
                print(server.log_tail(1500))
                return 1
            one.connection.close()
            one.other.close()
            rounds += 1
    print(f"{rounds} rounds, {compared} answers agree, {time.time() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
