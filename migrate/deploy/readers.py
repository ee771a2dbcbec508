"""Tolerant readers of YAML, JSON, TOML and INI: the scalars with their keys and byte spans.

They build no tree and expand no anchors, keep no recursion, and read on behind what they don't
understand: templates (Jinja, Helm), broken files, files of many megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrate.collect import blank

DEPTH = 8
"""Of the keys around a scalar, this many are kept."""


LARGE = 300_000
"""Bytes from which on a JSON file is taken for data."""


class Scalar(NamedTuple):
    """One value: the keys around it (innermost last; "" where a list holds a list), and the spans
    of its key and of itself without quotes.  ``item``: an element of a list."""

    path: tuple[str, ...]
    key_start: int
    key_end: int
    start: int
    end: int
    item: bool


_COMMENT = re.compile(rb"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|(?P<comment>(?:(?<=[ \t\r\n])|(?<![\s\S]))#[^\r\n]*)")
_LINE = re.compile(
    rb"(?P<indent>[ \t]*)(?P<dashes>(?:-[ \t]+)*)"
    rb"(?:(?P<key>\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s'\"\[{#:-][^\r\n]*?|-[^\s][^\r\n]*?)[ \t]*:(?=[ \t\r\n]|$))?"
    rb"[ \t]*(?P<value>[^\r\n]*)"
)
_DECORATION = re.compile(rb"(?:[&!][^\s,\]}]*[ \t]*)+")
_FLOW = re.compile(
    rb"\"(?P<double>(?:[^\"\\]|\\[\s\S])*)\"|'(?P<single>[^'\n]*)'|(?P<mark>[\[\]{},]|:(?=[\s\[{\"',])|(?<=\"):)"
    rb"|(?P<plain>[^\s\[\]{},\"':#](?:[^\[\]{},\r\n\"':#]|:(?![\s\[{\"',]))*)"
)
_TOML_FLOW = re.compile(
    rb"\"(?P<double>(?:[^\"\\]|\\[\s\S])*)\"|'(?P<single>[^'\n]*)'|(?P<mark>[\[\]{},=])|(?P<plain>[^\s\[\]{},\"'=#]+)"
)
_SECTION = re.compile(rb"[ \t]*\[{1,2}(?P<name>[^\[\]\r\n]+)\]{1,2}[ \t]*\r?$")
_PAIR = re.compile(
    rb"[ \t]*(?:export[ \t]+)?(?P<key>\"[^\"\r\n]*\"|[\w.\-/]+)[ \t]*(?P<mark>[=:])[ \t]*(?P<value>[^\r\n]*)"
)
_JSON_PAIR = re.compile(rb"\"([\w.\-/]{1,100})\"\s*:\s*\"([^\"\\]{1,300})\"")
_INI_COMMENT = re.compile(rb"^[ \t]*[#;][^\r\n]*", re.MULTILINE)


def without_comments(data: bytes, ini: bool = False) -> bytes:
    """The bytes with YAML's, TOML's or (``ini``) INI's comments blanked."""
    if ini:
        return blank(data, (match.span() for match in _INI_COMMENT.finditer(data)))
    return blank(data, (match.span() for match in _COMMENT.finditer(data) if match["comment"]))


def _text(data: bytes, start: int, end: int) -> str:
    return data[start:end].decode("utf-8", "replace").strip("\"' ")


