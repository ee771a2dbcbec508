"""Where the data folders are, in a wheel and in an editable install alike."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["entry", "folder", "toml", "tomllib"]


@cache
def folder(name: str) -> Path:
    """The folder ``rules`` or ``reports``: inside the package in a wheel, beside it in a checkout.

    Raises FileNotFoundError with the places looked at.
    """
    package = Path(__file__).resolve().parent.parent
    places = (package / "_data" / name, package.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}/ is missing: looked in {', '.join(map(str, places))}; reinstall cuda-migrate")


@cache
def toml(name: str) -> dict[str, Any]:
    """A TOML file of ``rules/``, by its path below it."""
    with (folder("rules") / name).open("rb") as file:
        content: dict[str, Any] = tomllib.load(file)
    return content


@cache
def entry(name: str, table: str) -> dict[str, Any] | None:
    """One top-level table of a large TOML file of ``rules/``; None where it has none of that name.

    A scan needs a few tables of hundreds, and parsing all would take longer than the rest of a small scan.
    """
    text = _text(name)
    start = text.find(f"\n[{table}]\n")
    if start < 0:
        return None
    end = text.find("\n[", start + 1)
    content: dict[str, Any] = tomllib.loads(text[start : end if end > 0 else len(text)])[table]
    return content


@cache
def _text(name: str) -> str:
    return "\n" + (folder("rules") / name).read_text(encoding="utf-8")
