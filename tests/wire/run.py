#!/usr/bin/env python3
"""Runs scripts of raw protocol messages against a server and compares its answers.

usage: run.py [--host H] [--port P] [--user U] [--database D] [--rewrite] [SCRIPT...]

Scripts are tests/wire/scripts/*.wire. --rewrite replaces the expected answers with what the server says: run it against
a real PostgreSQL 15, then read the difference. A script is a list of lines:

  # comment
  connect [NAME] [param=value...]   opens a session and makes it current; its start is checked only for success
  open [NAME]                       opens a TCP connection and nothing more
  use NAME                          makes another connection current
  sleep SECONDS
  cancel NAME                       sends a CancelRequest for that session's key on a connection of its own
  disconnect                        closes the current socket
  > Message arguments               lines in a row go out in one write
  until Type [COUNT]                reads until so many messages of that type ("EOF": until the server closes)
  < Message arguments               what must have come

Arguments are JSON values. Frontend messages: Query "sql"; Parse "name" "sql" [oids]; Bind "portal" "statement" [formats]
[values] [result formats] (a value is a string, null or {"hex": "..."}); Describe "S"|"P" "name"; Close; Execute "portal"
max_rows; Sync; Flush; CopyData "text" or {"hex"}; CopyDone; CopyFail "reason"; Terminate; FunctionCall oid;
Startup "3.0" {parameters}; SSLRequest; GSSENCRequest; CancelRequest pid secret; Raw "hex"; Repeat n "text as in Raw".
"""
import argparse
import glob
import json
import os
import socket
import struct
import sys
import time

TIMEOUT = 10


def cstr(text):
    return text.encode("utf-8") + b"\0"


def value_bytes(value):
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return value.encode("utf-8")


def message(kind, payload=b""):
    return kind + struct.pack("!I", len(payload) + 4) + payload


def startup(code, payload=b""):
    return struct.pack("!II", len(payload) + 8, code) + payload


def shorts(values):
    return struct.pack("!H", len(values)) + b"".join(struct.pack("!h", v) for v in values)


def encode_bind(portal, statement, formats=(), values=(), results=()):
    body = cstr(portal) + cstr(statement) + shorts(formats) + struct.pack("!H", len(values))
    for value in values:
        if value is None:
            body += struct.pack("!i", -1)
        else:
            raw = value_bytes(value)
            body += struct.pack("!i", len(raw)) + raw
    return message(b"B", body + shorts(results))


def encode_startup(version, parameters):
    major, minor = version.split(".")
    body = b"".join(cstr(k) + cstr(v) for k, v in parameters.items()) + b"\0"
    return startup(int(major) << 16 | int(minor), body)


ENCODERS = {
    "Query": lambda sql: message(b"Q", cstr(sql)),
    "Parse": lambda name, sql, oids=(): message(
        b"P", cstr(name) + cstr(sql) + struct.pack("!H", len(oids)) + b"".join(struct.pack("!I", o) for o in oids)),
    "Bind": encode_bind,
    "Describe": lambda kind, name: message(b"D", kind.encode() + cstr(name)),
    "Close": lambda kind, name: message(b"C", kind.encode() + cstr(name)),
    "Execute": lambda portal, rows=0: message(b"E", cstr(portal) + struct.pack("!i", rows)),
    "Sync": lambda: message(b"S"),
    "Flush": lambda: message(b"H"),
    "CopyData": lambda data: message(b"d", value_bytes(data)),
    "CopyDone": lambda: message(b"c"),
    "CopyFail": lambda reason: message(b"f", cstr(reason)),
    "Terminate": lambda: message(b"X"),
    "FunctionCall": lambda oid: message(b"F", struct.pack("!IHHH", oid, 0, 0, 0)),
    "Startup": encode_startup,
    "SSLRequest": lambda: startup(80877103),
    "GSSENCRequest": lambda: startup(80877104),
    "CancelRequest": lambda pid, secret: startup(80877102, struct.pack("!iI", pid, secret)),
    "Raw": bytes.fromhex,
    "Repeat": lambda count, text: bytes.fromhex(text) * count,
}


class Reader:
    def __init__(self, payload):
        self.rest = payload

    def take(self, count):
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def u16(self):
        return struct.unpack("!H", self.take(2))[0]

    def i16(self):
        return struct.unpack("!h", self.take(2))[0]

    def u32(self):
        return struct.unpack("!I", self.take(4))[0]

    def i32(self):
        return struct.unpack("!i", self.take(4))[0]

    def text(self):
        end = self.rest.index(b"\0")
        taken, self.rest = self.rest[:end], self.rest[end + 1:]
        return taken.decode("utf-8", "replace")


