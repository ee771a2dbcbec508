"""The Python grammar and the one query that says where a file's structure stands.

A walk over all nodes in Python would cost more than the parse.  The query engine walks in C; the
rest of the frontend starts from its captures and from literal searches over the bytes.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

from migrate import parsing

_STRUCTURE = """
(function_definition name: (identifier) @def)
(class_definition name: (identifier) @class)
(lambda) @lambda
(import_statement) @import
(import_from_statement) @import
(assignment left: (_) @target right: (_))
(for_statement left: (_) @target)
(named_expression name: (identifier) @target)
(as_pattern_target) @target
(parameters (identifier) @param)
(parameters (typed_parameter . (identifier) @param))
(lambda_parameters (identifier) @param)
(default_parameter name: (identifier) @param)
(typed_default_parameter name: (identifier) @param)
(if_statement condition: (_) @condition)
(elif_clause condition: (_) @condition)
(conditional_expression) @ternary
(call function: (attribute attribute: (identifier) @method))
(call function: (subscript) @launch)
(ERROR) @error
(MISSING) @error
"""

_PLACE = attrgetter("start_byte", "end_byte")
_MAX_DEPTH = 1_500
"""How deep the query looks: its time grows with the square of the depth."""

_SLICE = 250_000
"""Bytes that the query looks at in one go: between two of them a signal is heard."""


@cache
def _language() -> Language:
    return Language(tree_sitter_python.language())


@cache
def _parser() -> Parser:
    return Parser(_language())


@cache
def _structure() -> Query:
    query: Query = Query(_language(), _STRUCTURE)
    return query


def parse(data: bytes) -> Tree:
    """The syntax tree of a file; it has error nodes where the file is not Python."""
    return parsing.parse(_parser(), data)


def child_at(node: Node, index: int) -> Node | None:
    """A named child by its position; None where there are fewer (after a parse error, or in ``*`` alone)."""
    return node.named_child(index) if index < node.named_child_count else None


def structure(root: Node) -> dict[str, list[Node]]:
    """Captures of the structure query by name, each in document order: the binding's own order depends
    on addresses in memory, and what is looked at first must not change what is found."""
    cursor = QueryCursor(_structure())
    cursor.set_max_start_depth(_MAX_DEPTH)
    found: dict[str, set[Node]] = {}
    for start in range(0, root.end_byte, _SLICE):
        cursor.set_byte_range(start, start + _SLICE)
        for name, nodes in cursor.captures(root).items():
            found.setdefault(name, set()).update(nodes)
    return {name: sorted(nodes, key=_PLACE) for name, nodes in found.items()}
