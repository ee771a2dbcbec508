"""What a rewrite in place set out to write, so that the next run can finish what a killed one began.

One small file a root, in the user's cache folder: path → digest of the new content.  It is there from
before the first write until all are done.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from migrate import atomic, cache
from migrate.rewrite.changes import FilePlan


class Journal:
    """The unfinished writes below one folder.  Where nothing can be kept, there are none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._place: Path | None = None
        self._known: dict[str, str] = {}
        with suppress(OSError, RuntimeError):  # no home, or one that may not be looked into
            name = blake2b(os.fsencode(folder.resolve()), digest_size=10).hexdigest()
            self._place = cache.folder() / f"{name}.unfinished"
            self._known = _load(self._place)

    def is_ours(self, path: str) -> bool:
        """Whether an unfinished rewrite left the file as it stands."""
        return path in self._known and _digest_of(self._folder / path) == self._known[path]

    def begin(self, plans: Iterable[FilePlan]) -> None:
        """Note what is going to be written; what a killed run left half done beside the files goes."""
        for path in self._known:
            atomic.clear(self._folder / path)
        kept = {path: mark for path, mark in self._known.items() if self.is_ours(path)}
        self._known = kept | {plan.path: _digest(plan.result) for plan in plans}
        if self._place:
            with suppress(OSError):
                self._place.parent.mkdir(parents=True, exist_ok=True)
                atomic.write(self._place, [json.dumps(self._known).encode()])

    def end(self) -> None:
        """All is written."""
        if self._place:
            with suppress(OSError):
                self._place.unlink(missing_ok=True)


def _load(place: Path) -> dict[str, str]:
    if not place.is_file():
        return {}
    try:
        found = json.loads(place.read_bytes())
    except ValueError:
        return {}
    return {str(path): str(mark) for path, mark in found.items()} if isinstance(found, dict) else {}


def _digest_of(place: Path) -> str:
    try:
        return _digest(place.read_bytes())
    except OSError:
        return ""


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=20).hexdigest()
