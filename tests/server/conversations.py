"""What client and server say to each other in other encodings, and when they say it."""
import struct
import time

from lib.checks import check
from lib.pgwire import Error
from lib.server import Server


class Client:
    """Raw bytes over a connection of the test client."""

    def __init__(self, server, **settings):
        self.connection = server.connect(**settings)

    def send(self, kind, payload=b""):
        self.connection.socket.sendall(kind + struct.pack("!I", len(payload) + 4) + payload)

    def until(self, kind):
        messages = []
        while not messages or messages[-1][0] != kind:
            messages.append(self.connection.read())
        return messages

    def query(self, sql, encoding="utf8"):
        """Values of all rows, and the fields of errors, as bytes."""
        self.send(b"Q", (sql if isinstance(sql, bytes) else sql.encode(encoding)) + b"\0")
        return self.said(self.until(b"Z"))

    def said(self, messages):
        rows, errors = [], []
        for kind, payload in messages:
            if kind == b"D":
                rows.append(self.values(payload))
            elif kind == b"E":
                errors.append(dict((f[:1], f[1:]) for f in payload.split(b"\0") if f))
        return rows, errors

    @staticmethod
    def values(payload):
        count, at, values = struct.unpack_from("!H", payload)[0], 2, []
        for _ in range(count):
            size = struct.unpack_from("!i", payload, at)[0]
            at += 4
            values.append(None if size < 0 else payload[at:at + size])
            at += max(size, 0)
        return values


def encodings(binary):
    with Server(binary) as server:
        utf8 = Client(server)
        utf8.query("CREATE TABLE t (id int, note text, \"größe\" text)")
        for encoding, python, text in (("LATIN1", "latin-1", "Grüße"), ("WIN1252", "cp1252", "€ und ü"), ("LATIN9", "iso8859-15", "€é"),
                                       ("WIN1251", "cp1251", "Привет"), ("KOI8R", "koi8-r", "мир"), ("EUC_JP", "euc_jp", "日本語"),
                                       ("SJIS", "cp932", "表示ソ"), ("GBK", "gbk", "中文"), ("BIG5", "big5", "中文"), ("UHC", "cp949", "한국"),
                                       ("GB18030", "gb18030", "中文𠀀"), ("EUC_KR", "euc_kr", "한국"), ("ISO_8859_7", "iso8859-7", "Ελλάς")):
            client = Client(server, client_encoding=encoding)
            check(client.connection.parameters["client_encoding"] == encoding, f"{encoding} is reported")
            check(client.query("SELECT pg_client_encoding(), getdatabaseencoding()")[0] == [[encoding.encode(), b"UTF8"]], encoding)
            rows, errors = client.query(f"SELECT '{text}', length('{text}')", python)
            check(rows == [[text.encode(python), str(len(text)).encode()]], f"{encoding}: {rows} {errors}")
            # stored as what it is
            client.query(f"INSERT INTO t VALUES (1, '{text}', 'x')", python)
            check(utf8.query("SELECT note FROM t")[0] == [[text.encode()]], f"{encoding}: stored in UTF8")
            # in errors, with positions in characters
            _, errors = client.query(f"SELECT '{text}', \"nothing_{text}\"", python)
            check(text.encode(python) in errors[0][b"M"] and errors[0][b"P"] == str(len(text) + 12).encode(), f"{encoding}: {errors}")
            # parameters: text format, and binary format of a text type; results in both formats
            raw = text.encode(python)
            for code in (0, 1):
                client.send(b"P", b"\0SELECT $1::text, note FROM t WHERE note = $1\0" + struct.pack("!H", 0))
                client.send(b"B", b"\0\0" + struct.pack("!HHH", 1, code, 1) + struct.pack("!I", len(raw)) + raw + struct.pack("!HH", 1, code))
                client.send(b"E", b"\0" + struct.pack("!I", 0))
                client.send(b"S")
                rows, errors = client.said(client.until(b"Z"))
                check(rows == [[raw, raw]], f"{encoding} format {code}: {rows} {errors}")
            # COPY both ways
            client.send(b"Q", b"COPY t (id, note) FROM STDIN\0")
            client.until(b"G")
            client.send(b"d", b"2\t" + raw + b"\n")
            client.send(b"c")
            client.until(b"Z")
            check(utf8.query("SELECT count(*) FROM t WHERE note = '" + text + "'")[0] == [[b"2"]], f"{encoding}: COPY FROM")
            client.send(b"Q", b"COPY t (note) TO STDOUT\0")
            data = b"".join(payload for kind, payload in client.until(b"Z") if kind == b"d")
            check(data == raw + b"\n" + raw + b"\n", f"{encoding}: COPY TO {data}")
            utf8.query("TRUNCATE t")
            client.connection.close()
        # names of columns, and a change in the middle
        client = Client(server)
        client.send(b"Q", "SET client_encoding = latin1; SELECT 'ü', \"größe\" FROM t".encode() + b"\0")
        description = [payload for kind, payload in client.until(b"Z") if kind == b"T"][0]
        check("größe".encode("latin-1") in description, "names of columns")
        # what cannot be converted
        rows, errors = client.query("SELECT chr(8364)")
        check(rows == [] and errors[0][b"C"] == b"22P05", f"untranslatable: {rows} {errors}")
        check(b'byte sequence 0xe2 0x82 0xac in encoding "UTF8" has no equivalent in encoding "LATIN1"' in errors[0][b"M"], f"{errors}")
        check(client.query("SELECT 1")[0] == [[b"1"]], "and the connection goes on")
        client.query("SET client_encoding = EUC_JP")
        _, errors = client.query(b"SELECT '\xff\xff'")
        check(errors[0][b"C"] == b"22021", f"no character: {errors}")
        _, errors = client.query("SET client_encoding = 'no such'")
        check(errors[0][b"C"] == b"22023", f"unknown: {errors}")
        client.query("SET client_encoding = UTF8")
        check(client.query("SELECT chr(8364)")[0] == [["€".encode()]], "back again")


