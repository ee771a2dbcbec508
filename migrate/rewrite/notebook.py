"""A notebook's code as one Python text, and its edits as edits of the strings in the file's JSON."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import attrgetter

from migrate.model import Arg, Edit, Finding
from migrate.python.notebook import Cell, Joined


class NotebookView:
    """The text of a notebook's code cells, with spaces in the place of magics."""

    encoding = "utf-8"

    def __init__(self, data: bytes) -> None:
        self._raw = data
        self._joined = Joined(data)
        self.data = self._joined.masked

    def inward(self, finding: Finding) -> Finding:
        """The finding with its spans in the text."""
        use = finding.use
        args = tuple(Arg(arg.keyword, *self._joined.inward(arg.start, arg.end)) for arg in use.args)
        start, end = self._joined.inward(use.start, use.end)
        return finding._replace(use=use._replace(start=start, end=end, args=args))

    def is_shell(self, finding: Finding) -> bool:
        """Whether the finding stands in a magic or a shell line."""
        return self._is_masked(*self._joined.inward(finding.use.start, finding.use.end))

    def outward(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        """The edits as edits of the file.  Raises ValueError for one across cells or over a magic."""
        for edit in edits:
            yield from self._inserted(edit) if edit.start == edit.end else self._replaced(edit)

    def above(self, at: int, text: str) -> Edit | None:
        """Whole lines to insert before the line that begins at ``at``, in its own cell; None where a cell's magic
        has to stay first."""
        cell = self._cell(at)
        if not cell.strings or (at == cell.start and self._joined.text.startswith(b"%%", at)):
            return None
        return self._put(cell, at, text)

    def _inserted(self, edit: Edit) -> Iterator[Edit]:
        cell, at, text = self._cell(edit.start), edit.start, edit.text
        before = self.data[: max(at - 1, 0)].rpartition(b"\n")[2]
        if at == cell.start and before.strip() and text.endswith("\n"):  # behind the last line of the cell before
            cell = self._cell(at - 1)
            at, text = cell.end, "\n" + text.removesuffix("\n")
        if not cell.strings:
            raise ValueError("a change would go into an empty cell")
        yield self._put(cell, at, text)

    def _put(self, cell: Cell, at: int, text: str) -> Edit:
        place = self._joined.span(at, at)[0] if at < cell.end else cell.strings[-1][1]
        return Edit(place, place, self._in_json(text, cell, at, place, place))

    def _replaced(self, edit: Edit) -> Iterator[Edit]:
        start, end, text = edit
        cell = self._cell(start)
        if end == cell.end + 1:  # the newline behind a cell's last line is none of the file's
            end, text = end - 1, text.removesuffix("\n")
        if not start < end <= cell.end or self._is_masked(start, end):
            raise ValueError("a change would span cells or magics")
        low, high = self._joined.span(start, end)
        if text:
            yield Edit(low, high, self._in_json(text, cell, start, low, high))
        else:
            yield self._without_empty(low, high, cell)

    def _without_empty(self, low: int, high: int, cell: Cell) -> Edit:
        """A deletion; an element of the list that nothing would be left of goes as a whole."""
        first, last = self._string(cell, low), self._string(cell, high)
        if cell.strings[first][0] != low or cell.strings[last][1] != high or len(cell.strings) == last - first + 1:
            return Edit(low, high, "")
        if last + 1 < len(cell.strings):
            return Edit(low - 1, cell.strings[last + 1][0] - 1, "")
        return Edit(cell.strings[first - 1][1] + 1, high + 1, "")

    def _in_json(self, text: str, cell: Cell, at: int, low: int, high: int) -> str:
        """The text as it stands in the file in the place of a span, which begins at ``at`` in the joined text; where
        the cell is a list of lines, each new line is an element of its own."""
        separator = self._separator(cell)
        if not separator:
            return self._escaped(text)
        first, last = self._string(cell, low), self._string(cell, high)
        between = f'\\n"{separator}"'
        lead = f'"{separator}"' if low > cell.strings[first][0] and self.data[at - 1 : at] == b"\n" else ""
        if high == cell.strings[last][1] and text.endswith("\n"):
            return lead + between.join(map(self._escaped, text[:-1].split("\n"))) + "\\n"
        return lead + between.join(map(self._escaped, text.split("\n")))

    def _escaped(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self._raw.isascii())[1:-1]

    def _separator(self, cell: Cell) -> str:
        """What stands between two elements of a cell's list of lines; "" where the cell is one string."""
        first = cell.strings[0][0] - 1
        opening = self._raw[:first].rstrip()
        if not opening.endswith(b"["):
            return ""
        if len(cell.strings) > 1:
            return self._raw[cell.strings[0][1] + 1 : cell.strings[1][0] - 1].decode()
        return "," + self._raw[len(opening) : first].decode()

    def _cell(self, at: int) -> Cell:
        cells = self._joined.cells
        return cells[bisect_right(cells, at, key=attrgetter("start")) - 1]

    def _string(self, cell: Cell, place: int) -> int:
        """Which of a cell's strings a place of the file lies in, or at the end of."""
        return next(index for index, (start, end) in enumerate(cell.strings) if start <= place <= end)

    def _is_masked(self, start: int, end: int) -> bool:
        return self._joined.text[start:end] != self.data[start:end]
