"""One table with vectors and what it must hold, and writes of every kind, made to both."""
import struct

CATEGORIES = 5
COPY_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)


def text_of(vector):
    if vector is None:
        return None
    return "[" + ",".join("%g" % x for x in vector) + "]"


def quoted(vector):
    return "NULL" if vector is None else "'" + text_of(vector) + "'"


class Table:
    """`rows`: id -> (vector or None, category). Components are multiples of a quarter, so that sums are exact."""

    def __init__(self, random, connection, dimensions, typed, size):
        self.random, self.connection, self.dimensions, self.typed, self.size = random, connection, dimensions, typed, size
        self.rows = {}
        self.next_id = 1
        self.extra_columns = 0
        # Few values: ties and duplicates are where access paths part.
        self.values = [x / 4 for x in range(-8, 9)] if random.random() < 0.5 else [0, 1]
        self.pool = [self.fresh_vector() for _ in range(20)]
        self.execute("DROP TABLE IF EXISTS t")
        self.execute(f"CREATE TABLE t (id int PRIMARY KEY, c int, v {self.type_name()})")

    def type_name(self):
        return f"vector({self.dimensions})" if self.typed else "vector"

    def execute(self, sql):
        self.connection.execute(sql)

    def fresh_vector(self):
        random = self.random
        if self.dimensions <= 100:
            return tuple(random.choice(self.values) for _ in range(self.dimensions))
        # Long ones differ in few places.
        vector = [0.25] * self.dimensions
        for _ in range(20):
            vector[random.randrange(self.dimensions)] = random.choice(self.values)
        return tuple(vector)

    def vector(self):
        roll = self.random.random()
        if roll < 0.04:
            return None
        return self.random.choice(self.pool) if roll < 0.3 else self.fresh_vector()

    def new_rows(self, count):
        rows = {}
        for _ in range(count):
            rows[self.next_id] = (self.vector(), self.random.randrange(CATEGORIES))
            self.next_id += self.random.choice((1, 1, 1, 3))
        return rows

    def some_ids(self, share):
        ids = sorted(self.rows)
        if not ids:
            return []
        return self.random.sample(ids, max(1, min(len(ids), int(len(ids) * share))))

    # --- writes; each is told to the server first, and to the model when it is done

    def insert(self, connection=None):
        rows = self.new_rows(self.random.choice((1, 1, 3, 20)))
        values = ",".join(f"({i},{c},{quoted(v)})" for i, (v, c) in rows.items())
        (connection or self.connection).execute(f"INSERT INTO t (id, c, v) VALUES {values}")
        self.rows.update(rows)

    def insert_select(self):
        ids = self.some_ids(0.05)[:200]
        offset = self.next_id
        self.execute(f"INSERT INTO t (id, c, v) SELECT id + {offset}, c, v FROM t WHERE id = ANY('{{{','.join(map(str, ids))}}}')")
        self.rows.update({i + offset: self.rows[i] for i in ids})
        self.next_id = max(self.rows, default=0) + 1

    def copy_text(self, count=None):
        rows = self.new_rows(count or self.random.choice((1, 10, 50)))
        data = "".join(f"{i}\t{c}\t{text_of(v) or chr(92) + 'N'}\n" for i, (v, c) in rows.items())
        self.copy("COPY t (id, c, v) FROM STDIN", data.encode())
        self.rows.update(rows)

    def copy_binary(self):
        rows = self.new_rows(self.random.choice((1, 10, 50)))
        data = [COPY_SIGNATURE]
        for i, (v, c) in rows.items():
            data.append(struct.pack("!hiiii", 3, 4, i, 4, c))
            body = b"" if v is None else struct.pack(f"!HH{len(v)}f", len(v), 0, *v)
            data.append(struct.pack("!i", -1 if v is None else len(body)) + body)
        self.copy("COPY t (id, c, v) FROM STDIN (FORMAT binary)", b"".join(data) + struct.pack("!h", -1))
        self.rows.update(rows)

    def copy(self, sql, data):
        for event, value in self.connection.query(sql, data):
            if event == "error":
                raise RuntimeError(f"{sql}: {value}")

    def update_some(self):
        ids, vector = self.some_ids(self.random.choice((0.001, 0.05)))[:300], self.vector()
        self.execute(f"UPDATE t SET v = {quoted(vector)} WHERE id = ANY('{{{','.join(map(str, ids))}}}')")
        for i in ids:
            self.rows[i] = (vector, self.rows[i][1])

    def update_sum(self):
        """A part of all, by arithmetic on what is there."""
        category, step = self.random.randrange(CATEGORIES), self.fresh_vector()
        self.execute(f"UPDATE t SET v = v + {quoted(step)} WHERE c = {category}")
        for i, (v, c) in self.rows.items():
            if c == category and v is not None:
                self.rows[i] = (tuple(a + b for a, b in zip(v, step)), c)

    def update_category(self):
        old, new = self.random.randrange(CATEGORIES), self.random.randrange(CATEGORIES)
        self.execute(f"UPDATE t SET c = {new} WHERE c = {old} AND id % 3 = 0")
        for i, (v, c) in self.rows.items():
            if c == old and i % 3 == 0:
                self.rows[i] = (v, new)

    def delete_some(self):
        ids = self.some_ids(self.random.choice((0.001, 0.05, 0.3)))
        self.execute(f"DELETE FROM t WHERE id = ANY('{{{','.join(map(str, ids))}}}')")
        for i in ids:
            del self.rows[i]

    def upsert(self):
        fresh = self.new_rows(3)
        known = {i: (self.vector(), 0) for i in self.some_ids(0.01)[:20]}
        values = ",".join(f"({i},{c},{quoted(v)})" for i, (v, c) in {**fresh, **known}.items())
        self.execute(f"INSERT INTO t (id, c, v) VALUES {values} ON CONFLICT (id) DO UPDATE SET v = excluded.v")
        for i, (v, _) in known.items():
            self.rows[i] = (v, self.rows[i][1])
        self.rows.update(fresh)

    def insert_nothing(self):
        ids = self.some_ids(0.01)[:20]
        if ids:
            values = ",".join(f"({i},0,{quoted(self.vector())})" for i in ids)
            self.execute(f"INSERT INTO t (id, c, v) VALUES {values} ON CONFLICT DO NOTHING")

    def swap(self):
        """A row that is deleted and inserted again under its key."""
        for i in self.some_ids(0.01)[:5]:
            vector = self.vector()
            self.execute(f"BEGIN; DELETE FROM t WHERE id = {i}; INSERT INTO t (id, c, v) VALUES ({i}, 1, {quoted(vector)}); COMMIT")
            self.rows[i] = (vector, 1)

    def truncate(self):
        self.execute("TRUNCATE t")
        self.rows = {}
        self.copy_text(self.size)

    def other_column(self):
        if self.extra_columns and self.random.random() < 0.5:
            self.execute(f"ALTER TABLE t DROP COLUMN x{self.extra_columns}")
            self.extra_columns -= 1
            return
        self.extra_columns += 1
        what = self.random.choice(("int DEFAULT 7", "text", "text DEFAULT repeat('y', 3000)",
                                   "vector(2) DEFAULT '[1,2]'", f"{self.type_name()} DEFAULT {quoted(self.fresh_vector())}"))
        self.execute(f"ALTER TABLE t ADD COLUMN x{self.extra_columns} {what}")

    def new_vector_column(self):
        """The searched column goes, and comes again with a default: numbers of columns are never used again."""
        vector = self.vector()
        self.execute("ALTER TABLE t DROP COLUMN v")
        self.execute(f"ALTER TABLE t ADD COLUMN v {self.type_name()} DEFAULT {quoted(vector)}")
        self.execute("ALTER TABLE t ALTER COLUMN v DROP DEFAULT")
        self.rows = {i: (vector, c) for i, (_, c) in self.rows.items()}

    def change_type(self):
        """Indexes over the column want its dimensions, so they go before."""
        self.typed = not self.typed
        if not self.typed:
            self.execute("DROP INDEX IF EXISTS t_hnsw, t_ivfflat")
        self.execute(f"ALTER TABLE t ALTER COLUMN v TYPE {self.type_name()}")

    def undone_column(self):
        """A vector column of a transaction that is rolled back, then another one of the same number."""
        self.extra_columns += 1
        name, first, second = f"x{self.extra_columns}", self.fresh_vector(), self.fresh_vector()
        self.execute("BEGIN")
        self.execute(f"ALTER TABLE t ADD COLUMN {name} {self.type_name()} DEFAULT {quoted(first)}")
        self.connection.rows(f"SELECT id FROM t ORDER BY {name} <-> {quoted(first)} LIMIT 3")
        self.execute("ROLLBACK")
        self.execute(f"ALTER TABLE t ADD COLUMN {name} {self.type_name()} DEFAULT {quoted(second)}")
        for distance, in self.connection.rows(f"SELECT {name} <-> {quoted(second)} FROM t ORDER BY {name} <-> {quoted(second)} LIMIT 3"):
            if distance != "0":
                raise AssertionError("the column of a transaction that was rolled back is still searched")

    def vacuum(self):
        self.execute(self.random.choice(("VACUUM t", "ANALYZE t", "VACUUM ANALYZE t")))


PLAIN_WRITES = [Table.insert, Table.insert_select, Table.copy_text, Table.copy_binary, Table.update_some, Table.update_sum,
                Table.update_category, Table.delete_some, Table.upsert, Table.insert_nothing]
DEFINITIONS = [Table.truncate, Table.other_column, Table.new_vector_column, Table.change_type, Table.undone_column, Table.vacuum,
               Table.swap]
