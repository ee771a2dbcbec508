"""Jupyter notebooks: the code cells as one Python text, its uses mapped back into the file's JSON.

A cell's ``source`` is a list of strings, or one string.  Their texts are joined to a Python text in
which magics are masked by spaces; every use found there is moved to the bytes of the file that it was
made from.  The code behind ``%timeit`` and its like stays.  Shell lines (``!nvidia-smi``, ``%pip install``), cells
(``%%bash``) and variables (``%env CUDA_VISIBLE_DEVICES=0``) give uses of their own, as in shell scripts.
"""

from __future__ import annotations

import ast
import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from migrate.deploy.shell import shell_uses
from migrate.frontend import FileUses
from migrate.model import Arg, Skip, Use
from migrate.source import SourceFile
from migrate.vocabulary import env_symbol

_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|[{}\[\]:]', re.DOTALL)
_ESCAPE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
_MAGIC = re.compile(rb"[ \t]*(?:[%!?]|[\w.]+\?\??[ \t]*$)")
_ASSIGNED = re.compile(rb"([\w., \t]+=[ \t]*)[!%]")
"""``files = !ls``"""
_TIMED = re.compile(
    rb"(?P<before>(?:[\w., \t]+=)?[ \t]*)%%?(?:timeit|time|prun|memit)"
    rb"(?:[ \t]+-(?:[nrplsTD](?:[ \t]*[\w.]+)?|[ctiqov]|-[\w-]+))*[ \t]+(?=[^\s-])"
)
"""``%timeit -n 10 code``, up to the code."""
_CELL_MAGIC = re.compile(rb"\s*%%(?!time|capture|prun|memit|px)\w+")
_SHELL_CELL = re.compile(rb"\s*%%(?:bash|sh|sx|system|script[ \t]+\S*sh)\b[^\n]*")
_SHELL = re.compile(
    rb"^(?:[\w., \t]+=)?[ \t]*(?:!!?|%(?:sx|system)\b|%(?=(?:pip|conda|mamba|uv)\b))((?:\\\n|[^\n])*)",
    re.MULTILINE,
)
_VARIABLE = re.compile(rb"^[ \t]*%(?:set_)?env[ \t]+(\w+)", re.MULTILINE)

Span = tuple[int, int]


class Cell(NamedTuple):
    """A code cell: its span in the joined text, without the newline that joins it to the next, and the spans of its
    strings in the file, without their quotes."""

    start: int
    end: int
    strings: list[Span]


class Joined:
    """The code cells of a notebook as one Python text, and where each of its pieces stands in the file."""

    def __init__(self, data: bytes) -> None:
        self.cells: list[Cell] = []
        self._parts: list[bytes] = []
        self._length = 0
        self._offsets: list[int] = []
        self._origins: list[Span] = []
        masked = []
        for strings, end in _code_cells(data):
            start, first = self._length, len(self._parts)
            for span in strings:
                self._unescape(data, *span)
            self.cells.append(Cell(start, self._length, strings))
            self._add(b"\n", end, end)
            masked.append(_masked(b"".join(self._parts[first:])))
        self.text = b"".join(self._parts)
        self.masked = b"".join(masked)
        """The text with spaces in the place of magics."""

    def span(self, start: int, end: int) -> Span:
        """The file's span of a span of the text."""
        return self._origin(start)[0], self._origin(max(start, end - 1))[1]

    def inward(self, start: int, end: int) -> Span:
        """The text's span of a span of the file that lies in code."""
        return self._offset(start), self._offset(end - 1) + 1 if end > start else self._offset(start)

    def _origin(self, offset: int) -> Span:
        index = bisect_right(self._offsets, offset) - 1
        low, high = self._origins[index]
        if high - low != len(self._parts[index]):
            return low, high
        at = low + offset - self._offsets[index]
        return at, at + 1

    def _offset(self, place: int) -> int:
        """Where a byte of the file stands in the text; the bytes of an escape are its first and its last one."""
        index = bisect_right(self._origins, place, key=itemgetter(0)) - 1
        low, high = self._origins[index]
        first, size = self._offsets[index], len(self._parts[index])
        if high - low == size:
            return first + place - low
        return first if place == low else first + size - 1

    def _add(self, piece: bytes, start: int, end: int) -> None:
        """Append a piece that stands at a span of the file; of equal length: byte for byte the same."""
        if piece:
            self._offsets.append(self._length)
            self._origins.append((start, end))
            self._parts.append(piece)
            self._length += len(piece)

    def _unescape(self, data: bytes, start: int, end: int) -> None:
        at = start
        for match in _ESCAPE.finditer(data, start, end):
            self._add(data[at : match.start()], at, match.start())
            plain = json.loads(b'"' + match.group() + b'"').encode("utf-8", "replace")
            self._add(plain, match.start(), match.end())
            at = match.end()
        self._add(data[at:end], at, end)


