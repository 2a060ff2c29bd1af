"""Statements as trees: text that knows which of its parts may go, so that a failing statement can be made smaller."""


class Node:
    """`parts` are strings and nodes. `kind` says what may stand in its place:
    ("expr", type)   any expression of that type: a part of itself, or NULL
    "optional"       nothing
    "list"           parts joined by `separator`; all but one of them may go
    "query", "from"  a part of itself of the same kind
    None             nothing else"""

    def __init__(self, kind, *parts, separator=""):
        self.kind, self.parts, self.separator = kind, list(parts), separator

    def __str__(self):
        return self.separator.join(str(part) for part in self.parts)


def comma(nodes, separator=", "):
    return Node("list", *nodes, separator=separator)


def copy(node):
    if isinstance(node, str):
        return node
    return Node(node.kind, *[copy(part) for part in node.parts], separator=node.separator)


def nodes_of(node):
    """Every node with the place it stands in (parent, index), outer ones first."""
    pending = [node]
    while pending:
        current = pending.pop(0)
        for index, part in enumerate(current.parts):
            if isinstance(part, Node):
                yield current, index, part
                pending.append(part)


def size(node):
    return len(str(node))


def descendants(node, kind):
    for part in node.parts:
        if isinstance(part, Node):
            if part.kind == kind:
                yield part
            yield from descendants(part, kind)


def replacements(node, sql_name):
    """What may stand in the place of a node, shortest first."""
    if node.kind == "optional":
        return [Node(None)]
    if node.kind == "list":
        return [Node("list", *(node.parts[:i] + node.parts[i + 1:]), separator=node.separator)
                for i in range(len(node.parts)) if len(node.parts) > 1]
    if node.kind is None:
        return []
    smaller = sorted(descendants(node, node.kind), key=size)[:4]
    if isinstance(node.kind, tuple):
        null = Node(None, f"NULL::{sql_name(node.kind[1])}")
        if size(node) > size(null):
            smaller.insert(0, null)
    return smaller


def shrink(root, still_fails, sql_name, budget=250):
    """The smallest statement found for which still_fails(text) holds."""
    root = copy(root)
    progress = True
    while progress and budget > 0:
        progress = False
        whole = [part for part in sorted(descendants(root, root.kind), key=size)[:6]] if root.kind == "query" else []
        for part in whole:
            budget -= 1
            if budget > 0 and still_fails(str(part)):
                root, progress = copy(part), True
                break
        if progress:
            continue
        for parent, index, node in list(nodes_of(root)):
            for other in replacements(node, sql_name):
                if budget <= 0:
                    break
                parent.parts[index] = other
                budget -= 1
                if still_fails(str(root)):
                    progress = True
                    break
                parent.parts[index] = node
            if progress:
                break
    return root
