"""One short name for the whole of the rules, so that two reports can be told apart by them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path

from migrate.cache import folder as cache_folder
from migrate.facts import data, targets
from migrate.regex import regex

_DIGEST = regex(r"[0-9a-f]{12}")


@cache
def rules(folders: tuple[Path, ...] = ()) -> str:
    """Digest of rules/ and of the user's tables: 12 hexadecimal digits, the same on every machine."""
    ours = data.folder("rules")
    known = _ours(ours)
    if not folders:
        return known
    total = blake2b(known.encode(), digest_size=6)
    for folder in folders:
        _add(total, folder, _tables(folder))
    return total.hexdigest()


def _ours(folder: Path) -> str:
    """The digest of rules/ alone.  Reading all of it would take longer than the scan of a small file, so it is
    remembered as long as no file there looks changed."""
    marks = [(entry.path, status.st_size, status.st_mtime_ns) for entry, status in _entries(os.fspath(folder))]
    key = blake2b(repr(sorted(marks)).encode(), digest_size=16).hexdigest()
    place: Path | None = None
    with suppress(OSError, RuntimeError, ValueError):  # no home, nothing remembered, something else in its place
        place = cache_folder() / "rules-digest"
        remembered, digest = place.read_text("ascii").split()
        if remembered == key and _DIGEST.fullmatch(digest):
            return digest
    total = blake2b(digest_size=6)
    _add(total, folder, sorted(path for path, _, _ in marks))
    if place is not None:
        from migrate.atomic import write

        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            write(place, [f"{key} {total.hexdigest()}\n".encode()])
    return total.hexdigest()


def _add(total: blake2b, folder: Path, paths: list[str]) -> None:
    for path in paths:
        total.update(os.path.relpath(path, folder).replace(os.sep, "/").encode("utf-8", "surrogateescape") + b"\0")
        with open(path, "rb", buffering=0) as file:
            total.update(file.read())


def _entries(folder: str) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.is_dir():
                yield from _entries(entry.path)
            elif entry.name.endswith((".csv", ".toml")):
                yield entry, entry.stat()


def _tables(folder: Path) -> list[str]:
    """What a scan reads of a user's folder, and nothing else that lies there."""
    found = (path for target in targets.ids() for path in (folder / target).glob("*.csv"))
    return sorted(os.fspath(path) for path in found if path.is_file())
