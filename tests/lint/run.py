#!/usr/bin/env python3
"""Project rules that no compiler checks: the include graph, and a few words that must not appear."""
import os
import re
import subprocess
import sys

import sample_conf

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Folder -> prefixes it may include besides itself (DESIGN: layout).
ALLOWED = {
    "storage/util": [],
    "conf": ["storage/util"],
    "protocol": ["storage/util"],
    "storage/api": ["storage/util", "conf"],
    "storage/rocksdb": ["storage/util", "storage/api", "storage/meta", "conf"],
    "storage/memory": ["storage/util", "storage/api", "conf"],
    "storage/row_group": ["storage/util", "storage/api", "storage/table", "conf"],
    "storage/txn": ["storage/util", "storage/api", "storage/meta", "conf"],
    "storage/table": ["storage/util", "storage/api", "storage/meta", "conf"],
    "storage/meta": ["storage/util", "storage/api", "conf"],
    "index": ["storage/util", "storage/api"],
    "sqlfront": ["storage/util", "storage/api", "index/api", "index/distance", "conf"],
    "server": ["storage", "index", "protocol", "sqlfront", "conf"],
}
# External headers that only one folder may know.
EXTERNAL = {
    r"rocksdb/": "storage/rocksdb",
    r"boost/(asio|beast)": "server",
    r"pg_query": "sqlfront/parse",
    r"openssl/": ("protocol", "server", "storage/util", "sqlfront/functions"),
}
MAX_LINES = 1000


def folder_of(path):
    for folder in sorted(ALLOWED, key=len, reverse=True):
        if path.startswith(folder + "/"):
            return folder
    return None


def check(path, problems):
    with open(os.path.join(ROOT, path), errors="replace") as source:
        lines = source.read().split("\n")
    folder = folder_of(path)
    if folder is None:
        return
    if len(lines) > MAX_LINES and not path.endswith(".def"):
        problems.append(f"{path}: {len(lines)} lines; split it (at most {MAX_LINES})")
    for number, line in enumerate(lines, 1):
        include = re.match(r'\s*#include\s+(["<])([^">]+)[">]', line)
        if include:
            name = include.group(2)
            if include.group(1) == '"' and not any(
                    name.startswith(p + "/") or name == p for p in [folder] + ALLOWED[folder]):
                problems.append(f"{path}:{number}: {folder} may not include {name}")
            for pattern, owner in EXTERNAL.items():
                owners = owner if isinstance(owner, tuple) else (owner,)
                if include.group(1) == "<" and re.match(pattern, name) and not any(path.startswith(o + "/") for o in owners):
                    problems.append(f"{path}:{number}: only {' or '.join(owners)} may include <{name}>")
            if name in ("iostream", "regex"):
                problems.append(f"{path}:{number}: <{name}> is too heavy; use fmt, std::string or RE2")
        if "using namespace std" in line:
            problems.append(f"{path}:{number}: no using namespace std")
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
            problems.append(f"{path}:{number}: unfinished business belongs in an issue, not in the code")


def main():
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.cc", "*.h"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split()
    problems = []
    for path in files:
        if os.path.exists(os.path.join(ROOT, path)):
            check(path, problems)
    problems += sample_conf.problems()
    for problem in problems:
        print(problem)
    print(f"{len(files) if not problems else 0} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
