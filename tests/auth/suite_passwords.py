"""Passwords: what is stored, who gets in, and that nobody else does, whatever they send."""
import base64
import os
import struct
import threading
import time

from client import Client, Closed, Refused, message, sasl_initial, startup_packet, tls_context
from common import check, equal, refusal

WRONG = '28P01 password authentication failed for user "%s"'

ROLES = """CREATE ROLE ann LOGIN PASSWORD 'secret'; CREATE ROLE bob LOGIN PASSWORD 'other'; CREATE ROLE nopass LOGIN;
    CREATE ROLE old LOGIN PASSWORD 'secret' VALID UNTIL '2001-01-01'; CREATE ROLE valid LOGIN PASSWORD 'secret' VALID UNTIL '2999-01-01';
    CREATE ROLE ever LOGIN PASSWORD 'secret' VALID UNTIL 'infinity'; CREATE ROLE nologin PASSWORD 'secret'"""


def scram(context):
    server = context.server("host all all all scram-sha-256", roles=ROLES)
    client = Client(server.port)
    code, mechanisms = client.start("ann")
    equal((code, mechanisms), (10, b"SCRAM-SHA-256\0\0"))
    client.scram("secret")
    client.until_ready()
    equal(client.query("SELECT current_user"), [["ann"]])

    def attempt(user, password):
        client = Client(server.port)
        client.start(user)
        client.scram(password)
        client.until_ready()

    for user in ("valid", "ever"):
        attempt(user, "secret")
    for user, password in (("ann", "Secret"), ("ann", ""), ("ann", "other"), ("nopass", ""), ("nopass", "secret"),
                           ("old", "secret"), ("ghost", "secret"), ("ghost", "")):
        equal(refusal(lambda: attempt(user, password)), WRONG % user)
    equal(refusal(lambda: attempt("nologin", "secret")), '28000 role "nologin" is not permitted to log in')
    log = server.log_tail(100000)
    for line in ('Role "ghost" does not exist.', 'User "nopass" has no password assigned.', 'User "old" has an expired password.',
                 'Connection matched pg_hba.conf line 2: "host all all all scram-sha-256"'):
        check(line in log, f"the log says: {line}")

    # Strangers cannot tell who exists: salt and iterations look alike and stay the same.
    def first(user):
        client = Client(server.port)
        client.start(user)
        client.send(sasl_initial("SCRAM-SHA-256", b"n,,n=,r=abc"))
        return dict(p.split(b"=", 1) for p in client.request()[1].split(b","))

    for user in ("ann", "ghost", "nopass", "old"):
        one, two = first(user), first(user)
        equal(sorted(one), [b"i", b"r", b"s"])
        equal((one[b"s"], one[b"i"]), (two[b"s"], b"4096"))
        equal(len(base64.b64decode(one[b"s"])), 16)
        check(one[b"r"] != two[b"r"], "nonces are fresh")
    check(first("ghost")[b"s"] != first("ghost2")[b"s"], "each has a salt of its own")
    salt = first("ghost")[b"s"]
    server.stop()
    context.start(server)
    equal(first("ghost")[b"s"], salt)


def cleartext(context):
    server = context.server("host all all all password", roles=ROLES)

    def attempt(user, password):
        client = Client(server.port)
        equal(client.start(user)[0], 3)
        equal(client.password(password)[0], 0)
        client.until_ready()

    attempt("ann", "secret")
    attempt("valid", "secret")
    for user, password in (("ann", "Secret"), ("ann", "secret "), ("nopass", "x"), ("old", "secret"), ("ghost", "secret")):
        equal(refusal(lambda: attempt(user, password)), WRONG % user)
    equal(refusal(lambda: attempt("ann", "")), "28P01 empty password returned by client")
    equal(refusal(lambda: attempt("nologin", "secret")), '28000 role "nologin" is not permitted to log in')
    client = Client(server.port)
    client.start("ann")
    client.send(message(b"p", b"secret\0secret\0"))
    equal(refusal(client.read), "08P01 invalid password packet size")