def _trim(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The span without white space and without the quotes around it."""
    piece = data[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if end - start >= 2 and data[start] == data[end - 1] and data[start] in b"\"'":
        return start + 1, end - 1
    return start, end


def flow(data: bytes, start: int, outer: tuple[str, ...], key: tuple[int, int], toml: bool = False) -> Iterator[Scalar]:
    """The scalars of a ``[…]`` or ``{…}`` (JSON, or within YAML and TOML), which starts at ``start``.

    Ends behind the closing bracket, which :func:`flow_end` finds.
    """
    stack: list[tuple[str, bool, tuple[int, int]]] = []
    name, span = (outer[-1] if outer else ""), key
    head = outer[:-1]
    pending: tuple[int, int] | None = None
    for match in (_TOML_FLOW if toml else _FLOW).finditer(data, start):
        mark = match["mark"]
        if mark is None:
            pending = match.span(match.lastgroup or 0)
            continue
        if mark in (b":", b"="):
            if pending and stack and not stack[-1][1]:
                name, span, pending = _text(data, *pending), pending, None
            continue
        if pending:
            in_list = bool(stack and stack[-1][1])
            around = tuple(frame[0] for frame in stack[-DEPTH:] if frame[0]) if not in_list else ()
            around = around or tuple(frame[0] for frame in stack[-DEPTH:-1] if frame[0])
            yield Scalar((*head, *around, name)[-DEPTH:], *span, *_trim(data, *pending), in_list)
            pending = None
        if mark in (b"[", b"{"):
            stack.append((name, mark == b"[", span))
            name = name if mark == b"[" else ""
        elif mark in (b"]", b"}"):
            if stack:
                name, _, span = stack.pop()
            if not stack:
                return
        if stack and mark in (b",", b"]", b"}") and stack[-1][1]:
            name, _, span = stack[-1]


def flow_end(data: bytes, start: int, toml: bool = False) -> int:
    """The offset behind the bracket that closes the one at ``start``, or the end of the data."""
    depth = 0
    for match in (_TOML_FLOW if toml else _FLOW).finditer(data, start):
        depth += (match["mark"] in (b"[", b"{")) - (match["mark"] in (b"]", b"}"))
        if depth <= 0:
            return match.end()
    return len(data)


def json_scalars(data: bytes) -> Iterator[Scalar]:
    """The scalars of a JSON file; of a large one, which is data, only the plain ``"key": "text"`` pairs."""
    if len(data) > LARGE:
        for pair in _JSON_PAIR.finditer(data):
            yield Scalar((pair[1].decode("utf-8", "replace"),), *pair.span(1), *pair.span(2), False)
        return
    match = re.search(rb"[\[{]", data)
    at = match.start() if match else len(data)
    while at < len(data):  # several documents (JSON lines) follow each other
        yield from flow(data, at, (), (at, at))
        following = re.compile(rb"[\[{]").search(data, flow_end(data, at))
        at = following.start() if following else len(data)


def yaml_scalars(data: bytes) -> Iterator[Scalar]:
    """The scalars of a YAML file without comments; a block scalar is one scalar."""
    stack: list[tuple[int, str, tuple[int, int]]] = []
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while at < len(data):
        line = _LINE.match(data, at)
        if line is None:
            return
        at = _next_line(data, line.end())
        outer, inner = len(line["indent"]), len(line["indent"]) + len(line["dashes"])
        if not line["value"].strip() and line["key"] is None and not line["dashes"]:
            continue
        while stack and stack[-1][0] > outer:
            stack.pop()
        if line["key"] is not None:
            while stack and stack[-1][0] >= inner:
                stack.pop()
            span = _trim(data, *line.span("key"))
            stack.append((inner, _text(data, *span), span))
        path = tuple(frame[1] for frame in stack[-DEPTH:])
        key = stack[-1][2] if stack else (line.start(), line.start())
        start = line.start("value")
        if decoration := _DECORATION.match(data, start, line.end()):
            start = decoration.end()
        value = data[start : line.end()].rstrip()
        item = line["key"] is None
        if not value or value.startswith(b"*"):
            continue
        if value[:1] in b"|>":
            stop = _block_end(data, at, inner if line["key"] is not None else outer)
            yield Scalar(path, *key, at, stop, item)
            at = max(at, stop)
        elif value[:1] == b"[" or (value[:1] == b"{" and not value.startswith((b"{{", b"{%"))):
            yield from flow(data, start, path, key)
            at = max(at, _next_line(data, flow_end(data, start)))
        else:
            yield Scalar(path, *key, *_trim(data, start, start + len(value)), item)


def _next_line(data: bytes, at: int) -> int:
    found = data.find(b"\n", at)
    return len(data) if found < 0 else found + 1


def _block_end(data: bytes, at: int, indent: int) -> int:
    """Where the lines end that are indented more than ``indent``."""
    deeper = re.compile(rb"(?:[ \t]{%d,}[^\n]*|[ \t\r]*)(?:\n|\Z)" % (min(indent, 1000) + 1))
    while at < len(data) and (match := deeper.match(data, at)):
        at = match.end()
    return at


def ini_scalars(data: bytes, toml: bool = False) -> Iterator[Scalar]:
    """The scalars of a TOML or INI file without comments; of INI, each indented line is one too."""
    section: tuple[str, ...] = ()
    name, key = "", (0, 0)
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while at < len(data):
        stop = data.find(b"\n", at)
        stop = len(data) if stop < 0 else stop
        start, at = at, stop + 1
        line = data[start:stop]
        if not line.strip():
            continue
        if head := _SECTION.match(data, start, stop):
            section = tuple(_text(head["name"], 0, len(head["name"])).split("."))
            continue
        pair = _PAIR.match(data, start, stop)
        if not toml and name and line[:1] in b" \t" and not (pair and pair["mark"] == b"="):
            yield Scalar((*section, name)[-DEPTH:], *key, *_trim(data, start, stop), True)
            continue
        if pair is None:
            continue
        key = _trim(data, *pair.span("key"))
        name = _text(data, *key)
        path, value = (*section, name)[-DEPTH:], pair["value"].strip()
        if toml and value[:3] in (b'"""', b"'''"):
            close = data.find(value[:3], pair.start("value") + 3)
            close = len(data) if close < 0 else close
            yield Scalar(path, *key, pair.start("value") + 3, close, False)
            at = max(at, _next_line(data, close))
        elif toml and value[:1] in (b"[", b"{"):
            yield from flow(data, pair.start("value"), path, key, toml=True)
            at = max(at, _next_line(data, flow_end(data, pair.start("value"), toml=True)))
        elif value:
            yield Scalar(path, *key, *_trim(data, *pair.span("value")), False)
