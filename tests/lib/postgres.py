"""A PostgreSQL of the machine's own, as oracle: a throwaway cluster, started as a user without privileges.

    with Postgres() as oracle: Connection(oracle.port) ...

`Postgres.binaries()` is None where PostgreSQL 15 is not installed; suites then say that they skip.
"""
import os
import pwd
import shutil
import subprocess
import tempfile

from lib.server import free_port

VERSION = 15


class Postgres:
    def __init__(self, settings=()):
        self.bin = self.binaries()
        self.port = free_port()
        self.root = tempfile.mkdtemp(prefix="vecino-oracle-")
        self.data = os.path.join(self.root, "data")
        self.settings = {"listen_addresses": "'127.0.0.1'", "unix_socket_directories": "''", "fsync": "off",
                         "autovacuum": "off", "jit": "off", **dict(settings)}

    @staticmethod
    def binaries():
        path = f"/usr/lib/postgresql/{VERSION}/bin"
        return path if os.path.exists(os.path.join(path, "initdb")) else None

    def run(self, *command):
        """PostgreSQL refuses to run as root."""
        if os.getuid() == 0:
            account = pwd.getpwnam("nobody")
            identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        else:
            identity = {}
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": self.root}
        done = subprocess.run(command, env=environment, cwd=self.root, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **identity)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stdout.decode(errors='replace')}")

    def start(self):
        if os.getuid() == 0:
            shutil.chown(self.root, "nobody")
        self.run(f"{self.bin}/initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
                 "--no-locale", "--no-sync")
        with open(os.path.join(self.data, "postgresql.conf"), "a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in self.settings.items())
        self.run(f"{self.bin}/pg_ctl", "-D", self.data, "-o", f"-p {self.port}", "-l",
                 os.path.join(self.root, "log"), "-w", "start")
        return self

    def stop(self):
        self.run(f"{self.bin}/pg_ctl", "-D", self.data, "-m", "immediate", "stop")

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            shutil.rmtree(self.root, ignore_errors=True)
            raise

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.root, ignore_errors=True)