def find(source: SourceFile) -> FileUses:
    """The uses in a notebook's code cells."""
    from migrate import python

    try:
        document = json.loads(source.data)
    except (ValueError, RecursionError) as error:
        return FileUses([], (), (Skip("", "parse-error", f"not a notebook: {error}"),))
    if not isinstance(document, dict) or not isinstance(document.get("cells", document.get("worksheets")), list):
        return FileUses([], (), (Skip("", "parse-error", "not a notebook: no list of cells"),))
    joined = Joined(source.data)
    found = python.find(SourceFile(source.path, "python", joined.masked))
    uses = [_moved(use, joined) for use in (*found.uses, *_shell(joined))]
    uses.sort(key=lambda use: (use.start, use.end, use.symbol))
    return FileUses(uses, (), found.problems)


def _code_cells(data: bytes) -> Iterator[tuple[list[Span], int]]:
    """For each code cell the spans of its source strings, without their quotes, and where the cell ends."""
    stack: list[dict[bytes, list[Span]] | None] = []
    keys: list[bytes] = []
    last: Span | None = None
    for match in _TOKEN.finditer(data):
        token = match.group()
        if token == b":":
            if keys and last is not None and stack[-1] is not None:
                keys[-1] = data[last[0] : last[1]]
        elif token in (b"{", b"["):
            stack.append({} if token == b"{" else None)
            keys.append(b"" if token == b"{" else (keys[-1] if keys else b""))
        elif token in (b"}", b"]"):
            cell = stack.pop() if stack else None
            if keys:
                keys.pop()
            if keys and stack[-1] is not None:
                keys[-1] = b""  # the key has its value: what comes next is another key
            if cell and [data[slice(*span)] for span in cell.get(b"cell_type", ())] == [b"code"]:
                strings = cell.get(b"source") or cell.get(b"input") or []
                yield strings, strings[-1][1] if strings else match.start()
        else:
            last = match.span(1)
            holder = next((frame for frame in reversed(stack[-2:]) if frame is not None), None)
            if holder is not None and keys[-1] in (b"cell_type", b"source", b"input"):
                holder.setdefault(keys[-1], []).append(last)
                if stack[-1] is not None:
                    keys[-1] = b""
            if stack and stack[-1] is not None and keys[-1]:
                keys[-1] = b""


def _masked(cell: bytes) -> bytes:
    """The cell with its magics replaced by spaces; a cell in another language is masked whole."""
    if _CELL_MAGIC.match(cell):
        return re.sub(rb"[^\n]", b" ", cell)
    if b"%" not in cell and b"!" not in cell and b"?" not in cell:
        return cell
    lines = cell.split(b"\n")
    continued = False
    for index, line in enumerate(lines):
        if continued:
            continued = line.endswith(b"\\")
            lines[index] = b" " * len(line)
        elif (timed := _timed(line)) and not _in_brackets(lines, index):
            lines[index] = timed
        elif _MAGIC.match(line) and not _in_brackets(lines, index):
            continued = line.endswith(b"\\")
            indent = len(line) - len(line.lstrip())
            filler = b"pass" if len(line) - indent >= 4 else b""
            lines[index] = line[:indent] + filler.ljust(len(line) - indent)
        elif (match := _ASSIGNED.match(line)) and not _in_brackets(lines, index):
            continued = line.endswith(b"\\")
            lines[index] = match[1] + b"0".ljust(len(line) - match.end(1))
        elif line.rstrip().endswith(b"?") and not re.search(rb"[#'\"]", line):
            lines[index] = line.replace(b"?", b" ")
    return b"\n".join(lines)


def _timed(line: bytes) -> bytes:
    """The line with a statement in the place of the magic before its code; empty where it holds none."""
    match = _TIMED.match(line)
    if match is None:
        return b""
    before = match["before"]
    filler = (b"0;" if b"=" in before else b"pass;").ljust(match.end() - len(before))
    try:
        ast.parse(b"pass;" + line[match.end() :])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return b""
    return before + filler + line[match.end() :]


def _in_brackets(lines: list[bytes], index: int) -> bool:
    """Whether a line that starts with a percent sign goes on an expression of the lines before it."""
    before = b"\n".join(lines[max(0, index - 20) : index])
    closed = before.count(b"(") <= before.count(b")") and before.count(b"[") <= before.count(b"]")
    return not closed or before.endswith(b"\\")


def _shell(joined: Joined) -> Iterator[Use]:
    """What shell lines, shell cells and ``%env`` use, at its place in the joined text."""
    text = joined.text
    for cell in joined.cells:
        if magic := _SHELL_CELL.match(text, cell.start, cell.end):
            yield from shell_uses(text, magic.end(), cell.end)
            continue
        for line in _SHELL.finditer(text, cell.start, cell.end):
            yield from shell_uses(text, *line.span(1))
        for line in _VARIABLE.finditer(text, cell.start, cell.end):
            if symbol := env_symbol(line[1].decode()):
                yield Use(symbol, *line.span(1), "config")


def _moved(use: Use, text: Joined) -> Use:
    start, end = text.span(use.start, use.end)
    args = tuple(Arg(arg.keyword, *text.span(arg.start, arg.end)) for arg in use.args)
    return use._replace(start=start, end=end, args=args)
