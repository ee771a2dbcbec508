"""Parameters of libraries whose value is bound to CUDA: ``attn_implementation="flash_attention_2"``.

The list ``rules/sources/parameters.csv`` names them ``LIBRARY.PARAMETER=VALUE`` (``*``: any value) with the
modules whose calls take them; ``config`` among these: a configuration file's key of that name is the parameter.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from migrate.facts.sources import names


class Parameter(NamedTuple):
    """One listed value of a parameter; ``modules`` are the dotted names of those whose calls take it."""

    symbol: str
    value: str
    modules: tuple[str, ...]
    in_files: bool


@cache
def parameters() -> dict[str, tuple[Parameter, ...]]:
    """The listed values by the parameter's name."""
    found: dict[str, tuple[Parameter, ...]] = {}
    for name, entry in names("parameters").items():
        head, _, value = name.partition("=")
        words = entry.module.split()
        modules = tuple(word for word in words if word != "config")
        key = head.rpartition(".")[2]
        found[key] = (*found.get(key, ()), Parameter(f"param:{name}", value, modules, "config" in words))
    return found


def listed(key: str, value: str) -> tuple[Parameter, ...]:
    """The listed parameters of that name that have the value."""
    return tuple(found for found in parameters().get(key, ()) if found.value in (value, "*"))


def in_file(key: str, value: str) -> str | None:
    """The symbol of a configuration file's key with that value."""
    value = "True" if value == "true" else value
    return next((found.symbol for found in listed(key, value) if found.in_files), None)
