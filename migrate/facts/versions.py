"""Versions of the source (CUDA, torch …) and of a target's stack, and the ranges that rows hold for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from migrate.errors import InputError
from migrate.facts import data

if TYPE_CHECKING:
    from packaging.version import Version


@cache
def parse(text: str) -> Version:
    """A version such as ``12.4`` or ``8.3.RC1``.  Raises InputError."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion:
        raise InputError(f"{text!r} is not a version; write it like 12.4") from None


@cache
def holds(spec: str, version: str) -> bool:
    """Whether a range such as ``>=11,<13`` holds the version; an empty range holds all.

    A version may be given shorter than the range's (``12`` for ``>=12.0``).  Raises InputError.
    """
    if not spec:
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(spec).contains(parse(version), prereleases=True)
    except InvalidSpecifier:
        raise InputError(f"{spec!r} is not a range of versions; write it like >=11,<13") from None


@cache
def least(spec: str) -> str:
    """The first version that a range holds, as it is written there: ``2.4`` of ``>=2.4,<2.9``; "" where it has none."""
    return next((part.removeprefix(">=") for part in spec.split(",") if part.startswith(">=")), "")


def assumed() -> dict[str, str]:
    """Source → the version taken where the user names none: the newest that the tables were checked against."""
    return {source: entry["assumed"] for source, entry in data.toml("versions.toml").items()}


def beyond(given: dict[str, str]) -> list[str]:
    """Those of the given source versions that are newer than any that the tables were checked against: ``cuda-99``."""
    newest = assumed()
    return [f"{source}-{version}" for source, version in given.items() if minor(version) > minor(newest[source])]


def minor(version: str) -> tuple[int, ...]:
    """A version's first two numbers, by which the tables tell versions apart.  Raises InputError."""
    return parse(version).release[:2]
