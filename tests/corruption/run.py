#!/usr/bin/env python3
"""What a server does with a data directory that is damaged, or that a power loss has left.

usage: run.py --server build/release/vecinod [--seed N] [--rounds N] [test names]

Every kind of file is removed, cut and flipped. Whatever happens, a server either refuses to start and says why, or it has every
row, or the statement that meets the damage fails: nothing is missing without a word.
"""
import argparse
import glob
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.checks import check  # noqa: E402
from lib.pgwire import Error  # noqa: E402
from lib.server import Server  # noqa: E402

ROWS = 6000


class Refused(Exception):
    pass


def make_template(binary, directory):
    """Rows in files (before the checkpoint), rows in the log, an index image; then kill -9."""
    server = Server(binary, directory).start()
    connection = server.connect()
    run = lambda sql: list(connection.query(sql))  # noqa: E731
    run("CREATE TABLE t (id int PRIMARY KEY, note text, v vector(3))")
    run(f"INSERT INTO t SELECT i, repeat('x', 100) || i, ARRAY[i, i % 7, 1]::vector FROM generate_series(1, {ROWS // 2}) i")
    run("CREATE INDEX ON t USING hnsw (v vector_l2_ops)")
    run("CHECKPOINT")
    for start in range(ROWS // 2, ROWS, 200):
        run(f"INSERT INTO t SELECT i, repeat('y', 100) || i, ARRAY[i, i % 7, 1]::vector "
            f"FROM generate_series({start + 1}, {start + 200}) i")
    server.kill()
    os.remove(server.log_path)


def sum_of(rows):
    return str(sum(range(1, rows + 1)))


class Directory:
    """A copy of the template to damage."""

    def __init__(self, binary, template):
        self.binary = binary
        self.root = tempfile.mkdtemp(prefix="vecino-corruption-")
        self.path = os.path.join(self.root, "data")
        shutil.copytree(template, self.path, ignore=shutil.ignore_patterns("vecinod.ctl"))
        os.chmod(self.path, 0o700)

    def files(self, pattern):
        found = sorted(glob.glob(os.path.join(self.path, pattern)))
        check(found, f"no file {pattern}")
        return found

    def start(self):
        server = Server(self.binary, self.path)
        try:
            return server.start(timeout=60)
        except RuntimeError as error:
            server.kill()
            raise Refused(str(error)) from None

    def outcome(self):
        """refused: TEXT, damaged: SQLSTATE, complete or LOST."""
        try:
            server = self.start()
        except Refused as error:
            return "refused: " + str(error)
        try:
            connection = server.connect()
            try:
                by_scan = connection.value("SELECT count(*) || ' ' || sum(id) FROM t WHERE length(note) > 0")
                by_index = connection.value(f"SELECT count(*) FROM (SELECT id FROM t WHERE id > 0 ORDER BY id) x")
            except Error as error:
                return "damaged: " + error.fields["C"]
            good = by_scan == f"{ROWS} {sum_of(ROWS)}" and by_index == str(ROWS)
            return "complete" if good else f"LOST: {by_scan}, {by_index}"
        except Error as error:
            return "damaged: " + error.fields["C"]
        finally:
            server.stop()

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


def extents(directory):
    """[(name, synced bytes)] as kv/wal.extents has them."""
    result = []
    with open(os.path.join(directory, "kv", "wal.extents"), "rb") as file:
        data = file.read()
    for at in range(0, len(data) - 23, 24):
        number, size, kind, _ = struct.unpack_from("<QQII", data, at)
        if number:
            result.append((f"{number:06}.log" if kind == 1 else f"MANIFEST-{number:06}", size))
    return result


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0x10]))


def synced_log(directory):
    """The log with most synced bytes: name, size."""
    return max((e for e in extents(directory.path) if e[0].endswith(".log")), key=lambda e: e[1])


def remove(pattern):
    def damage(directory, rng):
        for path in directory.files(pattern):
            os.remove(path)
    return damage


