"""A small PostgreSQL protocol client for tests: simple queries over a socket, standard library only."""
import socket
import struct


class Error(Exception):
    """An ErrorResponse; `fields` maps the one-letter codes of the protocol to their text."""

    def __init__(self, fields):
        super().__init__(f"{fields.get('C')}: {fields.get('M')}")
        self.fields = fields


class Column:
    """A field of a RowDescription."""

    def __init__(self, name, oid, typmod):
        self.name, self.oid, self.typmod = name, oid, typmod


class Result:
    def __init__(self):
        self.columns = None  # list of (name, type oid), None = no result set
        self.described = None  # list of Column
        self.rows = []
        self.tag = None
        self.copy_in = False
        self.copy_out = None


class Connection:
    """One connection. query() runs a string in the simple protocol and yields events in order:
    ("result", Result), ("notice", fields), ("error", fields), ("parameter", (name, value)); with `tells_columns` also
    ("described", Result) when its columns are known."""

    tells_columns = False

    def __init__(self, port, host="127.0.0.1", user="postgres", database="postgres", timeout=60, **settings):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.parameters = {}
        self.status = "I"
        self.pid = self.secret = None
        words = {"user": user, "database": database, **settings}
        body = b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in words.items()) + b"\0"
        self.socket.sendall(struct.pack("!ii", len(body) + 8, 196608) + body)
        while True:
            kind, payload = self.read()
            if kind == b"R":
                if struct.unpack("!i", payload[:4])[0] != 0:
                    raise RuntimeError("the server wants a password")
            elif kind == b"S":
                name, value = payload[:-1].split(b"\0")
                self.parameters[name.decode()] = value.decode()
            elif kind == b"K":
                self.pid, self.secret = struct.unpack("!ii", payload[:8])
            elif kind == b"E":
                raise Error(self.fields(payload))
            elif kind == b"Z":
                self.status = payload.decode()
                return

    def close(self):
        try:
            self.socket.sendall(b"X\0\0\0\4")
        except OSError:
            pass
        self.socket.close()

    def send(self, kind, payload=b""):
        self.socket.sendall(kind + struct.pack("!i", len(payload) + 4) + payload)

    def read(self):
        while len(self.buffer) < 5:
            self.fill()
        length = struct.unpack("!i", self.buffer[1:5])[0]
        while len(self.buffer) < length + 1:
            self.fill()
        kind, payload = self.buffer[:1], self.buffer[5 : length + 1]
        self.buffer = self.buffer[length + 1 :]
        return kind, payload

    def fill(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer += data

    @staticmethod
    def fields(payload):
        result = {}
        for field in payload.split(b"\0"):
            if field:
                result[chr(field[0])] = field[1:].decode(errors="replace")
        return result

    def query(self, sql, copy_data=b""):
        self.send(b"Q", sql.encode() + b"\0")
        return self.events(copy_data)

    def events(self, copy_data=b""):
        result = Result()
        while True:
            kind, payload = self.read()
            if kind == b"T":
                count = struct.unpack("!h", payload[:2])[0]
                result.columns, result.described, at = [], [], 2
                for _ in range(count):
                    end = payload.index(b"\0", at)
                    oid, _, typmod = struct.unpack("!ihi", payload[end + 7 : end + 17])
                    result.columns.append((payload[at:end].decode(), oid))
                    result.described.append(Column(payload[at:end].decode(), oid, typmod))
                    at = end + 19
                if self.tells_columns:
                    yield "described", result
            elif kind == b"D":
                row, at = [], 2
                for _ in range(struct.unpack("!h", payload[:2])[0]):
                    size = struct.unpack("!i", payload[at : at + 4])[0]
                    at += 4
                    row.append(None if size < 0 else payload[at : at + size].decode(errors="replace"))
                    at += max(size, 0)
                result.rows.append(row)
            elif kind == b"C":
                result.tag = payload[:-1].decode()
                yield "result", result
                result = Result()
            elif kind == b"I":
                result.tag = ""
                yield "result", result
                result = Result()
            elif kind == b"E":
                fields = self.fields(payload)
                yield "error", fields
                result = Result()
                if fields.get("S") in ("FATAL", "PANIC"):
                    return
            elif kind == b"N":
                yield "notice", self.fields(payload)
            elif kind == b"S":
                name, value = payload[:-1].split(b"\0")
                self.parameters[name.decode()] = value.decode()
                yield "parameter", (name.decode(), value.decode())
            elif kind == b"G":
                result.copy_in = True
                self.send(b"d", copy_data)
                self.send(b"c")
            elif kind == b"H":
                result.copy_out = b""
            elif kind == b"d":
                result.copy_out += payload
            elif kind == b"Z":
                self.status = payload.decode()
                return

    def rows(self, sql):
        """The rows of the last statement of `sql`; raises Error."""
        rows = []
        failure = None
        for event, value in self.query(sql):
            if event == "error":
                failure = failure or Error(value)
            elif event == "result":
                rows = value.rows
        if failure:
            raise failure
        return rows

    def execute(self, sql):
        self.rows(sql)

    def value(self, sql):
        return self.rows(sql)[0][0]
