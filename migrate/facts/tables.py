"""The mapping tables, ``rules/targets/<target>/<library>.csv``: what each name becomes, on what evidence."""

from __future__ import annotations

import csv
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
    """One CSV file.  ``prefixes`` holds the rows whose name ends in ``*``, longest first."""

    exact: dict[str, list[Row]]
    prefixes: list[tuple[str, Row]]

    def rows(self, name: str) -> list[Row]:
        """The rows for a name, without the prefix rows."""
        return self.exact.get(name, [])

    def prefixed(self, name: str) -> list[Row]:
        """The prefix rows that hold the name, longest prefix first."""
        return [row for prefix, row in self.prefixes if name.startswith(prefix)]


_EMPTY = Table({}, [])


def parse(path: Path, shown: str) -> Table:
    """A table; ``shown`` is its name for people.  Raises InputError with the line and the cure."""
    exact: dict[str, list[Row]] = {}
    prefixes: list[tuple[str, Row]] = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = tuple(next(reader, ()))
            if header not in (COLUMNS, OPERATOR_COLUMNS):
                raise InputError(f"{shown}:1: the header must be {','.join(COLUMNS)}[,chip,dtypes]")
            for cells in reader:
                if len(cells) != len(header):
                    raise InputError(
                        f"{shown}:{reader.line_num}: {len(cells)} cells where the header has {len(header)}; "
                        "put a cell that holds a comma in double quotes"
                    )
                row = Row(*cells)
                if row.verdict not in SEVERITY:
                    raise InputError(
                        f"{shown}:{reader.line_num}: unknown verdict {row.verdict!r}; one of {', '.join(SEVERITY)}"
                    )
                if row.name.endswith("*"):
                    prefixes.append((row.name[:-1], row))
                else:
                    exact.setdefault(row.name, []).append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{shown}: can't be read as UTF-8 CSV: {error}") from None
    for rows in exact.values():
        rows.sort(key=lambda row: not row.chip)
    prefixes.sort(key=lambda item: -len(item[0]))
    return Table(exact, prefixes)


@cache
def built_in(target_id: str, library: str) -> Table:
    """Our own table for a target and a library; empty where there is none."""
    path = data.folder("rules") / "targets" / target_id / f"{library}.csv"
    return parse(path, f"rules/targets/{target_id}/{library}.csv") if path.is_file() else _EMPTY


@cache
def extra(folder: Path, target_id: str, library: str) -> Table:
    """A user's table, ``<folder>/<target>/<library>.csv``; empty where there is none."""
    path = folder / target_id / f"{library}.csv"
    return parse(path, str(path)) if path.is_file() else _EMPTY


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