def show_bytes(raw):
    try:
        return json.dumps(raw.decode("utf-8"), ensure_ascii=False)
    except UnicodeDecodeError:
        return json.dumps({"hex": raw.hex()})


def show_row_description(r):
    parts = []
    for _ in range(r.u16()):
        name, table, attribute = r.text(), r.u32(), r.i16()
        kind, length, modifier, fmt = r.u32(), r.i16(), r.i32(), r.i16()
        origin = f" column {attribute}" if table else ""
        parts.append(f"{json.dumps(name)}:{kind}:{length}:{modifier}:{fmt}{origin}")
    return ["RowDescription"] + parts


def show_data_row(r):
    parts = []
    for _ in range(r.u16()):
        length = r.i32()
        parts.append("null" if length < 0 else show_bytes(r.take(length)))
    return ["DataRow"] + parts


def show_error(name):
    def show(r):
        fields = {}
        while r.rest[:1] not in (b"\0", b""):
            code = r.take(1).decode()
            fields[code] = r.text()
        parts = [name, fields.get("S", "?"), fields.get("C", "?"), json.dumps(fields.get("M", ""), ensure_ascii=False)]
        for code, label in (("P", "position"), ("D", "detail"), ("H", "hint"), ("W", "context"), ("s", "schema"),
                            ("t", "table"), ("c", "column"), ("d", "type"), ("n", "constraint")):
            if code in fields:
                parts.append(f"{label}={json.dumps(fields[code], ensure_ascii=False)}")
        return parts
    return show


def show_copy(name):
    def show(r):
        overall = r.take(1)[0]
        return [name, str(overall)] + [str(r.u16()) for _ in range(r.u16())]
    return show


DECODERS = {
    b"R": lambda r: ["Authentication", str(r.u32())],
    b"K": lambda r: ["BackendKeyData"],
    b"S": lambda r: ["ParameterStatus", json.dumps(r.text()), json.dumps(r.text())],
    b"v": lambda r: ["NegotiateProtocolVersion", str(r.u32())] + [json.dumps(r.text()) for _ in range(r.u32())],
    b"Z": lambda r: ["ReadyForQuery", r.take(1).decode()],
    b"T": show_row_description,
    b"t": lambda r: ["ParameterDescription"] + [str(r.u32()) for _ in range(r.u16())],
    b"D": show_data_row,
    b"C": lambda r: ["CommandComplete", json.dumps(r.text())],
    b"E": show_error("ErrorResponse"),
    b"N": show_error("NoticeResponse"),
    b"1": lambda r: ["ParseComplete"],
    b"2": lambda r: ["BindComplete"],
    b"3": lambda r: ["CloseComplete"],
    b"n": lambda r: ["NoData"],
    b"I": lambda r: ["EmptyQueryResponse"],
    b"s": lambda r: ["PortalSuspended"],
    b"G": show_copy("CopyInResponse"),
    b"H": show_copy("CopyOutResponse"),
    b"d": lambda r: ["CopyData", show_bytes(r.rest)],
    b"c": lambda r: ["CopyDone"],
    b"A": lambda r: ["NotificationResponse", json.dumps(r.text()) if r.take(4) else ""],
}