def statement_timeout_in_query_string(binary):
    with Server(binary) as server:
        client = Client(server)
        begin = time.time()
        _, errors = client.query("SET statement_timeout = '50ms'; SELECT pg_sleep(5)")
        check(errors and errors[0][b"C"] == b"57014", f"cancelled: {errors}")
        check(time.time() - begin < 3, "in time")
        client.query("SET statement_timeout = '400ms'")
        rows, errors = client.query("SELECT pg_sleep(0.25); SELECT pg_sleep(0.25); SELECT 1")
        check(not errors and rows[-1] == [b"1"], f"each statement has its own time: {errors}")
        _, errors = client.query("SET statement_timeout = 0; SELECT pg_sleep(0.5)")
        check(not errors, f"and none once it is off: {errors}")


def failed_copy_is_told_at_once(binary):
    with Server(binary) as server:
        client = Client(server)
        client.query("CREATE TABLE t (a int PRIMARY KEY)")
        client.send(b"Q", b"COPY t FROM STDIN\0")
        client.until(b"G")
        client.send(b"d", b"1\nx\n")
        stop = time.time() + 5
        client.connection.socket.settimeout(0.01)
        kind = None
        number = 10
        while kind is None and time.time() < stop:  # the client goes on sending
            client.send(b"d", b"".join(b"%d\n" % (number + i) for i in range(500)))
            number += 500
            try:
                kind, payload = client.connection.read()
            except (TimeoutError, OSError):
                pass
        check(kind == b"E" and b"22P02" in payload, f"the error comes while data are sent: {kind}")
        client.connection.socket.settimeout(30)
        client.send(b"c")
        client.until(b"Z")
        check(client.query("SELECT count(*) FROM t")[0] == [[b"0"]], "and the connection goes on")


def malformed_copy_fail(binary):
    with Server(binary) as server:
        client = Client(server)
        client.query("CREATE TABLE t (a int)")
        for payload in (b"no end", b"", b"two\0ends\0"):
            client.send(b"Q", b"COPY t FROM STDIN\0")
            client.until(b"G")
            client.send(b"f", payload)
            _, errors = client.said(client.until(b"Z"))
            check(errors and errors[0][b"C"] == b"08P01", f"{payload}: {errors}")
        check(client.query("SELECT count(*) FROM t")[0] == [[b"0"]], "the connection goes on")


def serializable_warns_once(binary):
    with Server(binary) as server:
        connection = server.connect()
        warnings = [value for _ in range(3) for event, value in connection.query("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT")
                    if event == "notice"]
        check(len(warnings) == 1 and warnings[0]["C"] == "01000" and "SERIALIZABLE" in warnings[0]["M"], f"{warnings}")
        check(connection.value("SELECT 1") == "1", "goes on")


def foreign_settings(binary):
    arguments = []
    for setting in ("transaction_timeout=0", "io_method=worker", "io_workers=3", "summarize_wal=on", "lc_messages=en_US.utf8",
                    "logging_collector=on", "sync_replication_slots=off", "db_user_namespace=off", "vacuum_truncate=on"):
        arguments += ["-c", setting]
    with Server(binary, arguments=arguments) as server:
        connection = server.connect()
        check(connection.value("SHOW summarize_wal") == "on" and connection.value("SHOW lc_messages") == "en_US.utf8", "shown")
        list(connection.query("SET transaction_timeout = 0"))
        try:
            connection.value("SET transaction_timeout = 1000")
            refused = False
        except (Error, IndexError) as error:
            refused = isinstance(error, Error) and error.fields["C"] == "22023"
        check(refused, "what would not happen is refused")


def stale_plan_names_its_routine(binary):
    with Server(binary) as server:
        client = Client(server)
        client.query("CREATE TABLE t (a int); PREPARE q AS SELECT * FROM t; EXECUTE q; ALTER TABLE t ADD b int")
        _, errors = client.query("EXECUTE q")
        check(errors[0][b"C"] == b"0A000" and errors[0].get(b"R") == b"RevalidateCachedQuery", f"drivers read it: {errors}")


def set_transaction_isolation(binary):
    with Server(binary) as server:
        one, other = server.connect(), server.connect()
        list(one.query("CREATE TABLE t (a int)"))
        list(one.query("BEGIN; SET transaction_isolation = 'repeatable read'"))
        check(one.value("SELECT count(*) FROM t") == "0", "the snapshot is taken")
        list(other.query("INSERT INTO t VALUES (1)"))
        check(one.value("SELECT count(*) FROM t") == "0", "and kept, whatever the statement that asked for it")
        list(one.query("ROLLBACK; BEGIN; SET transaction_read_only = on"))
        refusal = [value["C"] for event, value in one.query("INSERT INTO t VALUES (2)") if event == "error"]
        check(refusal == ["25006"], f"read only: {refusal}")


TESTS = (stale_plan_names_its_routine, set_transaction_isolation, encodings, statement_timeout_in_query_string, failed_copy_is_told_at_once, malformed_copy_fail, serializable_warns_once,
         foreign_settings)
