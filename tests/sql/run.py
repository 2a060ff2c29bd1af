#!/usr/bin/env python3
"""Runs the SQL scripts in tests/sql/cases and compares what they print with the .out file beside each.

  run.py --server build/release/vecinod [CASE ...]   against a fresh server
  run.py --port P [CASE ...]                         against a running server (any PostgreSQL too)
  --update            write the .out files from this server (made from PostgreSQL + pgvector: see --diff)
  --diff              run every case on Vecino and on the real PostgreSQL of ../shared/peer and show each disagreement
  --all-configs       also: a server restart after every statement, batches of 3 rows, distance kernels without SIMD,
                      the storage engine that keeps everything in memory, transactions that outgrow their memory
  --config NAME       one of these: restart, tiny-batches, scalar, memory, bulk

A script is plain SQL. Every case runs in a database of its own. Lines that begin with these words steer the runner:
  -- nodiff: REASON    the next statement is not compared with PostgreSQL (a documented difference)
  -- unordered         the rows of the next statement are compared sorted
  -- connect           a new session
COPY ... FROM STDIN takes the lines up to `\\.` as its data.
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
from lib.pgwire import Connection  # noqa: E402
from lib.server import Server  # noqa: E402

CASES = os.path.join(HERE, "cases")
CONFIGS = {
    "restart": {},
    "tiny-batches": {"environment": {"VECINO_BATCH_ROWS": "3"}},
    "scalar": {"arguments": ["-c", "vecino.force_isa=scalar"]},
    "memory": {"arguments": ["-c", "vecino.storage_engine=memory"]},
    "bulk": {"arguments": ["-c", "vecino.write_set_limit=1024"]},
}


class Statement:
    def __init__(self, text, directives, copy_data):
        self.text, self.directives, self.copy_data = text, directives, copy_data


TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\$[A-Za-z_]*\$).*?\1|;|[^;'\"$/\-eE]+|.",
    re.S)


def parse_script(text):
    """Splits a script at top-level semicolons."""
    statements, current, directives, at = [], "", [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        token, at = match.group(0), match.end()
        if token.startswith("--") and not current.strip():
            directives.append(token[2:].strip())
            current = ""
            continue
        current += token
        if token != ";":
            continue
        # `;` joined by a backslash keeps several statements in one query string.
        if text.startswith("\\\n", at):
            at += 2
            current += "\n"
            continue
        statement, current = current.strip(), ""
        data = b""
        if re.search(r"\bFROM\s+STDIN\b", statement, re.I):
            end = text.index("\n\\.\n", at) if not text.startswith("\n\\.\n", at) else at
            data = text[at + 1 : end + 1].encode()
            at = end + 4
        statements.append(Statement(statement, directives, data))
        directives = []
    if current.strip():
        raise SystemExit(f"unterminated statement: {current.strip()[:60]}")
    if "connect" in directives:
        statements.append(Statement("", directives, b""))
    return statements


def show_fields(kind, fields):
    lines = [f"{kind} {fields.get('C')}: {fields.get('M')}"]
    for code, name in (("D", "DETAIL"), ("H", "HINT"), ("W", "CONTEXT"), ("P", "POSITION")):
        if code in fields:
            lines.append(f"{name}: {fields[code]}")
    return lines


def run_statement(connection, statement):
    lines = []
    for event, value in connection.query(statement.text, statement.copy_data):
        if event == "error":
            lines += show_fields(value.get("V", value.get("S")), value)
        elif event == "notice":
            lines += show_fields(value.get("V", value.get("S")), value)
        elif event == "result":
            if value.columns is not None:
                lines.append(" | ".join(name for name, _ in value.columns))
                rows = [" | ".join("NULL" if v is None else v for v in row) for row in value.rows]
                if "unordered" in statement.directives:
                    rows.sort()
                lines += rows
            if value.copy_out is not None:
                lines += value.copy_out.decode(errors="replace").splitlines()
            lines.append(f"[{value.tag}]")
    if connection.status != "I":
        lines.append(f"-- transaction status {connection.status}")
    return lines


def open_case(port, name):
    database = "case_" + re.sub(r"\W", "_", name)
    admin = Connection(port)
    list(admin.query(f"DROP DATABASE IF EXISTS {database}"))
    for event, value in admin.query(f"CREATE DATABASE {database}"):
        if event == "error":
            raise SystemExit(f"cannot create the database of {name}: {value}")
    admin.close()
    return database


def connect(port, database):
    connection = Connection(port, database=database, timeout=120)
    # The oracle's vector extension is part of Vecino from the start.
    list(connection.query("SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS vector; "
                          "RESET client_min_messages; SET TimeZone = 'UTC'"))
    return connection


def run_case(name, port, between=None):
    """The output of a case as one list of lines per statement."""
    with open(os.path.join(CASES, name + ".sql")) as script:
        statements = parse_script(script.read())
    database = open_case(port, name)
    connection = connect(port, database)
    blocks = []
    tied = False
    for statement in statements:
        if "connect" in statement.directives:
            connection.close()
            connection = connect(port, database)
            tied = False
        if statement.text:
            lines = [line for line in statement.text.splitlines()]
            blocks.append((statement, lines + run_statement(connection, statement)))
        # What only the session knows and nothing can tell cannot be carried over a restart.
        tied = tied or bool(re.search(r"\b(nextval|setval)\b|^SET\s+\w+\.", statement.text, re.I))
        if between and connection.status == "I" and not tied:
            connection = between(connection, database)
    connection.close()
    admin = Connection(port)
    list(admin.query(f"DROP DATABASE IF EXISTS {database}"))
    admin.close()
    return blocks


def text_of(blocks):
    return "\n\n".join("\n".join(lines) for _, lines in blocks) + "\n"


def compare(name, blocks, update):
    path = os.path.join(CASES, name + ".out")
    actual = text_of(blocks)
    if update:
        with open(path, "w") as out:
            out.write(actual)
        return True
    expected = open(path).read() if os.path.exists(path) else ""
    if actual == expected:
        return True
    print(f"--- {name}: output differs")
    for line in difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm="", n=4):
        print(line)
    return False


def diff_with_peer(name, port, peer_port):
    """Prints each statement whose output differs from PostgreSQL's; returns how many do."""
    ours, theirs = run_case(name, port), run_case(name, peer_port)
    count = 0
    for (statement, mine), (_, reference) in zip(ours, theirs):
        if mine == reference or any(d.startswith("nodiff") for d in statement.directives):
            continue
        count += 1
        print(f"--- {name}: {statement.text[:300]}")
        for line in difflib.unified_diff(reference, mine, "PostgreSQL", "Vecino", lineterm="", n=0):
            if not line.startswith(("---", "+++", "@@")):
                print("   ", line)
    return count


