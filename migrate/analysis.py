"""One file's analysis, free of any target: read it, find its uses, say where they stand.

Runs in worker processes.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from migrate import suppressions
from migrate.files import Entry
from migrate.frontend import FileUses, frontend
from migrate.markers import MARKERS, marked
from migrate.model import Skip, Use
from migrate.regex import regex
from migrate.source import SourceFile
from migrate.suppressions import Suppression

_REPORT = regex(
    rb'\s*\{[\s\S]{0,400}?"(tool|driver)"\s*:\s*\{\s*"name"\s*:\s*"cuda-migrate"'  # JSON, SARIF
    rb'|\s*\[\s*\{\s*"description"\s*:\s*"([^"\\]|\\.){0,4000}",\s*"check_name"\s*:'  # GitLab
)
"""How the reports of a scan start, also after somebody indented them."""

_LFS = b"version https://git-lfs.github.com/spec/"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TEXT_LIMIT, _SNIPPET_LIMIT = 200, 400


class Located(NamedTuple):
    """A use and where it stands: 1-based lines and columns (in characters), its text, its line."""

    use: Use
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    snippet: str


class FileResult(NamedTuple):
    """All that is kept of a file."""

    located: tuple[Located, ...] = ()
    declares: tuple[str, ...] = ()
    problems: tuple[Skip, ...] = ()
    suppressions: tuple[Suppression, ...] = ()


EMPTY = FileResult()


class _TooSlowError(Exception):
    """The file's time is up."""


def analyse(entry: Entry, data: bytes, seconds: float) -> FileResult:
    """The uses of one file, or the reason why it has none.  Never raises but for interruption."""
    if refusal := _refusal(entry, data):
        return FileResult(problems=(refusal,))
    if entry.language == "unread":
        return FileResult(problems=_unread(entry, data))
    if not marked(entry.language, data):
        return EMPTY
    source = SourceFile(entry.path, entry.language, data)
    try:
        with _limit(seconds):
            found = frontend(entry.language)(source)
            return _result(source, found)
    except _TooSlowError:
        reason = f"took over {seconds:g} s (--file-timeout)"
        return FileResult(problems=(Skip(entry.path, "too-slow", reason),))
    except Exception as error:
        reason = f"internal problem, please report it: {type(error).__name__}: {error}"
        return FileResult(problems=(Skip(entry.path, "internal", reason),))


def _refusal(entry: Entry, data: bytes) -> Skip | None:
    if data.startswith(_LFS):
        return Skip(entry.path, "lfs-pointer", "Git LFS pointer: its content is not here (git lfs pull)")
    if data.startswith(_UTF16):
        return Skip(entry.path, "encoding", "UTF-16 text; save it as UTF-8")
    if entry.language == "config" and _REPORT.match(data):
        return Skip(entry.path, "report", "a report of a scan, not a configuration")
    if b"\0" in data[:8192]:
        return Skip(entry.path, "binary", "binary data (NUL bytes)")
    return None


def _unread(entry: Entry, data: bytes) -> tuple[Skip, ...]:
    if any(marker in data for marker in MARKERS["cuda"]):
        return (Skip(entry.path, "unsupported", "names CUDA, in a language that no frontend reads"),)
    return ()


def _result(source: SourceFile, found: FileUses) -> FileResult:
    located = tuple(_located(source, found.uses))
    problems = tuple(problem._replace(path=source.path) for problem in found.problems)
    return FileResult(located, found.declares, problems, tuple(suppressions.find(source)))


def _located(source: SourceFile, uses: Iterable[Use]) -> Iterator[Located]:
    """Where each use stands; what uses share (the line's text, a name) is read and kept once."""
    data, decode, position = source.data, source.decode, source.position
    line = low = high = shown = -1
    snippet = ""
    ascii_line = False
    texts: dict[bytes, str] = {}
    for use in uses:
        first, last = use.start, use.end
        if not low <= first <= high:
            line = source.line(first)
            low, high = source.line_bounds(line)
            ascii_line = data[low:high].isascii()
        plain = ascii_line and last <= high
        column = first - low + 1 if plain else position(first)[1]
        end_line, end_column = (line, last - low + 1) if plain else position(last)
        piece = data[first : min(last, first + 4 * _TEXT_LIMIT)]
        if (text := texts.get(piece)) is None:
            text = texts[piece] = decode(first, first + len(piece))[:_TEXT_LIMIT]
        window = max(low, min(first - _SNIPPET_LIMIT // 2, high - _SNIPPET_LIMIT)) if high - low > 2000 else low
        if window != shown:
            shown = window
            snippet = decode(window, min(high, window + 4 * _SNIPPET_LIMIT))[:_SNIPPET_LIMIT]
        yield Located(use, line, column, end_line, end_column, text, snippet)


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raises _TooSlowError in the block after that many seconds, where the system has an alarm."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def up(*_: object) -> None:
        raise _TooSlowError

    before = signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
