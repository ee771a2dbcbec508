"""What is said when the input can't be used: one sentence that names the place and the cure."""

from __future__ import annotations

from collections.abc import Iterable


class InputError(Exception):
    """The user's input can't be used; the message is for people and ends the run with exit code 2."""


def suggest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known word, the list of all where none is near."""
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(word, names, 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names)}"
