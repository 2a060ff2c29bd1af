"""Every function of the catalog that returns a set or a record, in every place of a statement, with values and with NULLs,
as text and in binary: the connection lives, nothing is an internal error, and all ways of calling give the same rows."""
import struct

from lib.checks import check
from lib.pgwire import Error
from lib.server import Server

# A value for each argument type; by function where only some values mean something.
VALUES = {
    "anyarray": "ARRAY[5,6]", "anyelement": "1", "json": "'{\"a\":1,\"b\":[2,null]}'::json",
    "jsonb": "'{\"a\":1,\"b\":[2,null]}'::jsonb", "jsonpath": "'$.*'::jsonpath", "text": "'a,b'::text", "boolean": "true",
    "integer": "1", "bigint": "2::bigint", "numeric": "3.5", "oid": "1::oid", "regclass": "'pg_class'::regclass",
    "aclitem[]": "'{=U/postgres}'::aclitem[]", "text[]": "ARRAY['k=v','w']", "name": "'plain'::name", "interval": "interval '1 day'",
    "timestamp without time zone": "timestamp '2024-01-01'", "timestamp with time zone": "timestamptz '2024-01-01'",
}
ARGUMENTS = {
    "json_array_elements": ["'[1,{\"a\":2},null]'::json"], "json_array_elements_text": ["'[1,{\"a\":2},null]'::json"],
    "jsonb_array_elements": ["'[1,{\"a\":2},null]'::jsonb"], "jsonb_array_elements_text": ["'[1,{\"a\":2},null]'::jsonb"],
    "regexp_matches": ["'a,b'", "'[a-z]'", "'g'"], "regexp_split_to_table": ["'a,b'", "','", "'i'"],
    "pg_sequence_parameters": ["'set_functions_seq'::regclass"], "pg_ls_dir": ["'.'::text", "true", "false"],
}
# The rows of these change from call to call.
MOVING = {"pg_stat_get_activity", "pg_lock_status", "pg_stat_statements", "pg_stat_statements_info", "pg_cursor",
          "pg_prepared_statement", "pg_ls_dir", "pg_ls_waldir", "pg_get_shmem_allocations"}
NOT_CALLABLE = {"cstring", "internal"}


def binary_rows(connection, sql):
    """Through the extended protocol, all columns in binary."""
    for kind, payload in ((b"P", b"\0" + sql.encode() + b"\0\0\0"), (b"B", b"\0\0\0\0\0\0" + struct.pack("!hh", 1, 1)),
                          (b"E", b"\0\0\0\0\0"), (b"S", b"")):
        connection.send(kind, payload)
    rows, failure = 0, None
    while True:
        kind, payload = connection.read()
        rows += kind == b"D"
        if kind == b"E":
            failure = connection.fields(payload)
        if kind == b"Z":
            break
    if failure:
        raise Error(failure)
    return rows


def functions(connection):
    return connection.rows("""
        SELECT n.nspname || '.' || p.proname, p.proname, (SELECT string_agg(format_type(a.type, NULL), ',' ORDER BY a.i) FROM unnest(p.proargtypes) WITH ORDINALITY a(type, i)),
               p.prorettype = 'record'::regtype,
               (SELECT string_agg(p.proargnames[i], ',' ORDER BY i) FROM generate_subscripts(p.proargmodes, 1) i
                WHERE p.proargmodes[i] IN ('o', 't'))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.proretset OR p.prorettype = 'record'::regtype ORDER BY 1, p.oid""")


def statements(call, columns, is_record):
    yield f"SELECT {call}"
    yield f"SELECT * FROM {call}"
    yield f"SELECT f FROM {call} AS f"
    yield f"SELECT 1, {call}, generate_series(1, 2)"
    yield f"SELECT CASE WHEN f IS NULL THEN 1 END FROM {call} AS f"
    yield f"SELECT g.i, f FROM generate_series(1, 2) g(i) LEFT JOIN LATERAL {call} f ON true"
    yield f"SELECT * FROM ROWS FROM ({call}, generate_series(1, 2)) WITH ORDINALITY"
    yield f"SELECT row_to_json(s) FROM (SELECT {call} AS v) s"
    yield f"SELECT count(*) FROM (SELECT {call} AS v) s WHERE v IS NOT NULL"
    yield f"WITH c AS MATERIALIZED (SELECT {call} AS v) SELECT v FROM c UNION ALL SELECT v FROM c"
    yield f"SELECT array_agg(v) FROM (SELECT {call} AS v LIMIT 3) s"
    yield f"SELECT ARRAY(SELECT {call})"
    if is_record:
        first, last = columns[0], columns[-1]
        yield f"SELECT ({call}).*"
        yield f'SELECT ({call})."{last}", ({call})."{first}"'
        yield f'SELECT (s.v)."{last}" FROM (SELECT {call} AS v) s WHERE (s.v)."{first}" IS NOT NULL'
        yield f'SELECT coalesce(({call})."{first}"::text, \'\') || \'!\''
        yield f'SELECT ({call})."{first}"::text, count(*) FROM generate_series(1, 2) GROUP BY 1 ORDER BY 1 LIMIT 5'
        yield f"SELECT to_jsonb({call}), json_build_array({call})"


def rows_or_code(connection, sql, run):
    try:
        return run(connection, sql)
    except Error as error:
        check(error.fields["C"] not in ("XX000", "XX001"), f"{sql}: {error}")
        return error.fields["C"]


def same_rows_everywhere(connection, call, columns, is_record):
    whole = connection.rows(f"SELECT * FROM {call}")
    if is_record:
        check(connection.rows(f"SELECT ({call}).*") == whole, f"({call}).* is what FROM gives")
        listed = ", ".join(f'({call})."{column}"' for column in columns)
        check(connection.rows(f"SELECT {listed}") == whole, f"the fields of {call} one by one")
    packed = connection.rows(f"SELECT {call}")
    check(packed == connection.rows(f"SELECT f FROM {call} f"), f"{call} as a value and as a row of FROM")
    check(binary_rows(connection, f"SELECT {call}") == len(packed), f"{call} in binary")


def every_function(binary):
    with Server(binary) as server:
        connection = server.connect()
        connection.execute("CREATE SEQUENCE set_functions_seq; CREATE TABLE set_functions (a int PRIMARY KEY)")
        called = 0
        for qualified, name, types, record, outputs in functions(connection):
            types = types.split(",") if types else []
            if NOT_CALLABLE & set(types):
                continue
            columns = outputs.split(",") if outputs else []
            is_record = record == "t" and bool(columns)
            given = ARGUMENTS[name][:len(types)] if name in ARGUMENTS else [VALUES[kind] for kind in types]
            calls = [f"{qualified}({', '.join(given)})"]
            for i, kind in enumerate(types):
                calls.append(f"{qualified}({', '.join(given[:i] + ['NULL::' + NULLS.get(kind, kind)] + given[i + 1:])})")
            for call in calls:
                for sql in statements(call, columns, is_record):
                    rows_or_code(connection, sql, lambda c, s: len(c.rows(s)))
                    rows_or_code(connection, sql, binary_rows)
                called += 1
            if name not in MOVING:
                same_rows_everywhere(connection, calls[0], columns, is_record)
        check(called > 80, f"only {called} calls were made")
        check(connection.value("SELECT 1") == "1", "the server lives")
        connection.close()


NULLS = {"anyarray": "int[]", "anyelement": "int"}


TESTS = (every_function,)
