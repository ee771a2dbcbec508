"""Comments that hide findings: ``cuda-migrate: ignore[CHECK, CHECK] reason``.

What stands in a string is no comment; a literal that runs over several strings of a notebook is
the one thing that isn't followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrate.regex import regex
from migrate.source import SourceFile

_MARK = regex(rb"cuda-migrate:[ \t]*ignore\[([^\]\r\n]*)\]")
_STRING = rb"""(?:"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"|'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*'|\\.)"""
_LONG = rb'"""(?:[^\\]|\\[\s\S])*?"""' + rb"|'''(?:[^\\]|\\[\s\S])*?'''"
_PYTHON = regex(rb"%b|%b|(?P<comment>#[^\r\n]*)" % (_LONG, _STRING))
_CONFIG = regex(rb"%b|%b|(?P<comment>(?:(?<=[ \t\r\n])|(?<![\s\S]))(?:[#;]|//)[^\r\n]*)" % (_LONG, _STRING))
_NOTHING = regex(rb'(\xef\xbb\xbf)?[ \t]*("?(\\n)?",?)?[ \t]*')
"""What may stand around a comment that is alone on its line: in a notebook, the string's quotes."""


class Suppression(NamedTuple):
    """One such comment.  Alone on its line it covers the next."""

    line: int
    checks: tuple[str, ...]
    alone: bool


def find(source: SourceFile) -> Iterator[Suppression]:
    """The suppressions of a file, in order."""
    if not _MARK.search(source.data):
        return
    for start, end in _comments(source.language, source.data):
        for match in _MARK.finditer(source.data, start, end):
            line = source.position(match.start())[0]
            first, last = source.line_bounds(line)
            around = source.data[first : max(start, first)] + source.data[end:last]
            checks = (word.strip() for word in match[1].decode("utf-8", "replace").split(","))
            yield Suppression(line, tuple(filter(None, checks)), bool(_NOTHING.fullmatch(around)))


def _comments(language: str, data: bytes) -> Iterator[tuple[int, int]]:
    """The spans of the comments; of a notebook, those in its cells, up to the end of each string."""
    if language == "cuda":
        from migrate.cpp import lexer

        yield from lexer.comments(data)
    elif language == "notebook":
        for string in re.finditer(rb'"(?:[^"\\\r\n]|\\.)*"', data):
            code = string[0][1:-1].replace(b'\\"', b' "').replace(b"\\n", b"\n\n")
            yield from _spans(_PYTHON, code, string.start() + 1)
    else:
        yield from _spans(_PYTHON if language == "python" else _CONFIG, data)


def _spans(style: re.Pattern[bytes], text: bytes, at: int = 0) -> Iterator[tuple[int, int]]:
    for match in style.finditer(text):
        if match["comment"]:
            yield at + match.start(), at + match.end()