def verifiers(context):
    """What CREATE and ALTER ROLE take and keep."""
    server = context.server("host all all all scram-sha-256")
    admin = context.admin(server)

    def error(sql):
        admin.send(message(b"Q", sql.encode() + b"\0"))
        said = None
        while True:
            kind, payload = admin.read()
            if kind == b"E":
                fields = {f[:1]: f[1:].decode() for f in payload.split(b"\0") if f}
                said = f"{fields[b'C']} {fields[b'M']}"
            if kind == b"Z":
                return said

    def stored(role):
        return admin.query(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'")[0][0]

    admin.query("CREATE ROLE ann LOGIN PASSWORD 'secret'")
    verifier = stored("ann")
    check(verifier.startswith("SCRAM-SHA-256$4096:") and "secret" not in verifier, verifier)
    admin.query(f"CREATE ROLE bob LOGIN PASSWORD '{verifier}'")
    equal(stored("bob"), verifier)
    equal(context.psql(server, "user=bob", PGPASSWORD="secret"), "bob")
    admin.query("ALTER ROLE ann PASSWORD 'new'")
    equal(context.psql(server, "user=ann", PGPASSWORD="new"), "ann")
    equal(context.psql(server, "user=ann", PGPASSWORD="secret"), 'FATAL:  password authentication failed for user "ann"')
    admin.query("ALTER ROLE ann PASSWORD NULL")
    equal(stored("ann"), None)
    equal(context.psql(server, "user=ann", PGPASSWORD="new"), 'FATAL:  password authentication failed for user "ann"')
    admin.query("ALTER ROLE ann PASSWORD ''")
    equal(stored("ann"), None)
    md5 = "md5" + "0123456789abcdef" * 2
    equal(error(f"CREATE ROLE carl PASSWORD '{md5}'"), "0A000 MD5 password hashes are not supported")
    equal(error(f"ALTER ROLE ann PASSWORD '{md5}'"), "0A000 MD5 password hashes are not supported")
    admin.query("SET password_encryption = md5")
    equal(error("ALTER ROLE ann PASSWORD 'x'"), '0A000 password encryption "md5" is not supported')
    admin.query("RESET password_encryption")
    equal(stored("ann"), None)
    # What only looks like a verifier is a password.
    admin.query("ALTER ROLE ann PASSWORD 'SCRAM-SHA-256$4096:x$y:z'")
    equal(context.psql(server, "user=ann", PGPASSWORD="SCRAM-SHA-256$4096:x$y:z"), "ann")
    equal(error("ALTER ROLE ann VALID UNTIL 'nonsense'"),
          '22007 invalid input syntax for type timestamp with time zone: "nonsense"')
    admin.query("SET timezone = 'America/New_York'")
    admin.query("ALTER ROLE ann VALID UNTIL '2030-01-01 00:00:00'")
    admin.query("SET timezone = 'UTC'")
    equal(admin.query("SELECT rolvaliduntil FROM pg_roles WHERE rolname = 'ann'"), [["2030-01-01 05:00:00+00"]])
    # Unicode: the same password in other characters (RFC 4013).
    admin.query("ALTER ROLE bob PASSWORD 'I\u00adX\u00aa'")
    equal(context.psql(server, "user=bob", PGPASSWORD="\u2168a"), "bob")
    equal(context.psql(server, "user=bob", PGPASSWORD="IXa"), "bob")
    # .pgpass
    path = f"{context.directory}/pgpass"
    with open(path, "w") as out:
        out.write(f"127.0.0.1:{server.port}:*:bob:IXa\n*:*:*:*:wrong\n")
    os.chmod(path, 0o600)
    equal(context.psql(server, "user=bob", PGPASSFILE=path), "bob")
    equal(context.psql(server, "user=ann", PGPASSFILE=path),
          f'FATAL:  password authentication failed for user "ann"\npassword retrieved from file "{path}"'.split("\n")[-1])


def scripts(port, unix, plus):
    """Ways to behave after the first authentication request, none of them with the password."""
    query = message(b"Q", b"SELECT 1\0")
    nonce = b"n,,n=ann,r=rOprNGfwEbeRWgbNEkqO"
    yield "ask at once", [query]
    yield "ask twice", [query + query]
    yield "parse", [message(b"P", b"\0SELECT 1\0\0\0") + message(b"S")]
    yield "an empty answer", [message(b"p")]
    yield "an empty password", [message(b"p", b"\0")]
    yield "the user's name", [message(b"p", b"ann\0")]
    yield "a password where SASL is meant", [message(b"p", b"secret\0")]
    yield "no mechanism", [sasl_initial("", b"")]
    yield "an unknown mechanism", [sasl_initial("SCRAM-SHA-1", nonce)]
    yield "plain", [sasl_initial("PLAIN", b"\0ann\0secret")]
    yield "OAUTHBEARER", [sasl_initial("OAUTHBEARER", b"n,,\x01auth=\x01\x01")]
    if not plus:
        yield "PLUS without TLS", [sasl_initial("SCRAM-SHA-256-PLUS", b"p=tls-server-end-point,,n=,r=a")]
    yield "no initial data, then nothing of use", [sasl_initial("SCRAM-SHA-256", None), message(b"p", b"x")]
    yield "SASL and a query behind", [sasl_initial("SCRAM-SHA-256", nonce) + query]
    yield "two first messages", [sasl_initial("SCRAM-SHA-256", nonce), sasl_initial("SCRAM-SHA-256", nonce)]
    yield "a final message without a first", [message(b"p", b"c=biws,r=abc,p=" + base64.b64encode(bytes(32)))]
    yield "a proof of zeros", [sasl_initial("SCRAM-SHA-256", nonce),
                               lambda first: message(b"p", b"c=biws," + first.split(b",")[0] + b",p=" + base64.b64encode(bytes(32)))]
    yield "the client's nonce only", [sasl_initial("SCRAM-SHA-256", nonce),
                                      message(b"p", b"c=biws,r=rOprNGfwEbeRWgbNEkqO,p=" + base64.b64encode(bytes(32)))]
    yield "the server's message sent back", [sasl_initial("SCRAM-SHA-256", nonce), lambda first: message(b"p", first)]
    yield "a wrong length", [b"p" + struct.pack(">I", 3)]
    yield "a huge length", [b"p" + struct.pack(">I", 0x7fffffff) + b"x" * 20000]
    yield "a huge query", [b"Q" + struct.pack(">I", 0x3ffffff0) + b"x" * 20000]
    yield "another startup packet", [startup_packet("postgres")]
    yield "a cancel request", [struct.pack(">IIII", 16, 80877102, 1, 1)]
    yield "SSLRequest", [struct.pack(">II", 8, 80877103)]
    yield "terminate", [message(b"X")]
    yield "zeros", [bytes(64)]


def try_script(client, steps):
    """True = the client got in."""
    try:
        answer = b""
        for step in steps:
            client.send(step(answer) if callable(step) else step)
            code, answer = client.request()
            if code == 0:
                return True
            if code not in (11,):
                return True
        return client.read()[0] in (b"Z", b"T", b"D", b"K", b"S")
    except (Refused, Closed, ConnectionError, TimeoutError, AssertionError):
        return False


def startup_packets():
    """Ways to begin that might be taken for somebody who needs no password."""
    for more in ({}, {"replication": "true"}, {"replication": "database"}, {"replication": "nonsense"},
                 {"options": "-c session_authorization=postgres"}, {"options": "-c role=postgres"}, {"role": "postgres"},
                 {"session_authorization": "postgres"}, {"is_superuser": "on"}, {"_pq_.trust": "1"}, {"options": "\\"},
                 {"options": "-c"}, {"user\0": "postgres"}):
        yield f"ann with {more}", startup_packet("ann", **more)
    for user in ("", " ann", "ann ", "Ann", "postgres", "ann" * 50, "pg_read_all_data", "public", "none", "all", "+ann", '"ann"',
                 "ann@postgres", "ann,bob", "\udcff".encode("utf-8", "surrogateescape").decode("latin1"), "%", "*"):
        yield f"user {user!r}", startup_packet(user)
    for database in ("", "nowhere", "template0", "template1", "replication", "all", "sameuser", "d" * 300):
        yield f"database {database!r}", startup_packet("ann", database)
    words = startup_packet("ann")[8:]
    for version in (0, 1 << 16, 2 << 16, (3 << 16) + 2, (3 << 16) + 99, 4 << 16, 80877105, 0xffffffff):
        yield f"protocol {version:#x}", struct.pack(">II", len(words) + 8, version) + words
    yield "no end of the list", struct.pack(">II", len(words) + 7, 3 << 16) + words[:-1]
    yield "a name without a value", struct.pack(">II", 13, 3 << 16) + b"user\0"
    yield "nobody", struct.pack(">II", 9, 3 << 16) + b"\0"
    yield "two users", struct.pack(">II", len(words) + 22, 3 << 16) + b"user\0postgres\0" + words
    yield "a GSSAPI request first", struct.pack(">II", 8, 80877104) + startup_packet("ann")
    yield "a TLS request and words in clear", struct.pack(">II", 8, 80877103) + startup_packet("ann")
    yield "a packet behind a packet", startup_packet("ann") + startup_packet("postgres")
    yield "a query behind a packet", startup_packet("ann") + message(b"Q", b"SELECT 1\0")


def no_beginning_is_enough(context):
    """Whatever a client begins with, AuthenticationOk is not the answer; nor do the other sockets ask nobody."""
    server = context.server("host all all all scram-sha-256\nlocal all all scram-sha-256", roles=ROLES)
    tried = 0
    for how in ({}, {"unix": context.directory}):
        for name, packet in startup_packets():
            if how and "'postgres'" in name:
                continue  # this suite's own door
            client = Client(server.port, timeout=5, **how)
            client.send(packet)
            try:
                client.socket.settimeout(2)
                answer = b""
                while len(answer) < 9:
                    piece = client.socket.recv(4096)
                    if not piece:
                        break
                    answer += piece
            except (TimeoutError, ConnectionResetError):
                pass
            answer = answer.lstrip(b"N")
            # Something is asked for, or the door is shut; version negotiation may come before either.
            asked = b"SCRAM-SHA-256" in answer
            check(asked or answer[:1] in (b"", b"E", b"v"), f"{name}: {answer!r}")
            check(message(b"R", struct.pack(">I", 0)) not in answer, f"{name} got in")
            client.close()
            tried += 1
    check(tried > 90, f"{tried} beginnings were tried")
    equal(context.sql(server, "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"), [["0"]])
    # What is asked of the control socket is asked of the file system.
    for name, mode in (("vecinod.ctl", 0o600), ("auth_secret", 0o600), ("pg_hba.conf", 0o600)):
        equal(oct(os.stat(os.path.join(server.directory, name)).st_mode & 0o777), oct(mode))


def no_way_in_without_credentials(context):
    """Every method that asks for something, over every kind of connection, with everything but what is asked for."""
    certificates = context.certificates
    rules = "\n".join((f"host all {user} all {method}" for user, method in (("ann", "scram-sha-256"), ("bob", "password"),
                                                                              ("nopass", "scram-sha-256"), ("none", "reject")))) + "\n"
    rules += "\n".join((f"local all {user} {method}" for user, method in (("ann", "scram-sha-256"), ("bob", "password"),
                                                                           ("nopass", "password"), ("none", "reject"))))
    server = context.server(rules, config=f"ssl = on\nssl_cert_file = '{certificates.path('server.crt')}'\n"
                            f"ssl_key_file = '{certificates.path('server.key')}'\n", roles=ROLES)
    kinds = {"tcp": {}, "unix": {"unix": context.directory}, "tls": {"tls": tls_context()}}
    tried = 0
    for kind, how in kinds.items():
        for user in ("ann", "bob", "nopass", "ghost", "none", "postgres", "old"):
            if user == "postgres" and kind == "unix":
                continue  # this suite's own door
            for name, steps in scripts(server.port, context.directory, kind == "tls"):
                client = Client(server.port, timeout=5, **how)
                try:
                    code, _ = client.start(user)
                    check(code in (3, 10), f"{kind}, {user}: asked for {code}")
                except (Refused, Closed):
                    check(user in ("ghost", "none", "postgres", "old"), f"{kind}, {user}: not even asked")
                    client.close()
                    tried += 1
                    break
                check(not try_script(client, steps), f"{kind}, {user} got in: {name}")
                client.close()
                tried += 1
    check(tried > 150, f"{tried} ways were tried")
    equal(context.sql(server, "SELECT count(*) FROM pg_stat_activity WHERE usename <> 'postgres'"), [["0"]])
    # A recorded exchange is worth nothing the second time.
    recorded = []
    client = Client(server.port)
    client.start("ann")
    client.scram("secret", spoil=lambda step, text: recorded.append(text) or text)
    replay = Client(server.port)
    replay.start("ann")
    replay.send(sasl_initial("SCRAM-SHA-256", recorded[0]))
    replay.request()
    replay.send(message(b"p", recorded[2]))
    equal(refusal(replay.request), "08P01 invalid SCRAM response")


def guessing_is_slow(context):
    """A wrong password is answered late; at most 16 wrong ones per address and delay, however many connections try."""
    server = context.server("host all all all password", roles=ROLES, delay=500)

    def guess(times):
        started = time.time()
        client = Client(server.port)
        client.start("ann")
        equal(refusal(lambda: client.password("wrong")), WRONG % "ann")
        times.append(time.time() - started)

    alone = []
    guess(alone)
    check(alone[0] >= 0.5, f"one guess took {alone[0]:.3f} s")
    times = []
    threads = [threading.Thread(target=guess, args=(times,)) for _ in range(40)]
    started = time.time()
    for thread in threads:
        thread.start()
    # Meanwhile a session that is open goes on, and one of another address (the socket) begins.
    check(context.sql(server, "SELECT 1") == [["1"]], "others are served")
    check(time.time() - started < 0.45, "at once")
    for thread in threads:
        thread.join()
    equal(len(times), 40)
    check(time.time() - started >= 1.0, f"40 guesses took {time.time() - started:.3f} s")
    # Who hangs up does not get the next turn earlier.
    clients = [Client(server.port) for _ in range(17)]
    for client in clients:
        client.start("ann")
    started = time.time()
    for client in clients:
        client.send(message(b"p", b"wrong\0"))
    time.sleep(0.25)
    for client in clients:
        client.close()
    client = Client(server.port)
    client.start("ann")
    equal(client.password("secret")[0], 0)
    check(time.time() - started >= 0.45, f"the next attempt came after {time.time() - started:.3f} s")


TESTS = (scram, cleartext, verifiers, no_beginning_is_enough, no_way_in_without_credentials, guessing_is_slow)
