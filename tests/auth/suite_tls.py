"""Encryption, certificates, channel binding, direct negotiation, reload."""
import os
import shutil
import socket
import ssl
import subprocess
import time

from client import SSL_REQUEST, Client, Closed, startup_packet, tls_context
from common import check, equal, refusal, wait_for

ROLES = "CREATE ROLE ann LOGIN PASSWORD 'secret'; CREATE ROLE bob LOGIN PASSWORD 'secret'; CREATE ROLE revoked LOGIN"


def settings(certificates, **more):
    values = {"ssl": "on", "ssl_cert_file": certificates.path("server.crt"), "ssl_key_file": certificates.path("server.key"), **more}
    return "".join(f"{name} = '{value}'\n" for name, value in values.items())


def modes(context):
    """libpq's sslmodes against a server that encrypts, and one that does not."""
    certificates = context.certificates
    server = context.server("hostssl all ann all scram-sha-256\nhostnossl all bob all scram-sha-256", settings(certificates),
                            roles=ROLES)
    root = f"sslrootcert={certificates.path('ca.crt')}"
    for words in ("sslmode=require", "sslmode=prefer", f"sslmode=verify-ca {root}", f"sslmode=verify-full host=localhost {root}"):
        equal(context.psql(server, f"user=ann {words}", PGPASSWORD="secret"), "ann")
    said = context.psql(server, f"user=ann sslmode=verify-full {root}", PGPASSWORD="secret")
    check("does not match host name" in said or 'server certificate for "localhost"' in said, said)
    said = context.psql(server, f"user=ann sslmode=verify-ca sslrootcert={certificates.path('other.crt')}", PGPASSWORD="secret")
    equal(said, "SSL error: certificate verify failed")
    equal(context.psql(server, "user=ann sslmode=disable", PGPASSWORD="secret"),
          'FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "ann", database "postgres", no encryption')
    equal(context.psql(server, "user=bob sslmode=require", PGPASSWORD="secret"),
          'FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "bob", database "postgres", SSL encryption')
    equal(context.psql(server, "user=bob sslmode=disable", PGPASSWORD="secret"), "bob")
    equal(context.psql(server, "user=ann sslmode=require", PGPASSWORD="wrong"), 'FATAL:  password authentication failed for user "ann"')
    # A result larger than any buffer, and many statements on one connection.
    count = context.psql(server, "user=ann sslmode=require", "SELECT repeat('x', 1000) FROM generate_series(1, 20000)",
                         PGPASSWORD="secret").count("x")
    equal(count, 20000 * 1000)
    plain = context.server("host all all all trust")
    equal(context.psql(plain, "user=postgres sslmode=require"), "server does not support SSL, but SSL was required")


