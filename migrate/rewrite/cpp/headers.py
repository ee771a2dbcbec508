"""Headers: replaced, each once, and the run-time's added where nvcc brought it in unasked."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from migrate.model import Finding, Judgement
from migrate.regex import regex
from migrate.rewrite.changes import Splice

RUNTIME = "hip/hip_runtime.h"
"""What hipcc, other than nvcc, doesn't include by itself."""

_INCLUDE = regex(rb'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")[^\n]*\n?', re.MULTILINE)
_CONDITION = regex(rb"^[ \t]*#[ \t]*(if|endif)", re.MULTILINE)
_BRINGS = regex(rb'#[ \t]*include[ \t]*[<"](cuda_runtime\.h|hip/hip_runtime\.h)[>"]')
_ALONE = regex(rb'[ \t]*#[ \t]*include[ \t]*(<[^>\n]+>|"[^"\n]+")[ \t\r]*\n')
_DEPTH = 8


class Headers:
    """The headers that one file includes, as they become."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._places = {match.start(): match for match in _INCLUDE.finditer(data)}
        self._named = {_name(match) for match in self._places.values()}
        self._given: set[str] = set()

    def replaced(self, finding: Finding, judgement: Judgement) -> tuple[Splice, ...]:
        """The counterpart's name in the directive; the line goes where another one includes the same already."""
        start, end = finding.use.start, finding.use.end
        if judgement.to in self._named or judgement.to in self._given:
            first = self._data.rfind(b"\n", 0, start) + 1
            last = self._data.find(b"\n", end) + 1
            if last and _ALONE.fullmatch(self._data[first:last]):
                return (Splice.text(first, last, ""),)
        self._given.add(judgement.to)
        return (Splice.text(start, end, judgement.to),)

    def runtime(self, place: Path, root: Path) -> tuple[Splice, ...]:
        """The run-time's header before the first include, unless the file or what it includes has it."""
        if RUNTIME in self._named | self._given or any(_brings(path) for path in _reached(place, root)):
            return ()
        depths = _depths(self._data)
        newline = "\r\n" if b"\r\n" in self._data else "\n"
        at = next((start for start in self._places if not depths(start)), -1)
        return (Splice.text(at, at, f"#include <{RUNTIME}>{newline}"),) if at >= 0 else ()


def _name(match: re.Match[bytes]) -> str:
    return (match[1] or match[2]).decode("utf-8", "replace")


def _depths(data: bytes) -> Callable[[int], int]:
    """How many conditions of the preprocessor an offset stands in."""
    marks = [(match.start(), 1 if match[1] == b"if" else -1) for match in _CONDITION.finditer(data)]
    return lambda at: sum(step for start, step in marks if start < at)


def _brings(path: Path) -> bool:
    try:
        return _BRINGS.search(path.read_bytes()) is not None
    except OSError:
        return False


def _reached(place: Path, root: Path) -> Iterator[Path]:
    """The repository's own headers that a file includes, directly or by others."""
    seen: set[str] = set()
    pending = [(place, 0)]
    while pending:
        path, depth = pending.pop()
        try:
            data = path.read_bytes()
        except OSError:
            continue
        for match in _INCLUDE.finditer(data) if depth < _DEPTH else ():
            name = _name(match)
            for folder in (path.parent, root, root / "include", root / "src"):
                found = Path(os.path.normpath(folder / name))
                if str(found) not in seen and found.is_file() and found.is_relative_to(root):
                    seen.add(str(found))
                    pending.append((found, depth + 1))
                    yield found
                    break
