"""A source file as read: its bytes, never re-encoded, and the map from bytes to lines and columns."""

from __future__ import annotations

import codecs
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from migrate.regex import regex

_COOKIE = regex(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


class DecodeError(ValueError):
    """The bytes are not text in the encoding that the file states (or in UTF-8, where it states none)."""


@dataclass(frozen=True)
class SourceFile:
    """One file: its path relative to the scanned root ('/' separated), its language, its bytes.

    The bytes stay as read (encoding, BOM, newline style), so that spans into them are edits.
    """

    path: str
    language: str
    data: bytes

    @cached_property
    def encoding(self) -> str:
        """The encoding by BOM, by coding cookie (PEP 263), or UTF-8."""
        if self.data.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if self.language == "python":
            for line in self.data.split(b"\n", 2)[:2]:
                if cookie := _COOKIE.match(line):
                    return cookie.group(1).decode("ascii")
        return "utf-8"

    @cached_property
    def text(self) -> str:
        """The decoded text.  Raises :class:`DecodeError`."""
        try:
            return self.data.decode(self.encoding)
        except LookupError:
            raise DecodeError(f"unknown encoding {self.encoding!r} in the coding line") from None
        except UnicodeDecodeError as error:
            raise DecodeError(f"byte {error.start} is not {self.encoding}: {error.reason}") from None

    @cached_property
    def line_starts(self) -> list[int]:
        """Byte offset of the start of each line."""
        starts = [0, *accumulate(map(len, self.data.splitlines(keepends=True)))]
        if len(starts) > 1 and self.data[-1:] not in b"\r\n":
            starts.pop()
        return starts

    @cached_property
    def is_ascii(self) -> bool:
        """Whether bytes and characters are the same thing."""
        return self.data.isascii()

    @cached_property
    def _reached(self) -> list[int]:
        """The place asked for last (start of its line, offset, column), so that a long line is decoded once."""
        return [0, 0, 1]

    def line_bounds(self, line: int) -> tuple[int, int]:
        """Byte span of a line (1-based) without its newline."""
        starts = self.line_starts
        start = starts[line - 1]
        if line == len(starts):
            return start, len(self.data)
        end = starts[line] - 1
        return start, end - (self.data[end - 1 : end + 1] == b"\r\n" and end > start)

    def line(self, offset: int) -> int:
        """The line (1-based) of a byte offset."""
        return bisect_right(self.line_starts, offset)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column (1-based, in characters) of a byte offset."""
        line = self.line(offset)
        start = self.line_starts[line - 1]
        if self.is_ascii:
            return line, offset - start + 1
        begin, reached, column = self._reached
        if begin != start or reached > offset:
            reached, column = start, 1
        column += len(self.decode(reached, offset))
        self._reached[:] = start, offset, column
        return line, column

    def decode(self, start: int, end: int) -> str:
        """The text of a byte span; bytes that don't decode become U+FFFD."""
        piece = self.data[start:end]
        if start == 0 and piece.startswith(codecs.BOM_UTF8):
            piece = piece[len(codecs.BOM_UTF8) :]
        if piece.isascii():
            return piece.decode("ascii")
        encoding = "utf-8" if self.encoding == "utf-8-sig" else self.encoding
        try:
            return piece.decode(encoding, "replace")
        except LookupError:
            return piece.decode("utf-8", "replace")
