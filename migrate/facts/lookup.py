"""(symbol, target, versions) → judgement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

from migrate.facts import tables, versions
from migrate.facts.data import toml
from migrate.facts.evidence import sources
from migrate.facts.sources import is_listed, library_of
from migrate.facts.tables import Row
from migrate.facts.targets import Asked
from migrate.model import Judgement, Safety, Verdict
from migrate.vocabulary import package_of

_UNKNOWN = Judgement("unknown")
_SAFETY: dict[str, Safety] = {"symbol": "safe", "documentation": "safe", "attested": "review", "rule": "display"}


class Answer(NamedTuple):
    """What is known of one symbol: the library that claims it, and a judgement per target label."""

    library: str
    judgements: dict[str, Judgement]


class Rules:
    """The facts for the asked targets and versions.  Each distinct symbol is looked up once."""

    def __init__(
        self, asked: tuple[Asked, ...], source_versions: dict[str, str] | None = None, folders: tuple[Path, ...] = ()
    ) -> None:
        self.asked = asked
        self.versions = versions.assumed() | (source_versions or {})
        self.folders = folders
        self._answers: dict[str, Answer] = {}

    def judge(self, symbol: str) -> Answer:
        """What the symbol becomes on each target.  Targets without a table for an optional library
        (``optional = true`` in libraries.toml), or without a row in it, say nothing.  What no table
        knows of a package's own names is judged as the package is."""
        if (answer := self._answers.get(symbol)) is None:
            answer = self._answers[symbol] = self._judge(symbol)
        return answer

    def _judge(self, symbol: str) -> Answer:
        library = library_of(symbol)
        scheme, _, name = symbol.partition(":")
        entry = toml("libraries.toml").get(library, {})
        found: dict[str, Judgement] = {}
        for asked in self.asked:
            judgement = self._on(asked, library, name, self.versions.get(entry.get("versions", ""), ""))
            if judgement is _UNKNOWN and scheme in ("c", "include"):
                judgement = _guess(asked, name)
            if judgement is _UNKNOWN and entry.get("optional"):
                continue
            found[asked.label] = judgement
        if scheme == "py" and _UNKNOWN in found.values() and (package := package_of(name)):
            of_package = self.judge(package)
            for label, judgement in of_package.judgements.items():
                if found.get(label) == _UNKNOWN:
                    found[label] = judgement._replace(to="", args="", safety="")
            library = library or of_package.library
        return Answer(library, found)

    def _on(self, asked: Asked, library: str, name: str, source_version: str) -> Judgement:
        late: Row | None = None
        for row, own in self._rows(asked, library, name):
            if row.chip and asked.chip not in row.chip.split():
                continue
            if source_version and not versions.holds(row.cuda, source_version):
                continue
            if own and asked.version and not _in_stack(row, asked.version):
                late = late or row
                continue
            judgement = _judgement(row, name, asked)
            return judgement if own else _inherited(judgement, asked)
        if late:
            return _outside(late, asked)
        return _UNKNOWN

    def _rows(self, asked: Asked, library: str, name: str) -> Iterator[tuple[Row, bool]]:
        """The rows of the name itself, then those of its prefixes.  That a whole family of names works
        unchanged says nothing of a name that the library doesn't have."""
        chain = tables.chain(asked.target.id, library, self.folders)
        for table, own in chain:
            yield from ((row, own) for row in table.rows(name))
        real = is_listed(name, library)
        for table, own in chain:
            yield from ((row, own) for row in table.prefixed(name) if real or row.verdict != "same")


def _inherited(judgement: Judgement, asked: Asked) -> Judgement:
    """What another target's table says, where this target's stack is built on that one's: attested by that
    alone, so an edit needs a review."""
    safety: Safety = "review" if judgement.safety == "safe" else judgement.safety
    note = f"{judgement.note} as-on={asked.target.inherits}".strip()
    return judgement._replace(safety=safety, note=note, source=asked.target.source)


def _in_stack(row: Row, version: str) -> bool:
    """Whether the version of the target's stack has what the row says."""
    now = versions.parse(version)
    return not ((row.since and now < versions.parse(row.since)) or (row.until and now >= versions.parse(row.until)))


def _judgement(row: Row, name: str, asked: Asked) -> Judgement:
    verdict = cast(Verdict, row.verdict)
    to = row.to.replace("$name", name) if "$" in row.to else row.to
    needs = versions.least(row.cuda) if to and asked.target.family == "portable" else ""
    return Judgement(verdict, to, row.args, _safety(row), row.source, row.checked, row.note, needs)


def _safety(row: Row) -> Safety:
    """``safe`` where header, wheel or documentation give the counterpart; ``review`` where only use
    in public code does, or where a check computes the edit; none where there is nothing to apply."""
    if row.verdict in ("rename", "rewrite"):
        known = sources().get(row.source.partition(":")[0])
        return _SAFETY.get(known.evidence, "review") if known else "review"
    return "review" if row.verdict == "code" else ""


def _outside(row: Row, asked: Asked) -> Judgement:
    """The fact is about another version of the target's stack than the one asked for."""
    early = bool(row.since) and versions.parse(asked.version) < versions.parse(row.since)
    limit = f"needs-version={row.since}" if early else f"gone-in-version={row.until}"
    return Judgement("none", source=row.source, checked=row.checked, note=limit)


def _guess(asked: Asked, name: str) -> Judgement:
    """Nobody has checked; what the vendor's naming rule would give is shown as a guess."""
    for pattern, replacement in asked.target.naming:
        guess, count = re.subn(pattern, replacement, name)
        if count and guess != name:
            return Judgement("unknown", guess, safety="display", source="naming")
    return _UNKNOWN
