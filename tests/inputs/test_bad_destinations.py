"""Where the report can't go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command import GOOD, Tree

COMMAND = [sys.executable, "-m", "migrate", "scan", "--target", "cann", "--format", "json"]
HERE = Path(__file__).resolve().parents[2]


def test_output_in_a_missing_folder(tree: Tree, tmp_path: Path) -> None:
    scan = tree.scan("-o", str(tmp_path / "nowhere" / "report.json"))
    assert scan.code == 2
    assert "create it first" in scan.err


def test_output_that_is_a_folder(tree: Tree, tmp_path: Path) -> None:
    scan = tree.scan("-o", str(tmp_path))
    assert scan.code == 2
    assert "is a folder" in scan.err


def test_full_disk(tree: Tree) -> None:
    if not Path("/dev/full").exists():
        pytest.xfail("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, tree.root], stdout=full, stderr=subprocess.PIPE, text=True, cwd=HERE)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_reader_that_stops_early(tree: Tree) -> None:
    for number in range(300):
        tree.put(f"a{number}.py", GOOD * 20)
    command = [*COMMAND, str(tree.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=HERE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "{\n"
        process.stdout.close()
        said = process.stderr.read()
    assert said == ""
    assert process.returncode == 0


def test_failed_write_leaves_the_old_report(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report.json"
    report.write_text("old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    scan = tree.scan("-o", str(report))
    assert scan.code == 2
    assert "No space left" in scan.err
    assert report.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tmp")] == []
