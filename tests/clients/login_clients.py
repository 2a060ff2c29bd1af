"""Drivers of four languages log in: with SCRAM, with channel binding over verified TLS, with a certificate; and are refused.

usage: login_clients.py build/release/vecinod      (a driver whose registry cannot be reached is skipped)
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
LOGINS = os.path.join(HERE, "logins")
CACHE = os.path.join(os.path.dirname(os.path.dirname(HERE)), ".venv", "logins")
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "auth"))
from certificates import Certificates  # noqa: E402
from common import Context, check  # noqa: E402

JDBC = "42.7.4"


def run(words, **environment):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, env={**os.environ, **environment})
    return (done.stdout + done.stderr).strip().split("\n")[0] if done.returncode else done.stdout.strip()


def prepared(words, directory=None):
    try:
        return subprocess.run(words, cwd=directory, capture_output=True, timeout=600).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


class Driver:
    """login() takes user, password, tls (authority's certificate or None), binding, certificate (client's name)."""

    def prepare(self):
        return True


class Psycopg(Driver):
    name = "psycopg"

    def prepare(self):
        try:
            import psycopg  # noqa: F401
        except ImportError:
            return False
        return True

    def login(self, port, user, password=None, tls=None, binding=False, certificate=None):
        import psycopg
        words = {"host": "localhost", "port": port, "user": user, "dbname": "postgres", "sslmode": "disable"}
        if password is not None:
            words["password"] = password
        if tls:
            words.update(sslmode="verify-full", sslrootcert=tls)
        if binding:
            words["channel_binding"] = "require"
        if certificate:
            words.update(sslcert=certificate + ".crt", sslkey=certificate + ".key")
        try:
            with psycopg.connect(**words) as connection:
                return connection.execute("SELECT current_user").fetchone()[0]
        except psycopg.OperationalError as error:
            return str(error)


class Go(Driver):
    def __init__(self, driver):
        self.driver = driver
        self.name = "Go " + driver
        self.binary = os.path.join(CACHE, "go-login")

    def prepare(self):
        if not os.path.exists(self.binary):
            work = os.path.join(CACHE, "go")
            shutil.copytree(os.path.join(LOGINS, "go"), work, dirs_exist_ok=True)
            if not (prepared(["go", "mod", "tidy"], work) and prepared(["go", "build", "-o", self.binary], work)):
                return False
        return True

    def login(self, port, user, password=None, tls=None, binding=False, certificate=None):
        words = f"host=localhost port={port} user={user} dbname=postgres"
        words += f" sslmode=verify-full sslrootcert={tls}" if tls else " sslmode=disable"
        if password is not None:
            words += f" password={password}"
        if certificate:
            words += f" sslcert={certificate}.crt sslkey={certificate}.key"
        return run([self.binary, self.driver, words])


class Node(Driver):
    name = "Node pg"

    def prepare(self):
        self.module = os.path.join(CACHE, "node", "node_modules", "pg")
        os.makedirs(os.path.join(CACHE, "node"), exist_ok=True)
        return os.path.exists(self.module) or prepared(["npm", "install", "--silent", "--prefix", os.path.join(CACHE, "node"), "pg@8"])

    def login(self, port, user, password=None, tls=None, binding=False, certificate=None):
        options = {"host": "localhost", "port": port, "user": user, "database": "postgres", "password": password}
        if tls:
            options["ssl"] = {"ca": tls}
        if binding:
            options["enableChannelBinding"] = True
        if certificate:
            options["ssl"].update(cert=certificate + ".crt", key=certificate + ".key")
        return run(["node", os.path.join(LOGINS, "login.js"), json.dumps(options)], PG_MODULE=self.module)


class Jdbc(Driver):
    name = "JDBC"

    def prepare(self):
        self.jar = os.path.join(CACHE, f"postgresql-{JDBC}.jar")
        return os.path.exists(self.jar) or prepared(
            ["mvn", "-q", "dependency:copy", f"-Dartifact=org.postgresql:postgresql:{JDBC}", f"-DoutputDirectory={CACHE}"])

    def login(self, port, user, password=None, tls=None, binding=False, certificate=None):
        words = {"user": user, "sslmode": "disable"}
        if password is not None:
            words["password"] = password
        if tls:
            words.update(sslmode="verify-full", sslrootcert=tls)
        if binding:
            words["channelBinding"] = "require"
        if certificate:
            key = certificate + ".pk8"
            subprocess.run(["openssl", "pkcs8", "-topk8", "-outform", "DER", "-nocrypt", "-in", certificate + ".key", "-out", key],
                           check=True, capture_output=True)
            os.chmod(key, 0o600)
            words.update(sslcert=certificate + ".crt", sslkey=key)
        url = f"jdbc:postgresql://localhost:{port}/postgres?" + urllib.parse.urlencode(words)
        return run(["java", "-cp", self.jar, os.path.join(LOGINS, "Login.java"), url])


def logins(driver, server, certificates):
    authority, other = certificates.path("ca.crt"), certificates.path("other.crt")
    wrong = 'password authentication failed for user "ann"'

    def said(expected, **how):
        answer = driver.login(server.port, **how)
        check(expected == answer or (expected != how["user"] and expected in answer), f"{driver.name} {how}\n{answer}")

    said("ann", user="ann", password="secret")
    said(wrong, user="ann", password="wrong")
    said('no pg_hba.conf entry for host "127.0.0.1", user "bob"', user="bob", password="secret")
    said("ann", user="ann", password="secret", tls=authority)
    said(wrong, user="ann", password="wrong", tls=authority)
    said("ann", user="ann", password="secret", tls=authority, binding=True)
    said("carl", user="carl", tls=authority, certificate=certificates.path("carl"))
    said("connection requires a valid client certificate", user="carl", tls=authority)
    said('certificate authentication failed for user "carl"', user="carl", tls=authority, certificate=certificates.path("ann"))
    answer = driver.login(server.port, user="ann", password="secret", tls=other)
    check(answer != "ann", f"{driver.name} accepts a certificate of somebody else")


def main():
    os.makedirs(CACHE, exist_ok=True)
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="vecino-logins-") as directory:
        context = Context(os.path.abspath(sys.argv[1]), directory)
        certificates = Certificates(os.path.join(directory, "certificates"))
        certificates.issue("carl", "carl", "ca", "client")
        server = context.server(
            "hostssl all carl all cert\nhost all ann all scram-sha-256\nhostssl all bob all scram-sha-256",
            f"ssl = on\nssl_cert_file = '{certificates.path('server.crt')}'\nssl_key_file = '{certificates.path('server.key')}'\n"
            f"ssl_ca_file = '{certificates.path('ca.crt')}'\n",
            roles="CREATE ROLE ann LOGIN PASSWORD 'secret'; CREATE ROLE bob LOGIN PASSWORD 'secret'; CREATE ROLE carl LOGIN")
        try:
            for driver in (Psycopg(), Go("pgx"), Go("postgres"), Node(), Jdbc()):
                if not driver.prepare():
                    skipped += 1
                    print(f"skip {driver.name}: cannot be had here", flush=True)
                    continue
                try:
                    logins(driver, server, certificates)
                    passed += 1
                    print(f"ok   {driver.name} logs in", flush=True)
                except AssertionError as error:
                    failed += 1
                    print(f"FAIL {driver.name}: {error}", flush=True)
        finally:
            context.stop_all()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
