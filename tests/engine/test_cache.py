"""The cache: nothing is read twice, nothing stale is believed, nothing wrong with it ends a scan."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from migrate import cache as cache_module
from migrate.analysis import EMPTY, FileResult, Located, Suppression, pack, unpack
from migrate.cache import Cache, digest, folder
from migrate.files import Entry
from migrate.model import Arg, Skip, Use

RESULT = FileResult(
    (
        Located(
            Use("c:cudaFree", 3, 11, "call", (Arg("", 12, 13),), ("guarded",), (("k", "v"),)), 1, 4, 1, 12, "t", "s"
        ),
    ),
    ("c:mine",),
    (Skip("a.py", "parse-error", "line 1"),),
    (Suppression(2, ("device",), True),),
)


def entry(path: Path, name: str = "a.py") -> Entry:
    status = path.stat()
    return Entry(name, str(path), "python", status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1\n")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


def test_a_result_survives_packing() -> None:
    assert unpack(pack(RESULT)) == RESULT
    assert unpack(pack(EMPTY)) == EMPTY


def fill(file: Path) -> None:
    cache = Cache(file.parent)
    assert cache.unchanged(entry(file)) is None
    cache.keep(entry(file), digest(file.read_bytes()), RESULT)
    cache.save({"a.py"}, complete=True)


def test_unchanged_is_believed_changed_is_not(file: Path) -> None:
    fill(file)
    assert Cache(file.parent).unchanged(entry(file)) == RESULT
    file.write_bytes(b"y = 12\n")
    assert Cache(file.parent).unchanged(entry(file)) is None


def test_touched_is_known_by_its_content(file: Path) -> None:
    fill(file)
    os.utime(file, (1_100_000_000, 1_100_000_000))
    cache = Cache(file.parent)
    assert cache.unchanged(entry(file)) is None
    mark = cache.digests([entry(file)])["a.py"]
    assert mark == digest(file.read_bytes())
    assert cache.keep(entry(file), mark, None) == RESULT
    cache.save({"a.py"}, complete=True)
    assert Cache(file.parent).unchanged(entry(file)) == RESULT


def test_a_file_changed_just_now_is_not_trusted(file: Path) -> None:
    os.utime(file)
    fill(file)
    assert Cache(file.parent).unchanged(entry(file)) is None


def test_gone_files_are_forgotten_unless_the_walk_was_cut_short(file: Path) -> None:
    fill(file)
    Cache(file.parent).save(set(), complete=False)
    assert Cache(file.parent).unchanged(entry(file)) == RESULT
    Cache(file.parent).save(set(), complete=True)
    assert Cache(file.parent).unchanged(entry(file)) is None


def test_another_tool_version_starts_afresh(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(file)
    monkeypatch.setattr(cache_module, "_tool", lambda: "other")
    assert Cache(file.parent).unchanged(entry(file)) is None


def test_a_broken_cache_is_no_cache(file: Path) -> None:
    fill(file)
    (place,) = folder().glob("*.sqlite")
    place.write_bytes(b"not a database" * 100)
    cache = Cache(file.parent)
    assert cache.unchanged(entry(file)) is None
    cache.keep(entry(file), digest(file.read_bytes()), RESULT)
    cache.save({"a.py"}, complete=True)
    assert Cache(file.parent).unchanged(entry(file)) == RESULT


def test_a_cache_that_can_not_be_written(file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    fill(file)


def test_file_names_of_any_bytes(file: Path) -> None:
    name = os.fsdecode(b"\xff\n'.py")
    cache = Cache(file.parent)
    cache.keep(entry(file, name), b"1", RESULT)
    cache.save({name}, complete=True)
    assert Cache(file.parent).unchanged(entry(file, name)) == RESULT
    (place,) = folder().glob("*.sqlite")
    with sqlite3.connect(place) as db:
        assert db.execute("SELECT path FROM files").fetchall() == [(b"\xff\n'.py",)]
    db.close()


def test_a_changed_file_with_its_old_size_and_time_is_read_again(file: Path) -> None:
    fill(file)
    file.write_bytes(b"y = 2\n")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert Cache(file.parent).unchanged(entry(file)) is None
