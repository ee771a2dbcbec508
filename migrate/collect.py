"""Gathering uses of one file that is read piece by piece: in order, without doubles, comments blanked."""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrate.frontend import FileUses
from migrate.model import Context, Role, Use

Details = tuple[tuple[str, str], ...]

_NOT_NEWLINE = re.compile(rb"[^\r\n]")


def blank(data: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """The same bytes with the spans (in order, apart) blanked out, so that offsets and lines stay."""
    parts, at = [], 0
    for start, end in spans:
        parts += [data[at:start], _NOT_NEWLINE.sub(b" ", data[start:end])]
        at = end
    return b"".join([*parts, data[at:]]) if parts else data


class Collector:
    """The uses of one file.  ``data`` are its bytes without comments, at the same offsets."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._uses: dict[tuple[int, int, str], Use] = {}

    def add(
        self,
        symbol: str | None,
        start: int,
        end: int,
        role: Role,
        details: Details = (),
        context: tuple[Context, ...] = (),
    ) -> bool:
        """Keeps a use; the first one to claim a span and symbol stays.  False where there is no symbol."""
        if symbol is None:
            return False
        self._uses.setdefault((start, end, symbol), Use(symbol, start, end, role, (), context, details))
        return True

    def text(self, start: int, end: int) -> str:
        """The text of a span; bytes that aren't UTF-8 become U+FFFD."""
        return self.data[start:end].decode("utf-8", "replace")

    def extend(self, uses: Iterable[Use]) -> None:
        """Keeps uses that another reader found."""
        for use in uses:
            self._uses.setdefault((use.start, use.end, use.symbol), use)

    def uses(self) -> list[Use]:
        """All uses in the order of their offsets."""
        return [self._uses[key] for key in sorted(self._uses)]

    def replace(self, uses: Iterable[Use]) -> None:
        """Puts these uses in the place of all others."""
        self._uses = {(use.start, use.end, use.symbol): use for use in uses}

    def result(self) -> FileUses:
        """What the frontend returns."""
        return FileUses(self.uses())
