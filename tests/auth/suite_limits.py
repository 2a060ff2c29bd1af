"""How many may come: max_connections and its reserve, limits of roles and databases, time to log in."""
import socket
import subprocess
import threading
import time

from client import Client, Refused, message, startup_packet
from common import check, equal, refusal, wait_for


def connection_limits(context):
    server = context.server("host all all all trust", "max_connections = 6\nsuperuser_reserved_connections = 2\n",
                            roles="CREATE ROLE ann LOGIN; CREATE ROLE few LOGIN CONNECTION LIMIT 1; CREATE ROLE nobody LOGIN CONNECTION LIMIT 0;"
                            "CREATE DATABASE small CONNECTION LIMIT 1; CREATE DATABASE closed CONNECTION LIMIT 0")

    def enter(user, database="postgres"):
        client = Client(server.port)
        client.start(user, database)
        return client.until_ready()

    def count():
        return int(context.sql(server, "SELECT count(*) - 1 FROM pg_stat_activity")[0][0])

    def leave(clients):
        for client in clients:
            client.close()
        wait_for(lambda: count() == 0, "they are gone")

    wait_for(lambda: count() == 0, "nobody is there")
    equal(refusal(lambda: enter("nobody")), '53300 too many connections for role "nobody"')
    equal(refusal(lambda: enter("ann", "closed")), '53300 too many connections for database "closed"')
    clients = [enter("few"), enter("ann", "small")]
    equal(refusal(lambda: enter("few")), '53300 too many connections for role "few"')
    equal(refusal(lambda: enter("ann", "small")), '53300 too many connections for database "small"')
    clients.append(enter("postgres", "small"))  # superusers are not counted out
    leave(clients)
    clients = [enter("few")]  # the place is free again
    clients += [enter("ann") for _ in range(3)]
    equal(refusal(lambda: enter("ann")), "53300 remaining connection slots are reserved for non-replication superuser connections")
    clients += [enter("postgres"), enter("postgres")]
    equal(refusal(lambda: enter("postgres")), "53300 sorry, too many clients already")
    equal(refusal(lambda: enter("ann")), "53300 sorry, too many clients already")
    clients.pop().close()
    wait_for(lambda: refusal(lambda: enter("ann")).endswith("superuser connections"), "one place is free, but not for everybody")


def limits_are_exact(context):
    """However many knock at the same moment, as many come in as may: not one more, and not one less."""
    server = context.server("host all all all trust", "max_connections = 9\nsuperuser_reserved_connections = 3\n",
                            roles="CREATE ROLE ann LOGIN; CREATE ROLE few LOGIN CONNECTION LIMIT 3; CREATE DATABASE small CONNECTION LIMIT 2")

    def knock(user, database, inside, said):
        client = Client(server.port)
        try:
            client.start(user, database)
            client.until_ready()
            inside.append(client)
        except Refused as error:
            said.add(str(error))

    for user, database, places, words in (("few", "postgres", 3, 'too many connections for role "few"'),
                                          ("ann", "small", 2, 'too many connections for database "small"'),
                                          ("ann", "postgres", 6, "remaining connection slots are reserved for non-replication "
                                                                 "superuser connections")):
        for _ in range(15):
            inside, said = [], set()
            threads = [threading.Thread(target=knock, args=(user, database, inside, said)) for _ in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            # Before they are told from others, all are counted together against max_connections.
            check(said <= {"53300 " + words, "53300 sorry, too many clients already"} and said, f"{said}")
            check(len(inside) <= places, f"{len(inside)} of {places} places were taken")
            for _ in range(places - len(inside)):
                knock(user, database, inside, said)
            equal(len(inside), places)
            for client in inside:
                client.close()
            wait_for(lambda: context.sql(server, "SELECT count(*) - 1 FROM pg_stat_activity") == [["0"]], "they are gone")


def reserve_must_leave_room(context):
    run = subprocess.run([context.binary, "-D", context.directory + "/reserve", "-p", "55138", "-c", "max_connections=3", "-c",
                          f"unix_socket_directories={context.directory}"], capture_output=True, text=True, timeout=60)
    check(run.returncode != 0, "it does not start")
    check("superuser_reserved_connections (3) must be less than max_connections (3)" in run.stderr, run.stderr)


def authentication_timeout(context):
    """Who does not say who he is, or does so too slowly, has to go; a session does not."""
    server = context.server("host all ann all scram-sha-256\nhost all postgres all trust", "authentication_timeout = 2s\n",
                            roles="CREATE ROLE ann LOGIN PASSWORD 'secret'")
    silent = Client(server.port)
    asked = Client(server.port)
    asked.start("ann")
    session = Client(server.port)
    session.start("postgres")
    session.until_ready()
    slow = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    started = time.time()
    packet = startup_packet("postgres", application_name="x" * 100)
    try:
        for byte in packet:
            slow.sendall(bytes([byte]))
            time.sleep(0.1)
        raise AssertionError("a byte at a time is too slow")
    except OSError:
        pass
    check(1.5 < time.time() - started < 10, f"ended after {time.time() - started:.1f} s")
    for client in (silent, asked):
        equal(refusal(client.read), "closed")
    time.sleep(0.5)
    equal(session.query("SELECT 1"), [["1"]])
    check("canceling authentication due to timeout" in server.log_tail(100000), "the log says so")


def strangers_are_counted(context):
    """Connections without a session are at most as many again as there may be sessions."""
    server = context.server("host all all all trust", "max_connections = 10\n")
    strangers = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(80)]
    refused = 0
    for raw in strangers:
        raw.settimeout(0.5)
        try:
            refused += b"sorry, too many clients already" in raw.recv(1000)
        except TimeoutError:
            pass
    check(20 <= refused <= 60, f"{refused} were refused")
    for raw in strangers:
        raw.close()
    wait_for(lambda: context.psql(server, "user=postgres") == "postgres", "when they are gone others come in")


def shutdown_waits_for_no_stranger(context):
    server = context.server("host all all all password", "authentication_timeout = 60s\n", roles="CREATE ROLE ann LOGIN PASSWORD 'x'",
                            delay=20000)
    asked = Client(server.port)
    asked.start("ann")
    silent = Client(server.port)
    wrong = Client(server.port)
    wrong.start("ann")
    wrong.send(message(b"p", b"wrong\0"))
    time.sleep(0.5)
    started = time.time()
    server.stop()
    check(time.time() - started < 10, f"the server stopped after {time.time() - started:.1f} s")
    for client in (asked, silent, wrong):
        client.close()


TESTS = (shutdown_waits_for_no_stranger, connection_limits, limits_are_exact, reserve_must_leave_room, authentication_timeout, strangers_are_counted)