class Connection:
    def __init__(self, options):
        self.options = options
        self.socket = socket.create_connection((options.host, options.port), TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.key = None

    def fill(self):
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        self.buffer += piece
        return bool(piece)

    def read_message(self):
        """One message as shown text, or "EOF"."""
        while len(self.buffer) < 5:
            if not self.fill():
                return "EOF" if not self.buffer else "Bytes " + show_bytes(self.drain())
        length = struct.unpack("!I", self.buffer[1:5])[0]
        # Not a message of protocol 3: an error in the old form ends with the connection.
        if length > 1 << 28:
            while self.fill():
                pass
            return "Bytes " + show_bytes(self.drain())
        while len(self.buffer) < length + 1:
            if not self.fill():
                return "Bytes " + show_bytes(self.drain())
        kind, payload = self.buffer[:1], self.buffer[5:length + 1]
        self.buffer = self.buffer[length + 1:]
        if kind == b"K":
            self.key = struct.unpack("!iI", payload[:8])
        if kind not in DECODERS:
            return f"Unknown {kind!r}"
        return " ".join(DECODERS[kind](Reader(payload)))

    def drain(self):
        drained, self.buffer = self.buffer, b""
        return drained

    def read_byte(self):
        while not self.buffer:
            if not self.fill():
                return "EOF"
        byte, self.buffer = self.buffer[:1], self.buffer[1:]
        return "Byte " + show_bytes(byte)

    def start(self, parameters):
        parameters = {"user": self.options.user, "database": self.options.database, **parameters}
        self.socket.sendall(encode_startup("3.0", parameters))
        while True:
            text = self.read_message()
            if text.startswith("ReadyForQuery"):
                return
            if text == "EOF" or text.startswith("ErrorResponse"):
                raise RuntimeError("cannot connect: " + text)


def parse_arguments(text):
    decoder, values, at = json.JSONDecoder(), [], 0
    while True:
        while at < len(text) and text[at] == " ":
            at += 1
        if at == len(text):
            return values
        value, at = decoder.raw_decode(text, at)
        values.append(value)


class Script:
    def __init__(self, path, options):
        self.path, self.options = path, options
        self.lines = open(path, encoding="utf-8").read().split("\n")
        self.connections, self.current = {}, None
        self.received, self.output, self.failures = [], [], []

    def substitute(self, text):
        return text.replace("$USER", self.options.user).replace("$DATABASE", self.options.database)

    def run(self):
        pending = b""
        for number, line in enumerate(self.lines + [""], 1):
            if pending and not line.startswith(">"):
                self.send(pending)
                pending = b""
            if line.startswith("<"):
                if not self.options.rewrite:
                    self.check(number, line[1:].strip())
                continue
            self.check_rest(number)
            if number <= len(self.lines):
                self.output.append(line)
            if line.startswith(">"):
                name, _, rest = self.substitute(line[1:].strip()).partition(" ")
                pending += ENCODERS[name](*parse_arguments(rest))
            elif line.strip() and not line.startswith("#"):
                self.directive(line.split())
        for connection in self.connections.values():
            connection.socket.close()

    def send(self, data):
        try:
            self.current.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def directive(self, words):
        name = words[1] if len(words) > 1 else "main"
        if words[0] in ("connect", "open"):
            parameters = dict(word.split("=", 1) for word in words[1:] if "=" in word)
            name = name if "=" not in name else "main"
            self.current = self.connections[name] = Connection(self.options)
            if words[0] == "connect":
                self.current.start(parameters)
        elif words[0] == "use":
            self.current = self.connections[name]
        elif words[0] == "sleep":
            time.sleep(float(name))
        elif words[0] == "disconnect":
            self.current.socket.close()
        elif words[0] == "cancel":
            with socket.create_connection((self.options.host, self.options.port), TIMEOUT) as canceller:
                canceller.sendall(ENCODERS["CancelRequest"](*self.connections[name].key))
                canceller.recv(1)
        elif words[0] == "until":
            self.read_until(name, int(words[2]) if len(words) > 2 else 1)
        else:
            raise ValueError("unknown directive " + words[0])

    def read_until(self, kind, count):
        while count > 0:
            try:
                text = self.current.read_byte() if kind == "Byte" else self.current.read_message()
            except (TimeoutError, socket.timeout):
                text = "TIMEOUT"
            if not text.startswith("ParameterStatus") or kind == "ParameterStatus":
                self.received.append(text)
            if text.split(" ")[0] == kind:
                count -= 1
            if text in ("EOF", "TIMEOUT"):
                break

    def check(self, number, expected):
        got = self.received.pop(0) if self.received else "nothing"
        if got != expected:
            self.failures.append(f"{self.path}:{number}: expected {expected}\n{' ' * 12}got      {got}")
            if got in ("EOF", "TIMEOUT"):
                raise RuntimeError("nothing more to expect")

    def check_rest(self, number):
        if self.options.rewrite:
            self.output += ["< " + text for text in self.received]
        else:
            self.failures += [f"{self.path}:{number}: unexpected {text}" for text in self.received]
        self.received = []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default=os.environ.get("PGHOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PGPORT", "5432")))
    parser.add_argument("--user", default=os.environ.get("PGUSER", "postgres"))
    parser.add_argument("--database", default=os.environ.get("PGDATABASE", "postgres"))
    parser.add_argument("--server", help="start this vecinod for the run")
    parser.add_argument("--rewrite", action="store_true")
    parser.add_argument("scripts", nargs="*")
    options = parser.parse_args()
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts")
    failed = passed = 0
    server = None
    if options.server:
        sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        from lib.server import Server
        server = Server(options.server).start()
        options.port = server.port
    for path in options.scripts or sorted(glob.glob(os.path.join(folder, "*.wire"))):
        script = Script(path, options)
        try:
            script.run()
        except Exception as error:  # a broken script or a dead server fails this script, not the run
            script.failures.append(f"{path}: {type(error).__name__}: {error}")
        if options.rewrite and not script.failures:
            open(path, "w", encoding="utf-8").write("\n".join(script.output))
        print(("FAIL " if script.failures else "ok   ") + os.path.basename(path))
        for failure in script.failures:
            print("  " + failure)
        failed += bool(script.failures)
        passed += not script.failures
    if server:
        server.stop()
        server.remove()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
