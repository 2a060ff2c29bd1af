"""Backups: under load, killed, damaged, restored; and a disk or a process that runs out of room."""
import difflib
import os
import re
import resource
import shutil
import subprocess
import tempfile
import threading
import time

from lib.checks import check
from lib.pgwire import Connection, Error
from lib.server import Server


def command(binary, *arguments):
    return subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=120)


class Writers:
    """Transfers between accounts, so that the sum never changes, each noted in a journal by the same transaction."""

    ACCOUNTS = 50

    def __init__(self, server, count=3):
        self.server, self.stopping, self.commits, self.failures = server, False, 0, []
        c = server.connect()
        c.execute("CREATE TABLE IF NOT EXISTS account (id int PRIMARY KEY, balance int NOT NULL)")
        c.execute("CREATE TABLE IF NOT EXISTS journal (id bigserial PRIMARY KEY, amount int, e vector(8))")
        c.execute("CREATE INDEX IF NOT EXISTS journal_e ON journal USING hnsw (e vector_l2_ops)")
        c.execute(f"INSERT INTO account SELECT i, 1000 FROM generate_series(1, {self.ACCOUNTS}) i ON CONFLICT DO NOTHING")
        c.close()
        self.threads = [threading.Thread(target=self.write, args=(n,), daemon=True) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def write(self, number):
        try:
            c = Connection(self.server.port, timeout=60)
            step = 0
            while not self.stopping:
                step += 1
                a, b = sorted(((number * 17 + step) % self.ACCOUNTS + 1, (number * 5 + step * 3) % self.ACCOUNTS + 1))
                c.execute(f"BEGIN; UPDATE account SET balance = balance - {step % 7} WHERE id = {a}; "
                          f"UPDATE account SET balance = balance + {step % 7} WHERE id = {b}; "
                          f"INSERT INTO journal (amount, e) VALUES ({step % 7}, "
                          f"ARRAY[{number}, {step}, 1, 2, 3, 4, 5, 6]::vector); COMMIT")
                self.commits += 1
        except (Error, OSError, ConnectionError) as error:
            if not self.stopping:
                self.failures.append(error)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(30)


def check_consistent(server, least, most):
    c = server.connect()
    check(c.value("SELECT sum(balance) FROM account") == str(Writers.ACCOUNTS * 1000), "the sum is what it was")
    rows = int(c.value("SELECT count(*) FROM journal"))
    check(least <= rows <= most, f"{rows} rows of the journal, between {least} and {most} were committed")
    check(int(c.value("SELECT count(DISTINCT id) FROM journal")) == rows, "the index agrees")
    nearest = c.rows("SET enable_seqscan = off; SELECT id FROM journal ORDER BY e <-> '[1,5,1,2,3,4,5,6]' LIMIT 5")
    check(len(nearest) == min(5, rows), "the vector index works")
    c.execute("INSERT INTO journal (amount) VALUES (0)")
    c.close()
    return rows


def restore_and_check(binary, backups, least, most, *arguments):
    data = tempfile.mkdtemp(prefix="vecino-restored-")
    try:
        restored = command(binary, "restore", backups, "-D", data, *arguments)
        check(restored.returncode == 0, f"restore: {restored.stderr}")
        server = Server(binary, directory=data)
        try:
            return check_consistent(server.start(), least, most)
        finally:
            server.stop()
            os.remove(server.log_path)
    finally:
        shutil.rmtree(data)


def under_load(binary):
    backups = tempfile.mkdtemp(prefix="vecino-backups-")
    server = Server(binary).start()
    try:
        writers = Writers(server)
        time.sleep(1)
        least = writers.commits
        first = command(binary, "backup", backups, "-D", server.directory)
        check(first.returncode == 0, f"backup: {first.stderr}")
        first_name = first.stdout.split(":")[0]
        first_most = writers.commits + 3
        time.sleep(0.5)
        second_least = writers.commits
        c = server.connect()
        second = c.value(f"SELECT vecino_backup('{backups}')")
        second_most = writers.commits + 3
        writers.stop()
        check(not writers.failures, f"writers went on: {writers.failures}")
        check(" bytes were new" in second, second)
        for sql, code in (("SELECT vecino_backup('relative')", "42602"), ("SELECT vecino_backup('/proc/x')", None)):
            try:
                c.rows(sql)
                raise AssertionError(f"{sql} is refused")
            except Error as error:
                check(code is None or error.fields["C"] == code, f"{error}")
        c.execute("CREATE ROLE nobody LOGIN")
        try:
            server.connect(user="nobody").rows(f"SELECT vecino_backup('{backups}')")
            raise AssertionError("others are refused")
        except Error as error:
            check(error.fields["C"] == "42501", f"{error}")
        listed = command(binary, "backup", "--list", backups)
        check(len(listed.stdout.strip().split("\n")) == 2, listed.stdout + listed.stderr)
        check(command(binary, "verify-backup", backups).returncode == 0, "verify")
        restore_and_check(binary, backups, least, first_most, "--name", first_name)
        restore_and_check(binary, backups, second_least, second_most)
        check(not [n for n in os.listdir(server.directory) if n.startswith("kv.backup")], "no leftovers")
        c.close()
        server.stop()
        # Of a server that is stopped, unchanged since: next to nothing is new. Then only the newest is kept.
        third = command(binary, "backup", backups, "-D", server.directory, "--keep", "1")
        check(third.returncode == 0, third.stderr)
        check(len(command(binary, "backup", "--list", backups).stdout.strip().split("\n")) == 1, "--keep")
        check(command(binary, "verify-backup", backups).returncode == 0, "what is kept is complete")
        # The same directory again: files that are right stay.
        check(command(binary, "restore", backups, "-D", server.directory).returncode == 0, "restore in place")
        again = command(binary, "restore", backups, "-D", server.directory)
        check(again.returncode == 0 and " 0 files restored" in again.stdout, f"{again.stdout}{again.stderr}")
        # Damage is found, and not restored.
        largest = max((os.path.join(d, f) for d, _, fs in os.walk(backups + "/files") for f in fs), key=os.path.getsize)
        with open(largest, "r+b") as file:
            file.seek(os.path.getsize(largest) // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))
        bad = command(binary, "verify-backup", backups)
        check(bad.returncode != 0 and "checksum mismatch" in bad.stderr, bad.stderr)
        data = tempfile.mkdtemp(prefix="vecino-restored-")
        bad = command(binary, "restore", backups, "-D", data)
        check(bad.returncode != 0 and not os.path.exists(data + "/VECINO"), "a damaged backup makes no data directory")
        shutil.rmtree(data)
    finally:
        server.stop()
        server.remove()
        shutil.rmtree(backups)


def refusals(binary):
    with tempfile.TemporaryDirectory() as directory, Server(binary) as server:
        foreign = os.path.join(directory, "foreign")
        os.mkdir(foreign)
        open(os.path.join(foreign, "file"), "w").close()
        result = command(binary, "backup", foreign, "-D", server.directory)
        check(result.returncode != 0 and "is not a directory of Vecino backups" in result.stderr, result.stderr)
        good = os.path.join(directory, "good")
        check(command(binary, "backup", good, "-D", server.directory).returncode == 0, "backup")
        running = command(binary, "restore", good, "-D", server.directory)
        check(running.returncode != 0 and "Is another vecinod running" in running.stderr, running.stderr)
        check(server.connect().value("SELECT 1") == "1", "the running server is left alone")
        other = command(binary, "restore", good, "-D", foreign)
        check(other.returncode != 0 and "exists but is not empty" in other.stderr, other.stderr)
        # A backup by a newer version.
        manifest = [n for n in os.listdir(good) if n.endswith(".manifest")][0]
        os.remove(os.path.join(good, manifest))
        none = command(binary, "restore", good, "-D", os.path.join(directory, "new"))
        check(none.returncode != 0 and "no complete backup" in none.stderr, none.stderr)
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "VECINO"), "w") as version:
            version.write("99\n")
        newer = command(binary, "-D", directory, "-p", "1")
        check(newer.returncode != 0 and "database files are incompatible with server" in newer.stderr and
              "format 99" in newer.stderr, newer.stderr)