def channel_binding(context):
    certificates = context.certificates
    server = context.server("host all all all scram-sha-256", settings(certificates), roles=ROLES)
    client = Client(server.port, tls=tls_context())
    equal(client.start("ann"), (10, b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"))
    client.scram("secret", plus=True)
    client.until_ready()
    equal(context.psql(server, "user=ann sslmode=require channel_binding=require", PGPASSWORD="secret"), "ann")

    def attempt(spoil=None, plus=True, flag=None, password="secret"):
        client = Client(server.port, tls=tls_context())
        client.start("ann")
        client.scram(password, plus=plus, spoil=spoil, flag=flag)

    attempt(plus=False)
    equal(refusal(lambda: attempt(password="x")), '28P01 password authentication failed for user "ann"')
    # Somebody in the middle shows another certificate, or hides that the server can bind.
    other = lambda step, text: text[:-32] + bytes(32) if step == "binding" else text
    equal(refusal(lambda: attempt(other)), "28000 SCRAM channel binding check failed")
    equal(refusal(lambda: attempt(plus=False, flag=b"y,,")), "28000 SCRAM channel binding negotiation error")


def client_certificates(context):
    certificates = context.certificates
    path = certificates.path
    rules = "\n".join(("hostssl all mapped all cert map=m", "hostssl all bob all scram-sha-256 clientcert=verify-full",
                       "hostssl postgres dn all cert clientname=DN map=dn", "hostssl template1 all all scram-sha-256 clientcert=verify-ca",
                       "hostssl all all all cert"))
    server = context.server(rules, settings(certificates, ssl_ca_file=path("ca.crt"), ssl_crl_file=path("ca.crl")),
                            ident='m ann mapped\ndn "CN=ann,O=Vecino" dn\n',
                            roles=ROLES + "; CREATE ROLE mapped LOGIN; CREATE ROLE dn LOGIN")

    def said(user, certificate=None, database="postgres", **environment):
        words = f"user={user} dbname={database} sslmode=require"
        if certificate:
            words += f" sslcert={path(certificate + '.crt')} sslkey={path(certificate + '.key')}"
        return context.psql(server, words, **environment)

    equal(said("ann", "ann"), "ann")
    equal(said("mapped", "ann"), "mapped")
    equal(said("dn", "ann"), "dn")
    equal(said("ann"), "FATAL:  connection requires a valid client certificate")
    equal(said("ann", "bob"), 'FATAL:  certificate authentication failed for user "ann"')
    equal(said("mapped", "bob"), 'FATAL:  certificate authentication failed for user "mapped"')
    for bad in ("forged", "revoked"):
        check("alert" in said(bad.replace("forged", "ann"), bad), f"a {bad} certificate ends the handshake")
    # A certificate beside the password.
    equal(said("bob", "bob", PGPASSWORD="secret"), "bob")
    equal(said("bob", "bob", PGPASSWORD="wrong"), 'FATAL:  password authentication failed for user "bob"')
    equal(said("bob", "ann", PGPASSWORD="secret"), 'FATAL:  password authentication failed for user "bob"')
    equal(said("bob", PGPASSWORD="secret"), "FATAL:  connection requires a valid client certificate")
    equal(said("ann", "bob", "template1", PGPASSWORD="secret"), "ann")
    equal(said("ann", None, "template1", PGPASSWORD="secret"), "FATAL:  connection requires a valid client certificate")
    check("authenticated user name (bob) do not match" in server.log_tail(100000), "the log says why")


def pg_stat_ssl(context):
    certificates = context.certificates
    server = context.server("hostssl all all all trust\nhost all all all trust",
                            settings(certificates, ssl_ca_file=certificates.path("ca.crt")), roles=ROLES)
    query = "SELECT ssl, version, cipher, bits, client_dn, client_serial > 0, issuer_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    words = f"sslcert={certificates.path('ann.crt')} sslkey={certificates.path('ann.key')}"
    equal(context.psql(server, f"user=ann sslmode=require {words}", query),
          "t|TLSv1.3|TLS_AES_256_GCM_SHA384|256|/O=Vecino/CN=ann|t|/CN=Vecino test authority")
    equal(context.psql(server, "user=ann sslmode=require", query), "t|TLSv1.3|TLS_AES_256_GCM_SHA384|256|||")
    equal(context.psql(server, "user=ann sslmode=disable", query), "f||||||")
    equal(context.psql(server, "user=ann sslmode=disable", "SHOW ssl"), "on")


def direct_negotiation(context):
    certificates = context.certificates
    server = context.server("host all all all scram-sha-256", settings(certificates), roles=ROLES)
    client = Client(server.port, tls=tls_context(alpn=["postgresql"]), direct=True)
    equal(client.socket.selected_alpn_protocol(), "postgresql")
    client.start("ann")
    client.scram("secret", plus=True)
    equal(client.until_ready().query("SELECT 1"), [["1"]])
    # Without ALPN it might be some other protocol's client; with another name it is one.
    client = Client(server.port, tls=tls_context(), direct=True)
    equal(refusal(lambda: client.start("ann")), "closed")
    for alpn, direct in ((["http/1.1"], True), (["http/1.1"], False)):
        try:
            Client(server.port, tls=tls_context(alpn=alpn), direct=direct).start("ann")
            raise AssertionError("the wrong protocol was accepted")
        except (ssl.SSLError, Closed, ConnectionError):
            pass
    Client(server.port, tls=tls_context(alpn=["h2", "postgresql"])).start("ann")
    plain = context.server("host all all all trust")
    try:
        Client(plain.port, tls=tls_context(alpn=["postgresql"]), direct=True)
        raise AssertionError("TLS without ssl = on")
    except (ssl.SSLError, ConnectionError):
        pass


def nothing_in_clear(context):
    """What arrives unencrypted beside the request for TLS is never taken for the client's words (CVE-2021-23222)."""
    certificates = context.certificates
    server = context.server("host all all all trust", settings(certificates))
    smuggled = startup_packet("postgres")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(SSL_REQUEST + smuggled)
        answer = b""
        while piece := raw.recv(4096):
            answer += piece
        check(b"received unencrypted data after SSL request" in answer and b"\x5a\0\0\0\5" not in answer, str(answer))
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(SSL_REQUEST)
        equal(raw.recv(1), b"S")
        raw.sendall(smuggled)
        answer = b""
        try:
            while piece := raw.recv(4096):
                answer += piece
        except ConnectionError:
            pass
        check(answer[:1] in (b"", b"\x15"), f"an alert or nothing: {answer!r}")
    # GSSAPI is declined, and TLS may be asked for after it; twice it may not.
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(b"\0\0\0\x08\x04\xd2\x16\x30")
        equal(raw.recv(1), b"N")
        raw.sendall(SSL_REQUEST)
        equal(raw.recv(1), b"S")
    client = Client(server.port, tls=tls_context())
    client.send(SSL_REQUEST)
    equal(refusal(client.read), "0A000 unsupported frontend protocol 1234.5679: server supports 3.0 to 3.0")


def versions(context):
    certificates = context.certificates
    server = context.server("host all all all trust", settings(certificates, ssl_min_protocol_version="TLSv1.3"))
    equal(Client(server.port, tls=tls_context()).start("postgres")[0], 0)
    try:
        Client(server.port, tls=tls_context(maximum=ssl.TLSVersion.TLSv1_2))
        raise AssertionError("TLS 1.2 was accepted")
    except (ssl.SSLError, ConnectionError):
        pass
    context.write(server, "postgresql.conf", settings(certificates, ssl_min_protocol_version="TLSv1.2", ssl_max_protocol_version="TLSv1.2"))
    context.reload(server)
    client = Client(server.port, tls=tls_context())
    equal(client.socket.version(), "TLSv1.2")
    equal(client.start("postgres")[0], 0)


def files(context):
    """At the start a wrong file is fatal, at a reload it leaves what was there."""
    certificates = context.certificates
    path = certificates.path

    def start_fails(message, **more):
        directory = os.path.join(context.directory, "tls-start")
        shutil.rmtree(directory, ignore_errors=True)
        words = [context.binary, "-D", directory, "-p", "55139", "-c", f"unix_socket_directories={context.directory}"]
        for line in settings(certificates, **more).splitlines():
            words += ["-c", line.replace(" = ", "=").replace("'", "")]
        run = subprocess.run(words, capture_output=True, text=True, timeout=60)
        check(run.returncode != 0 and message in run.stderr, f"{message}\n{run.stderr}")

    start_fails('could not load server certificate file "nothing.crt": No such file or directory', ssl_cert_file="nothing.crt")
    start_fails('could not access private key file "nothing.key": No such file or directory', ssl_key_file="nothing.key")
    start_fails('ann.key": key values mismatch', ssl_key_file=path("ann.key"))
    start_fails('could not load root certificate file "nothing.crt": No such file or directory', ssl_ca_file="nothing.crt")
    start_fails("could not set the cipher list (no valid ciphers available)", ssl_ciphers="nothing")
    open_key = path("open.key")
    shutil.copy(path("server.key"), open_key)
    os.chmod(open_key, 0o644)
    start_fails(f'private key file "{open_key}" has group or world access', ssl_key_file=open_key)

    server = context.server("host all all all trust", "", arguments=["-c", "ssl=on"],
                            directory=make_with_key(context, "server"))
    directory = server.directory

    def shown():
        client = Client(server.port, tls=tls_context(ca=path("ca.crt")))
        return ssl.DER_cert_to_PEM_cert(client.certificate)

    def expected(name):
        with open(path(name + ".crt")) as text:
            return text.read()

    equal(shown(), expected("server"))
    shutil.copy(path("server2.crt"), os.path.join(directory, "server.crt"))
    context.reload(server)  # the key is still the old one
    check("key values mismatch" in server.log_tail() and "SSL configuration was not reloaded" in server.log_tail(), "log")
    equal(shown(), expected("server"))
    shutil.copy(path("server2.key"), os.path.join(directory, "server.key"))
    context.reload(server)
    equal(shown(), expected("server2"))


def make_with_key(context, name):
    directory = os.path.join(context.directory, "tls-reload")
    subprocess.run([context.binary, "--init", "-D", directory], check=True, capture_output=True, timeout=120)
    for ending in ("crt", "key"):
        shutil.copy(context.certificates.path(f"{name}.{ending}"), os.path.join(directory, f"server.{ending}"))
    return directory


def handshakes_that_stop(context):
    """Half a handshake costs a connection until its time is over, and nobody else anything."""
    server = context.server("host all all all trust", settings(context.certificates) + "authentication_timeout = 2s\n")
    held = []
    for junk in (b"", b"\x16", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(20)):
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        raw.sendall(SSL_REQUEST)
        equal(raw.recv(1), b"S")
        raw.sendall(junk)
        held.append(raw)
    equal(context.psql(server, "user=postgres sslmode=require"), "postgres")
    started = time.time()
    for raw in held:
        try:
            while raw.recv(4096):
                pass
        except ConnectionError:
            pass
    check(time.time() - started < 8, "they are ended")
    wait_for(lambda: context.psql(server, "user=postgres sslmode=require") == "postgres", "all is well")


TESTS = (modes, channel_binding, client_certificates, pg_stat_ssl, direct_negotiation, nothing_in_clear, versions, files,
         handshakes_that_stop)
