#!/usr/bin/env python3
"""Who gets in, who does not, and what bad clients do to others: passwords, pg_hba.conf, TLS, sockets, limits.

usage: run.py --server build/release/vecinod [test names]

Needs psql and openssl.
"""
import argparse
import os
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import suite_clients  # noqa: E402
import suite_files  # noqa: E402
import suite_limits  # noqa: E402
import suite_passwords  # noqa: E402
import suite_tls  # noqa: E402
from certificates import Certificates  # noqa: E402
from common import Context  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    failed = passed = 0
    with tempfile.TemporaryDirectory(prefix="vecino-auth-") as directory:
        context = Context(os.path.abspath(options.server), directory)
        context.certificates = Certificates(os.path.join(directory, "certificates"))
        for module in (suite_files, suite_passwords, suite_tls, suite_limits, suite_clients):
            for test in module.TESTS:
                if options.names and test.__name__ not in options.names:
                    continue
                try:
                    test(context)
                    passed += 1
                    print(f"ok   {test.__name__}", flush=True)
                except Exception:  # noqa: BLE001 - whatever it was, the other tests go on
                    failed += 1
                    print(f"FAIL {test.__name__}\n{traceback.format_exc()}", flush=True)
                finally:
                    context.stop_all()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
