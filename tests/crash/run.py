#!/usr/bin/env python3
"""kill -9 at random moments under concurrent writers, with an oracle.

  run.py --server build/release/vecinod [--kills 200] [--writers 4] [--seed N] [--bulk]

Each writer owns a table (and creates and drops a second one) and keeps a model of what it must contain: the state after the
last acknowledged commit, and the state after the commit that was in flight when the server died. After every
restart the table, its indexes and the sequence must equal one of the two: every acknowledged commit is there, nothing else
is, and nothing is half-there. A shared table of transfers must keep its sum. With --bulk many transactions are too large for
the memory that the server gives them; their files must be gone after a restart.
"""
import argparse
import copy
import os
import random
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from lib.pgwire import Connection, Error  # noqa: E402
from lib.server import Server  # noqa: E402

ACCOUNTS = 20


class State:
    """What a writer's tables contain."""

    def __init__(self):
        self.rows = {}      # id -> value
        self.side = None    # rows of the second table; None = it does not exist
        self.has_extra = False  # column added by ALTER TABLE

    def __eq__(self, other):
        return (self.rows, self.side, self.has_extra) == (other.rows, other.side, other.has_extra)

    def __repr__(self):
        return f"{len(self.rows)} rows, side {self.side and len(self.side)}, extra {self.has_extra}"


class Writer(threading.Thread):
    def __init__(self, number, port, seed, state, max_id, bulk):
        super().__init__(daemon=True)
        self.bulk = bulk
        self.number, self.port, self.random = number, port, random.Random(seed)
        self.committed, self.in_flight = state, None
        self.next_id = max_id + 1
        self.commits = 0
        self.failure = None

    def run(self):
        try:
            connection = Connection(self.port, timeout=30)
            while True:
                self.one_transaction(connection)
        except (OSError, ConnectionError):
            return  # the server was killed
        except Error as error:
            if error.fields.get("C") not in ("57P01", "57P02", "57P03"):
                self.failure = f"writer {self.number}: {error} {error.fields}"

    def one_transaction(self, connection):
        state = copy.deepcopy(self.committed)
        autocommit = self.random.random() < 0.3
        if not autocommit:
            connection.execute("BEGIN")
        for _ in range(1 if autocommit else self.random.randint(1, 6)):
            if autocommit:
                # The statement is its own commit: its effect is in flight from here.
                trial = copy.deepcopy(state)
                statement = self.change(trial)
                self.in_flight = trial
                connection.execute(statement)
                state = trial
                break
            if self.random.random() < 0.2:
                before = copy.deepcopy(state)
                connection.execute("SAVEPOINT s")
                connection.execute(self.change(state))
                if self.random.random() < 0.5:
                    connection.execute("ROLLBACK TO s")
                    state = before
                else:
                    connection.execute("RELEASE s")
            else:
                connection.execute(self.change(state))
            if self.random.random() < 0.3:
                self.transfer(connection)
        if not autocommit:
            if self.random.random() < 0.15:
                connection.execute("ROLLBACK")
                return
            self.in_flight = state
            connection.execute("COMMIT")
        self.committed, self.in_flight = state, None
        self.commits += 1

    def transfer(self, connection):
        first, second = sorted(self.random.sample(range(ACCOUNTS), 2))
        connection.execute(f"UPDATE shared SET n = n - 1 WHERE id = {first}")
        connection.execute(f"UPDATE shared SET n = n + 1 WHERE id = {second}")

    def change(self, state):
        """One statement and its effect on the model."""
        table, pick = f"w{self.number}", self.random.random()
        if state.rows and self.random.random() < 0.1:  # vectors are not in the model: index and table must agree
            vector = [self.random.randint(0, 6), self.random.randint(0, 10), 1]
            return f"UPDATE {table} SET e = '{vector}' WHERE id % 5 = {self.random.randint(0, 4)}"
        if self.random.random() < 0.03:
            return f"REINDEX INDEX {table}_{self.random.choice(['h', 'i'])}"
        if self.bulk and state.rows and self.random.random() < 0.1:
            return self.bulk_change(state)
        if self.bulk and self.random.random() < 0.2:
            first, count = self.next_id, self.random.randint(200, 3000)
            self.next_id += count
            for i in range(first, first + count):
                state.rows[i] = i % 1000
            return (f"INSERT INTO {table} (id, v, e) SELECT i, i % 1000, ('[' || i % 7 || ',' || i % 11 || ',1]')::vector "
                    f"FROM generate_series({first}, {first + count - 1}) AS i")
        if pick < 0.45 or not state.rows:
            ids = range(self.next_id, self.next_id + self.random.randint(1, 5))
            self.next_id += len(ids)
            for i in ids:
                state.rows[i] = i % 1000
            values = ", ".join(f"({i}, {i % 1000}, '[{i % 7},{i % 11},1]')" for i in ids)
            return f"INSERT INTO {table} (id, v, e) VALUES {values}"
        if pick < 0.65:
            i = self.random.choice(list(state.rows))
            state.rows[i] = self.random.randint(0, 999)
            return f"UPDATE {table} SET v = {state.rows[i]} WHERE id = {i}"
        if pick < 0.75:
            limit = self.random.randint(0, 50)
            for i in [i for i, v in state.rows.items() if v < limit]:
                del state.rows[i]
            return f"DELETE FROM {table} WHERE v < {limit}"
        if pick < 0.85:
            i = self.random.choice(list(state.rows))
            del state.rows[i]
            return f"DELETE FROM {table} WHERE id = {i}"
        if pick < 0.88:
            state.rows = {}
            return f"TRUNCATE {table}"
        if pick < 0.91:
            state.has_extra = not state.has_extra
            return f"ALTER TABLE {table} " + ("ADD COLUMN extra int DEFAULT 7" if state.has_extra else "DROP COLUMN extra")
        if state.side is None:
            state.side = {i: i for i in range(self.random.randint(0, 20))}
            return f"CREATE TABLE {table}_side AS SELECT i AS id FROM generate_series(0, {len(state.side) - 1}) AS i"
        if pick < 0.95:
            state.side = None
            return f"DROP TABLE {table}_side"
        i = len(state.side) + 1000 + self.next_id
        self.next_id += 1
        state.side[i] = i
        return f"INSERT INTO {table}_side VALUES ({i})"


    def bulk_change(self, state):
        """Of many rows that lie together."""
        table = f"w{self.number}"
        ids = sorted(state.rows)
        first = self.random.choice(ids)
        last = first + self.random.choice([10, 600, 2000, 10 ** 9])
        within = [i for i in ids if first <= i <= last]
        if self.random.random() < 0.5:
            for i in within:
                del state.rows[i]
            return f"DELETE FROM {table} WHERE id BETWEEN {first} AND {last}"
        for i in within:
            state.rows[i] = (state.rows[i] + 1) % 1000
        return f"UPDATE {table} SET v = (v + 1) % 1000 WHERE id BETWEEN {first} AND {last}"


