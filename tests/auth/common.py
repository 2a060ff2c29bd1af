"""Servers with a pg_hba.conf of the test's own, psql, and comparisons."""
import os
import subprocess
import tempfile
import time

from client import Client, Closed, Refused
from lib.server import Server


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"\nexpected: {expected}\nfound:    {found}")


def wait_for(condition, what, seconds=15):
    deadline = time.time() + seconds
    while not condition():
        check(time.time() < deadline, what)
        time.sleep(0.02)


def refusal(action):
    """What the server says when `action` is refused: "SQLSTATE message", or "closed"."""
    try:
        action()
    except Refused as error:
        return str(error)
    except Closed:
        return "closed"
    raise AssertionError("nothing was refused")


class Context:
    def __init__(self, binary, directory):
        self.binary = binary
        self.directory = directory
        self.certificates = None
        self.servers = []

    def server(self, hba=None, config="", ident=None, roles="", delay=0, directory=None, arguments=()):
        """A server. `hba` lines are put behind one that lets the tests' own superuser in by socket."""
        directory = directory or tempfile.mkdtemp(dir=self.directory)
        server = Server(self.binary, directory=directory,
                        arguments=["-c", f"unix_socket_directories={self.directory}", *arguments])
        server.sockets = self.directory
        if not os.path.exists(os.path.join(directory, "pg_hba.conf")):
            subprocess.run([self.binary, "--init", "-D", directory], check=True, capture_output=True, timeout=120)
        if hba is not None:
            self.write_hba(server, hba)
        if ident is not None:
            self.write(server, "pg_ident.conf", ident)
        self.write(server, "postgresql.conf", f"auth_delay.milliseconds = {delay}\n" + config)
        self.servers.append(server)
        self.start(server)
        if roles:
            self.sql(server, roles)
        return server

    @staticmethod
    def start(server, timeout=60):
        """As Server.start, which wants to be let in over TCP."""
        starts = server.log_tail(1 << 20).count("ready to accept connections")
        log = open(server.log_path, "ab")
        server.process = subprocess.Popen([server.binary, "-D", server.directory, "-p", str(server.port), *server.arguments],
                                          stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        path = f"{server.sockets}/.s.PGSQL.{server.port}"
        deadline = time.time() + timeout
        while (server.log_tail(1 << 20).count("ready to accept connections") == starts) or not os.path.exists(path):
            check(server.process.poll() is None, "the server stopped:\n" + server.log_tail())
            check(time.time() < deadline, "the server does not start:\n" + server.log_tail())
            time.sleep(0.02)

    @staticmethod
    def write(server, name, text):
        with open(os.path.join(server.directory, name), "w") as out:
            out.write(text)

    def write_hba(self, server, lines):
        self.write(server, "pg_hba.conf", "local all postgres trust\n" + lines + "\n")

    def reload(self, server):
        """pg_reload_conf() returns when the files have been read."""
        equal(self.sql(server, "SELECT pg_reload_conf()"), [["t"]])

    def admin(self, server):
        client = Client(server.port, unix=server.sockets)
        code, _ = client.start("postgres")
        equal(code, 0)
        return client.until_ready()

    def sql(self, server, statements):
        client = self.admin(server)
        rows = None
        for statement in statements.split(";"):
            if statement.strip():
                rows = client.query(statement)
        client.close()
        return rows

    def psql(self, server, conninfo, command="SELECT current_user", **environment):
        """Standard output, or the last line of standard error, of psql."""
        words = f"host=127.0.0.1 port={server.port} dbname=postgres connect_timeout=20 {conninfo}"
        variables = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        variables.update({"HOME": self.directory, **environment})
        run = subprocess.run(["psql", "-XAtqw", words, "-c", command], capture_output=True, text=True, timeout=60,
                             env=variables)
        if run.returncode == 0:
            return run.stdout.strip()
        return run.stderr.strip().split("\n")[-1].split("failed: ")[-1]

    def stop_all(self):
        for server in self.servers:
            if server.process and server.process.poll() is None:
                server.process.kill()
                server.process.wait()
        self.servers = []
