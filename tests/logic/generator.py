"""Random queries: joins, groups, windows, set operations, subqueries, CTEs. Every statement comes from one seed."""
import random

from expressions import COMMON, Column, Expressions, LITERALS, Scope
from schema import TABLES, sql_name
from tree import Node, comma

SORTABLE = {"int2", "int4", "int8", "numeric", "float8", "text", "varchar", "bpchar", "bool", "date", "timestamp", "jsonb", "int4[]"}
# Aggregates by result type: (text with {} for the argument, argument type). None: any type.
AGGREGATES = {
    "int8": [("count(*)", ""), ("count({})", None), ("count(DISTINCT {})", None), ("sum({})", "int4"), ("max({})", "int8")],
    "int4": [("min({})", "int4"), ("max({})", "int4"), ("count(*)::int4", ""), ("sum({})::int4", "int4"), ("bit_and({})", "int4")],
    "numeric": [("sum({})", "numeric"), ("min({})", "numeric"), ("round(avg({}), 3)", "int4"), ("round(avg({}), 2)", "numeric"),
                ("sum({})", "int8")],
    "text": [("min({})", "text"), ("max({})", "text"), ("string_agg({0}, ',' ORDER BY {0})", "text"),
             ("string_agg(DISTINCT {0}, ',' ORDER BY {0})", "text"), ("json_agg({0} ORDER BY {0})::text", "int4"),
             ("json_agg({0} ORDER BY {0} DESC NULLS LAST)::text", "text")],
    "bool": [("bool_and({})", "bool"), ("bool_or({})", "bool"), ("every({})", "bool")],
    "date": [("min({})", "date"), ("max({})", "date")],
    "timestamp": [("min({})", "timestamp"), ("max({})", "timestamp")],
    "float8": [("sum({})", "float8"), ("max({})", "float8")],
    "jsonb": [("jsonb_agg({0} ORDER BY {0})", "int4"), ("jsonb_agg({0} ORDER BY {0})", "text"), ("jsonb_object_agg('k', {})", "nothing")],
    "int4[]": [("array_agg({0} ORDER BY {0})", "int4"), ("array_agg(DISTINCT {0} ORDER BY {0})", "int4")],
    "bpchar": [("max({})", "bpchar")],
}
AGGREGATES["jsonb"].pop()


class Item:
    """Something in FROM: its columns, the columns unique together (or None), whether its whole row may be named."""

    def __init__(self, node, columns, unique, rows, joined=False):
        self.node, self.columns, self.unique, self.rows, self.joined = node, columns, unique, rows, joined


