#!/usr/bin/env python3
"""PostgreSQL's own regression files against Vecino and PostgreSQL 15 side by side.

  run.py --server build/release/vecinod [FILE ...]
  --record            write what agrees into ledger.tsv
  --no-ledger         only: no crash, no hang, no internal error
  --out DIR           keep both outputs of each file, and a diff
  --timeout SECONDS   for one file (120)

The files of PostgreSQL's parallel_schedule run in its order, one after the other, on one database, through psql -a -q. An
*answer* is an input line after which one of the two printed something; it agrees when both printed the same. ledger.tsv keeps
the agreeing answers and the answers of each file: a file that falls below it fails, and so does one that rises until it is
recorded. A lost connection, a file that is not done in time and an internal error (XX000) fail in any case, unless
PostgreSQL answers the same.

With FILEs only those run, after test_setup, and the ledger is not looked at.
"""
import argparse
import difflib
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import regress.source as source  # noqa: E402
from lib.pgwire import Connection  # noqa: E402
from lib.postgres import Postgres  # noqa: E402
from lib.server import Server  # noqa: E402

LEDGER = os.path.join(HERE, "ledger.tsv")
ROOT = os.path.dirname(os.path.dirname(HERE))
DATABASE_SETTINGS = {"lc_messages": "C", "lc_monetary": "C", "lc_numeric": "C", "lc_time": "C", "bytea_output": "hex",
                     "timezone_abbreviations": "Default"}
LOST = re.compile(r"server closed the connection|could not connect|connection to server .* failed|Connection refused")


def schedule(folder):
    names = []
    with open(os.path.join(folder, "parallel_schedule")) as lines:
        for line in lines:
            if line.startswith("test:"):
                names += line[5:].split()
    return names


class Side:
    """One of the two servers: its port and how psql is called for it."""

    def __init__(self, port, folder, scratch):
        self.port, self.folder = port, folder
        os.makedirs(os.path.join(scratch, "results"), exist_ok=True)
        os.chmod(scratch, 0o777)
        os.chmod(os.path.join(scratch, "results"), 0o777)
        self.environment = {
            **os.environ, "PG_ABS_SRCDIR": folder, "PG_ABS_BUILDDIR": scratch, "PG_LIBDIR": "/nonexistent",
            "PG_DLSUFFIX": ".so", "PGTZ": "PST8PDT", "PGDATESTYLE": "Postgres, MDY",
            "PGOPTIONS": "-c intervalstyle=postgres_verbose", "LANG": "C", "LC_ALL": "C", "PGCLIENTENCODING": "UTF8",
            "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres"}

    def create_database(self):
        admin = Connection(self.port)
        for text in ["DROP DATABASE IF EXISTS regression WITH (FORCE)", "CREATE DATABASE regression TEMPLATE template0"] + [
                f"ALTER DATABASE regression SET {name} TO '{value}'" for name, value in DATABASE_SETTINGS.items()]:
            for event, value in admin.query(text):
                if event == "error":
                    raise SystemExit(f"{text}: {value.get('M')}")
        admin.close()

    def run(self, name, timeout):
        """What psql prints for the file, and whether it came to its end."""
        command = ["psql", "-X", "-a", "-q", "-d", "regression", "-v", "HIDE_TABLEAM=on", "-v", "HIDE_TOAST_COMPRESSION=on",
                   "-f", os.path.join(self.folder, "sql", name + ".sql")]
        psql = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        try:
            text, done = psql.communicate(timeout=timeout)[0], True
        except subprocess.TimeoutExpired:
            psql.kill()
            text, done = psql.communicate()[0], False
        return re.sub(r"^psql:[^ ]*:\d+: ", "", text.decode(errors="replace"), flags=re.M), done


def echoed_lines(path):
    """The lines of a script that psql -a echoes: not the empty ones, nor the data of COPY ... FROM stdin."""
    lines, statement, data = [], "", False
    with open(path, errors="replace") as script:
        for line in script.read().split("\n"):
            if data:
                data = line != "\\."
                continue
            if not line:
                continue
            lines.append(line)
            statement += " " + line
            if ";" in line:
                data = bool(re.search(r"\bcopy\b.*\bfrom\s+stdin\b", statement, re.I))
                statement = ""
    return lines


def answers(lines, text):
    """For each input line what was printed after its echo, up to the echo of the next one; None: no echo."""
    printed, found, at = text.split("\n"), [], 0
    for line in lines:
        try:
            here = printed.index(line, at)
        except ValueError:
            found.append(None)
            continue
        found.append(here)
        at = here + 1
    result = []
    for index, here in enumerate(found):
        if here is None:
            result.append(None)
            continue
        following = next((f for f in found[index + 1:] if f is not None), len(printed))
        result.append(printed[here + 1:following])
    return result


