#!/usr/bin/env python3
"""Builds the image and tests it as people use it.

usage: run.py [--image NAME]    NAME: an image that exists; default: docker/Dockerfile is built
"""
import argparse
import gzip
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engine import Engine, Skip  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LARGEST = 150 * 1000 * 1000


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Container:
    def __init__(self, engine, image, name, environment=None, volume=None, mounts=(), arguments=()):
        self.engine = engine
        self.name = f"vecino-test-{os.getpid()}-{name}"
        self.port = free_port()
        command = ["run", "-d", "--name", self.name]
        for key, value in (environment or {}).items():
            command += ["-e", f"{key}={value}"]
        if volume:
            command += ["-v", f"{volume}:/var/lib/postgresql/data"]
        for source, target in mounts:
            command += ["-v", f"{source}:{target}:ro"]
        arguments = list(arguments)
        if engine.host_network:
            command += ["--network", "host", "-e", f"PGPORT={self.port}"]
            arguments += ["-c", f"port={self.port}"]
        else:
            command += ["-p", f"127.0.0.1:{self.port}:5432"]
        engine.docker(*command, image, *arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.engine.docker("rm", "-f", self.name, check=False)

    def state(self, what):
        return self.engine.docker("inspect", "-f", "{{.State.%s}}" % what, self.name).stdout.strip()

    def log(self):
        result = self.engine.docker("logs", self.name)
        return result.stdout + result.stderr

    def wait_exit(self, seconds=60):
        deadline = time.time() + seconds
        while self.state("Running") == "true":
            check(time.time() < deadline, f"{self.name} ends")
            time.sleep(0.1)
        return int(self.state("ExitCode"))

    def wait_ready(self, seconds=90):
        deadline = time.time() + seconds
        while True:
            check(self.state("Running") == "true", f"{self.name} runs:\n{self.log()}")
            # The server of the initialization is not to be taken for this one.
            if "ready for start up" in self.log() or "initialization is skipped" in self.log():
                if self.execute("vecinod", "--check").returncode == 0:
                    return self
            check(time.time() < deadline, f"{self.name} answers:\n{self.log()}")
            time.sleep(0.1)

    def execute(self, *command):
        return self.engine.docker("exec", self.name, *command, check=False)

    def psql(self, sql, user="postgres", password=None, database="postgres"):
        environment = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
        if password is not None:
            environment["PGPASSWORD"] = password
        return subprocess.run(
            ["psql", "-X", "-w", "-At", "-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", database, "-c", sql],
            capture_output=True, text=True, env=environment, timeout=30)

    def value(self, sql, **who):
        result = self.psql(sql, **who)
        check(result.returncode == 0, f"{sql}: {result.stderr}\n{self.log()[-2000:]}")
        return result.stdout.strip()


def test_size(engine, image):
    size = int(engine.docker("image", "inspect", "-f", "{{.Size}}", image).stdout)
    print(f"     the image has {size / 1e6:.0f} MB")
    check(size < LARGEST, f"the image has {size} bytes")


def test_refuses_without_password(engine, image):
    with Container(engine, image, "refused") as container:
        check(container.wait_exit() != 0, "it ends with an error")
        check("no superuser password is specified" in container.log(), container.log())


def test_password(engine, image):
    with Container(engine, image, "password", {"POSTGRES_PASSWORD": "sec'ret"}) as container:
        container.wait_ready()
        check(container.value("SELECT current_user", password="sec'ret") == "postgres", "the password lets in")
        wrong = container.psql("SELECT 1", password="wrong")
        check('password authentication failed for user "postgres"' in wrong.stderr, f"a wrong one does not: {wrong.stderr}")
        none = container.psql("SELECT 1")
        check("no password supplied" in none.stderr, f"none does not: {none.stderr}")
        inside = container.execute("psql", "-U", "postgres", "-Atc", "SELECT 1")
        check(inside.stdout.strip() == "1", f"docker exec psql: {inside.stderr}")
        check(container.execute("pg_isready").returncode == 0, "pg_isready")
        owner = container.execute("stat", "-c", "%u", "/proc/1").stdout.strip()
        check(owner == "999", f"the server does not run as root but {owner}")


def write_init_files(directory):
    def put(name, text, mode=0o644):
        with open(os.path.join(directory, name), "w") as out:
            out.write(text)
        os.chmod(os.path.join(directory, name), mode)

    put("1.sql", "CREATE TABLE init (step text, at timestamptz DEFAULT now());\nINSERT INTO init VALUES ('sql');\n")
    with gzip.open(os.path.join(directory, "2.sql.gz"), "wt") as out:
        out.write("CREATE EXTENSION vector;\nINSERT INTO init VALUES ('gz');\n")
    put("3.sh", "#!/bin/bash\nset -e\npsql -v ON_ERROR_STOP=1 --username \"$POSTGRES_USER\" --dbname \"$POSTGRES_DB\" "
        "-c \"INSERT INTO init VALUES ('executed')\"\n", 0o755)
    put("4.sh", "docker_process_sql -c \"INSERT INTO init VALUES ('sourced')\"\n")
    put("README", "not a script\n")
    os.chmod(directory, 0o755)


def test_init_scripts_and_volume(engine, image):
    directory = tempfile.mkdtemp(prefix="vecino-init-")
    volume = f"vecino-test-{os.getpid()}"
    write_init_files(directory)
    settings = {"POSTGRES_USER": "app", "POSTGRES_DB": "shop", "POSTGRES_PASSWORD": "one",
                "POSTGRES_INITDB_ARGS": "--data-checksums"}
    who = {"user": "app", "password": "one", "database": "shop"}
    mounts = [(directory, "/docker-entrypoint-initdb.d")]
    try:
        with Container(engine, image, "first", settings, volume, mounts) as container:
            container.wait_ready()
            check(container.value("SELECT string_agg(step, ' ' ORDER BY step) FROM init", **who) ==
                  "executed gz sourced sql", "every script ran, once")
            check(container.value("SELECT rolsuper FROM pg_roles WHERE rolname = 'app'", **who) == "t", "superuser")
            check("POSTGRES_INITDB_ARGS is ignored" in container.log(), "a note about POSTGRES_INITDB_ARGS")
            container.value("INSERT INTO init VALUES ('kept')", **who)
        with Container(engine, image, "second", settings, volume, mounts) as container:
            container.wait_ready()
            check(container.value("SELECT count(*) FROM init", **who) == "5", "data survives, scripts do not run again")
    finally:
        engine.docker("volume", "rm", "-f", volume, check=False)
        shutil.rmtree(directory)


def test_failing_script(engine, image):
    directory = tempfile.mkdtemp(prefix="vecino-init-")
    os.chmod(directory, 0o755)
    with open(os.path.join(directory, "1.sql"), "w") as out:
        out.write("SELECT 1/0;\n")
    try:
        with Container(engine, image, "failing", {"POSTGRES_PASSWORD": "x"},
                       mounts=[(directory, "/docker-entrypoint-initdb.d")]) as container:
            check(container.wait_exit() != 0, "a script that fails ends it")
            check("division by zero" in container.log(), container.log())
    finally:
        shutil.rmtree(directory)


def test_password_file_and_arguments(engine, image):
    directory = tempfile.mkdtemp(prefix="vecino-secret-")
    os.chmod(directory, 0o755)
    with open(os.path.join(directory, "password"), "w") as out:
        out.write("from a file\n")
    try:
        with Container(engine, image, "arguments", {"POSTGRES_PASSWORD_FILE": "/run/secrets/password"},
                       mounts=[(directory, "/run/secrets")],
                       arguments=["postgres", "-c", "work_mem=32MB", "-N", "17"]) as container:
            container.wait_ready()
            check(container.value("SHOW work_mem", password="from a file") == "32MB", "-c name=value")
            check(container.value("SHOW max_connections", password="from a file") == "17", "-N")
    finally:
        shutil.rmtree(directory)


def test_trust(engine, image):
    with Container(engine, image, "trust", {"POSTGRES_HOST_AUTH_METHOD": "trust"}) as container:
        container.wait_ready()
        check(container.value("SELECT 1") == "1", "no password is needed")
        check("trust" in container.log(), "and a warning says so")


def test_stop(engine, image):
    """docker stop (SIGINT) ends sessions; SIGTERM lets them end, as in PostgreSQL's image."""
    for how, signal in (("docker stop", None), ("SIGTERM", "TERM")):
        with Container(engine, image, "stop", {"POSTGRES_HOST_AUTH_METHOD": "trust"}) as container:
            container.wait_ready()
            client = subprocess.Popen(["psql", "-X", "-h", "127.0.0.1", "-p", str(container.port), "-U", "postgres"],
                                      stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.5)
            if signal:
                engine.docker("kill", "-s", signal, container.name)
                time.sleep(1)
                check(container.state("Running") == "true", f"it waits for the session\n{container.log()}")
                client.kill()
            begin = time.time()
            if not signal:
                engine.docker("stop", container.name)
            check(container.wait_exit() == 0, f"{how}: it ends in order\n{container.log()}")
            took = time.time() - begin
            client.kill()
            client.wait()
            print(f"     {how} took {took:.1f} s")
            check(took < 2, f"{how} took {took:.1f} s")
            check("database system is shut down" in container.log(), container.log())


def test_health(engine, image):
    with Container(engine, image, "health", {"POSTGRES_HOST_AUTH_METHOD": "trust"}) as container:
        deadline = time.time() + 60
        while container.state("Health.Status") != "healthy":
            check(time.time() < deadline, container.state("Health.Status"))
            time.sleep(0.5)


TESTS = (test_size, test_refuses_without_password, test_password, test_init_scripts_and_volume, test_failing_script,
         test_password_file_and_arguments, test_trust, test_stop, test_health)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image")
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    try:
        with Engine(os.path.join(ROOT, "build", "docker")) as engine:
            image = options.image
            if not image:
                image = "vecino:test"
                base = engine.base_image("debian:bookworm-slim")
                print("building the image", flush=True)
                network = ["--network", "host"] if engine.host_network else []
                engine.docker("build", *network, "--build-arg", f"BASE={base}", "-f",
                              os.path.join(ROOT, "docker", "Dockerfile"), "-t", image, ROOT, timeout=7200)
            failed = 0
            for test in TESTS:
                if options.tests and test.__name__ not in options.tests:
                    continue
                try:
                    test(engine, image)
                    print(f"ok   {test.__name__}", flush=True)
                except (AssertionError, RuntimeError, subprocess.TimeoutExpired) as error:
                    failed += 1
                    print(f"FAIL {test.__name__}: {error}", flush=True)
            return 1 if failed else 0
    except Skip as reason:
        print(f"skipped: {reason}")
        return 0


if __name__ == "__main__":
    sys.exit(main())
