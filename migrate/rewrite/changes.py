"""What a plan consists of: changes, what was left and why, and splices (edits that move text)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from migrate.model import Edit, Finding, Safety

Span = tuple[int, int]

Reason = Literal[
    "verdict",  # the tables give no counterpart that could be written
    "context",  # guarded fallback, another vendor's case, dead code: it is right as it stands
    "multi-vendor",  # the target's own value already stands beside it
    "review",  # needs a look; applied with --unsafe
    "arguments",  # the call has arguments that the counterpart doesn't take
    "value",  # passed on as a value: what it will be called with isn't known
    "comments",  # the call's arguments would move, and comments stand between them
    "string",  # a text that can't be edited as a literal
    "kernels",  # an extension whose sources are, or may be, CUDA kernels
    "no-torch",  # the file doesn't import torch, so the expression has nothing to stand on
    "config",  # a device or back end outside of code, which can't be asked for there
    "guard",  # depends on a test for CUDA that stays, or is one in front of a device that stays
    "overlap",  # another change covers the place
    "syntax",  # the file, or this place in it, can't be read for certain
    "binding",  # the name can't be told apart from another one in the file
]
"""Why a finding was left alone; the words stand in messages.py."""


class Splice(NamedTuple):
    """Replace a span by texts and by spans of the source, which keep the edits inside them."""

    start: int
    end: int
    parts: tuple[str | Span, ...]

    @classmethod
    def text(cls, start: int, end: int, text: str) -> Splice:
        """A plain replacement."""
        return cls(start, end, (text,))


class Change(NamedTuple):
    """One finding's change: all of its splices are made, or none."""

    finding: Finding
    splices: tuple[Splice, ...]
    safety: Safety
    old: str = ""
    """The text from the first splice to the last, as it was."""
    new: str = ""
    """That text with this change alone made."""


class Left(NamedTuple):
    """A finding that stays as it is, and why."""

    finding: Finding
    reason: Reason
    todo: bool = False
    """Whether a comment above it says so."""


@dataclass
class FilePlan:
    """All that is to be done in one file."""

    path: str
    data: bytes
    edits: list[Edit] = field(default_factory=list)
    """In order of place, without overlaps."""
    changes: list[Change] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    encoding: str = "utf-8"
    """Of the edits' texts."""
    is_new: bool = False
    """Whether the file isn't there yet."""
    problem: str = ""
    """Why nothing in the file could be changed; empty where all went well."""

    @property
    def result(self) -> bytes:
        """The file's new bytes."""
        return apply(self.data, self.edits, self.encoding)


class OverlapError(ValueError):
    """Two splices claim the same bytes, and neither lies inside a part that the other keeps."""


def apply(data: bytes, edits: Iterable[Edit], encoding: str = "utf-8") -> bytes:
    """The bytes with the edits made; nothing outside their spans changes."""
    pieces = []
    at = 0
    for edit in edits:
        pieces += [data[at : edit.start], edit.text.encode(encoding)]
        at = edit.end
    return b"".join([*pieces, data[at:]])


def told(data: bytes, change: Change) -> Change:
    """The change with its texts.  Raises OverlapError, UnicodeDecodeError."""
    if not change.splices:
        return change
    start, end = min(splice.start for splice in change.splices), max(splice.end for splice in change.splices)
    shifted = (edit._replace(start=edit.start - start, end=edit.end - start) for edit in edits(data, change.splices))
    old = data[start:end]
    return change._replace(old=old.decode(), new=apply(old, shifted).decode())


def accepted(changes: Iterable[Change]) -> tuple[list[Change], list[Change]]:
    """The changes that go together, and those that would overlap one before them (the earlier place
    wins, then the wider)."""
    kept: list[Change] = []
    refused: list[Change] = []
    taken: list[Splice] = []
    order = sorted(changes, key=lambda change: min((s.start, -s.end) for s in change.splices) if change.splices else ())
    for change in order:
        if any(_clash(splice, other) for splice in change.splices for other in taken):
            refused.append(change)
        else:
            kept.append(change)
            taken += change.splices
    return kept, refused


def _clash(one: Splice, other: Splice) -> bool:
    if one == other:
        return False
    first, second = sorted((one, other), key=lambda splice: (splice.start, splice.end))
    if second.start >= first.end:
        return False
    return not any(
        isinstance(part, tuple) and part[0] <= second.start and second.end <= part[1] for part in first.parts
    )


def edits(data: bytes, splices: Iterable[Splice]) -> list[Edit]:
    """The splices as plain edits in order of place; those inside a kept part go into its text, those at
    one place stay in the order given.

    Raises OverlapError where they don't fit together.
    """
    order = sorted(dict.fromkeys(splices), key=lambda splice: (splice.start, splice.end != splice.start, -splice.end))
    return _edits(data, order)


def _edits(data: bytes, order: list[Splice]) -> list[Edit]:
    made: list[Edit] = []
    at = 0
    while order:
        outer, order = order[0], order[1:]
        if outer.start < at:
            raise OverlapError(outer)
        inner = [splice for splice in order if splice.start < outer.end]
        order = order[len(inner) :]
        text = ""
        for part in outer.parts:
            if isinstance(part, str):
                text += part
                continue
            nested = [splice for splice in inner if part[0] <= splice.start and splice.end <= part[1]]
            inner = [splice for splice in inner if splice not in nested]
            shifted = [Edit(e.start - part[0], e.end - part[0], e.text) for e in _edits(data, nested)]
            text += apply(data[slice(*part)], shifted).decode("utf-8")
        if inner:
            raise OverlapError(inner[0])
        at = outer.end
        if data[outer.start : outer.end] != text.encode():
            made.append(Edit(outer.start, outer.end, text))
    return made
