"""Every way to the same rows must give the same rows: the plain scan, the copy of vectors in memory, each index."""
import math

from model import CATEGORIES, quoted, text_of

OPERATORS = ("<->", "<#>", "<=>", "<+>")
OPCLASSES = {"<->": "vector_l2_ops", "<#>": "vector_ip_ops", "<=>": "vector_cosine_ops", "<+>": "vector_l1_ops"}
HNSW_ROWS = 900  # up to here a candidate list of 1000 holds the whole graph


class Disagreement(Exception):
    pass


def rank(distance, descending):
    """Where PostgreSQL's order puts a distance."""
    if distance is None:
        return (0, 0) if descending else (2, 0)
    number = float(distance)
    number = math.inf if math.isnan(number) else number
    middle = (1, 1 if distance == "NaN" else 0, number)
    return (1, -middle[1], -middle[2]) if descending else middle


def expect(rows, plain, limit, descending, what):
    """`rows`: what a path gave, in its order. `plain`: id -> distance of the rows that it may give."""
    wanted = sorted((rank(d, descending) for d in plain.values()))[:limit]
    given = [rank(d, descending) for _, d in rows]
    for row_id, distance in rows:
        if row_id not in plain:
            raise Disagreement(f"{what}: row {row_id} does not belong into the answer")
        if plain[row_id] != distance:
            raise Disagreement(f"{what}: row {row_id} at {distance}, by the plain scan at {plain[row_id]}")
    if len({row_id for row_id, _ in rows}) != len(rows):
        raise Disagreement(f"{what}: a row comes twice")
    if given != wanted:
        at = next((i for i, pair in enumerate(zip(given, wanted)) if pair[0] != pair[1]), min(len(given), len(wanted)))
        raise Disagreement(f"{what}: {len(rows)} rows of {len(wanted)}, the first difference at {at}: "
                           f"{given[at:at + 1]} instead of {wanted[at:at + 1]}")


class Checker:
    """Compares all paths for a table, on one connection's view of it."""

    def __init__(self, random, table, indexes):
        self.random, self.table, self.indexes = random, table, indexes
        self.compared = 0

    def contents(self, connection):
        stored = {int(i): (v, int(c)) for i, v, c in connection.rows("SELECT id, v, c FROM t")}
        wanted = {i: (text_of(v), c) for i, (v, c) in self.table.rows.items()}
        if stored != wanted:
            wrong = sorted(i for i in stored.keys() | wanted.keys() if stored.get(i) != wanted.get(i))
            raise Disagreement(f"the plain scan differs from what was written in {len(wrong)} rows, first {wrong[:5]}")

    def nearest(self, connection):
        """All paths for one random query."""
        random, table = self.random, self.table
        query = random.choice(table.pool) if random.random() < 0.5 else table.fresh_vector()
        operator = random.choice(OPERATORS)
        where = random.choice(("", "", f"WHERE c = {random.randrange(CATEGORIES)}", "WHERE id % 7 < 3"))
        limit = random.choice((1, 5, 40, 100, 3000))
        descending = random.random() < 0.2
        distance = random.choice((f"v {operator} {quoted(query)}", f"{quoted(query)} {operator} v"))
        plain = dict((int(i), d) for i, d in connection.rows(f"SELECT id, {distance} FROM t {where}"))
        direction = "DESC" if descending else ""
        sql = f"SELECT id, {distance} FROM t {where} ORDER BY {distance} {direction} LIMIT {limit}"
        self.path(connection, sql, plain, limit, descending, "exact kNN", {"enable_indexscan": "off"})
        if not descending:
            self.vector_indexes(connection, operator, query, where)

    def vector_indexes(self, connection, operator, query, where):
        for method, of_operator in self.indexes.items():
            if of_operator != operator:
                continue
            plain = connection.rows(f"SELECT id, v {operator} {quoted(query)}, vector_norm(v) FROM t {where}")
            limit = self.random.choice((1, 10, 40))
            # As in pgvector, rows without a vector are not in the index, nor zeros under the cosine.
            vectors = {int(i): d for i, d, norm in plain if norm is not None and (operator != "<=>" or norm != "0")}
            settings = {"enable_seqscan": "off", "hnsw.ef_search": "1000", "ivfflat.probes": "1000"}
            sql = f"SELECT id, v {operator} {quoted(query)} FROM t {where} ORDER BY v {operator} {quoted(query)} LIMIT "
            if method == "ivfflat" or len(self.table.rows) <= HNSW_ROWS:
                self.path(connection, f"{sql}{min(limit, len(vectors))}", vectors, min(limit, len(vectors)), False, method, settings)
            if not where:  # more than one search gives
                everything = len(plain) + 5
                self.path(connection, f"{sql}{everything}", vectors, everything, False, f"all of {method}", settings)

    def path(self, connection, sql, plain, limit, descending, what, settings):
        for name, value in settings.items():
            connection.execute(f"SET {name} = {value}")
        try:
            rows = [(int(i), d) for i, d in connection.rows(sql)]
        finally:
            if connection.status != "E":
                for name in settings:
                    connection.execute(f"RESET {name}")
        expect(rows, plain, limit, descending, f"{what}, {sql[:60]}... LIMIT {limit}")
        self.compared += 1

    def keys(self, connection):
        """The ordered indexes on id and c against what was written."""
        random, rows = self.random, self.table.rows
        ids = random.sample(sorted(rows), min(len(rows), random.choice((1, 30, 12000)))) + [-1, 0]
        low = random.randrange(self.table.next_id)
        high = low + random.choice((1, 10, 1000))
        category = random.randrange(CATEGORIES)
        listed = ",".join(map(str, ids))
        checks = (
            (f"id = ANY('{{{listed}}}')", lambda i, c: i in chosen),
            (f"id IN ({listed})" if len(ids) < 2000 else f"id = ANY(ARRAY[{listed}])", lambda i, c: i in chosen),
            (f"id BETWEEN {low} AND {high}", lambda i, c: low <= i <= high),
            (f"c = {category} AND id < {high}", lambda i, c: c == category and i < high),
            (f"c = ANY('{{{category},1}}') AND id = ANY('{{{listed}}}')", lambda i, c: c in (category, 1) and i in chosen),
        )
        chosen = set(ids)
        where, test = random.choice(checks)
        wanted = sorted(i for i, (_, c) in rows.items() if test(i, c))
        for setting in ("enable_seqscan", "enable_indexscan"):
            connection.execute(f"SET {setting} = off")
            given = [int(i) for i, in connection.rows(f"SELECT id FROM t WHERE {where} ORDER BY id")]
            connection.execute(f"RESET {setting}")
            if given != wanted:
                raise Disagreement(f"{setting} = off, {where[:60]}: {len(given)} rows of {len(wanted)}")
            self.compared += 1
