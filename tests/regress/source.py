"""PostgreSQL's own regression files, fetched as Debian's source package into build/regress (never committed)."""
import glob
import os
import shutil
import subprocess
import tarfile

PACKAGE = "postgresql-15"
SOURCES = """Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


def fetched(directory):
    found = glob.glob(os.path.join(directory, "postgresql-15*", "src", "test", "regress", "parallel_schedule"))
    return os.path.dirname(found[0]) if found else None


def fetch(directory):
    """The folder src/test/regress of the source package, or None where it cannot be had."""
    if fetched(directory):
        return fetched(directory)
    lists, cache = os.path.join(directory, "lists"), os.path.join(directory, "cache")
    for path in (os.path.join(lists, "partial"), cache):
        os.makedirs(path, exist_ok=True)
    with open(os.path.join(directory, "debian.sources"), "w") as sources:
        sources.write(SOURCES)
    # An apt of its own: neither the machine's list of sources nor its indexes change.
    apt = ["apt-get", "-qq", "-o", f"Dir::Etc::SourceList={directory}/debian.sources", "-o", "Dir::Etc::SourceParts=/dev/null",
           "-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={cache}"]
    try:
        for command in (["update"], ["source", "--download-only", PACKAGE]):
            subprocess.run(apt + command, cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    finally:
        for path in (lists, cache):
            shutil.rmtree(path, ignore_errors=True)
    archive, = glob.glob(os.path.join(directory, "postgresql-15_*.orig.tar.*"))
    with tarfile.open(archive) as source:
        source.extractall(directory, [m for m in source if "/src/test/regress/" in m.name])
    return fetched(directory)
