"""psycopg 3 and pgvector-python as their users write them, and the scripts of ../shared/seed where they are at hand."""
import os
import subprocess
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import numpy as np  # noqa: E402
import psycopg  # noqa: E402
from lib.server import Server  # noqa: E402
from pgvector import Vector  # noqa: E402
from pgvector.psycopg import register_vector  # noqa: E402

SEED = os.path.join(HERE, "..", "..", "..", "shared", "seed")
PSQL = os.environ.get("PSQL", "psql")


def connect(server, **arguments):
    return psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", dbname="postgres", **arguments)


def as_list(vector):
    """pgvector-python returns numpy arrays (before 0.5) or Vector objects."""
    return vector.to_list() if hasattr(vector, "to_list") else list(vector)


def test_register_vector_on_new_database(server):
    with connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS brand_new")
        connection.execute("CREATE DATABASE brand_new")
    with psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", dbname="brand_new") as connection:
        register_vector(connection)
        connection.execute("CREATE EXTENSION vector")
        row = connection.execute("SELECT %s::vector", (np.array([1.5, 2, 3]),)).fetchone()
        assert as_list(row[0]) == [1.5, 2, 3], row


def test_binary_and_text_round_trip(server):
    with connect(server) as connection:
        register_vector(connection)
        connection.execute("CREATE TEMP TABLE t (id bigserial PRIMARY KEY, e vector(3), note text)")
        for binary in (False, True):
            cursor = connection.cursor(binary=binary)
            cursor.execute("INSERT INTO t (e, note) VALUES (%s, %s), (%s, NULL) RETURNING id",
                           (np.array([1, 2, 3]), "näh", Vector([4, 5, 6])))
            assert len(cursor.fetchall()) == 2
            cursor.execute("SELECT e, note, e <-> %s FROM t ORDER BY e <-> %s, id LIMIT 1",
                           (np.array([1, 2, 3]), np.array([1, 2, 3])))
            e, note, distance = cursor.fetchone()
            assert as_list(e) == [1, 2, 3] and note == "näh" and distance == 0


def test_executemany_and_pipeline(server):
    with connect(server) as connection:
        register_vector(connection)
        connection.execute("CREATE TABLE many (id int PRIMARY KEY, e vector(8))")
        rows = [(i, np.full(8, i, dtype="float32")) for i in range(2000)]
        connection.cursor().executemany("INSERT INTO many VALUES (%s, %s)", rows)
        with connection.pipeline():
            for i in range(2000, 2100):
                connection.execute("INSERT INTO many VALUES (%s, %s)", (i, np.full(8, i, dtype="float32")))
        connection.commit()
        assert connection.execute("SELECT count(*) FROM many").fetchone()[0] == 2100
        try:
            with connection.pipeline():
                connection.execute("INSERT INTO many VALUES (1, NULL)")
                connection.execute("SELECT 1")
        except psycopg.errors.UniqueViolation:
            connection.rollback()
        else:
            raise AssertionError("no unique violation in the pipeline")
        assert connection.execute("SELECT count(*) FROM many").fetchone()[0] == 2100
        connection.execute("DROP TABLE many")


