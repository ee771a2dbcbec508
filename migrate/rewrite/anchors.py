"""Where a comment of its own may stand above a place: at the start of its statement's first line, never in a string."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tree_sitter import Node

from migrate.build import cmake
from migrate.deploy import docker, lexer, readers
from migrate.python.grammar import parse
from migrate.rewrite.changes import Span

Anchor = Callable[[int], int | None]
"""From an offset to that of the line above which the comment stands; None where there is no such place."""

_BLOCKS = ("module", "block")
_CLAUSES = ("elif_clause", "else_clause", "except_clause", "finally_clause", "case_clause")
_YAML_BLOCK = re.compile(rb"(?:^|[\s:-])[|>][-+\d]*[ \t]*(?:#[^\n]*)?\r?$")
_YAML_NODE = re.compile(rb"[ \t]*(?:-[ \t]|[^\s#][^\n]*?:(?:\s|$))")
_FENCE = re.compile(rb'"""|\'\'\'')


def anchors(language: str, path: str, data: bytes) -> Anchor:
    """The anchors of a text in one of the languages whose comments begin with ``#``."""
    if language in ("python", "notebook"):
        root = parse(data).root_node
        return lambda offset: python(root, data, offset)
    suffix = path.rpartition(".")[2].lower()
    if suffix == "json":
        return lambda _: None
    if language == "conda" or suffix in ("yaml", "yml"):
        spans = [(scalar.start, scalar.end) for scalar in readers.yaml_scalars(data)]
        return lambda offset: _yaml(data, spans, offset)
    if language == "cmake":
        return _outside(data, [(command.start, command.end) for command in cmake.commands(data)])
    if language == "docker":
        return _outside(data, _instructions(data))
    if language == "shell":
        return _outside(data, _shell(data))
    if language == "pyproject" or suffix == "toml":
        return lambda offset: _line(data, offset) if len(_FENCE.findall(data[:offset])) % 2 == 0 else None
    return _outside(data, [])


def python(root: Node, data: bytes, offset: int) -> int | None:
    """The first line of the innermost statement, or of the clause whose own line the offset is in."""
    node = root.descendant_for_byte_range(offset, offset)
    while node is not None and node.parent is not None:
        if node.parent.type in _BLOCKS or node.type in _CLAUSES:
            start = _line(data, node.start_byte)
            lead = data[start : node.start_byte]
            if not lead.strip():
                return start
            node = root.descendant_for_byte_range(*[start + len(lead) - len(lead.lstrip())] * 2)
            continue
        node = node.parent
    return None


def _line(data: bytes, offset: int) -> int:
    return data.rfind(b"\n", 0, offset) + 1


def _outside(data: bytes, spans: Iterable[Span]) -> Anchor:
    """The line of an offset, or of what it is a part of: a span over several lines, lines that ``\\`` joins."""
    known = list(spans)

    def anchor(offset: int) -> int | None:
        at = _line(data, offset)
        while True:
            start = min((start for start, end in known if start < at < end), default=at)
            if start == at and data[:at].rstrip(b"\r\n").endswith(b"\\") and at:
                start = at - 1
            if start == at:
                return None if at == 0 and data.startswith(b"#!") else at
            at = _line(data, start)

    return anchor


def _shell(data: bytes) -> Iterable[Span]:
    script = lexer.read(data, 0, len(data))
    for command in script.commands:
        if command.words:
            yield command.words[0].start, command.words[-1].end
    for text in script.heredocs:
        yield (text.command.words[0].start if text.command.words else max(text.start - 1, 0)), text.end


def _instructions(data: bytes) -> Iterable[Span]:
    starts = [match.start() for match in docker.INSTRUCTION.finditer(data)]
    return zip(starts, [*starts[1:], len(data)], strict=True)


def _yaml(data: bytes, spans: list[Span], offset: int) -> int | None:
    """The line of the key or the list's element that the offset belongs to."""
    at = _line(data, offset)
    at = min((_line(data, start) for start, end in spans if start < at <= end), default=at)
    before = data[:at].rstrip()
    if _YAML_BLOCK.search(before, _line(before, len(before))):
        at = _line(before, len(before))
    return at if _YAML_NODE.match(data, at) else None
