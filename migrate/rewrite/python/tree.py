"""A Python file's structure: libcst's nodes by their byte spans, with their parents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from migrate.rewrite.changes import Span

Node = TypeVar("Node", bound=cst.CSTNode)

_BLANK = (cst.BaseParenthesizableWhitespace, cst.TrailingWhitespace, cst.EmptyLine, cst.Newline)


class SyntaxProblemError(ValueError):
    """The file can't be read and written back unchanged."""


class Tree:
    """The nodes of one file.  ``data`` is UTF-8 without a byte-order mark."""

    def __init__(self, data: bytes) -> None:
        try:
            module = cst.parse_module(_body(data).decode())
        except (cst.ParserSyntaxError, RecursionError, ValueError) as error:
            raise SyntaxProblemError(str(error).partition("\n")[0]) from None
        if module.code.encode() != _body(data):
            raise SyntaxProblemError("it doesn't come back from parsing byte for byte")
        self.data = data
        self.module = module
        self._spans: dict[cst.CSTNode, Span] = {}
        for node, span in MetadataWrapper(module, unsafe_skip_copy=True).resolve(ByteSpanPositionProvider).items():
            if span.length and not isinstance(node, _BLANK):
                self._spans[node] = span.start, span.start + span.length
        self._parents = _parents(self._spans)
        self._at: dict[Span, list[cst.CSTNode]] = {}
        for node, place in self._spans.items():
            self._at.setdefault(place, []).append(node)

    def span(self, node: cst.CSTNode) -> Span:
        """The byte span of a node, without the whitespace around it."""
        return self._spans[node]

    def text(self, node: cst.CSTNode) -> str:
        """The source text of a node."""
        return self.data[slice(*self.span(node))].decode()

    def at(self, start: int, end: int, kind: type[Node]) -> Node | None:
        """The node of that kind with exactly that span."""
        return next((node for node in self._at.get((start, end), ()) if isinstance(node, kind)), None)

    def expression(self, start: int, end: int) -> cst.BaseExpression | None:
        """The expression with exactly that span."""
        return next((node for node in self._at.get((start, end), ()) if isinstance(node, cst.BaseExpression)), None)

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        """All nodes of a kind."""
        return (node for node in self._spans if isinstance(node, kind))

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The nearest node around this one; None for the module."""
        return self._parents.get(node)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around this one, from the inside out."""
        while (up := self._parents.get(node)) is not None:
            yield up
            node = up

    def enclosing(self, node: cst.CSTNode, *kinds: type[Any]) -> cst.CSTNode | None:
        """The innermost node of one of the kinds around this one."""
        return next((up for up in self.ancestors(node) if isinstance(up, kinds)), None)

    def line_start(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return self.data.rfind(b"\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Just behind the newline of the line that an offset is in."""
        at = self.data.find(b"\n", offset)
        return len(self.data) if at < 0 else at + 1

    @property
    def newline(self) -> str:
        """The file's newline."""
        return self.module.default_newline


def _body(data: bytes) -> bytes:
    """The text without the lines of whitespace at its end, of which libcst gives back only some."""
    end = data.find(b"\n", len(data.rstrip())) + 1
    return data[:end] if end else data


def _parents(spans: Mapping[cst.CSTNode, Span]) -> dict[cst.CSTNode, cst.CSTNode]:
    """The nearest node around each.  libcst measures children before their parents, so that is the next
    one that covers it; asking libcst itself would take twice as long as all else."""
    parents: dict[cst.CSTNode, cst.CSTNode] = {}
    waiting: list[cst.CSTNode] = []
    for node, (start, _) in spans.items():
        while waiting and spans[waiting[-1]][0] >= start:
            parents[waiting.pop()] = node
        waiting.append(node)
    return parents