def session_state(connection):
    """Settings to carry over a restart; None: the session has what cannot be carried over."""
    kept = connection.value("SELECT (SELECT count(*) FROM pg_prepared_statements) + (SELECT count(*) FROM pg_cursors) + "
                            "(SELECT count(*) FROM pg_class WHERE relpersistence = 't')")
    if kept != "0":
        return None
    settings = {}
    for event, value in connection.query("SELECT name, current_setting(name) FROM pg_settings WHERE source = 'session'"):
        if event == "result":
            settings.update(value.rows)
    return settings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--server")
    parser.add_argument("--port", type=int)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--diff", action="store_true")
    parser.add_argument("--peer-port", type=int)
    parser.add_argument("--all-configs", action="store_true")
    parser.add_argument("--config", choices=CONFIGS)
    options = parser.parse_args()
    names = [os.path.splitext(os.path.basename(c))[0] for c in options.cases] or sorted(
        f[:-4] for f in os.listdir(CASES) if f.endswith(".sql"))

    peer_port = options.peer_port
    if options.diff and not peer_port:
        peer = os.path.join(HERE, "..", "..", "..", "shared", "peer", "peer")
        try:
            dsn = subprocess.run([peer, "start"], check=True, capture_output=True, text=True).stdout
            peer_port = int(re.search(r"port=(\d+)", dsn).group(1))
        except (OSError, subprocess.CalledProcessError):
            print("skipped: no PostgreSQL peer can be had here")
            return 0

    passed = failed = 0
    configs = [None] + list(CONFIGS) if options.all_configs else [options.config]
    for config in configs:
        server = None
        if options.port is None:
            server = Server(options.server, **CONFIGS.get(config, {})).start()
        port = options.port or server.port

        def restart(connection, database):
            state = session_state(connection)
            if state is None:
                return connection
            connection.close()
            server.restart()
            connection = connect(server.port, database)
            for name, value in state.items():
                quoted = value.replace("'", "''")
                list(connection.query(f"SELECT set_config('{name}', '{quoted}', false)"))
            return connection

        try:
            for name in names:
                started = time.time()
                try:
                    if options.diff:
                        good = diff_with_peer(name, port, peer_port) == 0
                    else:
                        blocks = run_case(name, port, restart if config == "restart" else None)
                        good = compare(name, blocks, options.update)
                except (OSError, RuntimeError) as error:
                    print(f"--- {name}: {error}")
                    good = False
                    if server:
                        print(server.log_tail())
                        server.kill()
                        server.start()
                        port = server.port
                passed, failed = passed + good, failed + (not good)
                label = f"{name} ({config})" if config else name
                print(f"{'ok  ' if good else 'FAIL'} {label} {time.time() - started:.2f} s", flush=True)
        finally:
            if server:
                server.stop()
                server.remove()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
