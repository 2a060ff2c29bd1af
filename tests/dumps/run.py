#!/usr/bin/env python3
"""Dumps both ways: what pg_dump takes out of Vecino loads into Vecino and into PostgreSQL, and the other way round, and is then
the same: rows, definitions, and the dump made of it.

  run.py --server build/release/vecinod            Vecino -> Vecino with the pg_dump on the PATH (seconds)
  run.py --server build/release/vecinod --peer     also with the PostgreSQL 17 + pgvector of ../shared/peer and its pg_dump
  run.py ... --tables N                            also a schema of N tables: catalogs and pg_dump -s, with times

Every pg_dump at hand is used: the PATH's, those of /usr/lib/postgresql/*/bin, and the peer's. Loading stops at the first error.
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from lib.pgwire import Connection, Error  # noqa: E402
from lib.server import Server  # noqa: E402

PEER = os.environ.get("VECINO_PEER", os.path.join(HERE, "..", "..", "..", "shared", "peer", "peer"))
ENVIRONMENT = {**os.environ, "PGUSER": "postgres", "PGHOST": "127.0.0.1", "PGCONNECT_TIMEOUT": "20"}
# Said by the server and by the client: they differ and mean nothing.
NOISE = re.compile(r"^(-- Dumped (from|by) .*|\\(un)?restrict .*)$\n?", re.M)


class Failed(Exception):
    pass


class Checks:
    """Goes on after a failure: one run shows all."""

    def __init__(self):
        self.passed = self.failed = 0

    def ok(self, what):
        self.passed += 1

    def fail(self, what, why):
        self.failed += 1
        print(f"FAIL {what}\n{why}")

    def expect(self, what, condition, why=""):
        self.ok(what) if condition else self.fail(what, why)

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def run(command, **more):
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=600, **more)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return done.stdout


class Database:
    """A database of its own on a server; `name` differs from run to run, so that many can share an oracle."""

    def __init__(self, port, name):
        self.port, self.name = str(port), name
        self.maintain(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE template0')

    def maintain(self, *statements):
        for statement in statements:
            run(["psql", "-qX", "-p", self.port, "-d", "postgres", "-c", statement])

    def load(self, text):
        run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-p", self.port, "-d", self.name, "-f", "-"], input=text)
        return self

    def ask(self, sql):
        return run(["psql", "-qXAt", "-p", self.port, "-d", self.name, "-c", sql])

    def dump(self, tool, *options):
        return NOISE.sub("", run([*tool, "-p", self.port, "-U", "postgres", "-h", "127.0.0.1", *options, self.name]))

    def rows(self):
        relations = self.ask("SELECT relkind, format('%I.%I', n.nspname, relname) FROM pg_class c JOIN pg_namespace n ON "
                             "n.oid = relnamespace WHERE relkind IN ('r', 'v', 'S') AND nspname IN ('public', 'app') ORDER BY 2")
        kinds = [line.split("|", 1) for line in relations.splitlines()]
        return {name: self.ask(f"SELECT last_value, is_called FROM {name}" if kind == "S" else
                               f"SELECT * FROM {name} t ORDER BY t::text") for kind, name in kinds}

    def drop(self):
        self.maintain(f'DROP DATABASE IF EXISTS "{self.name}"')


def version_of(tool):
    return int(re.search(r"(\d+)(\.|beta|devel)", run([*tool, "--version"])).group(1))


def dump_tools(peer):
    tools = {}
    candidates = [["pg_dump"], *([path] for path in sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_dump")))]
    if peer:
        candidates.append([PEER, "pg_dump"])
    for tool in candidates:
        if shutil.which(tool[0]):
            tools.setdefault(version_of(tool), tool)
    return tools


class Suite:
    def __init__(self, checks, server, directory):
        self.checks, self.server, self.directory = checks, server, directory
        self.prefix = f"dumps_{os.getpid()}"
        self.made = 0
        self.schema = open(os.path.join(HERE, "schema.sql")).read()

    def database(self, port):
        self.made += 1
        return Database(port, f"{self.prefix}_{self.made}")

    def same(self, what, expected, actual):
        if expected == actual:
            return self.checks.ok(what)
        import difflib
        lines = difflib.unified_diff(str(expected).splitlines(), str(actual).splitlines(), "expected", "actual", lineterm="", n=2)
        self.checks.fail(what, "\n".join(list(lines)[:40]))

    def attempt(self, what, action):
        try:
            return action()
        except Failed as failure:
            self.checks.fail(what, str(failure))
            return None

    # --- Vecino -> Vecino, every format

    def own_round_trips(self, tools):
        origin = self.database(self.server.port).load(self.schema)
        rows = origin.rows()
        for version, tool in tools.items():
            dump = origin.dump(tool)
            for name, options in {"plain": [], "inserts": ["--column-inserts"], "clean": ["--clean", "--if-exists"]}.items():
                text = origin.dump(tool, *options)
                self.check_command(f"pg_dump {version} {name}", text, 0)
                copy = self.attempt(f"pg_dump {version} {name} loads", lambda: self.database(self.server.port).load(text))
                if copy:
                    self.same(f"pg_dump {version} {name}: rows", rows, copy.rows())
                    self.same(f"pg_dump {version} {name}: dump", dump, copy.dump(tool))
        restore = [os.path.join(os.path.dirname(shutil.which("pg_dump")), "pg_restore")]
        if "pg_dump" in tools.get(version_of(["pg_dump"]), []):
            self.archives(origin, rows, tools[version_of(["pg_dump"])], restore)

    def archives(self, origin, rows, tool, restore):
        dump = origin.dump(tool)
        for name, options, jobs in (("custom", ["-Fc"], []), ("directory", ["-Fd", "-j", "2"], ["-j", "2"]), ("tar", ["-Ft"], [])):
            file = os.path.join(self.directory, name)

            def round_trip():
                origin.dump(tool, *options, "-f", file)
                copy = self.database(self.server.port)
                run([*restore, "-p", copy.port, "--exit-on-error", *jobs, "-d", copy.name, file])
                return copy
            copy = self.attempt(f"{name} archive", round_trip)
            if copy:
                self.same(f"{name} archive: rows", rows, copy.rows())
                self.same(f"{name} archive: dump", dump, copy.dump(tool))

    def unused_extension(self, tool):
        fresh = self.database(self.server.port)
        self.same("nothing of the extension in a database that has none of it", [],
                  re.findall(r"^CREATE .*", fresh.dump(tool), re.M))
        fresh.load("CREATE TABLE t (v vector(2)); INSERT INTO t VALUES ('[1,2]'); CREATE INDEX ON t USING hnsw (v vector_l2_ops);")
        text = fresh.dump(tool)
        self.checks.expect("a table with vectors brings the extension along", "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;" in text)
        copy = self.attempt("... and its dump loads", lambda: self.database(self.server.port).load(text))
        if copy:
            self.same("... and is the same", text, copy.dump(tool))

    def moved_extension(self, tool):
        text = re.sub(r"^(CREATE EXTENSION .*);$", "CREATE SCHEMA extensions; CREATE EXTENSION vector WITH SCHEMA extensions; "
                      "SET search_path = public, extensions;", self.schema, flags=re.M)
        origin = self.database(self.server.port).load(text)
        dump = origin.dump(tool)
        self.checks.expect("names carry the schema of the extension", "extensions.vector(3)" in dump and "public.vector" not in dump)
        copy = self.attempt("a dump with the extension elsewhere loads", lambda: self.database(self.server.port).load(dump))
        if copy:
            self.same("... and is the same", dump, copy.dump(tool))
        return dump

    # --- snapshots that pg_dump -j hands to its workers

    def exported_snapshots(self):
        def connect():
            return Connection(self.server.port)

        def refused(connection, sql):
            try:
                connection.execute(sql)
                return None
            except Error as error:
                return (error.fields["C"], error.fields["M"])
            finally:
                connection.execute("ROLLBACK")
        writer, exporter, importer = connect(), connect(), connect()
        writer.execute("CREATE TABLE shared (a int); INSERT INTO shared VALUES (1)")
        exporter.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        exporter.value("SELECT count(*) FROM shared")
        name = exporter.value("SELECT pg_export_snapshot()")
        writer.execute("INSERT INTO shared VALUES (2); DELETE FROM shared WHERE a = 1")
        importer.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        importer.execute(f"SET TRANSACTION SNAPSHOT '{name}'")
        self.same("an imported snapshot is the exporter's", "1", importer.value("SELECT string_agg(a::text, ',') FROM shared"))
        exporter.execute("ROLLBACK")
        self.same("... also when the exporter has ended", "1", importer.value("SELECT string_agg(a::text, ',') FROM shared"))
        importer.execute("COMMIT")
        self.same("the next transaction has its own", "2", importer.value("SELECT string_agg(a::text, ',') FROM shared"))
        for begin, sql, expected in (
                ("REPEATABLE READ", f"SET TRANSACTION SNAPSHOT '{name}'", ("22023", f'invalid snapshot identifier: "{name}"')),
                ("REPEATABLE READ", "SET TRANSACTION SNAPSHOT '../x'", ("22023", 'invalid snapshot identifier: "../x"')),
                ("REPEATABLE READ", "SELECT 1; SET TRANSACTION SNAPSHOT '1'",
                 ("25001", "SET TRANSACTION SNAPSHOT must be called before any query")),
                ("READ COMMITTED", "SET TRANSACTION SNAPSHOT '1'",
                 ("0A000", "a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ")),
                ("READ COMMITTED", "SAVEPOINT s; SELECT pg_export_snapshot()",
                 ("25001", "cannot export a snapshot from a subtransaction"))):
            importer.execute(f"BEGIN ISOLATION LEVEL {begin}")
            self.same(f"{begin}: {sql}", expected, refused(importer, sql))
        for connection in (writer, exporter, importer):
            connection.close()

    # --- check-dump

    def check_command(self, what, text, status, expected=()):
        done = subprocess.run([self.server.binary, "check-dump", "-"], input=text, capture_output=True, text=True, timeout=300)
        good = done.returncode == status and all(part in done.stdout for part in expected)
        self.checks.expect(f"check-dump: {what}", good, done.stdout + done.stderr)

    def check_dump_finds(self):
        text = "\n".join(["SET statement_timeout = 0;", "CREATE TABLE a (x int, y nosuch);", "CREATE TABLE public.b (x int);",
                          "ALTER TABLE public.b OWNER TO somebody;", "COPY public.b (x, z) FROM stdin;", "1\t2;'", "\\.",
                          "COPY public.b (x) FROM stdin;", "1", "2", "\\.", "INSERT INTO public.b VALUES (1), ('x;y');",
                          "ALTER TABLE a ADD PRIMARY KEY (x);", "CREATE VIEW v AS SELECT $$;$$ AS c, ';' AS d /* ; */ -- ;", ";"])
        self.check_command("what is wrong, where and why", text, 1,
                           ['-:2: type "nosuch" does not exist', '-:5: column "z" of relation "b" does not exist',
                            '-:12: invalid input syntax for type integer: "x;y"', "-: needs a role: somebody",
                            "1 more statements need what is named above",
                            "9 statements, 3 rows by COPY; 4 statements will not load"])
        self.check_command("nothing wrong", "CREATE TABLE t (a int);\nCOPY t FROM stdin;\n\\.\n", 0, ["everything will load"])

    # --- beside PostgreSQL

    def both_ways(self, tools, peer_port):
        newest = tools[max(tools)]
        theirs = self.database(peer_port).load(self.schema)
        ours = self.database(self.server.port).load(self.schema)
        rows = theirs.rows()
        self.same("the same schema: rows", rows, ours.rows())
        self.same("the same schema: dump", theirs.dump(newest), ours.dump(newest))
        dump = theirs.dump(newest)
        self.check_command("a dump of PostgreSQL", dump, 0)
        here = self.attempt("PostgreSQL -> Vecino loads", lambda: self.database(self.server.port).load(dump))
        if here:
            self.same("PostgreSQL -> Vecino: rows", rows, here.rows())
            back = self.attempt("... -> PostgreSQL loads", lambda: self.database(peer_port).load(here.dump(newest)))
            straight = self.database(peer_port).load(dump)
            if back:
                self.same("PostgreSQL -> Vecino -> PostgreSQL: rows", rows, back.rows())
                self.same("PostgreSQL -> Vecino -> PostgreSQL: dump", straight.dump(newest), back.dump(newest))
        for version, tool in tools.items():
            there = self.attempt(f"Vecino -> PostgreSQL by pg_dump {version} loads",
                                 lambda: self.database(peer_port).load(ours.dump(tool)))
            if not there:
                continue
            self.same(f"Vecino -> PostgreSQL by pg_dump {version}: rows", rows, there.rows())
            back = self.database(self.server.port).load(there.dump(newest))
            self.same(f"Vecino -> PostgreSQL -> Vecino by pg_dump {version}: rows", rows, back.rows())
            self.same(f"Vecino -> PostgreSQL -> Vecino by pg_dump {version}: dump", there.dump(newest), back.dump(newest))

    def many_tables(self, tool, count):
        database = self.database(self.server.port)
        script = ["CREATE EXTENSION vector;"] + [
            f"CREATE TABLE t{i} (id serial PRIMARY KEY, a int NOT NULL DEFAULT {i}, b text, v vector(3));" for i in range(count)]
        database.load("\n".join(script))
        for what, action in (("pg_dump -s", lambda: database.dump(tool, "-s")),
                             ("information_schema.columns", lambda: database.ask("SELECT count(*) FROM information_schema.columns")),
                             ("\\d t1", lambda: database.ask("\\d t1"))):
            begin = time.time()
            action()
            print(f"     {what} over {count} tables: {time.time() - begin:.2f} s")

    def clean_up(self, ports):
        for port in ports:
            names = run(["psql", "-qXAt", "-p", str(port), "-d", "postgres", "-c",
                         f"SELECT datname FROM pg_database WHERE datname LIKE '{self.prefix}\\_%'"]).split()
            for name in names:
                run(["psql", "-qX", "-p", str(port), "-d", "postgres", "-c", f'DROP DATABASE "{name}"'])


def peer_port():
    try:
        dsn = subprocess.run([PEER, "start"], check=True, capture_output=True, text=True).stdout
        return int(re.search(r"port=(\d+)", dsn).group(1))
    except (OSError, subprocess.CalledProcessError, AttributeError):
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--tables", type=int)
    options = parser.parse_args()
    if not shutil.which("pg_dump") or not shutil.which("psql"):
        print("skipped: pg_dump and psql are not installed")
        return 0
    peer = peer_port() if options.peer else None
    if options.peer and not peer:
        print("skipped the part beside PostgreSQL: no peer can be had here")
    checks = Checks()
    with Server(options.server) as server, tempfile.TemporaryDirectory(prefix="vecino-dumps-") as directory:
        suite = Suite(checks, server, directory)
        try:
            tools = dump_tools(bool(peer))
            oldest = tools[min(tools)]
            suite.own_round_trips(tools)
            suite.unused_extension(oldest)
            suite.moved_extension(oldest)
            suite.check_dump_finds()
            suite.exported_snapshots()
            if peer:
                suite.both_ways(tools, peer)
            if options.tables:
                suite.many_tables(oldest, options.tables)
        finally:
            suite.clean_up([port for port in (peer,) if port])
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