class Generator(Expressions):
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.query_depth = 0
        self.aliases = 0
        self.ctes = {}  # name -> (columns, unique)
        self.ordered = False
        self.extra = self.random.choice([0, 0, 0, 1, 1, 2])  # how much deeper and wider this statement is than most

    # --- statements
    def statement(self):
        """(tree, fully ordered): whether the order of the rows is determined."""
        self.ordered = False
        prefix = self.with_clause() if self.random.random() < 0.2 else None
        body, _ = self.query(Scope(), None, top=True)
        root = Node("query", prefix or "", body)
        if self.random.random() < 0.04:
            self.spoil(root)
            self.ordered = False
        return root, self.ordered

    def spoil(self, root):
        """Swaps two expressions of different types: most such statements are errors, and of the same kind everywhere."""
        from tree import nodes_of
        places = [(parent, index, node) for parent, index, node in nodes_of(root) if isinstance(node.kind, tuple)]
        if len(places) < 2:
            return
        (parent, index, _), (_, _, other) = self.random.sample(places, 2)
        parent.parts[index] = Node(other.kind, str(other))

    def alias(self, prefix="q"):
        self.aliases += 1
        return f"{prefix}{self.aliases}"

    def with_clause(self):
        rnd = self.random
        parts, recursive = [], False
        for _ in range(rnd.choice([1, 1, 2])):
            name = self.alias("w")
            if rnd.random() < 0.3:
                recursive = True
                columns, node = self.recursive_body(name)
            else:
                body, types = self.query(Scope(), [rnd.choice(COMMON) for _ in range(rnd.choice([1, 2, 3]))])
                columns = [(f"c{i}", kind) for i, kind in enumerate(types)]
                node = Node(None, f"{name}(", ", ".join(c for c, _ in columns), ") AS ",
                            rnd.choice(["", "", "MATERIALIZED ", "NOT MATERIALIZED "]), "(", body, ")")
            self.ctes[name] = (columns, None)
            parts.append(node)
        return Node(None, "WITH RECURSIVE " if recursive else "WITH ", Node(None, *parts, separator=", "), " ")

    def recursive_body(self, name):
        rnd = self.random
        extra = [rnd.choice(["int4", "text", "numeric", "int4[]", "date"]) for _ in range(rnd.choice([0, 1]))]
        scope = Scope()
        start = comma([Node(None, "1")] + [Node(None, "(", self.expr(kind, scope, 1), f")::{'numeric' if kind == 'numeric' else kind}") for kind in extra])
        columns = [("c0", "int4")] + [(f"c{i + 1}", kind) for i, kind in enumerate(extra)]
        alias = self.alias()
        inner = Scope([Column(f"{alias}.{c}", kind) for c, kind in columns])
        steps = [Node(None, f"{alias}.c0 + 1")] + [Node(None, "(", self.expr(kind, inner, 1), f")::{kind}") for kind in extra]
        join = rnd.choice(["", "", f" JOIN t4 {alias}x ON {alias}x.a = {alias}.c0 AND {alias}x.b = 1"])
        return columns, Node(None, f"{name}(", ", ".join(c for c, _ in columns), ") AS (SELECT ", start,
                             rnd.choice([" UNION ALL ", " UNION "]), "SELECT ", comma(steps), f" FROM {name} {alias}", join,
                             f" WHERE {alias}.c0 < {rnd.choice([3, 4])}", ")")

    # --- queries
    def query(self, outer, types, top=False):
        """(node, types)."""
        self.query_depth += 1
        try:
            roll = self.random.random()
            if not top and roll > 0.96 and self.query_depth <= 2:
                return self.with_query(outer, types)
            if roll < 0.13:
                return self.set_operation(outer, types, top)
            if roll < 0.17:
                return self.values(outer, types)
            return self.select(outer, types, top)
        finally:
            self.query_depth -= 1

    def with_query(self, outer, types):
        """A sub-select with a WITH of its own, which sees the columns around it."""
        name = self.alias("w")
        inner, inner_types = self.select(outer, None)
        columns = [(f"c{i}", kind) for i, kind in enumerate(inner_types)]
        saved, self.ctes = self.ctes, {**self.ctes, name: (columns, None)}
        body, types = self.select(outer, types)
        self.ctes = saved
        return Node("query", f"WITH {name}(", ", ".join(c for c, _ in columns), ") AS (", inner, ") ", body), types

    def wanted_types(self, types):
        return list(types) if types else [self.random.choice(COMMON) for _ in range(self.random.choice([1, 2, 2, 3, 4]))]

    def values(self, outer, types):
        types = self.wanted_types(types)
        rows = [Node(None, "(", Node(None, *[self.expr(kind, Scope(outer=outer), 0) for kind in types], separator=", "), ")")
                for _ in range(self.random.choice([1, 2, 3]))]
        return Node("query", "VALUES ", comma(rows)), types

    def set_operation(self, outer, types, top):
        rnd = self.random
        types = self.wanted_types(types)
        parts = []
        for i in range(rnd.choice([2, 2, 3])):
            # Now and then an arm has a narrower type of the same family.
            arm = [rnd.choice({"int8": ["int4"], "numeric": ["int4", "int8"], "text": ["varchar"], "float8": ["int4"]}.get(kind, [kind]))
                   if i > 0 and rnd.random() < 0.15 else kind for kind in types]
            node, _ = self.select(outer, arm)
            if i > 0:
                parts.append(rnd.choice([" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ", " EXCEPT ALL ", " INTERSECT ALL "]))
            parts.append(Node(None, "(", node, ")"))
        tail = ""
        if rnd.random() < 0.3:
            tail = " ORDER BY " + ", ".join(f"{i + 1}{rnd.choice(['', ' DESC', ' NULLS FIRST'])}" for i in range(len(types)))
            self.ordered |= top
            if rnd.random() < 0.4:
                tail += f" LIMIT {rnd.choice([1, 3, 5])}"
        return Node("query", *parts, Node("optional", tail)), types

    def select(self, outer, types, top=False):
        rnd = self.random
        item = self.from_clause(outer, rnd.choice([1, 1, 1 + self.extra]) if self.query_depth > 1 else rnd.choice([1, 2, 2, 3]) + self.extra)
        scope = Scope(item.columns, item.rows, outer)
        if not types:  # mostly such as there are columns of
            types = [rnd.choice(item.columns).type if rnd.random() < 0.7 else kind for kind in self.wanted_types(None)]
        where = Node("optional", " WHERE ", self.expr("bool", scope, 2 + self.extra)) if rnd.random() < 0.5 else ""
        roll = rnd.random()
        if roll < 0.25:
            targets, tail = self.grouped(scope, types)
        elif roll < 0.37 and self.query_depth == 1:
            targets, tail = self.windowed(scope, types, item), Node(None)
        else:
            targets, tail = [self.expr(kind, scope, 2 + self.extra) for kind in types], Node(None)
            if "int4" in types and rnd.random() < 0.06:
                targets[types.index("int4")] = self.set_target(scope)
        distinct, order = self.distinct_and_order(targets, types, top)
        named = [Node(None, target, f" AS c{i}") for i, target in enumerate(targets)] if top else targets
        return Node("query", "SELECT ", distinct, comma(named), " FROM ", item.node, where, tail, order), types

    def set_target(self, scope):
        """A function that returns a set, in the select list."""
        call = self.random.choice([["generate_series(1, ", self.random.choice(["2", "3", "0"]), ")"],
                                   ["unnest(", self.expr("int4[]", scope, 1), ")"]])
        return Node(None, *call) if self.random.random() < 0.6 else Node(None, "(", *call, " + ", self.expr("int4", scope, 1), ")")

    def distinct_and_order(self, targets, types, top):
        rnd = self.random
        roll = rnd.random()
        if roll < 0.05:
            count = rnd.randrange(1, len(targets) + 1)
            keys = ", ".join(str(target) for target in targets[:count])
            order = ", ".join(str(target) for target in targets)
            if not any(str(target).lstrip("(- ").isdigit() or "::" in str(target)[:0] for target in targets):
                self.ordered |= top
                return Node(None, f"DISTINCT ON ({keys}) "), Node(None, f" ORDER BY {order}")
        distinct = Node("optional", "DISTINCT ") if roll < 0.2 else Node(None)
        if rnd.random() > 0.35 or not all(kind in SORTABLE for kind in types):
            return distinct, Node(None)
        if rnd.random() < 0.12:  # the rows that share the last place come along, so that one key is enough
            return distinct, Node(None if top else "optional", f" ORDER BY {rnd.randrange(len(types)) + 1}{rnd.choice(['', ' DESC'])}"
                                  f" FETCH FIRST {rnd.choice([1, 2, 4])} ROWS WITH TIES")
        keys = [f"{i + 1}{rnd.choice(['', '', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'])}" for i in range(len(types))]
        rnd.shuffle(keys)
        self.ordered |= top
        parts = [" ORDER BY " + ", ".join(keys)]
        if rnd.random() < 0.4:
            parts.append(Node("optional", f" LIMIT {rnd.choice([0, 1, 2, 5, 20])}"))
        if rnd.random() < 0.2:
            parts.append(Node("optional", f" OFFSET {rnd.choice([0, 1, 3])}"))
        return distinct, Node(None if top else "optional", *parts)

    def grouped(self, scope, types):
        rnd = self.random
        keys = []
        for _ in range(rnd.choice([0, 1, 1, 2])):
            kind = rnd.choice(types) if rnd.random() < 0.7 else self.any_type()
            node = self.expr(kind, scope, rnd.choice([0, 0, 1]))
            if kind == "jsonb" or str(node).lstrip("(- ").isdigit() or "SELECT" in str(node):
                continue
            keys.append((str(node), kind))
        clause, sets = self.group_clause([key for key, _ in keys])
        inner = Scope([Column(key, kind) for key, kind in keys], (), None)
        targets = []
        for kind in types:
            own = inner.of_type(kind)
            if own and rnd.random() < 0.6:
                targets.append(Node(("expr", kind), rnd.choice(own).reference))
            elif sets and kind == "int4" and rnd.random() < 0.5:
                targets.append(Node(("expr", kind), f"grouping({', '.join(key for key, _ in keys)})"))
            else:
                targets.append(self.aggregate(kind, scope))
        having = ""
        if rnd.random() < 0.25:
            having = Node("optional", " HAVING ", Node(("expr", "bool"), "(", self.aggregate("int8", scope), rnd.choice([" > 1)", " <> 2)", " IS NOT NULL)"])))
        return targets, Node(None, clause, having)

    def group_clause(self, keys):
        rnd = self.random
        if not keys:
            return "", False
        listed = ", ".join(keys)
        roll = rnd.random()
        if roll < 0.7:
            return f" GROUP BY {listed}", False
        if roll < 0.8:
            return f" GROUP BY ROLLUP ({listed})", True
        if roll < 0.9:
            return f" GROUP BY CUBE ({listed})", True
        return f" GROUP BY GROUPING SETS (({listed}), (), ({keys[0]}))", True

    def aggregate(self, kind, scope):
        rnd = self.random
        if kind not in AGGREGATES:
            return Node(("expr", kind), f"NULL::{sql_name(kind)}")
        text, argument = rnd.choice(AGGREGATES[kind])
        if argument == "":
            node = Node(None, text)
        else:
            inner = self.expr(argument or self.any_type(), Scope(scope.columns, (), None), 1)
            if text.count("{0}") > 1 or "DISTINCT" in text:
                node = Node(None, text.format(inner))
            else:
                before, after = text.replace("{0}", "{}").split("{}")
                node = Node(None, before, inner, after)
        cast = "::int4" if str(node).endswith("::int4") else "::text" if str(node).endswith("::text") else ""
        if rnd.random() < 0.15 and not str(node).startswith("round("):
            bare = str(node)[:len(str(node)) - len(cast)]
            return Node(("expr", kind), bare, " FILTER (WHERE ", self.expr("bool", Scope(scope.columns, (), None), 1), ")", cast)
        return Node(("expr", kind), node)

    def windowed(self, scope, types, item):
        return [self.window_call(kind, scope, item) if self.random.random() < 0.6 else self.expr(kind, scope, 1) for kind in types]

    def window_call(self, kind, scope, item):
        """Peers count as one in the default frame, so that these answers do not depend on the order among them; what does
        is asked for only over columns that are unique together."""
        rnd = self.random
        partition = ["PARTITION BY ", self.expr(rnd.choice(["int4", "text", "bool"]), scope, 1), " "] if rnd.random() < 0.5 else []
        order = self.expr(rnd.choice(["int4", "text", "numeric", "date"]), scope, 1)
        if item.unique and rnd.random() < 0.5:
            over = partition + ["ORDER BY ", Node(("expr", "?"), order), ", ", ", ".join(item.unique)]
            frame = rnd.choice(["", "", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " ROWS UNBOUNDED PRECEDING",
                                " ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING", " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                                " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW"])
            calls = [lambda: [rnd.choice(["lag(", "lead("]), self.expr(kind, scope, 1), rnd.choice([")", ", 2)"])],
                     lambda: [rnd.choice(["first_value(", "last_value("]), self.expr(kind, scope, 1), ")"],
                     lambda: ["nth_value(", self.expr(kind, scope, 1), ", 2)"]]
            if kind == "int8":
                calls += [lambda: ["row_number()"]] * 3
            if kind == "int4":
                calls += [lambda: ["ntile(3)"]]
        else:
            over, frame = partition + ["ORDER BY ", order], rnd.choice(["", "", "", " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"])
            calls = []
            if kind == "int8":
                calls = [lambda: ["rank()"], lambda: ["dense_rank()"], lambda: ["count(*)"]]
        plain = {"int8": [("sum", "int4"), ("count", "int4")], "numeric": [("sum", "numeric")]}.get(kind, [])
        if kind in ("int4", "int8", "text", "numeric", "date", "timestamp", "float8"):
            plain = plain + [("min", kind), ("max", kind)]
        for name, argument in plain:
            calls.append(lambda name=name, argument=argument: [f"{name}(", self.expr(argument, scope, 1), ")"])
        if not calls:
            return self.expr(kind, scope, 1)
        call = rnd.choice(calls)()
        return Node(("expr", kind), *call, " OVER (", *over, frame, ")")

    # --- FROM
    def from_clause(self, outer, count):
        rnd = self.random
        item = self.from_item(outer)
        for _ in range(count - 1):
            item = self.join(item, outer)
        return item

    def join(self, left, outer):
        rnd = self.random
        lateral = rnd.random() < 0.2
        right = self.lateral_item(left, outer) if lateral else self.from_item(outer)
        both = Scope(left.columns + right.columns, left.rows + right.rows, outer)
        columns, rows = left.columns + right.columns, left.rows + right.rows
        unique = left.unique + right.unique if left.unique and right.unique else None
        kind = rnd.choice([" JOIN ", " JOIN ", " LEFT JOIN ", " LEFT JOIN ", " LEFT JOIN "] +
                          ([] if lateral else [" RIGHT JOIN ", " FULL JOIN ", " CROSS JOIN ", ", "]))
        if kind == ", " and lateral is False and left.joined is False:
            return Item(Node("from", left.node, ", ", right.node), columns, unique, rows)
        if kind in (" CROSS JOIN ", ", "):
            kind = " CROSS JOIN "
            return Item(Node("from", left.node, kind, right.node), columns, unique, rows)
        if rnd.random() < 0.15 and not lateral and not left.joined:
            shared = [a for a in left.columns for b in right.columns if a.name == b.name and a.type == b.type]
            if shared:
                merged = rnd.choice(shared)
                return Item(Node("from", left.node, kind, right.node, f" USING ({merged.name})"),
                            columns + [Column(merged.name, merged.type)] * 2, unique, rows, joined=True)
        return Item(Node("from", left.node, kind, right.node, " ON ", self.join_condition(kind, left, right, both)), columns, unique, rows,
                    joined=True)

    def join_condition(self, kind, left, right, both):
        rnd = self.random
        pairs = [(a, b) for a in left.columns for b in right.columns if a.type == b.type and a.type in ("int4", "text", "int8", "numeric")]
        equal = None
        if pairs:
            a, b = rnd.choice(pairs)
            equal = Node(("expr", "bool"), f"({a.reference} = {b.reference})")
        if kind == " FULL JOIN ":  # needs a hashable condition
            return equal or Node(("expr", "bool"), "true")
        if equal and rnd.random() < 0.6:
            return Node(("expr", "bool"), equal, " AND ", self.expr("bool", both, 1)) if rnd.random() < 0.3 else equal
        return self.expr("bool", both, 1)

    def from_item(self, outer):
        rnd = self.random
        alias = self.alias()
        roll = rnd.random()
        if self.ctes and roll < 0.25:
            name = rnd.choice(list(self.ctes))
            columns, unique = self.ctes[name]
        elif roll < 0.7 or self.query_depth > 2:
            name = rnd.choice(["t1", "t1", "t2", "t2", "t3", "t4", "t5", "v1", "v2"])
            columns, unique = TABLES[name]
        elif roll < 0.9:
            return self.derived(alias, Scope(), "")
        else:
            return self.function_item(alias, Scope())
        return self.named(alias, f"{name} {alias}", columns, unique)

    @staticmethod
    def named(alias, text, columns, unique):
        unique = [f"{alias}.{column}" for column in unique] if unique else None
        return Item(Node("from", text), [Column(f"{alias}.{name}", kind) for name, kind in columns], unique, [alias])

    def derived(self, alias, outer, prefix):
        body, types = self.query(outer, None)
        columns = [(f"c{i}", kind) for i, kind in enumerate(types)]
        item = self.named(alias, "", columns, None)
        item.node = Node("from", prefix, "(", body, f") {alias}(", ", ".join(name for name, _ in columns), ")")
        return item

    def function_item(self, alias, scope):
        rnd = self.random
        item = self.named(alias, "", [("c0", "int4")], ["c0"])
        item.rows = []
        call = rnd.choice([["generate_series(1, ", rnd.choice(["2", "4", "0"]), ")"],
                           ["unnest(", self.expr("int4[]", scope, 1), ")"]])
        if call[0] == "unnest(":
            item.unique = None
        if rnd.random() < 0.25:
            item = self.named(alias, "", [("c0", "text"), ("c1", "jsonb")], None)
            call = ["jsonb_each(", rnd.choice(["'{\"a\": 1, \"b\": [2]}'", "'{}'", "NULL"]), ")"]
            item.node = Node("from", *call, f" {alias}(c0, c1)")
            return item
        if rnd.random() < 0.2:
            item = self.named(alias, "", [("c0", "int4"), ("c1", "int8")], ["c1"])
            item.node = Node("from", *call, f" WITH ORDINALITY {alias}(c0, c1)")
            return item
        item.node = Node("from", *call, f" {alias}(c0)")
        return item

    def lateral_item(self, left, outer):
        alias = self.alias()
        scope = Scope(left.columns, left.rows, outer)
        if self.random.random() < 0.35:
            return self.function_item(alias, scope)
        return self.derived(alias, scope, "LATERAL ")

    # --- sub-selects
    def scalar_subquery(self, kind, scope):
        """One value: an aggregate, or the first of all in order."""
        if self.random.random() < 0.5 and kind in AGGREGATES:
            self.query_depth += 1
            item = self.from_clause(scope, 1)
            inner = Scope(item.columns, item.rows, scope)
            where = Node("optional", " WHERE ", self.expr("bool", inner, 1)) if self.random.random() < 0.7 else ""
            node = Node("query", "SELECT ", self.aggregate(kind, inner), " FROM ", item.node, where)
            self.query_depth -= 1
            return ["(", node, ")"]
        return ["(", self.column_subquery(kind, scope, ordered=True), " LIMIT 1)"]

    def column_subquery(self, kinds, scope, ordered=False):
        kinds = [kinds] if isinstance(kinds, str) else kinds
        self.query_depth += 1
        item = self.from_clause(scope, 1)
        inner = Scope(item.columns, item.rows, scope)
        where = Node("optional", " WHERE ", self.expr("bool", inner, 1)) if self.random.random() < 0.6 else ""
        targets = Node(None, *[self.expr(kind, inner, 1) for kind in kinds], separator=", ")
        self.query_depth -= 1
        return Node("query", "SELECT ", targets, " FROM ", item.node, where, " ORDER BY 1" if ordered else "")

    def any_subquery(self, scope):
        return self.column_subquery(self.random.choice(["int4", "text"]), scope)


def statement(seed):
    return Generator(seed).statement()


if __name__ == "__main__":
    import sys
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        print(f"-- {number}\n{statement(number)[0]};\n")
    assert set(LITERALS) >= set(COMMON)
