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
(function_definition name: (identifier)) @def
(class_definition name: (identifier)) @class
(lambda) @lambda
(import_statement) @import
(import_from_statement) @import
(assignment left: (identifier) @target right: (_))
(assignment left: (attribute) @attribute right: (_))
(assignment left: [(pattern_list) (tuple_pattern) (list_pattern) (list_splat_pattern)] @pattern right: (_))
(for_statement left: (identifier) @target)
(for_statement left: (attribute) @attribute)
(for_statement left: [(pattern_list) (tuple_pattern) (list_pattern) (list_splat_pattern)] @pattern)
(named_expression name: (identifier) @target)
(as_pattern_target) @as
(parameters (identifier) @param)
(parameters (typed_parameter . (identifier) @param))
(lambda_parameters (identifier) @param)
(default_parameter name: (identifier) @param)
(typed_default_parameter name: (identifier) @param)
(if_statement condition: (_) @condition)
(elif_clause condition: (_) @condition)
(conditional_expression) @ternary
(call function: [(attribute) @method (subscript) @launch])
"""

_ERRORS = """
(ERROR) @error
(MISSING) @error
"""

_START, _END = attrgetter("start_byte"), attrgetter("end_byte")
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
def _query(text: str) -> Query:
    query: Query = Query(_language(), text)
    return query


def parse(data: bytes) -> Tree:
    """The syntax tree of a file; it has error nodes where the file is not Python."""
    return parsing.parse(_parser(), data)


def child_at(node: Node, index: int) -> Node | None:
    """A named child by its position; None where there are fewer (after a parse error, or in ``*`` alone)."""
    return node.named_child(index) if index < node.named_child_count else None


def structure(root: Node) -> dict[str, list[Node]]:
    """Captures of the structure query by name, each in document order (called methods in that of their
    names, which end them)."""
    return _captures(root, _STRUCTURE)


def errors(root: Node) -> list[Node]:
    """What could not be parsed, in document order."""
    return _captures(root, _ERRORS).get("error", []) if root.has_error else []


def _captures(root: Node, query: str) -> dict[str, list[Node]]:
    """Captures in document order: the binding's own order depends on addresses in memory, and what is
    looked at first must not change what is found."""
    cursor = QueryCursor(_query(query))
    cursor.set_max_start_depth(_MAX_DEPTH)
    end = root.end_byte
    if end <= _SLICE:
        found = cursor.captures(root)
    else:
        parts: dict[str, set[Node]] = {}
        for start in range(0, end, _SLICE):
            cursor.set_byte_range(start, start + _SLICE)
            for name, nodes in cursor.captures(root).items():
                parts.setdefault(name, set()).update(nodes)
        found = {name: list(nodes) for name, nodes in parts.items()}
    for name, nodes in found.items():
        nodes.sort(key=_END if name == "method" else _START)
    return found
