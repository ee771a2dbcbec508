"""Same input, same bytes out: whatever the number of jobs, and from the cache."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from migrate import output, pool
from migrate.engine import ScanOptions, scan
from migrate.facts.targets import ask_all

CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A copy whose files are old enough for the cache to trust them."""
    root = tmp_path / "corpus"
    shutil.copytree(CORPUS, root)
    for path in root.rglob("*"):
        os.utime(path, (1e9, 1e9))
    return root


def rendered(root: Path, name: str, jobs: int, cache: bool) -> bytes:
    report = scan(root, ScanOptions(ask_all(("cann:A2@8.3", "rocm", "portable")), jobs=jobs, cache=cache))
    assert report.findings
    return "".join(output.render(report, name, output.View())).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("name", output.formats())
def test_jobs_and_cache_change_nothing(corpus: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(pool, "_ALONE", 0)
    monkeypatch.setattr(pool, "_CHUNK", 2000)
    alone = rendered(corpus, name, jobs=1, cache=False)
    assert rendered(corpus, name, jobs=3, cache=False) == alone
    assert rendered(corpus, name, jobs=3, cache=True) == alone
    monkeypatch.setattr(pool, "work", lambda *_: pytest.fail("the cache was not used"))
    assert rendered(corpus, name, jobs=1, cache=True) == alone
