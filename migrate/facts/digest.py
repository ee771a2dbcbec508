"""One short name for the whole of the rules, so that two reports can be told apart by them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from pathlib import Path

from migrate.facts import data


@cache
def rules(folders: tuple[Path, ...] = ()) -> str:
    """Digest of rules/ and of the user's folders: 12 hexadecimal digits, the same on every machine."""
    total = blake2b(digest_size=6)
    for folder in (data.folder("rules"), *folders):
        for path in _files(folder):
            total.update(path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape") + b"\0")
            total.update(path.read_bytes())
    return total.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for suffix in ("csv", "toml") for path in folder.rglob(f"*.{suffix}"))
