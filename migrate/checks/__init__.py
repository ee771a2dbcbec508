"""Structural checks: hazards that a table row cannot say.  One file each, found by its name.

A check is a module in the folder of its language (``python`` or ``cuda``) with
    its docstring (what it finds, why it matters, what to do instead: shown by ``explain``),
    ``MARKERS``   byte strings, one of which must stand in the file for the check to run,
    ``find(parsed)``  yields uses with the symbol ``hazard:<id>``, from the frontend's parsed file,
where <id> is the module's name with hyphens.  What a hazard means on each target, and the texts
for people, stand in ``rules/hazards.toml`` under the same id.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from migrate.model import Use

LANGUAGES = ("python", "cuda")


@cache
def checks(language: str) -> tuple[ModuleType, ...]:
    """The checks for a language, in the order of their ids."""
    folder = import_module(f"{__name__}.{language}")
    names = sorted(info.name for info in pkgutil.iter_modules(folder.__path__))
    return tuple(import_module(f"{folder.__name__}.{name}") for name in names)


@cache
def _markers(language: str) -> frozenset[bytes]:
    return frozenset(marker for module in checks(language) for marker in module.MARKERS)


def of_id(hazard: str) -> tuple[ModuleType, ...]:
    """The checks that find a hazard: one a language at most."""
    name = hazard.replace("-", "_")
    return tuple(
        check for language in LANGUAGES for check in checks(language) if check.__name__.rpartition(".")[2] == name
    )


def run(language: str, data: bytes, parsed: Any) -> Iterator[Use]:
    """Run each check for the language whose markers stand in the file."""
    standing = {marker for marker in _markers(language) if marker in data}
    for module in checks(language):
        if not standing.isdisjoint(module.MARKERS):
            yield from module.find(parsed)
