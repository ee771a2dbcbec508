"""One short name for the whole of the rules, so that two reports can be told apart by them."""

from __future__ import annotations

import os
from functools import cache
from hashlib import blake2b
from pathlib import Path

from migrate.facts import data, targets


@cache
def rules(folders: tuple[Path, ...] = ()) -> str:
    """Digest of rules/ and of the user's tables: 12 hexadecimal digits, the same on every machine."""
    ours = data.folder("rules")
    total = blake2b(digest_size=6)
    for folder, paths in ((ours, _files(os.fspath(ours))), *((folder, _tables(folder)) for folder in folders)):
        for path in paths:
            total.update(os.path.relpath(path, folder).replace(os.sep, "/").encode("utf-8", "surrogateescape") + b"\0")
            with open(path, "rb", buffering=0) as file:
                total.update(file.read())
    return total.hexdigest()


def _files(folder: str) -> list[str]:
    return sorted(
        os.path.join(place, name)
        for place, _, names in os.walk(folder)
        for name in names
        if name.endswith((".csv", ".toml"))
    )


def _tables(folder: Path) -> list[str]:
    """What a scan reads of a user's folder, and nothing else that lies there."""
    found = (path for target in targets.ids() for path in (folder / target).glob("*.csv"))
    return sorted(os.fspath(path) for path in found if path.is_file())
