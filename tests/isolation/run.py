#!/usr/bin/env python3
"""Runs the isolation specs: several sessions, their steps in a given order, and who waits for whom.

  run.py --server build/release/vecinod [SPEC ...]     or --port P for a running server (any PostgreSQL too)
  --update   write the .out files from this server (made from a real PostgreSQL)

A spec has lines
  setup SQL / teardown SQL          run before and after every permutation
  session NAME                      the steps below belong to it
  begin SQL                         run in that session before each permutation
  step NAME SQL                     (continued on lines that begin with a blank)
  permutation STEP STEP ...
A step that has not answered within the patience is shown as <waiting ...>; its outcome is shown when it comes.
"""
import argparse
import difflib
import os
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from lib.pgwire import Connection  # noqa: E402
from lib.server import Server  # noqa: E402

SPECS = os.path.join(HERE, "specs")
PATIENCE = 0.4


class Spec:
    def __init__(self, path):
        self.setup, self.teardown, self.sessions, self.steps, self.permutations = [], [], {}, {}, []
        session = None
        lines = []
        for line in open(path):
            if line.strip() and not line.startswith("#"):
                if line[0] in " \t":
                    lines[-1] += " " + line.strip()
                else:
                    lines.append(line.strip())
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "setup":
                self.setup.append(rest)
            elif word == "teardown":
                self.teardown.append(rest)
            elif word == "session":
                session = rest
                self.sessions[session] = []
            elif word == "begin":
                self.sessions[session].append(rest)
            elif word == "step":
                name, _, sql = rest.partition(" ")
                self.steps[name] = (session, sql)
            elif word == "permutation":
                self.permutations.append(rest.split())
            else:
                raise SystemExit(f"{path}: unknown line {line!r}")


def outcome(connection, sql):
    lines = []
    for event, value in connection.query(sql):
        if event == "error":
            lines.append(f"ERROR {value.get('C')}: {value.get('M')}")
        elif event == "result":
            for row in value.rows:
                lines.append(" | ".join("NULL" if v is None else v for v in row))
            lines.append(f"[{value.tag}]")
    return lines


class Runner(threading.Thread):
    """Runs one step at a time of one session."""

    def __init__(self, port, name):
        super().__init__(daemon=True)
        self.connection = Connection(port, timeout=60)
        self.name, self.step, self.lines = name, None, None
        self.wake, self.done = threading.Semaphore(0), threading.Event()
        self.done.set()
        self.start()

    def run(self):
        while True:
            self.wake.acquire()
            if self.step is None:
                return
            try:
                self.lines = outcome(self.connection, self.step[1])
            except OSError as error:
                self.lines = [f"connection lost: {error}"]
            self.done.set()

    def begin(self, name, sql):
        self.step, self.lines = (name, sql), None
        self.done.clear()
        self.wake.release()

    def finish(self):
        self.step = None
        self.wake.release()
        self.connection.close()


def run_permutation(port, spec, order):
    out = ["permutation " + " ".join(order)]
    admin = Connection(port)
    for sql in spec.setup:
        for line in outcome(admin, sql):
            if line.startswith("ERROR"):
                raise SystemExit(f"setup failed: {line}")
    runners = {name: Runner(port, name) for name in spec.sessions}
    for name, statements in spec.sessions.items():
        for sql in statements:
            outcome(runners[name].connection, sql)
    waiting = []

    def report_finished(wait):
        deadline = time.time() + wait
        while True:
            for runner in list(waiting):
                if runner.done.is_set():
                    waiting.remove(runner)
                    out.append(f"step {runner.step[0]}: <... completed>")
                    out.extend("  " + line for line in runner.lines)
            if not waiting or time.time() > deadline:
                return
            time.sleep(0.01)

    for step in order:
        session, sql = spec.steps[step]
        runner = runners[session]
        if not runner.done.wait(20):
            out.append(f"step {step}: its session never answered")
            break
        report_finished(0.1 if waiting else 0)
        runner.begin(step, sql)
        if runner.done.wait(PATIENCE):
            out.append(f"step {step}: {sql}")
            out.extend("  " + line for line in runner.lines)
        else:
            out.append(f"step {step}: {sql} <waiting ...>")
            waiting.append(runner)
        report_finished(0.3)
    report_finished(10)
    for runner in waiting:
        out.append(f"step {runner.step[0]}: never answered")
    for runner in runners.values():
        runner.finish()
    for sql in spec.teardown:
        outcome(admin, sql)
    admin.close()
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("specs", nargs="*")
    parser.add_argument("--server")
    parser.add_argument("--port", type=int)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    names = [os.path.splitext(os.path.basename(s))[0] for s in options.specs] or sorted(
        f[:-5] for f in os.listdir(SPECS) if f.endswith(".spec"))
    server = None if options.port else Server(options.server).start()
    port = options.port or server.port
    passed = failed = 0
    try:
        for name in names:
            spec = Spec(os.path.join(SPECS, name + ".spec"))
            lines = []
            for order in spec.permutations:
                lines += run_permutation(port, spec, order) + [""]
            path = os.path.join(SPECS, name + ".out")
            if options.update:
                with open(path, "w") as out:
                    out.write("\n".join(lines))
            expected = open(path).read().split("\n") if os.path.exists(path) else []
            good = "\n".join(lines).split("\n") == expected
            passed, failed = passed + good, failed + (not good)
            print(f"{'ok  ' if good else 'FAIL'} {name}", flush=True)
            if not good:
                for line in difflib.unified_diff(expected, lines, "expected", "actual", lineterm="", n=3):
                    print(line)
    finally:
        if server:
            server.stop()
            server.remove()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
