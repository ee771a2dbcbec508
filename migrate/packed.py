"""A file's result as text: what workers send and the cache keeps.

The first line holds what is always asked for; each further line holds the uses of one symbol, which
are taken apart when they are: most uses of a library work unchanged, and nothing is said of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from migrate.analysis import EMPTY, FileResult, Located
from migrate.model import Arg, Skip, Use
from migrate.suppressions import Suppression


def pack(result: FileResult) -> str:
    """The result as text; "" where there is nothing to say."""
    if result == EMPTY:
        return ""
    groups: dict[str, list[list[Any]]] = {}
    for number, (use, *place) in enumerate(result.located):
        groups.setdefault(use.symbol, []).append([number, use[1:], place])
    counts = {symbol: len(group) for symbol, group in groups.items()}
    return "\n".join(map(_dump, ((counts, *result[1:]), *groups.values())))


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


class Packed:
    """The result again.  ``counts`` says how many uses of each symbol there are."""

    __slots__ = ("_lines", "counts", "declares", "problems", "suppressions")

    def __init__(self, text: str) -> None:
        head, *lines = text.split("\n") if text else ["[{},[],[],[]]"]
        self._lines = lines
        counts, declares, problems, suppressions = json.loads(head)
        self.counts: dict[str, int] = counts
        self.declares: tuple[str, ...] = tuple(declares)
        self.problems = tuple(Skip(*problem) for problem in problems)
        self.suppressions = tuple(Suppression(line, tuple(checks), alone) for line, checks, alone in suppressions)

    def located(self, symbols: Iterable[str]) -> list[Located]:
        """The uses of some symbols, in order of place."""
        wanted = set(symbols)
        found = [
            (number, symbol, use, place)
            for symbol, line in zip(self.counts, self._lines, strict=True)
            if symbol in wanted
            for number, use, place in json.loads(line)
        ]
        return [Located(_use(symbol, *use), *place) for _, symbol, use, place in sorted(found)]


def _use(symbol: str, start: int, end: int, role: Any, args: Any, context: Any, details: Any) -> Use:
    arguments = tuple(Arg(*arg) for arg in args)
    return Use(symbol, start, end, role, arguments, tuple(context), tuple((key, text) for key, text in details))
