"""Where tree-sitter could make no sense of a file: those spans are marked, the rest stands."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from migrate import parsing

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_WHOLE = 2_000
"""An error up to this many bytes is marked whole; in a larger one only what belongs to no node of its own."""
PARSED = 4_000_000
"""Bytes of the largest file that is parsed: a tree takes about 21 times the memory of its source."""
_NODES = 50_000
"""Nodes looked at in search of errors; a file with more of them is broken enough."""


class Broken(NamedTuple):
    """The spans of the errors, in order and apart."""

    spans: list[tuple[int, int]]
    share: float = 0.0
    """How much of the file the errors span, 0 to 1."""

    def touching(self, start: int, end: int) -> int | None:
        """The number of the first error that a span overlaps."""
        at = bisect_left(self.spans, (start, -1))
        if at > 0 and self.spans[at - 1][1] > start:
            return at - 1
        return at if at < len(self.spans) and self.spans[at][0] < end else None


@cache
def _parser() -> Parser:
    import tree_sitter_cuda
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_cuda.language()))


def find(data: bytes) -> Broken:
    """Parse a file and return its errors; none where it is larger than ``PARSED``."""
    if len(data) > PARSED:
        return Broken([])
    root = parsing.parse(_parser(), data).root_node
    if not root.has_error:
        return Broken([])
    spans: list[tuple[int, int]] = []
    stack: list[Node] = [root]
    seen = 0
    while stack and seen < _NODES:
        node = stack.pop()
        if node.is_missing:
            spans.append((max(0, node.start_byte - 1), node.start_byte + 1))
            continue
        if node.is_error and node.end_byte - node.start_byte <= _WHOLE:
            spans.append((node.start_byte, max(node.end_byte, node.start_byte + 1)))
            continue
        children = node.children
        seen += len(children)
        for child in children:
            if child.has_error or child.is_missing:
                stack.append(child)
            elif node.is_error and child.child_count == 0:
                spans.append((child.start_byte, child.end_byte))
    merged = _merged(spans)
    return Broken(merged, sum(end - start for start, end in merged) / max(1, len(data)))


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
