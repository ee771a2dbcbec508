"""Which checks a scan reports, by name; ``*`` is allowed in a name."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache

from migrate.errors import InputError, suggest
from migrate.facts import data


@cache
def known() -> tuple[str, ...]:
    """All checks: the hazards, the libraries, and the schemes of what no library claims."""
    libraries = data.toml("libraries.toml")
    schemes = (entry["scheme"] for entry in libraries.values())
    return tuple(sorted({*data.toml("hazards.toml"), *libraries, *schemes}))


def usable(patterns: Iterable[str], where: str) -> None:
    """Raises InputError, with the place and the nearest check, for a pattern that no check matches."""
    for pattern in patterns:
        if not any(fnmatchcase(check, pattern) for check in known()):
            raise InputError(f"{where}: no check is named {pattern!r}{suggest(pattern, known())}")


class Selection:
    """The checks that are wanted: those selected (all where none is) without those ignored."""

    def __init__(self, select: tuple[str, ...], ignore: tuple[str, ...]) -> None:
        self._select = select or ("*",)
        self._ignore = ignore
        self._wanted: dict[str, bool] = {}

    def wants(self, check: str) -> bool:
        """Whether findings of the check are reported."""
        if (wanted := self._wanted.get(check)) is None:
            wanted = self._wanted[check] = names(self._select, check) and not names(self._ignore, check)
        return wanted

    def wants_any(self, patterns: Iterable[str]) -> bool:
        """Whether one of the patterns names a check that is wanted; one that no check matches counts as such."""
        return any(
            self.wants(check)
            for pattern in patterns
            for check in [name for name in known() if fnmatchcase(name, pattern)] or [pattern]
        )


def names(patterns: Iterable[str], check: str) -> bool:
    """Whether one of the patterns names the check."""
    return any(fnmatchcase(check, pattern) for pattern in patterns)
