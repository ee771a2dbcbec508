"""Results of earlier scans: one small SQLite file a scanned root, in the user's cache folder.

A file whose size and time of change are as before is not even read again; one that was only
touched is recognised by the hash of its content.  Another version of the tool or of the lists of
names starts afresh.  Anything wrong with the cache means no cache, never a failed scan.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from migrate.facts import data
from migrate.files import Entry

_RACY = 2_000_000_000
"""Nanoseconds: a file changed this shortly before it was read may change again within one tick."""

_KEEP = 90 * 86400
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (tool TEXT);
CREATE TABLE IF NOT EXISTS files (
    path BLOB PRIMARY KEY, size INTEGER, stamp INTEGER, changed INTEGER, digest BLOB, result TEXT, checksum INTEGER
);
"""


class _Row(NamedTuple):
    size: int
    stamp: int
    changed: int
    digest: bytes
    result: str
    """As packed."""
    checksum: int


def digest(content: bytes) -> bytes:
    """The hash by which a file's content is recognised."""
    return blake2b(content, digest_size=16).digest()


def folder() -> Path:
    """Where caches are kept (``XDG_CACHE_HOME`` or ``~/.cache``)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cuda-migrate"


def _tool() -> str:
    """Names the code and the lists that made the results, by size and time of their files."""
    package = Path(__file__).parent
    files = sorted((*package.rglob("*.py"), *(data.folder("rules") / "sources").glob("*.csv")))
    marks = ((path.name, status.st_size, status.st_mtime_ns) for path in files if (status := path.stat()))
    return blake2b(repr([*marks]).encode(), digest_size=16).hexdigest()


class Cache:
    """The results for one root.  Read whole at the start, written once at the end."""

    def __init__(self, root: Path, *, use: bool = True) -> None:
        self._rows: dict[bytes, _Row] = {}
        self._fresh: dict[bytes, _Row] = {}
        self._place: Path | None = None
        if use:
            with suppress(OSError, RuntimeError):  # no home, or one that may not be looked into
                name = blake2b(os.fsencode(root.resolve()), digest_size=10).hexdigest()
                place = folder() / f"{name}.sqlite"
                self._tool = _tool()
                self._rows = _load(place, self._tool)
                self._place = place

    def unchanged(self, entry: Entry) -> str | None:
        """The packed result for a file that looks as before; None where it has to be read."""
        row = self._rows.get(os.fsencode(entry.path))
        if row is None or (row.size, row.stamp, row.changed) != (entry.size, entry.stamp, entry.changed):
            return None
        return row.result

    def digests(self, entries: Iterable[Entry]) -> dict[str, bytes]:
        """Path → hash of the content that was seen there before."""
        rows = ((entry.path, self._rows.get(os.fsencode(entry.path))) for entry in entries)
        return {path: row.digest for path, row in rows if row}

    def keep(self, entry: Entry, mark: bytes, result: str | None) -> str:
        """Keep a file's packed result and return it; None says that the content is as it was before."""
        path = os.fsencode(entry.path)
        if result is None:
            row = self._rows[path]
            self._fresh[path] = row._replace(size=entry.size, stamp=_trusted(entry), changed=entry.changed)
            return row.result
        if mark:
            self._fresh[path] = _Row(entry.size, _trusted(entry), entry.changed, mark, result, _checksum(result))
        return result

    def save(self, seen: set[str], *, complete: bool) -> None:
        """Write what is new; forget files that are gone (not ``seen``) if the walk was ``complete``."""
        gone = self._rows.keys() - {os.fsencode(path) for path in seen} if complete else set()
        if self._place is None or not (self._fresh or gone):
            return
        import sqlite3

        with suppress(OSError, sqlite3.Error):
            self._place.parent.mkdir(parents=True, exist_ok=True)
            if not self._rows:
                self._place.unlink(missing_ok=True)
            with closing(sqlite3.connect(self._place)) as db, db:
                db.executescript(_SCHEMA)
                db.execute("DELETE FROM meta")
                db.execute("INSERT INTO meta VALUES (?)", (self._tool,))
                db.executemany("DELETE FROM files WHERE path = ?", ((path,) for path in gone))
                rows = ((path, *row) for path, row in self._fresh.items())
                db.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        with suppress(OSError):
            _prune(self._place.parent)


def _load(place: Path, tool: str) -> dict[bytes, _Row]:
    """The rows that this version of the tool wrote, but for those that are damaged."""
    if not place.is_file():
        return {}
    import sqlite3

    try:
        with closing(sqlite3.connect(place)) as db:
            if db.execute("SELECT tool FROM meta").fetchone() != (tool,):
                return {}
            rows = db.execute("SELECT path, size, stamp, changed, digest, result, checksum FROM files")
            return {path: row for path, *cells in rows if _checksum((row := _Row(*cells)).result) == row.checksum}
    except sqlite3.Error:
        return {}


def _checksum(result: object) -> int:
    return zlib.crc32(str(result).encode("utf-8", "replace"))


def _trusted(entry: Entry) -> int:
    """The file's time of change, or -1 where it is too fresh to be trusted next time."""
    return entry.stamp if time.time_ns() - entry.stamp > _RACY else -1


def _prune(place: Path) -> None:
    """Drop the caches of roots that nobody has scanned for a quarter of a year."""
    limit = time.time() - _KEEP
    for path in place.glob("*.sqlite"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
