"""Starts and stops vecinod for tests."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from lib.pgwire import Connection


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A vecinod on a free port with its own data directory (removed at the end unless given)."""

    def __init__(self, binary, directory=None, arguments=(), environment=None):
        self.binary = os.path.abspath(binary)
        self.own_directory = directory is None
        self.directory = directory or tempfile.mkdtemp(prefix="vecino-test-")
        self.arguments = list(arguments)
        self.environment = {**os.environ, **(environment or {})}
        self.port = free_port()
        self.process = None
        self.log_path = os.path.join(self.directory + ".log")

    def start(self, timeout=60):
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [self.binary, "-D", self.directory, "-p", str(self.port), *self.arguments],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment)
        deadline = time.time() + timeout
        while True:
            if self.process.poll() is not None:
                raise RuntimeError("vecinod stopped at start:\n" + self.log_tail())
            try:
                Connection(self.port, timeout=10).close()
                return self
            except OSError:
                if time.time() > deadline:
                    self.kill()
                    raise RuntimeError("vecinod does not answer:\n" + self.log_tail())
                time.sleep(0.02)

    def connect(self, **settings):
        return Connection(self.port, **settings)

    def stop(self, timeout=60):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise RuntimeError("vecinod did not stop:\n" + self.log_tail())
        code = self.process.returncode if self.process else 0
        self.process = None
        return code

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def log_tail(self, size=4000):
        try:
            with open(self.log_path, errors="replace") as log:
                return log.read()[-size:]
        except OSError:
            return ""

    def remove(self):
        if self.own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)
            if os.path.exists(self.log_path):
                os.remove(self.log_path)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            self.remove()