class Builder(threading.Thread):
    """Builds vector indexes under the writers, again and again."""

    def __init__(self, port, seed, tables):
        super().__init__(daemon=True)
        self.port, self.random, self.tables = port, random.Random(seed), tables
        self.builds = 0
        self.failure = None

    def run(self):
        try:
            connection = Connection(self.port, timeout=30)
            while True:
                self.one_build(connection, self.random.randrange(self.tables))
        except (OSError, ConnectionError):
            return  # the server was killed

    def one_build(self, connection, number):
        try:
            if self.random.random() < 0.5:
                connection.execute(f"DROP INDEX IF EXISTS w{number}_c")
                connection.execute(f"CREATE INDEX CONCURRENTLY w{number}_c ON w{number} USING hnsw (e vector_l2_ops)")
            else:
                connection.execute(f"REINDEX INDEX CONCURRENTLY w{number}_{self.random.choice(['h', 'i'])}")
            self.builds += 1
        except Error as error:
            # Shut down; a deadlock with a writer's ALTER TABLE.
            if error.fields.get("C") not in ("57P01", "57P02", "57P03", "40P01"):
                self.failure = f"builder: {error} {error.fields}"
                raise ConnectionError from error


def read_state(connection, number):
    state = State()
    table = f"w{number}"
    state.rows = {int(i): int(v) for i, v in connection.rows(f"SELECT id, v FROM {table}")}
    columns = [c for c, in connection.rows(
        f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped")]
    state.has_extra = "extra" in columns
    if connection.rows(f"SELECT 1 FROM pg_class WHERE relname = '{table}_side'"):
        state.side = {int(i): int(i) for i, in connection.rows(f"SELECT id FROM {table}_side")}
    return state


def check_indexes(connection, number, state):
    table = f"w{number}"
    unfinished = connection.rows("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")
    if unfinished:
        return f"unfinished indexes are left: {unfinished}"
    connection.execute("SET enable_seqscan = off")
    by_v = {}
    for i, v in state.rows.items():
        by_v.setdefault(v, set()).add(i)
    for v in list(by_v)[:20]:
        found = {int(i) for i, in connection.rows(f"SELECT id FROM {table} WHERE v = {v}")}
        if found != by_v[v]:
            return f"index on v of {table}: v = {v} gives {sorted(found)}, expected {sorted(by_v[v])}"
    for i in list(state.rows)[:20]:
        if len(connection.rows(f"SELECT id FROM {table} WHERE id = {i}")) != 1:
            return f"primary key of {table} does not find {i}"
    for operator, settings in (("<->", "hnsw.iterative_scan = relaxed_order"), ("<=>", "ivfflat.probes = 5")):
        connection.execute(f"SET {settings}")
        sql = f"SELECT id, e {operator} '[1,2,3]' AS d FROM {table} ORDER BY e {operator} '[1,2,3]' LIMIT 100000"
        plan = " ".join(row[0] for row in connection.rows("EXPLAIN " + sql))
        if "Index Scan" not in plan:
            return f"no index scan for {operator}: {plan}"
        by_index = [tuple(row) for row in connection.rows(sql)]
        connection.execute("SET enable_indexscan = off")
        by_rows = [tuple(row) for row in connection.rows(sql)]
        connection.execute("RESET enable_indexscan")
        if sorted(by_index) != sorted(by_rows):
            missing, ghosts = set(by_rows) - set(by_index), set(by_index) - set(by_rows)
            return f"{operator} on {table}: {len(missing)} missing {sorted(missing)[:3]}, {len(ghosts)} ghosts {sorted(ghosts)[:3]}"
    connection.execute("SET enable_indexscan = off")
    near = connection.rows(f"SELECT count(*) FROM (SELECT id FROM {table} ORDER BY e <-> '[1,2,3]' LIMIT 100000) AS s")
    connection.execute("RESET enable_indexscan")
    if int(near[0][0]) != len(state.rows):
        return f"kNN over {table} gives {near[0][0]} rows of {len(state.rows)}"
    connection.execute("RESET enable_seqscan")
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--bulk", action="store_true", help="transactions that outgrow their memory")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rng = random.Random(options.seed)
    # The first writes files of a few rows, the second some that hold whole groups of them.
    memory = [["-c", f"vecino.write_set_limit={kilobytes}"] for kilobytes in (64, 2048)] if options.bulk else [[]]
    server = Server(options.server, arguments=memory[0]).start()
    connection = server.connect()
    for number in range(options.writers):
        connection.execute(f"CREATE TABLE w{number} (id int PRIMARY KEY, v int NOT NULL, e vector(3))")
        connection.execute(f"CREATE INDEX ON w{number} (v)")
        connection.execute(f"CREATE INDEX w{number}_h ON w{number} USING hnsw (e vector_l2_ops)")
        connection.execute(f"CREATE INDEX w{number}_i ON w{number} USING ivfflat (e vector_cosine_ops) WITH (lists = 5)")
    connection.execute("CREATE TABLE shared (id int PRIMARY KEY, n int NOT NULL)")
    connection.execute(f"INSERT INTO shared SELECT i, 100 FROM generate_series(0, {ACCOUNTS - 1}) AS i")
    connection.execute("CREATE SEQUENCE ticket")
    connection.close()
    states = [State() for _ in range(options.writers)]
    highest_ticket = 0
    commits = builds = 0
    slowest = 0.0
    failures = []
    for kill in range(options.kills):
        # Ids are never reused, so a row that comes back from the dead is seen.
        base = 1 + kill * 1000000
        writers = [Writer(n, server.port, rng.random(), states[n], base, options.bulk) for n in range(options.writers)]
        connection = server.connect()
        builder = Builder(server.port, rng.random(), options.writers)
        for thread in [*writers, builder]:
            thread.start()
        time.sleep(rng.uniform(0.02, 0.6))
        ticket = int(connection.value("SELECT nextval('ticket')"))
        if ticket <= highest_ticket:
            failures.append(f"kill {kill}: sequence went back from {highest_ticket} to {ticket}")
        highest_ticket = ticket
        server.kill()
        for writer in writers:
            writer.join(30)
            if writer.failure:
                failures.append(f"kill {kill}: {writer.failure}")
            commits += writer.commits
        builder.join(30)
        builds += builder.builds
        if builder.failure:
            failures.append(f"kill {kill}: {builder.failure}")
        started = time.time()
        server.arguments = memory[kill % len(memory)]
        server.start()
        slowest = max(slowest, time.time() - started)
        connection = server.connect()
        left = os.listdir(os.path.join(server.directory, "bulk"))
        if left:
            failures.append(f"kill {kill}: files of unfinished transactions are left: {left}")
        for writer in writers:
            found = read_state(connection, writer.number)
            if found != writer.committed and (writer.in_flight is None or found != writer.in_flight):
                failures.append(f"kill {kill}: w{writer.number} holds {found}, acknowledged {writer.committed}, "
                                f"in flight {writer.in_flight}")
            problem = check_indexes(connection, writer.number, found)
            if problem:
                failures.append(f"kill {kill}: {problem}")
            states[writer.number] = found
        total = int(connection.value("SELECT sum(n) FROM shared"))
        if total != 100 * ACCOUNTS:
            failures.append(f"kill {kill}: transfers left a sum of {total}")
        connection.close()
        if failures:
            break
        if (kill + 1) % 20 == 0:
            print(f"{kill + 1} kills, {commits} commits, {builds} index builds, slowest restart {slowest:.2f} s", flush=True)
    server.stop()
    for failure in failures:
        print("FAIL", failure)
    if failures:
        print(f"data kept in {server.directory}")
    else:
        server.remove()
    print(f"{options.kills} kills, {commits} acknowledged commits, slowest restart {slowest:.2f} s")
    print(f"{0 if failures else options.kills} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
