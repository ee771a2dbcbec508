"""The text of a C/C++ file without its comments and strings, and brackets matched over it.

Everything later works on this text by position: it has the length of the file, and newlines stay
where they are.  So a name in a comment or a string can't be found, and offsets are the file's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MASKED = re.compile(
    rb"""//[^\n\\]*(?:\\.[^\n\\]*)*"""  # a line comment, with line splices
    rb"""|/\*(?:[^*]*\*+(?:[^/*][^*]*\*+)*/|.*)"""
    rb"""|R"([^()\\\s]{0,16})\(.*?(?:\)\1"|\Z)"""  # a raw string
    rb"""|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?"""
    rb"""|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.[0-9a-fA-F]{0,8}){1,4}'""",  # not the separator of 1'000
    re.S,
)
_DROP = bytes(byte if byte in b"\n\r" else 0x20 for byte in range(256))
_BRACKETS = re.compile(rb"[(){}\[\];]")
_TEMPLATE = rb"\b[A-Za-z_]\w*\s*<[\w\s:,*&<>+\-/]*>(?=\s*(?:[({&*>,)]|::))"
_COMMAS = re.compile(_TEMPLATE + rb"|[(){}\[\],]")
_ANGLES = re.compile(rb"[<>;{}]")

LIMIT = 100_000
"""Bytes that one bracketed construct may span; a longer one is left alone, so that no file costs quadratic time."""
DEPTH = 50
"""Brackets within brackets that are followed, for the same reason."""


def _blank(match: re.Match[bytes]) -> bytes:
    text = match[0]
    gone = text.translate(_DROP)
    if text[:1] == b"/":
        return gone
    return b'"' + gone[1:-1] + b'"' if len(text) > 1 else gone


def mask(data: bytes) -> bytes:
    """The bytes with comments and the contents of literals blanked."""
    return _MASKED.sub(_blank, data)


def without(text: bytes, spans: list[tuple[int, int]]) -> bytes:
    """The text with the spans (in order) blanked."""
    if not spans:
        return text
    pieces: list[bytes] = []
    at = 0
    for start, end in spans:
        pieces += text[at:start], text[start:end].translate(_DROP)
        at = end
    return b"".join((*pieces, text[at:]))


def strings(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The spans of the string literals in a span of the file's own bytes."""
    for match in _MASKED.finditer(data, start, end):
        if data[match.start()] in b'"R':
            yield match.span()


def comments(data: bytes) -> Iterator[tuple[int, int]]:
    """The spans of the comments."""
    return (match.span() for match in _MASKED.finditer(data) if data[match.start()] == ord("/"))


def closing(text: bytes, opening: int) -> int:
    """Where the bracket at ``opening`` closes; -1 where it doesn't."""
    depth = 0
    for match in _BRACKETS.finditer(text, opening, opening + LIMIT):
        if (bracket := match[0]) in b"({[":
            depth += 1
            if depth > DEPTH:
                break
        elif bracket != b";":
            depth -= 1
            if depth == 0:
                return match.start()
    return -1


def arguments(text: bytes, opening: int) -> tuple[list[tuple[int, int]], int]:
    """The spans of the arguments of the call whose parenthesis is at ``opening``, and where it closes (-1: nowhere)."""
    depth, start = 0, opening + 1
    spans: list[tuple[int, int]] = []
    for match in _COMMAS.finditer(text, opening, opening + LIMIT):
        token = match[0]
        if token in b"({[":
            depth += 1
            if depth > DEPTH:
                break
        elif token == b",":
            if depth == 1:
                spans.append(_trim(text, start, match.start()))
                start = match.end()
        elif token in b")}]":
            depth -= 1
            if depth == 0:
                last = _trim(text, start, match.start())
                return ([*spans, last] if spans or last[0] < last[1] else []), match.start()
    return [], -1


def template_start(text: bytes, closing_angle: int) -> int:
    """Where the ``<`` stands that the ``>`` at ``closing_angle`` closes; -1 where none does."""
    depth = 0
    floor = max(0, closing_angle - 2000)
    for match in reversed(list(_ANGLES.finditer(text, floor, closing_angle + 1))):
        token = match[0]
        if token == b">" and text[match.start() - 1 : match.start()] != b"-":
            depth += 1
        elif token == b"<":
            depth -= 1
            if depth == 0:
                return match.start()
        elif token != b">":
            return -1
    return -1


def after_template(text: bytes, at: int) -> int:
    """The offset after ``<...>`` where template arguments stand at ``at``; ``at`` itself where none do."""
    depth = 0
    for match in _ANGLES.finditer(text, at, at + 2000):
        token = match[0]
        if token == b"<":
            depth += 1
        elif token == b">":
            depth -= 1
            if depth == 0:
                return match.end()
        else:
            break
        if depth == 0:
            break
    return at


def _trim(text: bytes, start: int, end: int) -> tuple[int, int]:
    """The span without the blanks around it; comments count as blanks."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return start + left, start + left + len(piece.strip())
