"""A Python file's text as UTF-8, and the way between its offsets and the file's own."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from migrate.model import Arg, Edit, Finding
from migrate.source import SourceFile


class View:
    """The text of a file that may begin with a byte-order mark or be in another encoding than UTF-8.

    Raises DecodeError where the bytes are not in the encoding that the file states.
    """

    def __init__(self, source: SourceFile) -> None:
        self._raw = source.data
        self._encoding = source.encoding
        self.data = source.text.encode()
        self._mark = len(codecs.BOM_UTF8) if source.data.startswith(codecs.BOM_UTF8) else 0
        self._same = self.data == source.data[self._mark :]

    def inward(self, finding: Finding) -> Finding:
        """The finding with its spans in the text."""
        use = finding.use
        args = tuple(Arg(arg.keyword, self._in(arg.start), self._in(arg.end)) for arg in use.args)
        return finding._replace(use=use._replace(start=self._in(use.start), end=self._in(use.end), args=args))

    def outward(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        """The edits with their spans in the file."""
        return (edit._replace(start=self._out(edit.start), end=self._out(edit.end)) for edit in edits)

    def above(self, at: int, text: str) -> Edit | None:
        """Whole lines to insert before the line that begins at ``at``."""
        place = self._out(at)
        return Edit(place, place, text)

    def is_shell(self, finding: Finding) -> bool:  # noqa: ARG002 - only notebooks have such lines
        """Whether the finding stands in a line that isn't Python."""
        return False

    @property
    def encoding(self) -> str:
        """The encoding that new text is written in."""
        return "utf-8" if self._mark else self._encoding

    def _in(self, offset: int) -> int:
        if self._same:
            return max(offset - self._mark, 0)
        return len(self._raw[:offset].decode(self._encoding).encode())

    def _out(self, offset: int) -> int:
        if self._same:
            return offset + self._mark
        return len(self.data[:offset].decode().encode(self._encoding))
