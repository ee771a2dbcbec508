"""Validation of the tables: what ``cuda-migrate rules check`` and the tests say is wrong."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from migrate.errors import InputError, suggest
from migrate.facts import data, tables, targets, versions
from migrate.facts.evidence import EVIDENCE, sources
from migrate.facts.sources import Name, is_listed, names

_WITH_COUNTERPART = {"rename", "rewrite", "code"}
_COMPLETE = ("c", "include")
"""Schemes whose lists hold every public name, since they come from headers."""
_ARGUMENT = re.compile(r"\$(\d+|\*|\w+(\.\w+)?)|^[A-Z][A-Z0-9_]+$")


def problems(folders: Iterable[Path] = ()) -> Iterator[str]:
    """What is wrong in the built-in rules and the user's: ``file:line: what; cure``."""
    rules = data.folder("rules")
    yield from _evidence()
    yield from _texts("notes.toml", ("en", "zh"))
    yield from _texts("patches.toml", ("en", "zh"))
    yield from _names(rules / "sources")
    yield from _plugins(rules / "plugins")
    libraries = set(data.toml("libraries.toml"))
    for name in targets.ids():
        yield from _target(name)
    for folder, shown in ((rules / "targets", "rules/targets"), *((folder, str(folder)) for folder in folders)):
        for path in sorted(folder.glob("*/*.csv")):
            where = f"{shown}/{path.parent.name}/{path.name}"
            if path.parent.name not in targets.ids():
                yield f"{where}:1: there is no target {path.parent.name!r}; known: {', '.join(targets.ids())}"
            elif path.stem not in libraries:
                yield f"{where}:1: there is no library {path.stem!r} in rules/libraries.toml"
            else:
                yield from _table(path, where)


def usable(path: Path, where: str) -> None:
    """Whether a scan can use a user's table.  Raises InputError with file, line and cure where it can't;
    what is merely unwise about it (order, sources, dates) is :func:`problems`' to say."""
    library = path.stem
    if library not in (known := data.toml("libraries.toml")):
        raise InputError(f"{where}: there is no library {library!r}{suggest(library, known)}")
    for line, row in tables.read(path, where):
        try:
            _versions(row)
        except InputError as error:
            raise InputError(f"{where}:{line}: {error}") from None


def _versions(row: tables.Row) -> None:
    versions.holds(row.cuda, "1.0")
    for version in filter(None, (row.since, row.until)):
        versions.parse(version)


def _evidence() -> Iterator[str]:
    for source in sources().values():
        if source.evidence not in EVIDENCE:
            yield f"rules/SOURCES.md: {source.id}: evidence {source.evidence!r} is not one of {', '.join(EVIDENCE)}"


def _texts(name: str, languages: tuple[str, ...]) -> Iterator[str]:
    for key, entry in data.toml(name).items():
        for language in languages:
            if not entry.get(language):
                yield f"rules/{name}: [{key}] has no text {language!r}"


def _names(folder: Path) -> Iterator[str]:
    libraries = data.toml("libraries.toml")
    for path in sorted(folder.glob("*.csv")):
        where = f"rules/sources/{path.name}"
        if path.stem not in libraries:
            yield f"{where}:1: there is no library {path.stem!r} in rules/libraries.toml"
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != Name._fields:
                yield f"{where}:1: the header must read {','.join(Name._fields)}"
                continue
            last = ""
            for cells in reader:
                if len(cells) != len(Name._fields):
                    yield f"{where}:{reader.line_num}: {len(cells)} cells instead of {len(Name._fields)}"
                elif cells[0] <= last:
                    yield f"{where}:{reader.line_num}: {cells[0]!r} is not in order (or is there twice)"
                last = cells[0]