def compare(lines, ours, theirs):
    """(agreeing answers, answers)"""
    agree = count = 0
    for mine, reference in zip(answers(lines, ours), answers(lines, theirs)):
        if mine == [] and reference == []:
            continue
        count += 1
        agree += mine == reference
    return agree, count


def read_ledger():
    if not os.path.exists(LEDGER):
        return {}
    with open(LEDGER) as rows:
        return {name: (int(agree), int(count)) for name, agree, count in
                (row.rstrip("\n").split("\t") for row in rows if not row.startswith("#"))}


def write_ledger(results):
    with open(LEDGER, "w") as rows:
        rows.write("# file\tagreeing answers\tanswers\n")
        rows.writelines(f"{name}\t{agree}\t{count}\n" for name, (agree, count) in results.items())


def alive(server):
    if server.process.poll() is None:
        return True
    return False


def keep(directory, name, ours, theirs):
    for suffix, text in ((".vecino", ours), (".postgres", theirs), (".diff", "\n".join(
            difflib.unified_diff(theirs.split("\n"), ours.split("\n"), "PostgreSQL", "Vecino", lineterm="")) + "\n")):
        with open(os.path.join(directory, name + suffix), "w") as out:
            out.write(text)


def internal_errors(log):
    """Messages of XX000 in a piece of the server's log, whose lines begin with the SQLSTATE."""
    return re.findall(r"^.*\bXX000\b.*?ERROR: +(.*)$", log, re.M)


def run_file(name, server, sides, options, timeout):
    """((agreeing, answers), faults)"""
    faults = []
    log_start = os.path.getsize(server.log_path)
    ours, done = sides[0].run(name, timeout)
    theirs, _ = sides[1].run(name, timeout)
    if not done:
        faults.append(f"not done in {timeout} s")
    if LOST.search(ours):
        faults.append("lost the connection")
    if not alive(server):
        faults.append("the server ended")
        server.start()
    with open(server.log_path, errors="replace") as log:
        log.seek(log_start)
        for message in internal_errors(log.read()):
            if f"ERROR:  {message}" not in theirs:
                faults.append(f"internal error: {message}")
    if options.out:
        keep(options.out, name, ours, theirs)
    lines = echoed_lines(os.path.join(sides[0].folder, "sql", name + ".sql"))
    return compare(lines, ours, theirs), faults


def judge(name, result, ledger):
    """What is wrong with a file's figures beside the ledger's."""
    if name not in ledger:
        return ["not in the ledger: --record"]
    if result == ledger[name]:
        return []
    verb = "fell" if result[0] < ledger[name][0] else "changed"
    return [f"{verb} from {ledger[name][0]}/{ledger[name][1]}" + ("" if verb == "fell" else ": --record")]


def run_files(names, server, oracle, folder, options, ledger):
    sides = [Side(server.port, folder, os.path.join(options.scratch, "vecino")),
             Side(oracle.port, folder, os.path.join(options.scratch, "postgres"))]
    for side in sides:
        side.create_database()
    results, failed = {}, 0
    for name in names:
        started = time.time()
        results[name], faults = run_file(name, server, sides, options, options.timeout)
        if ledger is not None:
            faults += judge(name, results[name], ledger)
        failed += bool(faults)
        agree, count = results[name]
        print(f"{'FAIL' if faults else 'ok  '} {name} {agree}/{count} {time.time() - started:.1f} s"
              + "".join(f"\n     {fault}" for fault in faults), flush=True)
    return results, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--server", required=True)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--no-ledger", action="store_true")
    parser.add_argument("--out")
    parser.add_argument("--timeout", type=int, default=120)
    options = parser.parse_args()
    options.scratch = os.path.join(ROOT, "build", "regress", "results")
    os.makedirs(options.scratch, exist_ok=True)
    if options.out:
        os.makedirs(options.out, exist_ok=True)
    folder = source.fetch(os.path.join(ROOT, "build", "regress"))
    if not folder or not Postgres.binaries():
        print("skipped: " + ("no PostgreSQL 15 is installed" if folder else "PostgreSQL's source package cannot be had"))
        return 0
    everything = schedule(folder)
    names = [n for n in everything if n in options.files or n == "test_setup"] if options.files else everything
    looks = not (options.files or options.no_ledger or options.record)
    server = Server(options.server, arguments=["-c", "log_line_prefix=%e "])
    with server, Postgres() as oracle:
        results, failed = run_files(names, server, oracle, folder, options, read_ledger() if looks else None)
    if options.record:
        write_ledger(results)
    agree, count = (sum(r[i] for r in results.values()) for i in (0, 1))
    good = sum(r[0] >= 0.9 * r[1] for r in results.values())
    print(f"{agree} of {count} answers agree; {good} of {len(results)} files at 90 %")
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