def test_copy_both_ways(server):
    with connect(server) as connection:
        register_vector(connection)
        connection.execute("CREATE TABLE c (id int, e vector(3))")
        with connection.cursor().copy("COPY c (id, e) FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "vector"])
            for i in range(1000):
                copy.write_row([i, np.array([i, 1, 2], dtype="float32")])
        with connection.cursor().copy("COPY c TO STDOUT (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "vector"])
            assert sum(1 for _ in copy.rows()) == 1000
        with connection.cursor().copy("COPY (SELECT id FROM c WHERE id < 3 ORDER BY id) TO STDOUT") as copy:
            assert [row[0] for row in copy.rows()] == ["0", "1", "2"]
        connection.rollback()


def test_server_side_cursor(server):
    with connect(server) as connection:
        with connection.cursor(name="big") as cursor:
            cursor.itersize = 100
            cursor.execute("SELECT i FROM generate_series(1, 2500) AS i")
            assert sum(row[0] for row in cursor) == 2500 * 2501 // 2


def test_transactions_and_errors(server):
    with connect(server) as connection:
        connection.execute("CREATE TABLE tx (id int PRIMARY KEY)")
        with connection.transaction():
            connection.execute("INSERT INTO tx VALUES (1)")
            try:
                with connection.transaction():
                    connection.execute("INSERT INTO tx VALUES (1)")
            except psycopg.errors.UniqueViolation as error:
                assert error.diag.constraint_name == "tx_pkey", error.diag.constraint_name
                assert error.diag.table_name == "tx"
        assert connection.execute("SELECT count(*) FROM tx").fetchone()[0] == 1
        try:
            connection.execute("SELECT nonsense")
        except psycopg.errors.UndefinedColumn as error:
            assert error.diag.statement_position == "8"
        connection.rollback()


def test_types_round_trip(server):
    import datetime
    import decimal
    import uuid
    values = [True, 7, 2 ** 40, 1.5, decimal.Decimal("12345.678900"), "text", b"\0\xff", datetime.date(2024, 2, 29),
              datetime.datetime(2024, 2, 29, 12, 34, 56, 789000), datetime.timedelta(days=3, seconds=4),
              datetime.time(1, 2, 3), uuid.UUID(int=12345678901234567890), [1, 2, None], ["a", "b,c"], {"k": [1, None]}]
    from psycopg.types.json import Jsonb
    casts = ["bool", "int4", "int8", "float8", "numeric", "text", "bytea", "date", "timestamp", "interval", "time", "uuid",
             "int4[]", "text[]", "jsonb"]
    with connect(server) as connection:
        for binary in (False, True):
            for value, cast in zip(values, casts):
                parameter = Jsonb(value) if cast == "jsonb" else value
                got = connection.cursor(binary=binary).execute(f"SELECT %s::{cast}", (parameter,)).fetchone()[0]
                assert got == value, (cast, binary, got, value)


def test_cancel(server):
    with connect(server) as connection:
        import threading
        threading.Timer(0.3, connection.cancel).start()
        try:
            connection.execute("SELECT pg_sleep(20)")
        except psycopg.errors.QueryCanceled:
            connection.rollback()
            assert connection.execute("SELECT 1").fetchone()[0] == 1
        else:
            raise AssertionError("not cancelled")


def test_seed_install_sql(server):
    if not os.path.isdir(SEED):
        return "skipped: no seed here"
    with connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS seed")
        connection.execute("CREATE DATABASE seed")
    output = subprocess.run([PSQL, "-X", "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "-d", "seed", "-f",
                             os.path.join(SEED, "install.sql")], capture_output=True, text=True, check=True).stdout
    expected = open(os.path.join(SEED, "postgres15_pgvector086_output.txt")).read()
    expected = expected[expected.index("CREATE EXTENSION\n extname"):]
    assert output.strip() == expected.strip(), output


def run_seed_script(server, name, *arguments, **environment):
    environment = {**os.environ, **environment,
                   "PG_DSN": f"host=127.0.0.1 port={server.port} dbname=postgres user=postgres"}
    done = subprocess.run([sys.executable, os.path.join(SEED, name), *arguments], env=environment, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_seed_load_random_items(server):
    if not os.path.isdir(SEED):
        return "skipped: no seed here"
    run_seed_script(server, "load_random_items.py", ROWS="5000", DIMS="32")
    with connect(server) as connection:
        register_vector(connection)
        count, dims = connection.execute(
            "SELECT count(*), min(vector_dims(embedding)) FROM vecdemo.items_rand").fetchone()
        assert (count, dims) == (5000, 32)
        best = connection.execute(
            "SELECT id FROM vecdemo.items_rand ORDER BY embedding <=> (SELECT embedding FROM vecdemo.items_rand WHERE id = 1000)"
            " LIMIT 1").fetchone()
        assert best[0] == 1000


def test_seed_documents(server):
    model = os.environ.get("EMBED_MODEL")
    if not os.path.isdir(SEED) or not model:
        return "skipped: set EMBED_MODEL to a sentence-transformers model"
    run_seed_script(server, "load_documents.py", RESET="1")
    output = run_seed_script(server, "query_documents.py", "Differences between HNSW and IVFFlat in pgvector")
    assert "Differences between HNSW and IVFFlat indexes in pgvector" in output.splitlines()[2], output


def test_query_documents_statement(server):
    # The statements of the document scripts, with vectors from anywhere.
    with connect(server) as connection:
        register_vector(connection)
        connection.execute("CREATE SCHEMA IF NOT EXISTS docs")
        connection.execute("CREATE TABLE docs.documents (id bigserial PRIMARY KEY, content text NOT NULL, "
                           "embedding vector(16) NOT NULL)")
        rng = np.random.default_rng(1)
        rows = [(f"document {i}", rng.random(16, dtype="float32")) for i in range(50)]
        connection.cursor().executemany("INSERT INTO docs.documents (content, embedding) VALUES (%s, %s);", rows)
        q = rows[7][1]
        result = connection.execute("""
            SELECT id, content, (embedding <=> %s) AS cosine_distance, (1 - (embedding <=> %s)) AS cosine_similarity
            FROM docs.documents ORDER BY embedding <=> %s LIMIT 5;""", (q, q, q)).fetchall()
        assert result[0][1] == "document 7" and abs(result[0][2]) < 1e-6 and len(result) == 5
        connection.rollback()


def main():
    tests = [(name, function) for name, function in globals().items() if name.startswith("test_")]
    passed = failed = skipped = 0
    with Server(sys.argv[1]) as server:
        for name, function in tests:
            try:
                note = function(server)
            except Exception:
                failed += 1
                print(f"FAIL {name}")
                traceback.print_exc()
                continue
            if note:
                skipped += 1
                print(f"skip {name}: {note}")
            else:
                passed += 1
                print(f"ok   {name}", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