def killed(binary):
    """kill -9 of the server, and of the command, in the middle of backups."""
    backups = tempfile.mkdtemp(prefix="vecino-backups-")
    server = Server(binary, environment={"VECINO_FAILPOINTS": "backup_copy=sleep(150)"}).start()
    try:
        writers = Writers(server, count=2)
        time.sleep(0.3)
        check(command(binary, "backup", backups, "-D", server.directory).returncode == 0, "a first one")
        least = writers.commits
        running = subprocess.Popen([binary, "backup", backups, "-D", server.directory], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        time.sleep(0.4)
        server.kill()
        writers.stop()
        _, errors = running.communicate(timeout=30)
        check(running.returncode != 0 and "went away" in errors, f"the command says so: {errors}")
        check(command(binary, "verify-backup", backups).returncode == 0, "the first backup is whole")
        check(len(command(binary, "backup", "--list", backups).stdout.strip().split("\n")) == 1, "and the only one")
        server.environment.pop("VECINO_FAILPOINTS")
        server.start()
        rows = check_consistent(server, least, writers.commits + 2)
        check(not [n for n in os.listdir(server.directory) if n.startswith("kv.backup")], "leftovers are removed")
        check(command(binary, "backup", backups, "-D", server.directory).returncode == 0, "the next one works")
        restore_and_check(binary, backups, rows, rows + 1)
    finally:
        server.stop()
        server.remove()
        shutil.rmtree(backups)


def incremental_restore(binary):
    """Over a data directory that has moved on, or was damaged: only what differs is copied, and a checksum tells what does."""
    backups = tempfile.mkdtemp(prefix="vecino-backups-")
    server = Server(binary).start()

    def files():
        found = {os.path.join(d, f) for d, _, fs in os.walk(server.directory + "/kv") for f in fs}
        return sorted(f for f in found if f.endswith(".sst"))

    def restore():
        result = command(binary, "restore", backups, "-D", server.directory)
        check(result.returncode == 0, result.stderr)
        numbers = re.search(r": (\d+) files restored, (\d+) were right already", result.stdout)
        check(numbers is not None, result.stdout)
        return int(numbers[1]), int(numbers[2])

    def state():
        server.start()
        c = server.connect()
        rows = c.rows("SELECT count(*), sum(id), md5(string_agg(filler, ',' ORDER BY id)) FROM t")
        c.close()
        server.stop()
        return rows

    try:
        c = server.connect()
        c.execute("CREATE TABLE t (id int PRIMARY KEY, filler text)")
        for i in range(4):
            c.execute(f"INSERT INTO t SELECT i, md5(i::text) FROM generate_series({i * 5000}, {i * 5000 + 4999}) i")
            c.execute("CHECKPOINT")
        c.close()
        server.stop()
        before = state()
        check(command(binary, "backup", backups, "-D", server.directory).returncode == 0, "backup")
        # The server goes on, and what it did is taken back.
        server.start()
        c = server.connect()
        c.execute("DELETE FROM t WHERE id % 3 = 0; INSERT INTO t SELECT i, 'new' FROM generate_series(20000, 29999) i")
        c.execute("CHECKPOINT")
        c.close()
        server.stop()
        check(state() != before, "it has changed")
        copied, right = restore()
        check(copied > 0 and right > 0, f"{copied} were copied, {right} were not")
        check(restore() == (0, copied + right), "then all is right")
        check(state() == before, "and the data is what it was")
        # One flipped bit: the size is right, the checksum is not.
        check(command(binary, "backup", backups, "-D", server.directory).returncode == 0, "a second backup")
        damaged = max(files(), key=os.path.getsize)
        with open(damaged, "r+b") as file:
            file.seek(os.path.getsize(damaged) // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))
        copied, right = restore()
        check(copied == 1 and right > 0, f"only the damaged file is copied, not {copied}")
        check(state() == before, "the data is what it was")
        # Killed in the middle: no server takes the directory for a good one, and the next restore completes it.
        shutil.rmtree(server.directory + "/kv")
        for attempt in range(100):
            running = subprocess.Popen([binary, "restore", backups, "-D", server.directory], stdout=subprocess.DEVNULL)
            time.sleep(attempt * 0.002)
            running.kill()
            if running.wait() != 0 and os.path.exists(server.directory + "/restore.incomplete"):
                break
            shutil.rmtree(server.directory + "/kv", ignore_errors=True)
        else:
            raise AssertionError("no restore was killed in the middle")
        refused = command(binary, "-D", server.directory, "-p", str(server.port))
        check(refused.returncode != 0, "half a directory is none")
        restore()
        check(state() == before, "the data is what it was")
    finally:
        server.stop()
        server.remove()
        shutil.rmtree(backups)


def dumped(binary):
    """pg_dump, its restore into another server, and a dump of that: the same text, but for the random words of \\restrict."""
    schema = """
        CREATE EXTENSION vector; CREATE SCHEMA app; CREATE ROLE reader;
        CREATE TABLE app.items (id serial PRIMARY KEY, e vector(3), label varchar(10) DEFAULT 'x', price numeric(5,2) CHECK (price > 0),
                                more jsonb, tags text[]);
        CREATE TABLE app.orders (id bigint GENERATED ALWAYS AS IDENTITY, item int REFERENCES app.items ON DELETE CASCADE, UNIQUE (item));
        CREATE INDEX ON app.items USING hnsw (e vector_l2_ops) WITH (m = 8); CREATE VIEW app.labels AS SELECT id, label FROM app.items;
        CREATE SEQUENCE app.numbers START 7; COMMENT ON TABLE app.items IS 'what there is';
        INSERT INTO app.items (e, price, more, tags) VALUES ('[1,2,3]', 1.5, '{"a": [1, 2]}', '{a,"b c"}'), (NULL, 2, NULL, NULL);
        INSERT INTO app.orders (item) VALUES (1); SELECT nextval('app.numbers');
        GRANT SELECT ON app.items TO reader; GRANT UPDATE (label) ON app.items TO reader; GRANT USAGE ON SCHEMA app TO reader"""

    def dump(server):
        result = subprocess.run(["pg_dump", "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "postgres"],
                                capture_output=True, text=True, timeout=120)
        check(result.returncode == 0 and result.stderr == "", result.stderr)
        return [line for line in result.stdout.split("\n") if not re.match(r"\\(un)?restrict ", line)]

    with Server(binary) as first, Server(binary) as second:
        first.connect().execute(schema)
        text = dump(first)
        check(not [line for line in text if line.startswith("CREATE CAST")], "nothing of the server's own is dumped")
        check("CREATE INDEX items_e_idx ON app.items USING hnsw (e public.vector_l2_ops) WITH (m='8');" in text, "the vector index is")
        second.connect().execute("CREATE ROLE reader")
        restored = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(second.port), "-U",
                                   "postgres"], input="\n".join(text), capture_output=True, text=True, timeout=120)
        check(restored.returncode == 0, restored.stderr)
        again = dump(second)
        check(again == text, "\n".join(difflib.unified_diff(text, again, lineterm="", n=1)))


def small_disk(size):
    """A file system of its own, or None where that is not allowed."""
    directory = tempfile.mkdtemp(prefix="vecino-disk-")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", directory],
                      capture_output=True).returncode != 0:
        os.rmdir(directory)
        return None
    return directory


