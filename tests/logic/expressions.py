"""Random expressions of a wanted type over the columns in sight."""
from tree import Node, comma
from schema import sql_name

LITERALS = {
    "int2": ["1::int2", "3::int2", "(-2)::int2"],
    "int4": ["0", "1", "2", "3", "5", "-1", "7"],
    "int8": ["1::int8", "2000000000", "3000000000", "(-4)::int8"],
    "numeric": ["1.25::numeric(10,2)", "0.50", "2.00::numeric(10,2)", "-3.75"],
    "float8": ["0.5::float8", "2::float8", "-1.25::float8"],
    "text": ["'v1'", "'x'::text", "''::text", "'v3'::text", "'B'::text"],
    "varchar": ["'w0'::varchar(6)", "'w2'::varchar", "'v1'::varchar(6)"],
    "bpchar": ["'ab'::char(4)", "'q'::char(4)"],
    "bool": ["true", "false"],
    "date": ["date '2024-01-20'", "date '2024-02-10'"],
    "timestamp": ["timestamp '2024-02-02 00:00'", "timestamp '2024-01-20 12:30'"],
    "jsonb": ["""'{"a": 1}'::jsonb""", "'[1, 2]'::jsonb", "'null'::jsonb", "'7'::jsonb"],
    "int4[]": ["ARRAY[1,2]", "'{}'::int4[]", "ARRAY[3,NULL,1]"],
}
TYPES = list(LITERALS)
COMMON = ["int4"] * 6 + ["text"] * 4 + ["numeric"] * 2 + ["int8", "bool", "bool", "varchar", "date", "timestamp", "jsonb",
                                                         "int4[]", "bpchar", "float8", "int2"]
# Casts that cannot fail, whatever the value: (from, to as written).
CASTS = {
    "int2": [],
    "int4": [("int2", "int4"), ("bool", "int4")],
    "int8": [("int4", "int8"), ("int2", "int8")],
    "numeric": [("int4", "numeric"), ("int8", "numeric"), ("numeric", "numeric(12,2)"), ("numeric", "numeric")],
    "float8": [("int4", "float8"), ("int2", "double precision")],
    "text": [("int4", "text"), ("varchar", "text"), ("bpchar", "text"), ("bool", "text"), ("date", "text"),
             ("numeric", "text"), ("jsonb", "text"), ("int4[]", "text"), ("float8", "text")],
    "varchar": [("text", "varchar(3)"), ("varchar", "varchar"), ("text", "varchar"), ("varchar", "varchar(2)")],
    "bpchar": [("text", "char(4)"), ("varchar", "char(2)")],
    "bool": [("int4", "bool")],
    "date": [("timestamp", "date")],
    "timestamp": [("date", "timestamp"), ("timestamp", "timestamp(0)")],
    "jsonb": [],
    "int4[]": [],
}
COMPARABLE = ["int4", "int4", "int4", "text", "numeric", "int8", "date", "timestamp", "varchar", "bpchar", "bool", "float8",
              "int2", "jsonb", "int4[]"]


class Column:
    def __init__(self, reference, type_name):
        self.reference, self.type = reference, type_name
        self.name = reference.split(".")[-1]


class Scope:
    """Columns that an expression may name: its own query's, and those of the queries around it."""

    def __init__(self, columns=(), rows=(), outer=None):
        self.columns, self.rows, self.outer = list(columns), list(rows), outer  # rows: aliases usable as whole rows

    def of_type(self, type_name):
        return [column for column in self.columns if column.type == type_name]