def cut(pattern, keep=0.5):
    def damage(directory, rng):
        for path in directory.files(pattern):
            os.truncate(path, int(os.path.getsize(path) * keep))
    return damage


def flip_one(pattern):
    def damage(directory, rng):
        path = rng.choice(directory.files(pattern))
        flip(path, rng.randrange(os.path.getsize(path)))
    return damage


def remove_log(directory, rng):
    os.remove(os.path.join(directory.path, "kv", synced_log(directory)[0]))


def cut_log(directory, rng):
    name, size = synced_log(directory)
    os.truncate(os.path.join(directory.path, "kv", name), rng.randrange(size))


def flip_log(directory, rng):
    name, size = synced_log(directory)
    flip(os.path.join(directory.path, "kv", name), rng.randrange(size))


def zero_log(directory, rng):
    name, size = synced_log(directory)
    at = rng.randrange(size)
    with open(os.path.join(directory.path, "kv", name), "r+b") as file:
        file.seek(at)
        file.write(bytes(size - at))


def flip_manifest(directory, rng):
    name, size = next(e for e in extents(directory.path) if e[0].startswith("MANIFEST"))
    flip(os.path.join(directory.path, "kv", name), rng.randrange(size))


LOG_LOST = "the write-ahead log is not complete: committed transactions are lost"
REFUSED, DAMAGED, COMPLETE = ("refused",), ("damaged", "refused"), ("complete",)
# What is done to which file, the outcomes that are right, and a text of the refusal.
def open_as_before(directory, rng):
    """Servers once made their directory as the umask said, and kept no extents."""
    os.remove(directory.path + "/kv/wal.extents")
    os.chmod(directory.path, 0o755)


MATRIX = [
    ("log removed", remove_log, REFUSED, LOG_LOST),
    ("log cut", cut_log, REFUSED, LOG_LOST),
    ("log flipped", flip_log, REFUSED, LOG_LOST),
    ("log zeroed from somewhere on", zero_log, REFUSED, LOG_LOST),
    ("manifest removed", remove("kv/MANIFEST-*"), REFUSED, ""),
    ("manifest cut", cut("kv/MANIFEST-*"), REFUSED, LOG_LOST),
    ("manifest emptied", cut("kv/MANIFEST-*", 0), REFUSED, LOG_LOST),
    ("manifest flipped", flip_manifest, REFUSED, LOG_LOST),
    ("CURRENT removed", remove("kv/CURRENT"), REFUSED, "CURRENT\" is missing"),
    ("CURRENT emptied", cut("kv/CURRENT", 0), REFUSED, ""),
    ("CURRENT cut", cut("kv/CURRENT"), REFUSED, ""),
    ("everything of the engine removed", lambda d, rng: shutil.rmtree(d.path + "/kv"), REFUSED, "CURRENT\" is missing"),
    ("table files removed", remove("kv/*.sst"), REFUSED, ""),
    ("table files cut", cut("kv/*.sst"), REFUSED, ""),
    ("table files emptied", cut("kv/*.sst", 0), REFUSED, ""),
    ("a table file flipped", flip_one("kv/*.sst"), DAMAGED + COMPLETE, ""),
    ("extents removed", remove("kv/wal.extents"), COMPLETE, ""),
    ("extents cut", cut("kv/wal.extents"), COMPLETE, ""),
    ("extents flipped", lambda d, rng: flip(d.path + "/kv/wal.extents", 9), COMPLETE, ""),
    ("identity removed", remove("kv/IDENTITY"), COMPLETE, ""),
    ("options removed", remove("kv/OPTIONS-*"), COMPLETE, ""),
    ("options flipped", flip_one("kv/OPTIONS-*"), COMPLETE, ""),
    ("format removed", remove("VECINO"), REFUSED, "exists but is not empty"),
    ("format emptied", cut("VECINO", 0), REFUSED, "does not contain a valid format version"),
    ("format flipped", lambda d, rng: open(d.path + "/VECINO", "w").write("99\n"), REFUSED, "incompatible with server"),
    ("pg_hba.conf removed", remove("pg_hba.conf"), REFUSED, ""),
    ("secret removed", remove("auth_secret"), COMPLETE + REFUSED, ""),
    ("open to a group that writes", lambda d, rng: os.chmod(d.path, 0o770), REFUSED, "has invalid permissions"),
    ("open to others", lambda d, rng: os.chmod(d.path, 0o755), REFUSED, "has invalid permissions"),
    ("open to a group that reads", lambda d, rng: os.chmod(d.path, 0o750), COMPLETE, ""),
    ("of an older version, open to others", open_as_before, COMPLETE, ""),
    ("nothing", lambda d, rng: None, COMPLETE, ""),
]


