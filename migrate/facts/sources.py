"""The lists of names, ``rules/sources/<library>.csv``, and the way from a symbol to its library."""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import NamedTuple

from migrate.facts.data import folder, toml


class Name(NamedTuple):
    """One public name of a library: its kind, its header or module, and the versions that have it."""

    name: str
    kind: str
    module: str
    added: str = ""
    deprecated: str = ""
    removed: str = ""


@cache
def names(library: str) -> dict[str, Name]:
    """The list of a library; empty where it has none."""
    path = folder("rules") / "sources" / f"{library}.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row[0]: Name(*row) for row in csv.reader(file) if row and row[0] != "name"}


@cache
def _patterns(scheme: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    libraries = toml("libraries.toml").items()
    return tuple((re.compile(entry["names"]), name) for name, entry in libraries if entry["scheme"] == scheme and "names" in entry)


@cache
def listed(scheme: str) -> dict[str, str]:
    """Name → library for the libraries of a scheme that have no naming pattern."""
    libraries = [name for name, entry in toml("libraries.toml").items() if entry["scheme"] == scheme and "names" not in entry]
    return {name: library for library in reversed(libraries) for name in names(library)}


@cache
def library_of(symbol: str) -> str:
    """The library that a symbol belongs to; "" where none claims it."""
    scheme, _, name = symbol.partition(":")
    for pattern, library in _patterns(scheme):
        if pattern.search(name):
            return library
    if name in (index := listed(scheme)):
        return index[name]
    only = [library for library, entry in toml("libraries.toml").items() if entry["scheme"] == scheme]
    return only[0] if len(only) == 1 else ""
