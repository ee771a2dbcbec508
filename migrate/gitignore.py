"""The patterns of a .gitignore file, by git's rules (https://git-scm.com/docs/gitignore).

A pattern becomes a regular expression whose ``*`` and ``**`` never take back what they gave up, so
that no hostile pattern costs more than its length times that of the path.  No match is lost by it:
what stands between two of them has a fixed length, so that its first place is as good as any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrate.regex import regex

_TOKEN = regex(
    r"(?P<deep>(?:^|(?<=/))\*\*+(?:/|$))|(?P<star>\*+)|(?P<slash>\\?/)|(?P<any>\?)|(?P<set>\[)|\\(.)|([^\\])",
    re.DOTALL,
)
_MEMBER = regex(r"\[:(?P<posix>[^\]]*):\]|(?P<low>\\.|[^\\])(?:-(?P<high>\\.|[^\\\]]))?", re.DOTALL)
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t-\r ",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}

_Segment = list[str]
"""What stands between two slashes: the regular expressions between its stars, each of a fixed length."""


class Patterns:
    """The patterns of one file, for paths relative to its folder."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._groups = 0
        alternatives = [found for line in lines if (found := self._alternative(line))]
        self._any = re.compile("|".join(reversed(alternatives)), re.DOTALL) if alternatives else None

    def __bool__(self) -> bool:
        """Whether there is a pattern among the lines that can match something."""
        return self._any is not None

    def says(self, path: str) -> bool | None:
        """True: left out; False: kept by a ``!`` pattern; None: nothing said.  A folder's path ends in ``/``.

        The last pattern that matches decides: it stands first among the alternatives.
        """
        match = self._any.match(path) if self._any else None
        return None if match is None else match.lastgroup is not None and match.lastgroup.startswith("out")

    def _alternative(self, line: str) -> str:
        """The line's regular expression, which ends in a group that says what it is for; "" where it has none."""
        line = line.removesuffix("\r")
        if line.startswith("#"):
            return ""
        body = _without_blanks(line)
        kept, body = body.startswith("!"), body.removeprefix("!")
        folder, body = body.endswith("/"), body.removesuffix("/")
        body = body.removeprefix("/") if "/" in body else f"**/{body}" if body else ""
        groups = _read(body) if body else None
        if groups is None:
            return ""
        end = "/" if folder else "/?"
        return rf"{self._path(groups)}{end}\Z(?P<{'kept' if kept else 'out'}{self._number()}>)"

    def _path(self, groups: list[list[_Segment]]) -> str:
        """The regular expression for the runs of segments between ``**``."""
        first, *others = [("/".join(map(self._segment, group)) if group else None) for group in groups]
        found = first or ""
        if not others:
            return found
        *middle, last = others
        found += "/" * (first is not None)
        found += "".join(self._once(f"(?:[^/]+/)*?{run}/") for run in middle if run is not None)
        return found + ("[^/].*" if last is None else f"(?:[^/]+/)*{last}")

    def _segment(self, pieces: _Segment) -> str:
        first, *others = pieces
        if not others:
            return first
        *middle, last = others
        found = "".join(self._once(f"[^/]*?{piece}") for piece in middle if piece)
        return rf"(?=[^/]){first}{found}[^/]*{last}(?=/|\Z)"

    def _once(self, expression: str) -> str:
        """The expression at its first match only (``(?>…)``, which Python has from 3.11 on)."""
        name = f"once{self._number()}"
        return f"(?=(?P<{name}>{expression}))(?P={name})"

    def _number(self) -> int:
        self._groups += 1
        return self._groups


def _without_blanks(line: str) -> str:
    """The line without the blanks at its end, of which a backslash keeps one."""
    short = line.rstrip(" ")
    slashes = len(short) - len(short.rstrip("\\"))
    return short + " " if slashes % 2 and len(line) > len(short) else short


def _read(body: str) -> list[list[_Segment]] | None:
    """The pattern's runs of segments, parted where ``**`` stands; an empty last one for ``**`` at the end.
    None where the pattern matches nothing."""
    groups: list[list[_Segment]] = [[[""]]]
    at = 0
    while at < len(body):
        if (token := _TOKEN.match(body, at)) is None:
            return None  # a backslash with nothing behind it
        at = token.end()
        if token["deep"]:
            groups[-1].pop()
            groups.append([[""]] if token["deep"].endswith("/") else [])
        elif token["slash"]:
            groups[-1].append([""])
        elif token["star"]:
            groups[-1][-1].append("")
        elif token["set"]:
            if (found := _set(body, at)) is None:
                return None
            expression, at = found
            groups[-1][-1][-1] += expression
        else:
            groups[-1][-1][-1] += "[^/]" if token["any"] else re.escape(token[token.lastindex or 0])
    return groups


def _set(body: str, at: int) -> tuple[str, int] | None:
    """The regular expression of ``[…]`` from behind its bracket, and where it ends; None where it doesn't."""
    negated = body[at : at + 1] in ("!", "^")
    at += negated
    members = ""
    while not members or body[at : at + 1] != "]":
        if (member := _MEMBER.match(body, at)) is None:
            return None
        at = member.end()
        if member["posix"] is not None:
            if member["posix"] not in _POSIX:
                return None
            members += _POSIX[member["posix"]]
            continue
        low, high = member["low"][-1], (member["high"] or "")[-1:]
        members += re.escape(low)
        if low < high:
            members += f"{re.escape(low)}-{re.escape(high)}"
    return f"(?!/)[{'^' if negated else ''}{members}]", at + 1