def disk_full(binary):
    disk = small_disk("96m")
    if disk is None:
        print("     skipped: no file system can be mounted here")
        return
    server = Server(binary, directory=os.path.join(disk, "data"))
    server.log_path = disk + ".log"
    try:
        server.start()
        c = server.connect()
        c.execute("CREATE TABLE t (id int PRIMARY KEY, filler text)")
        c.execute("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 1000) i")
        acknowledged, refused_with = 1000, None
        filler = os.path.join(disk, "filler")
        with open(filler, "wb") as out:
            try:
                while True:
                    out.write(os.urandom(1 << 20))
                    out.flush()
            except OSError:
                pass
        for attempt in range(2000):
            first = acknowledged + 1
            try:
                c.execute(f"INSERT INTO t SELECT i, md5(i::text) || repeat(md5(i::text), 100) "
                          f"FROM generate_series({first}, {first + 99}) i")
                acknowledged += 100
            except Error as error:
                refused_with = error.fields
                break
        check(refused_with is not None and refused_with["C"] == "53100", f"53100: {refused_with}")
        check("No space left on device" in refused_with["M"], refused_with["M"])
        other = server.connect()
        check(other.value("SELECT count(*) FROM t") == str(acknowledged), "reads go on")
        check(other.value("SELECT filler FROM t WHERE id = 7") == "x", "by index too")
        try:
            other.execute("INSERT INTO t VALUES (-1, 'y')")
            raise AssertionError("still full")
        except Error as error:
            check(error.fields["C"] == "53100", f"{error}")
        os.remove(filler)
        deadline = time.time() + 30
        while True:
            try:
                c.execute("INSERT INTO t VALUES (-1, 'after')")
                break
            except Error as error:
                check(error.fields["C"] == "53100" and time.time() < deadline, f"space is back: {error}")
                time.sleep(0.2)
        check(c.value("SELECT count(*) FROM t") == str(acknowledged + 1), "nothing acknowledged is lost")
        server.kill()
        server.start()
        check(server.connect().value("SELECT count(*) FROM t") == str(acknowledged + 1), "nor after a crash")
    finally:
        server.kill()
        subprocess.run(["umount", "-l", disk])
        os.rmdir(disk)


