"""Where a server listens, or that it does not start."""
import os
import shutil
import socket
import subprocess
import tempfile

from lib.checks import check
from lib.server import Server, free_port


def start(binary, *arguments):
    root = tempfile.mkdtemp(prefix="vecino-test-")
    try:
        return subprocess.run([binary, "-D", os.path.join(root, "data"), *arguments], capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess([], 0, "", (error.stderr or b"").decode())
    finally:
        shutil.rmtree(root, ignore_errors=True)


def port_taken(binary):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(binary, "-p", str(port), "-c", "listen_addresses=127.0.0.1")
        check(run.returncode == 1, f"does not start: {run.stderr}")
        for text in (f"could not bind IPv4 address \"127.0.0.1\": Address already in use", "Is another server already running",
                     "could not create listen socket for \"127.0.0.1\"", "FATAL:  could not create any TCP/IP sockets"):
            check(text in run.stderr, f"{text!r} in {run.stderr}")
        check("ready to accept" not in run.stderr, "and does not say that it is ready")


def foreign_address(binary):
    run = start(binary, "-p", str(free_port()), "-c", "listen_addresses=192.0.2.1")
    check(run.returncode == 1 and "could not create any TCP/IP sockets" in run.stderr, f"does not start: {run.stderr}")
    run = start(binary, "-p", str(free_port()), "-c", "listen_addresses=", "-c", "unix_socket_directories=/nowhere/at/all")
    check(run.returncode == 1 and "could not create any Unix-domain sockets" in run.stderr, f"does not start: {run.stderr}")


def one_of_several(binary):
    with Server(binary, arguments=["-c", "listen_addresses=127.0.0.1,192.0.2.1"]) as server:
        check(server.connect().value("SELECT 1") == "1", "one address is enough")
        check("could not create listen socket for \"192.0.2.1\"" in server.log_tail(), "the other is named")


TESTS = [port_taken, foreign_address, one_of_several]
