"""Text on a terminal: widths of wide characters, padding, wrapping, colour."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from migrate.regex import regex

_WORD = regex(r"\S+|\s+")
_UNIT = regex(r"[\u1100-\uffef][,。、;:?!)」』】》”’]*|[^\s\u1100-\uffef]+|\s+")
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36"}


def width(text: str) -> int:
    """Columns that a text takes: two for East Asian wide characters, none for marks and joiners."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


@lru_cache(4096)
def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, columns: int, right: bool = False) -> str:
    """The text filled with spaces to a width; set against the right edge where ``right``."""
    fill = " " * (columns - width(text))
    return fill + text if right else text + fill


def clip(text: str, columns: int) -> str:
    """The text cut to a width, with an ellipsis where something was cut."""
    if width(text) <= columns:
        return text
    room = columns - 1
    for index, char in enumerate(text):
        room -= _char_width(char)
        if room < 0:
            return text[:index] + "…"
    return text


def wrap(text: str, columns: int) -> Iterator[str]:
    """Lines of at most ``columns``; Chinese breaks between characters, a longer word stands alone."""
    line, taken = "", 0
    for unit in (_WORD if text.isascii() else _UNIT).findall(text):
        size = width(unit)
        if taken and taken + size > columns:
            yield line.rstrip()
            line, taken = "", 0
        if taken or not unit.isspace():
            line, taken = line + unit, taken + size
    if line.strip():
        yield line.rstrip()


def paint(text: str, style: str, on: bool) -> str:
    """The text in a style (``"bold"``, ``"red"`` …), where colour is on."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if on and style else text
