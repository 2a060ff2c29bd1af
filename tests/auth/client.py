"""A client that can do everything wrong: raw messages over TCP, TLS or a Unix-domain socket, SCRAM step by step."""
import base64
import hashlib
import hmac
import os
import socket
import ssl
import struct

SSL_REQUEST = struct.pack(">II", 8, 80877103)


class Refused(Exception):
    """A FATAL error: str() is "SQLSTATE message"."""


class Closed(Exception):
    """The server hung up without a word."""


def startup_packet(user, database="postgres", **more):
    words = {"user": user, "database": database, **more}
    body = struct.pack(">I", 3 << 16) + b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in words.items()) + b"\0"
    return struct.pack(">I", len(body) + 4) + body


def message(kind, payload=b""):
    return kind + struct.pack(">I", len(payload) + 4) + payload


def sasl_initial(mechanism, data):
    length = struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data
    return message(b"p", mechanism.encode() + b"\0" + length)


class Client:
    def __init__(self, port, unix=None, tls=None, direct=False, timeout=20):
        if unix:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(f"{unix}/.s.PGSQL.{port}")
        else:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.certificate = None
        if tls and not direct:
            self.socket.sendall(SSL_REQUEST)
            answer = self.socket.recv(1)
            if answer != b"S":
                raise Closed(f"no TLS: {answer!r}")
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
            self.certificate = self.socket.getpeercert(binary_form=True)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def fill(self, count):
        while len(self.buffer) < count:
            try:
                data = self.socket.recv(65536)
            except (ConnectionResetError, BrokenPipeError, ssl.SSLError) as error:
                raise Closed(str(error)) from error
            if not data:
                raise Closed("end")
            self.buffer += data

    def read(self):
        """The next message; a FATAL error is raised."""
        self.fill(5)
        length = struct.unpack(">I", self.buffer[1:5])[0]
        self.fill(length + 1)
        kind, payload = self.buffer[:1], self.buffer[5 : length + 1]
        self.buffer = self.buffer[length + 1 :]
        if kind == b"E":
            fields = {f[:1]: f[1:].decode() for f in payload.split(b"\0") if f}
            if fields[b"S"] == "FATAL":
                raise Refused(f"{fields[b'C']} {fields[b'M']}")
        return kind, payload

    def request(self):
        """The next authentication request: (code, data)."""
        kind, payload = self.read()
        assert kind == b"R", f"expected an authentication request, got {kind!r}"
        return struct.unpack(">I", payload[:4])[0], payload[4:]

    def start(self, user, database="postgres", **more):
        self.send(startup_packet(user, database, **more))
        return self.request()

    def until_ready(self):
        while True:
            kind, _ = self.read()
            if kind == b"Z":
                return self

    def password(self, text):
        self.send(message(b"p", text.encode() + b"\0"))
        return self.request()

    def query(self, sql):
        self.send(message(b"Q", sql.encode() + b"\0"))
        rows = []
        while True:
            kind, payload = self.read()
            if kind == b"D":
                row, at = [], 2
                for _ in range(struct.unpack(">h", payload[:2])[0]):
                    size = struct.unpack(">i", payload[at : at + 4])[0]
                    at += 4
                    row.append(None if size < 0 else payload[at : at + size].decode())
                    at += max(size, 0)
                rows.append(row)
            if kind == b"E":
                raise AssertionError(payload)
            if kind == b"Z":
                return rows

    def scram(self, password, plus=False, user=b"", spoil=None, flag=None):
        """The whole exchange; `spoil(step, text)` may change what is sent. Returns the first server message."""
        mechanism = "SCRAM-SHA-256-PLUS" if plus else "SCRAM-SHA-256"
        header = flag or (b"p=tls-server-end-point,," if plus else b"n,,")
        spoil = spoil or (lambda step, text: text)
        nonce = base64.b64encode(os.urandom(18))
        bare = b"n=" + user + b",r=" + nonce
        self.send(sasl_initial(mechanism, spoil("first", header + bare)))
        code, first = self.request()
        assert code == 11, f"expected SASLContinue, got {code}"
        parts = dict(p.split(b"=", 1) for p in first.split(b","))
        assert parts[b"r"].startswith(nonce)
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(parts[b"s"]), int(parts[b"i"]))
        sign = lambda key, text: hmac.new(key, text, hashlib.sha256).digest()
        client_key = sign(salted, b"Client Key")
        binding = header + (hashlib.sha256(self.certificate).digest() if plus else b"")
        without = b"c=" + base64.b64encode(spoil("binding", binding)) + b",r=" + parts[b"r"]
        everything = bare + b"," + first + b"," + without
        signature = sign(hashlib.sha256(client_key).digest(), everything)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self.send(message(b"p", spoil("final", without + b",p=" + base64.b64encode(proof))))
        code, final = self.request()
        assert code == 12, f"expected SASLFinal, got {code}"
        assert final == b"v=" + base64.b64encode(sign(sign(salted, b"Server Key"), everything)), "the server knows it too"
        code, _ = self.request()
        assert code == 0
        return first


def tls_context(ca=None, cert=None, key=None, alpn=None, maximum=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    if ca:
        context.load_verify_locations(ca)
    if cert:
        context.load_cert_chain(cert, key)
    if alpn:
        context.set_alpn_protocols(alpn)
    if maximum:
        context.maximum_version = maximum
    return context