def matrix(binary, template, rng, rounds):
    for name, damage, right, text in MATRIX:
        random_damage = damage in (cut_log, flip_log, zero_log, flip_manifest) or name == "a table file flipped"
        for _ in range(rounds if random_damage else 1):
            directory = Directory(binary, template)
            try:
                damage(directory, rng)
                outcome = directory.outcome()
                check(outcome.startswith(right), f"{name}: {outcome}, wanted {right}")
                check(text in outcome, f"{name}: {outcome}, wanted {text!r}")
            finally:
                directory.remove()


def repair(binary, template, rng, rounds):
    """Goes on without what is lost, keeps the files as they were, and says what was dropped."""
    for damage in (cut_log, flip_log, remove_log):
        directory = Directory(binary, template)
        try:
            name, size = synced_log(directory)
            damage(directory, rng)
            check(directory.outcome().startswith("refused"), "the damage is noticed")
            run = subprocess.run([binary, "repair", "-D", directory.path], capture_output=True, text=True, timeout=120)
            check(run.returncode == 0, f"repair: {run.stdout}{run.stderr}")
            check(name in run.stdout and "dropped" in run.stdout, f"names what is lost: {run.stdout}")
            copies = directory.files("damaged-*")
            check(len(copies) == 1 and os.path.exists(copies[0] + "/repair.txt"), "the files as they were are kept")
            check(damage is remove_log or os.path.exists(f"{copies[0]}/{name}"), "with the damaged log")
            server = directory.start()
            connection = server.connect()
            rows = int(connection.value("SELECT count(*) FROM t"))
            check(ROWS // 2 <= rows < ROWS and rows % 200 == 0, f"whole transactions up to the damage: {rows}")
            check(connection.value("SELECT sum(id) FROM t") == sum_of(rows), "the first ones")
            list(connection.query("SET enable_seqscan = off"))
            near = connection.value(f"SELECT id FROM t ORDER BY v <-> '[{rows},{rows % 7},1]' LIMIT 1")
            check(near == str(rows), f"the vector index has what is there: {near} of {rows}")
            list(connection.query(f"INSERT INTO t VALUES ({rows + 1}, 'z', '[0,0,0]')"))
            server.kill()
            server = directory.start()
            check(server.connect().value("SELECT count(*) FROM t") == str(rows + 1), "it goes on as any other")
            server.stop()
        finally:
            directory.remove()
    directory = Directory(binary, template)
    try:
        run = subprocess.run([binary, "repair", "-D", directory.path], capture_output=True, text=True, timeout=120)
        check(run.returncode == 0 and "nothing was done" in run.stdout, "a good directory is left alone")
        check(directory.outcome() == "complete", "and is still good")
    finally:
        directory.remove()


def permissions(binary, template, rng, rounds):
    """Nobody but the owner can read what a server writes."""
    directory = Directory(binary, template)
    try:
        old = os.umask(0)
        try:
            server = directory.start()
        finally:
            os.umask(old)
        list(server.connect().query("INSERT INTO t VALUES (0, 'z', '[0,0,0]'); CHECKPOINT"))
        template_files = {os.path.relpath(p, template) for p in glob.glob(template + "/**/*", recursive=True)}
        for path in glob.glob(directory.path + "/**/*", recursive=True):
            mode = os.lstat(path).st_mode
            if os.path.relpath(path, directory.path) in template_files or stat.S_ISSOCK(mode):
                continue
            check(mode & 0o077 == 0, f"{path} has mode {mode & 0o777:o}")
        server.stop()
    finally:
        directory.remove()
    root = tempfile.mkdtemp(prefix="vecino-corruption-")
    try:  # one that somebody has made is closed, as initdb does
        path = os.path.join(root, "new")
        os.mkdir(path, 0o755)
        os.chmod(path, 0o755)
        server = Server(binary, path).start()
        server.stop()
        check(os.stat(path).st_mode & 0o777 == 0o700, "a new data directory is the owner's alone")
    finally:
        shutil.rmtree(root, ignore_errors=True)


def power_loss(binary, template, rng, rounds):
    """Of the log only what was synced is there, with anything behind it: every acknowledged commit is."""
    for _ in range(rounds):
        root = tempfile.mkdtemp(prefix="vecino-corruption-")
        try:
            path = os.path.join(root, "data")
            server = Server(binary, path).start()
            admin = server.connect()
            list(admin.query("CREATE TABLE t (writer int, id int, PRIMARY KEY (writer, id)); CREATE TABLE filler (a text)"))
            acknowledged = [0, 0, 0]
            stop = threading.Event()

            def write(writer):
                try:
                    connection = server.connect()
                    if writer == 2:  # its commits may be lost, from some point on
                        list(connection.query("SET synchronous_commit = off"))
                    while not stop.is_set():
                        number = acknowledged[writer] + 1
                        for event, value in connection.query(f"INSERT INTO t VALUES ({writer}, {number})"):
                            if event == "error":
                                return
                        acknowledged[writer] = number
                except OSError:
                    pass

            threads = [threading.Thread(target=write, args=(w,)) for w in range(3)]
            for thread in threads:
                thread.start()
            for _ in range(rng.randrange(1, 4)):
                list(admin.query("INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 2000)"))
                if rng.random() < 0.5:
                    list(admin.query("CHECKPOINT"))
            stop.wait(rng.random())
            sure = list(acknowledged)
            server.kill()
            stop.set()
            for thread in threads:
                thread.join()
            for name, size in extents(path):
                file = os.path.join(path, "kv", name)
                if not name.endswith(".log") or not os.path.exists(file):
                    continue
                os.truncate(file, min(os.path.getsize(file), size + rng.choice((0, 0, rng.randrange(5000)))))
                if rng.random() < 0.3:
                    with open(file, "r+b") as log:
                        log.seek(0, 2)
                        log.write(rng.randbytes(rng.randrange(1, 5000)))
            server = Server(binary, path).start()
            connection = server.connect()
            for writer in range(3):
                row = connection.value(f"SELECT coalesce(max(id), 0) || ' ' || count(*) FROM t WHERE writer = {writer}")
                newest, count = map(int, row.split())
                check(newest == count, f"writer {writer}: a gap among its rows, {row}")
                check(writer == 2 or newest >= sure[writer], f"writer {writer}: {newest} of {sure[writer]} acknowledged rows")
            server.stop()
        finally:
            shutil.rmtree(root, ignore_errors=True)


TESTS = {test.__name__: test for test in (matrix, repair, permissions, power_loss)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tests", nargs="*")
    parser.add_argument("--server", required=True)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    root = tempfile.mkdtemp(prefix="vecino-corruption-")
    failed = 0
    try:
        template = os.path.join(root, "data")
        make_template(options.server, template)
        for name in options.tests or TESTS:
            try:
                TESTS[name](options.server, template, random.Random(options.seed), options.rounds)
                print(f"ok   {name}", flush=True)
            except (AssertionError, RuntimeError, OSError, Error, Refused) as error:
                failed += 1
                print(f"FAIL {name}: {error}", flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
