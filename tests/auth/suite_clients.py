"""Clients that are slow, never read or send garbage, and many at once: the others notice nothing."""
import os
import random
import resource
import select
import socket
import struct
import threading
import time

from client import SSL_REQUEST, Client, message, startup_packet
from common import check, equal, wait_for


class Others:
    """Two sessions that ask short questions all the time, and a new connection every now and then."""

    def __init__(self, server):
        self.server = server
        self.errors = []
        self.times = []
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(index,)) for index in range(2)]

    def run(self, index):
        try:
            client = Client(self.server.port)
            client.start("postgres")
            client.until_ready()
            while not self.done.is_set():
                started = time.time()
                equal(client.query(f"SELECT {index} + 1"), [[str(index + 1)]])
                self.times.append(time.time() - started)
                if len(self.times) % 50 == 0:
                    other = Client(self.server.port)
                    other.start("postgres")
                    other.until_ready()
                    other.close()
                time.sleep(0.005)
        except Exception as error:  # noqa: BLE001 - reported by the test
            self.errors.append(repr(error))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for thread in self.threads:
            thread.join()
        check(not self.errors, f"others failed: {self.errors}")
        check(len(self.times) > 20, "others were served")
        ordered = sorted(self.times)
        median = ordered[len(ordered) // 2]
        check(median < 0.5, f"others waited {median:.3f} s")


def resident(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        for line in status:
            if line.startswith("VmRSS"):
                return int(line.split()[1])


def one_byte_a_second(context):
    """Many times slower than anybody types: at every stage of a connection. (Half a second a byte, ten seconds.)"""
    server = context.server("host all all all trust")
    whole = startup_packet("postgres") + message(b"Q", b"SELECT 42\0")
    stages = []
    for sent in (0, 4, 20, len(whole) - 15, len(whole) - 3):
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        raw.sendall(whole[:sent])
        stages.append([raw, whole[sent:]])
    with Others(server):
        for _ in range(20):
            for stage in stages:
                stage[0].sendall(stage[1][:1])
                stage[1] = stage[1][1:]
            time.sleep(0.5)
    for raw, rest in stages:
        raw.sendall(rest)
        answer = b""
        while b"SELECT 1\0" not in answer:
            piece = raw.recv(65536)
            check(piece, "the answer comes when the question is complete")
            answer += piece
        check(b"42" in answer, "and is right")


def never_reading(context):
    """Asks for gigabytes and reads nothing: no thread is held, the server's memory stays where it is."""
    server = context.server("host all all all trust")
    before = resident(server)
    deaf = []
    with Others(server):
        for _ in range(20):
            client = Client(server.port)
            client.start("postgres")
            client.until_ready()
            client.send(message(b"Q", b"SELECT repeat('x', 1000) FROM generate_series(1, 3000000)\0"))
            deaf.append(client)
        time.sleep(3)
        # And one that never reads but keeps asking.
        chatty = Client(server.port)
        chatty.start("postgres")
        chatty.until_ready()
        chatty.socket.setblocking(False)
        question = message(b"Q", b"SELECT repeat('y', 1000)\0") * 100
        for _ in range(20000):
            try:
                chatty.socket.send(question)
            except BlockingIOError:
                if not select.select([], [chatty.socket], [], 0.5)[1]:
                    break
        else:
            raise AssertionError("the server takes questions without end")
        grown = resident(server) - before
        check(grown < 200 * 1024, f"the server grew by {grown} kB")
        # They can be ended.
        admin = context.admin(server)
        ended = admin.query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%repeat%'")
        check(int(ended[0][0]) >= 20, f"{ended} were ended")
    wait_for(lambda: context.sql(server, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%3000000%' AND pid <> pg_backend_pid()")
             == [["0"]], "they are gone, although they do not read", 30)
    for client in deaf:
        client.close()


def garbage(context):
    """Random bytes before, instead of and after a login, through TCP and TLS."""
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    certificates = context.certificates
    server = context.server("host all all all trust", f"ssl = on\nssl_cert_file = '{certificates.path('server.crt')}'\n"
                            f"ssl_key_file = '{certificates.path('server.key')}'\nauthentication_timeout = 5s\n")
    started = time.time()
    rounds = 0
    with Others(server):
        while time.time() - started < 10:
            rounds += 1
            junk = chance.randbytes(chance.choice((1, 5, 40, 3000, 70000)))
            raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            try:
                kind = rounds % 6
                if kind == 1:
                    raw.sendall(struct.pack(">I", chance.choice((8, 100, 9999))))
                if kind == 2:
                    raw.sendall(SSL_REQUEST)
                    raw.recv(1)
                    raw.sendall(b"\x16\x03\x01")
                if kind >= 3:
                    raw.sendall(startup_packet("postgres"))
                    raw.recv(65536)
                if kind == 4:
                    raw.sendall(chance.choice(b"QPBDECSHdcfFpX".decode()).encode() + struct.pack(">I", chance.randrange(1 << 32)))
                raw.sendall(junk)
                if kind == 5:
                    raw.shutdown(socket.SHUT_WR)
                raw.settimeout(0.05)
                raw.recv(65536)
            except OSError:
                pass
            raw.close()
    check(server.process.poll() is None, f"the server lives (seed {seed})")
    check(rounds > 100, f"{rounds} rounds")
    wait_for(lambda: context.sql(server, "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()") == [["0"]],
             f"nothing is left (seed {seed})", 30)


def two_thousand_connections(context):
    """2,000 sessions held, 500 of them asking one question after the other."""
    held, active, seconds = 2000, 500, float(os.environ.get("VECINO_CONNECTIONS_SECONDS", "5"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = held + 200
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    server = context.server("host all all all trust", f"max_connections = {held + 50}\n")
    before = resident(server)
    clients = []
    for _ in range(held):
        client = Client(server.port, timeout=60)
        client.start("postgres")
        clients.append(client.until_ready())
    idle = resident(server)
    poll = select.epoll()
    by_number = {client.socket.fileno(): client for client in clients[:active]}
    question = message(b"Q", b"SELECT 1\0")
    for number, client in by_number.items():
        poll.register(number, select.EPOLLIN)
        client.send(question)
    answered = 0
    finish = time.time() + seconds
    while time.time() < finish:
        for number, _ in poll.poll(1):
            client = by_number[number]
            data = client.socket.recv(65536)
            check(data, "no connection is lost")
            client.buffer += data
            check(not client.buffer.startswith(b"E"), f"no error: {client.buffer!r}")
            if client.buffer.endswith(b"Z\0\0\0\5I"):
                answered += 1
                client.buffer = b""
                client.send(question)
    busy = resident(server)
    check(answered > active, f"{answered} answers")
    for client in clients[active:]:
        client.send(question)
    for client in clients[active:]:
        while client.read()[0] != b"Z":
            pass
    print(f"     {held} sessions: {(idle - before) / held:.1f} kB each idle; {active} active: {answered / seconds:.0f} queries/s, "
          f"{busy / 1024:.0f} MB resident", flush=True)
    for client in clients:
        client.close()


TESTS = (one_byte_a_second, never_reading, garbage, two_thousand_connections)
