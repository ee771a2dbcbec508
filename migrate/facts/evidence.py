"""Where the facts come from: the table in ``rules/SOURCES.md``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from migrate.facts import data
from migrate.regex import regex

EVIDENCE = ("symbol", "documentation", "attested", "rule")
"""Classes of evidence, best first: the name was seen in the vendor's header or wheel; the vendor's
documentation says so; public code uses it; nothing but a naming rule."""

_CELL = regex(r"(?<!\\)\|")


class Source(NamedTuple):
    """One source of facts; ``limits`` says what it can't show."""

    id: str
    what: str
    version: str
    licence: str
    evidence: str
    limits: str


def parse(path: Path) -> dict[str, Source]:
    """The rows of the table, by id.  Raises OSError where the file can't be read."""
    found: dict[str, Source] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            cells = [cell.strip().replace("\\|", "|").strip("`") for cell in _CELL.split(line.strip())[1:-1]]
            if len(cells) == len(Source._fields) and cells[0] != "id" and not cells[0].startswith(("-", ":")):
                found[cells[0]] = Source(*cells)
    return found


@cache
def sources() -> dict[str, Source]:
    """The sources of the built-in rules."""
    return parse(data.folder("rules") / "SOURCES.md")
