"""One short name for the whole of the rules, so that two reports can be told apart by them."""

from __future__ import annotations

import os
from functools import cache
from hashlib import blake2b
from pathlib import Path

from migrate.facts import data


@cache
def rules(folders: tuple[Path, ...] = ()) -> str:
    """Digest of rules/ and of the user's folders: 12 hexadecimal digits, the same on every machine."""
    total = blake2b(digest_size=6)
    for folder in (data.folder("rules"), *folders):
        for path in _files(os.fspath(folder)):
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
