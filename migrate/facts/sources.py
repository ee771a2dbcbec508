"""The lists of names, ``rules/sources/<library>.csv``, and the way from a symbol to its library."""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import Any, NamedTuple

from migrate.facts import data
from migrate.facts.data import toml


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
    path = data.folder("rules") / "sources" / f"{library}.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row[0]: Name(*row) for row in csv.reader(file) if row and row[0] != "name"}


def is_listed(name: str, library: str) -> bool:
    """Whether a library has the name, as itself, as a module or namespace, of a listed family (``triton:*``), or as
    a member of a class; True where no list says."""
    known = names(library)
    if not known or name in known or name in _holders(library) or name.startswith(_families(library)):
        return True
    holder = known.get(name.rpartition("::" if "::" in name else ".")[0])
    return holder is not None and holder.kind in ("class", "type", "attribute", "data")


@cache
def _holders(library: str) -> frozenset[str]:
    """The modules and namespaces that the listed names lie in."""
    found = set()
    for name in names(library):
        mark = "::" if "::" in name else "."
        parts = name.split(mark)
        found |= {mark.join(parts[:length]) for length in range(1, len(parts))}
    return frozenset(found)


@cache
def _families(library: str) -> tuple[str, ...]:
    return tuple(name.removesuffix("*") for name in names(library) if name.endswith("*"))


@cache
def of_scheme(scheme: str) -> dict[str, dict[str, Any]]:
    """The libraries of a scheme and their entries in ``rules/libraries.toml``, in file order."""
    return {library: entry for library, entry in toml("libraries.toml").items() if entry["scheme"] == scheme}


@cache
def _patterns(scheme: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    entries = of_scheme(scheme).items()
    return tuple((re.compile(entry["names"]), library) for library, entry in entries if "names" in entry)


@cache
def listed(scheme: str) -> dict[str, str]:
    """Name → library for the libraries of a scheme that have no naming pattern."""
    libraries = [library for library, entry in of_scheme(scheme).items() if "names" not in entry]
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
    libraries = list(of_scheme(scheme))
    return libraries[0] if len(libraries) == 1 else ""
