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

__all__ = ["folder", "toml", "tomllib"]


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