def out_of_files(binary):
    """Connections use up the process's descriptors: those that are open go on, new ones work again when some close."""
    soft = 160
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, soft))
    server = Server(binary, arguments=["-c", "max_connections=1000"])
    log = open(server.log_path, "ab")
    server.process = subprocess.Popen([server.binary, "-D", server.directory, "-p", str(server.port), *server.arguments],
                                      stdout=log, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=limit)
    try:
        deadline = time.time() + 60
        while True:
            try:
                c = server.connect()
                break
            except OSError:
                check(time.time() < deadline and server.process.poll() is None, server.log_tail())
                time.sleep(0.1)
        c.execute("CREATE TABLE t (id int PRIMARY KEY, filler text)")
        others = []
        try:
            for _ in range(soft):
                others.append(Connection(server.port, timeout=2))
        except (OSError, Error):
            pass
        check(20 < len(others) < soft, f"{len(others)} connections found room")
        # A flush needs a new file.
        acknowledged = 0
        codes = set()
        for i in range(30):
            try:
                c.execute(f"INSERT INTO t SELECT i, 'x' FROM generate_series({i * 100}, {i * 100 + 99}) i")
                acknowledged += 100
                c.execute("CHECKPOINT")
            except Error as error:
                codes.add(error.fields["C"])
        check(codes <= {"53000"}, f"{codes}")
        check(c.value("SELECT count(*) FROM t") == str(acknowledged), "reads go on")
        for other in others:
            other.close()
        deadline = time.time() + 30
        while True:
            try:
                c.execute("INSERT INTO t VALUES (-1, 'after')")
                c.execute("CHECKPOINT")
                break
            except Error as error:
                check(time.time() < deadline, f"files are free again: {error}")
                time.sleep(0.2)
        fresh = server.connect()
        check(int(fresh.value("SELECT count(*) FROM t")) == acknowledged + 1, "nothing acknowledged is lost")
        server.stop()
        server.start()
        check(int(server.connect().value("SELECT count(*) FROM t")) == acknowledged + 1, "nor after a restart")
    finally:
        server.stop()
        server.remove()


TESTS = (under_load, incremental_restore, dumped, refusals, killed, disk_full, out_of_files)
