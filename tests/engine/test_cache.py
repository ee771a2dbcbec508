"""The cache: nothing is read twice, nothing stale is believed, nothing wrong with it ends a scan."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from migrate import cache as cache_module
from migrate.analysis import EMPTY, FileResult, Located
from migrate.cache import Cache, digest, folder
from migrate.files import Entry
from migrate.model import Arg, Skip, Use
from migrate.packed import Packed, pack
from migrate.suppressions import Suppression


def located(symbol: str, start: int) -> Located:
    use = Use(symbol, start, start + 8, "call", (Arg("", start, start + 1),), ("guarded",), (("k", "v"),))
    return Located(use, 1, start + 1, 1, start + 9, "t\n\u2028", "s")


FOUND = FileResult(
    (located("c:cudaFree", 3), located("py:torch.add", 12), located("c:cudaFree", 20)),
    ("c:mine",),
    (Skip("a.py", "parse-error", "line 1"),),
    (Suppression(2, ("device",), True),),
)
RESULT = pack(FOUND)


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
    packed = Packed(RESULT)
    assert packed.counts == {"c:cudaFree": 2, "py:torch.add": 1}
    assert tuple(packed.located(packed.counts)) == FOUND.located
    assert packed.located(["py:torch.add", "other"]) == [FOUND.located[1]]
    assert (packed.declares, packed.problems, packed.suppressions) == FOUND[1:]
    nothing = Packed(pack(EMPTY))
    assert (nothing.counts, nothing.declares, nothing.problems, nothing.suppressions) == ({}, (), (), ())


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


@pytest.mark.parametrize("damage", ["x", "[{}]", "", "\ud7ff", None, b"\xff", 7])
def test_a_damaged_row_is_a_miss(file: Path, damage: object) -> None:
    fill(file)
    (place,) = folder().glob("*.sqlite")
    with sqlite3.connect(place) as db:
        db.execute("UPDATE files SET result = ?", (damage,))
    db.close()
    assert Cache(file.parent).unchanged(entry(file)) is None


@pytest.mark.parametrize("missing", ["home", "permission", "tables"])
def test_no_cache_is_no_trouble(file: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no home") if missing == "home" else PermissionError(13, "Permission denied")

    if missing == "tables":
        fill(file)
        (place,) = folder().glob("*.sqlite")
        place.write_bytes(b"")
    else:
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setattr(Path, "home" if missing == "home" else "is_file", fail)
    fill(file)


def test_old_caches_that_can_not_be_dropped_keep_no_new_one_away(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(cache_module, "_prune", fail)
    fill(file)
    assert Cache(file.parent).unchanged(entry(file)) == RESULT
