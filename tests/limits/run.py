#!/usr/bin/env python3
"""Input without measure: deep nesting, long computations that somebody cancels, sizes beyond PostgreSQL's limits.

usage: run.py --server build/release/vecinod [--levels N] [test names]
"""
import argparse
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib.server import Server  # noqa: E402

import cancelling  # noqa: E402
import nesting  # noqa: E402
import sizes  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--levels", type=int, default=100000)
    parser.add_argument("tests", nargs="*")
    arguments = parser.parse_args()
    tests = {
        "nesting": lambda: nesting.nesting(arguments.server, Server, arguments.levels),
        "sizes": lambda: sizes.sizes(arguments.server, Server),
        "cancel": lambda: cancelling.cancel(arguments.server, Server),
    }
    failed = 0
    for name in arguments.tests or tests:
        begun = time.time()
        try:
            tests[name]()
            print(f"ok   {name} ({time.time() - begun:.1f} s)", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"FAIL {name}: {error}", flush=True)
    print(f"{len(arguments.tests or tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
