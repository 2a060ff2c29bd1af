"""PostgreSQL's limits with its words (asked of PostgreSQL 15): target lists, columns, arguments, values of a gigabyte. Memory is
not asked for before the size is known to be allowed."""
from lib.checks import check
from lib.pgwire import Error


def ones(n):
    return ",".join(["1"] * n)


def columns(n, form="c{} int"):
    return ",".join(form.format(i) for i in range(n))


TARGETS = ("54011", "target lists can have at most 1664 entries")
COLUMNS = ("54011", "tables can have at most 1600 columns")
ARGUMENTS = ("54023", "cannot pass more than 100 arguments to a function")
TOO_LARGE = ("54000", "requested length too large")
REFUSED = [
    ("SELECT " + ones(1665), *TARGETS),
    ("SELECT 1 FROM (SELECT " + ones(1665) + ") x", *TARGETS),
    ("VALUES (" + ones(1665) + ")", *TARGETS),
    ("SELECT * FROM wide a, wide b LIMIT 0", *TARGETS),
    ("SELECT " + columns(1600, "c{}") + " FROM wide ORDER BY " + columns(100, "-c{}"), *TARGETS),
    ("SELECT ROW(" + ones(1665) + ")", "54011", "ROW expressions can have at most 1664 entries"),
    ("CREATE TABLE wider (" + columns(1601) + ")", *COLUMNS),
    ("ALTER TABLE wide ADD COLUMN more int", *COLUMNS),
    ("CREATE TABLE wider AS SELECT " + columns(1601, "1 AS c{}"), *COLUMNS),
    ("CREATE VIEW wider AS SELECT " + columns(1601, "1 AS c{}"), *COLUMNS),
    ("SELECT concat(" + ones(101) + ")", *ARGUMENTS),
    ("SELECT nosuch(" + ones(101) + ")", *ARGUMENTS),
    ("CREATE INDEX ON wide (" + columns(33, "c{}") + ")", "54011", "cannot use more than 32 columns in an index"),
    ("SELECT length(repeat('x', 600000000) || repeat('x', 600000000))", "XX000",
     "invalid memory alloc request size 1200000004"),
    ("SELECT length(repeat('x', 1073741820))", *TOO_LARGE),
    ("SELECT length(lpad('x', 300000000, 'xxxx'))", *TOO_LARGE),
    ("SELECT length(format('%2000000000s', 'x'))", "54000", "out of memory"),
    ("SELECT array_length(array_fill(1, ARRAY[134217728]), 1)", "54000",
     "array size exceeds the maximum allowed (134217727)"),
]
ACCEPTED = {
    "SELECT count(*) FROM (SELECT " + ones(1664) + ") x": "1",
    "SELECT length(concat(" + ones(100) + "))": "100",
    "SELECT greatest(" + ones(2000) + ")": "1",
    "SELECT (ROW(" + ones(1664) + ") IS NOT NULL)": "t",
    "SELECT count(*) FROM (VALUES " + ",".join(f"({i})" for i in range(100000)) + ") v": "100000",
    "SELECT 5 NOT IN (" + ",".join(map(str, range(10, 30010))) + ")": "t",
    "SELECT 5 NOT IN (" + ",".join(map(str, range(10, 30010))) + ", NULL)": None,
    "SELECT count(*) FROM generate_series(1, 3) g WHERE g <> ALL ('{1,4,5,6,7,8,9,10,11,12}'::int[])": "2",
    "SELECT count(*) FROM generate_series(1, 3) g WHERE g::text NOT IN ('1','a','b','c','d','e','f','g','h','i')": "2",
}


def sizes(binary, start):
    with start(binary, arguments=["-c", "log_min_error_statement=panic"]) as server:
        connection = server.connect()
        connection.execute("CREATE TABLE wide (" + columns(1600) + ")")
        for sql, code, message in REFUSED:
            try:
                connection.rows(sql)
                check(False, f"accepted: {sql[:100]}")
            except Error as error:
                check((error.fields["C"], error.fields["M"]) == (code, message), f"{sql[:100]}: {error}")
        for sql, value in ACCEPTED.items():
            check(connection.value(sql) == value, f"{sql[:100]} is {value}")
        views_are_stored(connection)
        connection.close()


def views_are_stored(connection):
    """What a definition costs is what is written in it; what its use would cost is refused when it is too much."""
    connection.execute("CREATE VIEW twice_0 AS SELECT 1 AS a")
    for i in range(1, 61):
        connection.execute(f"CREATE VIEW twice_{i} AS SELECT x.a FROM twice_{i - 1} x, twice_{i - 1} y")
    check("twice_59 x" in connection.value("SELECT pg_get_viewdef('twice_60'::regclass)"), "the definition is printed")
    connection.execute("ALTER VIEW twice_59 RENAME TO twice_renamed; SET statement_timeout = '2s'")
    try:
        connection.rows("SELECT * FROM twice_60")
        check(False, "2^60 views are too many")
    except Error as error:
        check(error.fields["C"] in ("57014", "53200"), str(error))
    connection.execute("RESET statement_timeout; CREATE OR REPLACE VIEW twice_0 AS SELECT a FROM twice_1")
    try:
        connection.rows("SELECT * FROM twice_1")
        check(False, "a view over itself")
    except Error as error:
        check(error.fields["C"] == "42P17", str(error))
