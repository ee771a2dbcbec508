"""Outputs: one module a format, found by its name, each with ``render(report, view)``."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

from migrate.report import Report


class View(NamedTuple):
    """How a person wants to see it; what a format can't show it leaves aside (JSON holds everything)."""

    color: bool = False
    lang: str = "en"
    width: int = 100
    verbose: bool = False
    """Also list what works unchanged, every skipped file, and the evidence (text and CSV)."""


def formats() -> tuple[str, ...]:
    """The names of the output formats."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_")))


def render(report: Report, name: str, view: View) -> Iterator[str]:
    """The report in a format, in pieces of text."""
    pieces: Iterator[str] = import_module(f"{__name__}.{name}").render(report, view)
    return pieces