def _plugins(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.csv")):
        where = f"rules/plugins/{path.name}"
        if path.stem not in targets.ids():
            yield f"{where}:1: there is no target {path.stem!r}; known: {', '.join(targets.ids())}"
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != ("name", "source", "checked"):
                yield f"{where}:1: the header must read name,source,checked"
                continue
            last = ""
            for name, source, checked in reader:
                here = f"{where}:{reader.line_num}: {name}:"
                if name <= last:
                    yield f"{here} not in order (or there twice)"
                last = name
                if source not in sources():
                    yield f"{here} source {source!r} is not in rules/SOURCES.md"
                yield from (f"{here} {what}" for what in _date(checked))


def _target(name: str) -> Iterator[str]:
    where = f"rules/targets/{name}/target.toml"
    try:
        found = targets.target(name)
    except InputError as error:
        yield str(error)
        return
    if found.family not in targets.FAMILIES:
        yield f"{where}: family {found.family!r} is not one of {', '.join(targets.FAMILIES)}"
    if found.inherits and found.inherits not in targets.ids():
        yield f"{where}: inherits from {found.inherits!r}, which is no target"
    if found.default_chip and found.default_chip not in found.chips:
        yield f"{where}: default_chip {found.default_chip!r} is not among chips"
    if found.source.partition(":")[0] not in sources():
        yield f"{where}: source {found.source!r} is not in rules/SOURCES.md"
    if found.patch:
        yield from (f"{where}: [patch]: {what}" for what in _patch(found.patch))


def _patch(patch: targets.Patch) -> Iterator[str]:
    if not patch.imports:
        yield "no imports"
    if patch.source.partition(":")[0] not in sources():
        yield f"source {patch.source!r} is not in rules/SOURCES.md"
    yield from _date(patch.checked)
    known = data.toml("patches.toml")
    yield from (f"effect {name!r} is not in rules/patches.toml" for name, _ in patch.effects if name not in known)


def _table(path: Path, where: str) -> Iterator[str]:
    chips = targets.target(path.parent.name).chips
    last = ""
    seen: set[tuple[str, ...]] = set()
    try:
        for line, row in tables.read(path, where):
            here = f"{where}:{line}: {row.name}:"
            if row.name < last:
                yield f"{here} not in order; sort the rows by name"
            last = row.name
            key = (row.name, row.cuda, row.since, row.until, row.chip)
            if key in seen:
                yield f"{here} a row for the same versions and chips stands above"
            seen.add(key)
            for what in (*_row(row, chips), *_name(row, path.stem)):
                yield f"{here} {what}"
    except InputError as error:
        yield str(error)


def _name(row: tables.Row, library: str) -> Iterator[str]:
    """What is wrong about the name that a row speaks of."""
    scheme = data.toml("libraries.toml")[library]["scheme"]
    known = sources().get(row.source.partition(":")[0])
    if row.name.endswith("*"):
        if scheme in ("py", *_COMPLETE) and known and known.evidence == "symbol":
            yield "nobody looked up all names that a prefix stands for; its source can't be of class symbol"
    elif scheme in _COMPLETE and not is_listed(row.name, library) and not _is_namespace(row.name, library):
        yield f"no such name in rules/sources/{library}.csv; drop the row"


def _is_namespace(name: str, library: str) -> bool:
    return any(other.startswith(f"{name}::") for other in names(library))


def _row(row: tables.Row, chips: tuple[str, ...]) -> Iterator[str]:
    known = sources().get(row.source.partition(":")[0])
    if row.verdict in _WITH_COUNTERPART and not row.to:
        yield f"verdict {row.verdict} needs a counterpart in `to`"
    if row.verdict in ("none", "same") and row.to:
        yield f"verdict {row.verdict} can't have a counterpart; empty `to`"
    if row.args and row.verdict != "rewrite" and row.verdict != "partial":
        yield "only verdict rewrite (or partial) takes `args`"
    if row.verdict == "rewrite" and row.args and not _ARGUMENT.search(row.args) and row.args.strip("()"):
        yield f"`args` {row.args!r} names no argument ($1, $2, $*)"
    if row.verdict == "unknown" and not row.to:
        yield "a row that knows nothing; leave it out"
    if known is None:
        yield f"source {row.source!r} is not in rules/SOURCES.md"
    elif known.evidence == "rule" and row.verdict != "unknown":
        yield "a naming rule alone makes no verdict better than unknown"
    yield from _date(row.checked)
    for note in row.note.split():
        if note.partition("=")[0] not in data.toml("notes.toml"):
            yield f"note {note!r} has no text in rules/notes.toml"
    for chip in row.chip.split():
        if chip not in chips:
            yield f"chip {chip!r} is not in target.toml"
    try:
        _versions(row)
    except InputError as error:
        yield str(error)


def _date(text: str) -> Iterator[str]:
    try:
        date.fromisoformat(text)
    except ValueError:
        yield f"`checked` {text!r} is not a date like 2026-11-24"