class Expressions:
    """Mixed into the generator, which brings `random` and the queries."""

    def expr(self, type_name, scope, depth):
        return Node(("expr", type_name), *self.expr_parts(type_name, scope, depth))

    def expr_parts(self, type_name, scope, depth):
        rnd = self.random
        own, outer = scope.of_type(type_name), scope.outer.of_type(type_name) if scope.outer else []
        if own and rnd.random() < (0.45 if depth > 0 else 0.85):
            return [rnd.choice(own).reference]
        if outer and rnd.random() < 0.3:
            return [rnd.choice(outer).reference]
        if depth <= 0:
            if rnd.random() < 0.07:
                return [f"NULL::{sql_name(type_name)}"]
            return [rnd.choice(own).reference] if own and rnd.random() < 0.8 else [rnd.choice(LITERALS[type_name])]
        return rnd.choice([self.specific, self.specific, self.specific, self.general])(type_name, scope, depth - 1)

    def general(self, type_name, scope, depth):
        rnd = self.random

        def sub(wanted=type_name):
            return self.expr(wanted, scope, depth)
        roll = rnd.randrange(9)
        if roll == 0:
            parts = ["CASE WHEN ", sub("bool"), " THEN ", sub()]
            if rnd.random() < 0.3:
                parts += [" WHEN ", sub("bool"), " THEN ", sub()]
            return parts + ([" ELSE ", sub()] if rnd.random() < 0.7 else []) + [" END"]
        if roll == 1:
            key = rnd.choice(["int4", "text"])
            return ["CASE ", sub(key), " WHEN ", sub(key), " THEN ", sub(), " ELSE ", sub(), " END"]
        if roll in (2, 3):
            return ["coalesce(", comma([sub() for _ in range(rnd.choice([2, 2, 3]))]), ")"]
        if roll == 4 and type_name not in ("jsonb",):
            return ["nullif(", sub(), ", ", sub(), ")"]
        if roll == 5 and type_name not in ("bool", "bpchar"):
            return [rnd.choice(["greatest(", "least("]), comma([sub(), sub()]), ")"]
        if roll == 6 and CASTS[type_name]:
            source, target = rnd.choice(CASTS[type_name])
            return ["(", sub(source), f")::{target}"]
        if roll == 7 and self.query_depth < 2 + self.extra:
            return self.scalar_subquery(type_name, scope)
        return ["(", sub(), ")"]

    def specific(self, type_name, scope, depth):
        return getattr(self, "make_" + {"int4[]": "array"}.get(type_name, type_name))(scope, depth)

    def make_int2(self, scope, depth):
        return ["(", self.expr("int2", scope, depth), ")"]

    def make_int4(self, scope, depth):
        def sub(wanted="int4"):
            return self.expr(wanted, scope, depth)
        return self.random.choice([
            lambda: ["(", sub(), self.random.choice([" + ", " - "]), sub(), ")"],
            lambda: ["(", sub(), " * ", self.random.choice(["2", "-1", "3"]), ")"],
            lambda: ["(", sub(), self.random.choice([" / ", " % "]), "nullif(", sub(), ", 0))"],
            lambda: ["(- ", sub(), ")"],
            lambda: ["abs(", sub(), ")"],
            lambda: ["length(", sub(self.random.choice(["text", "varchar", "bpchar"])), ")"],
            lambda: ["extract(day FROM ", sub("date"), ")::int4"],
            lambda: ["(", sub("date"), " - ", sub("date"), ")"],
            lambda: ["(", sub("int4[]"), ")[", sub(), "]"],
            lambda: ["array_length(", sub("int4[]"), ", 1)"],
            lambda: ["(", sub("bool"), ")::int4"],
            lambda: ["position(", sub("text"), " IN ", sub("text"), ")"],
            lambda: ["num_nonnulls(", comma([sub(self.any_type()) for _ in range(3)]), ")"],
        ])()

    def make_int8(self, scope, depth):
        def sub(wanted="int8"):
            return self.expr(wanted, scope, depth)
        return self.random.choice([
            lambda: ["(", sub(), " + ", sub("int4"), ")"],
            lambda: ["(", sub("int4"), ")::int8"],
            lambda: ["(", sub(), " / ", "nullif(", sub("int4"), ", 0))"],
        ])()

    def make_numeric(self, scope, depth):
        def sub(wanted="numeric"):
            return self.expr(wanted, scope, depth)
        return self.random.choice([
            lambda: ["(", sub(), self.random.choice([" + ", " - "]), sub(), ")"],
            lambda: ["(", sub(), " * ", sub("int4"), ")"],
            lambda: ["round(", sub(), ", 1)"],
            lambda: ["(", sub(), ")::numeric(12,2)"],
            lambda: ["trunc(", sub(), ")"],
            lambda: ["abs(", sub(), ")"],
        ])()

    def make_float8(self, scope, depth):
        def sub(wanted="float8"):
            return self.expr(wanted, scope, depth)
        return self.random.choice([
            lambda: ["(", sub(), self.random.choice([" + ", " - "]), sub(), ")"],
            lambda: ["floor(", sub(), ")"],
            lambda: ["(", sub("int4"), ")::float8"],
        ])()

    def make_text(self, scope, depth):
        def sub(wanted="text"):
            return self.expr(wanted, scope, depth)
        choices = [
            lambda: ["(", sub(), " || ", sub(self.random.choice(["text", "int4", "varchar"])), ")"],
            lambda: [self.random.choice(["upper(", "lower(", "reverse(", "md5(", "btrim("]), sub(), ")"],
            lambda: ["substr(", sub(), ", ", self.random.choice(["1", "2"]), ", 2)"],
            lambda: ["concat(", comma([sub(self.any_type()) for _ in range(2)]), ")"],
            lambda: ["concat_ws('-', ", comma([sub(self.any_type()) for _ in range(2)]), ")"],
            lambda: ["format('%s/%s', ", comma([sub(self.any_type()), sub(self.any_type())]), ")"],
            lambda: ["(", sub("jsonb"), " ->> 'a')"],
            lambda: ["to_char(", sub("date"), ", 'YYYY-MM')"],
            lambda: ["replace(", comma([sub(), sub(), sub()]), ")"],
            lambda: ["array_to_string(", sub("int4[]"), ", ',', 'N')"],
            lambda: ["to_json(", sub(self.any_type()), ")::text"],
            lambda: ["(", comma([sub(self.any_type()), sub(self.any_type())]), ")::text"],
        ]
        if scope.rows:
            choices += [lambda: ["row_to_json(", self.random.choice(scope.rows), ")::text"]] * 2
            choices += [lambda: [self.random.choice(scope.rows), "::text"]]
        return self.random.choice(choices)()

    def make_varchar(self, scope, depth):
        return ["(", self.expr(self.random.choice(["text", "varchar"]), scope, depth), ")::varchar",
                self.random.choice(["", "(3)", "(6)"])]

    def make_bpchar(self, scope, depth):
        return ["(", self.expr("text", scope, depth), ")::char(4)"]

    def make_date(self, scope, depth):
        return self.random.choice([
            lambda: ["(", self.expr("date", scope, depth), " + ", self.expr("int4", scope, depth), ")"],
            lambda: ["(", self.expr("timestamp", scope, depth), ")::date"],
        ])()

    def make_timestamp(self, scope, depth):
        return self.random.choice([
            lambda: ["(", self.expr("timestamp", scope, depth), " + interval '1 day 2 hours')"],
            lambda: ["date_trunc('day', ", self.expr("timestamp", scope, depth), ")"],
            lambda: ["(", self.expr("date", scope, depth), ")::timestamp"],
        ])()

    def make_jsonb(self, scope, depth):
        def sub(wanted="jsonb"):
            return self.expr(wanted, scope, depth)
        choices = [
            lambda: ["(", sub(), " -> 'a')"],
            lambda: ["to_jsonb(", sub(self.any_type()), ")"],
            lambda: ["jsonb_build_object('k', ", sub(self.any_type()), ", 'm', ", sub(self.any_type()), ")"],
            lambda: ["jsonb_build_array(", comma([sub(self.any_type()), sub(self.any_type())]), ")"],
        ]
        if scope.rows:
            choices += [lambda: ["to_jsonb(", self.random.choice(scope.rows), ")"]]
        return self.random.choice(choices)()

    def make_array(self, scope, depth):
        def sub(wanted="int4"):
            return self.expr(wanted, scope, depth)
        choices = [
            lambda: ["ARRAY[", comma([sub() for _ in range(self.random.choice([1, 2, 3]))]), "]"],
            lambda: ["(", sub("int4[]"), " || ", sub(), ")"],
            lambda: ["array_remove(", sub("int4[]"), ", ", sub(), ")"],
            lambda: ["(", sub("int4[]"), ")[1:2]"],
        ]
        if self.query_depth < 2 + self.extra:
            choices.append(lambda: ["ARRAY(", self.column_subquery("int4", scope, ordered=True), ")"])
        return self.random.choice(choices)()

    def any_type(self):
        return self.random.choice(COMMON)

    # --- conditions
    def make_bool(self, scope, depth):
        rnd = self.random

        def sub(wanted):
            return self.expr(wanted, scope, depth)

        def comparison():
            kind = rnd.choice(COMPARABLE)
            return ["(", sub(kind), rnd.choice([" = ", " = ", " <> ", " < ", " <= ", " > ", " >= "]), sub(kind), ")"]
        choices = [comparison] * 6 + [
            lambda: ["(", sub("bool"), rnd.choice([" AND ", " OR "]), sub("bool"), ")"],
            lambda: ["(", sub("bool"), rnd.choice([" AND ", " OR "]), sub("bool"), ")"],
            lambda: ["(NOT ", sub("bool"), ")"],
            lambda: ["(", sub(self.any_type()), rnd.choice([" IS NULL)", " IS NOT NULL)"])],
            lambda: ["(", sub("bool"), rnd.choice([" IS TRUE)", " IS NOT TRUE)", " IS UNKNOWN)", " IS FALSE)"])],
            lambda: self.distinct_from(scope, depth),
            lambda: ["(", sub("int4"), rnd.choice([" BETWEEN ", " NOT BETWEEN ", " BETWEEN SYMMETRIC "]), sub("int4"), " AND ", sub("int4"), ")"],
            lambda: self.in_list(scope, depth),
            # Never a constant empty array: PostgreSQL 15 takes `x = ANY ('{}')` for strict and gives false, not NULL, on the null
            # side of an outer join.
            lambda: ["(", sub("int4"), rnd.choice([" = ANY (", " <> ALL (", " > ANY ("]), sub("int4[]"), " || 9))"],
            lambda: ["(", sub("text"), rnd.choice([" LIKE ", " NOT LIKE ", " ~ ", " ILIKE "]), rnd.choice(["'v%'", "'%1'", "'.1'", "'x'"]), ")"],
            lambda: ["((", sub("int4"), ", ", sub("text"), ")", rnd.choice([" = ", " <> ", " < ", " >= "]), "(", sub("int4"), ", ", sub("text"), "))"],
            lambda: ["(", sub("jsonb"), rnd.choice([" ? 'a')", " @> '{\"a\": 1}')", " = '7')"])],
            lambda: ["(", sub("int4[]"), rnd.choice([" @> ", " && ", " = "]), sub("int4[]"), ")"],
        ]
        if scope.rows:
            choices.append(lambda: ["(", rnd.choice(scope.rows), rnd.choice([" IS NULL)", " IS NOT NULL)"])])
        if self.query_depth < 2 + self.extra:
            choices += [lambda: self.subquery_condition(scope, depth)] * 3
        return rnd.choice(choices)()

    def distinct_from(self, scope, depth):
        kind = self.random.choice(COMPARABLE)
        return ["(", self.expr(kind, scope, depth), self.random.choice([" IS DISTINCT FROM ", " IS NOT DISTINCT FROM "]),
                self.expr(kind, scope, depth), ")"]

    def in_list(self, scope, depth):
        kind = self.random.choice(["int4", "int4", "text", "numeric", "varchar"])
        items = [self.expr(kind, scope, 0) for _ in range(self.random.choice([1, 2, 3]))]
        return ["(", self.expr(kind, scope, depth), self.random.choice([" IN (", " NOT IN ("]), comma(items), "))"]

    def subquery_condition(self, scope, depth):
        rnd = self.random
        roll = rnd.randrange(4)
        if roll == 0:
            return [rnd.choice(["EXISTS (", "NOT EXISTS ("]), self.any_subquery(scope), ")"]
        if roll == 1:
            kinds = [rnd.choice(["int4", "text"]) for _ in range(2)]
            return ["((", self.expr(kinds[0], scope, depth), ", ", self.expr(kinds[1], scope, depth), ")",
                    rnd.choice([" IN (", " NOT IN ("]), self.column_subquery(kinds, scope), "))"]
        kind = rnd.choice(["int4", "int4", "text", "numeric", "date", "int8"])
        operator = rnd.choice([" IN (", " NOT IN (", " = ANY (", " < ANY (", " <> ALL (", " >= ALL (", " > ANY ("])
        return ["(", self.expr(kind, scope, depth), operator, self.column_subquery(kind, scope), "))"]
