"""The mapping tables, ``rules/targets/<target>/<library>.csv``: what each name becomes, on what evidence."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from migrate.errors import InputError
from migrate.facts import data
from migrate.facts.targets import target
from migrate.model import SEVERITY

COLUMNS = ("name", "verdict", "to", "args", "cuda", "since", "until", "note", "source", "checked")
OPERATOR_COLUMNS = (*COLUMNS, "chip", "dtypes")


class Row(NamedTuple):
    """One fact.  ``cuda`` is a range of the source library's versions, ``since`` and ``until``
    (exclusive) are versions of the target's stack, ``chip`` names chips (space-separated; "" = all)."""

    name: str
    verdict: str
    to: str
    args: str
    cuda: str
    since: str
    until: str
    note: str
    source: str
    checked: str
    chip: str = ""
    dtypes: str = ""


class Table(NamedTuple):
    """One CSV file, by name.  A line is taken apart when its name is asked for: a scan asks for few.

    ``prefixes`` holds the rows whose name ends in ``*``, longest first.
    """

    lines: dict[str, list[str]]
    prefixes: list[tuple[str, Row]]

    def rows(self, name: str) -> list[Row]:
        """The rows for a name, without the prefix rows; those for single chips first."""
        return sorted(map(_row, self.lines.get(name, ())), key=lambda row: not row.chip)

    def prefixed(self, name: str) -> list[Row]:
        """The prefix rows that hold the name, longest prefix first."""
        return [row for prefix, row in self.prefixes if name.startswith(prefix)]


_EMPTY = Table({}, [])


def _row(line: str) -> Row:
    return Row(*next(csv.reader((line,))))


def read(path: Path, shown: str) -> Iterator[tuple[int, Row]]:
    """The rows of a table, each with its line; ``shown`` is the file's name for people.

    Raises InputError with the line and the cure.
    """
    if not path.is_file():  # a pipe would be waited for
        raise InputError(f"{shown}: not a regular file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = tuple(next(reader, ()))
            if header not in (COLUMNS, OPERATOR_COLUMNS):
                raise InputError(f"{shown}:1: the header must be {','.join(COLUMNS)}[,chip,dtypes]")
            for cells in reader:
                where = f"{shown}:{reader.line_num}"
                if len(cells) != len(header):
                    raise InputError(
                        f"{where}: {len(cells)} cells where the header has {len(header)}; "
                        "put a cell that holds a comma in double quotes"
                    )
                row = Row(*cells)
                if row.verdict not in SEVERITY:
                    raise InputError(f"{where}: unknown verdict {row.verdict!r}; one of {', '.join(SEVERITY)}")
                if "\n" in "".join(cells):
                    raise InputError(f"{where}: a cell holds a line break; keep each row on one line")
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{shown}: can't be read as UTF-8 CSV: {error}") from None


def _table(path: Path) -> Table:
    """A table that :func:`read` has nothing against."""
    lines: dict[str, list[str]] = {}
    prefixes: list[tuple[str, Row]] = []
    for line in path.read_text(encoding="utf-8-sig").split("\n")[1:]:
        name = _row(line).name if line.startswith('"') else line.partition(",")[0]
        if name.endswith("*"):
            prefixes.append((name[:-1], _row(line)))
        elif name:
            lines.setdefault(name, []).append(line)
    prefixes.sort(key=lambda item: -len(item[0]))
    return Table(lines, prefixes)


@cache
def built_in(target_id: str, library: str) -> Table:
    """Our own table for a target and a library; empty where there is none."""
    path = data.folder("rules") / "targets" / target_id / f"{library}.csv"
    return _table(path) if path.is_file() else _EMPTY


@cache
def extra(folder: Path, target_id: str, library: str) -> Table:
    """A user's table, ``<folder>/<target>/<library>.csv``; empty where there is none.  Raises InputError."""
    path = folder / target_id / f"{library}.csv"
    if not path.is_file():
        return _EMPTY
    for _ in read(path, str(path)):
        pass
    return _table(path)


@cache
def chain(target_id: str, library: str, folders: tuple[Path, ...] = ()) -> tuple[tuple[Table, bool], ...]:
    """The tables to ask, first answer wins, each with whether it is the target's own:
    the user's, ours, then those of the target it inherits from."""
    own = [table for folder in folders if (table := extra(folder, target_id, library)) is not _EMPTY]
    if (table := built_in(target_id, library)) is not _EMPTY:
        own.append(table)
    base = target(target_id).inherits
    inherited = chain(base, library, folders) if base else ()
    return (*((table, True) for table in own), *((table, False) for table, _ in inherited))
