"""One scan: what the engine adds to the uses, and that nothing in a file can end it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from migrate import analysis, pool
from migrate.engine import ScanOptions, scan
from migrate.facts.targets import ask_all
from migrate.frontend import FileUses
from migrate.model import Finding, Skip, Use
from migrate.report import Report
from migrate.source import SourceFile

Find = Callable[[SourceFile], FileUses]


def run(root: Path, *targets: str, **options: object) -> Report:
    return scan(root, ScanOptions(ask_all(targets or ("cann",)), **options))  # type: ignore[arg-type]


def shown(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{f.path}:{f.line}:{f.column} {f.check} {f.use.symbol} {f.category}" for f in findings]


@pytest.fixture
def frontend(monkeypatch: pytest.MonkeyPatch) -> Callable[[Find], None]:
    """Puts a function of the test's own in the place of every frontend."""

    def use(find: Find) -> None:
        monkeypatch.setattr(analysis, "frontend", lambda _: find)
        monkeypatch.setattr(analysis, "marked", lambda *_: True)

    return use


def words(source: SourceFile) -> FileUses:
    """Each word of the file is a use: its symbol."""
    uses, at = [], 0
    for word in source.data.split():
        start = source.data.index(word, at)
        at = start + len(word)
        uses.append(Use(word.decode(), start, at, "name"))
    return FileUses(uses)


def test_place_text_and_line_of_a_finding(tmp_path: Path, frontend: Callable[[Find], None]) -> None:
    frontend(words)
    (tmp_path / "a.py").write_text("device:cuda\n  中文 device:cuda\n".replace("中文", "env:中"))
    first, _, second = run(tmp_path).findings
    assert (first.line, first.column, first.end_line, first.end_column) == (1, 1, 1, 12)
    assert (second.line, second.column, second.text, second.snippet) == (2, 9, "device:cuda", "  env:中 device:cuda")


def test_tests_are_marked_by_their_path(tmp_path: Path, frontend: Callable[[Find], None]) -> None:
    frontend(words)
    for path in ("tests/a.py", "test_b.py", "c_test.py", "contest.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("device:cuda")
    contexts = {finding.path: finding.use.context for finding in run(tmp_path).findings}
    assert contexts == {"c_test.py": ("test",), "contest.py": (), "test_b.py": ("test",), "tests/a.py": ("test",)}


def test_select_and_ignore(tmp_path: Path, frontend: Callable[[Find], None]) -> None:
    frontend(words)
    (tmp_path / "a.py").write_text("device:cuda backend:nccl env:NCCL_DEBUG")
    report = run(tmp_path, select=("device", "b*"))
    assert {finding.check for finding in report.findings} == {"device", "backend"}
    assert report.unselected == 1
    report = run(tmp_path, ignore=("*e*",))
    assert (report.findings, report.unselected) == ((), 3)


def test_suppressions_cover_their_line_or_the_next_and_unused_ones_are_told(
    tmp_path: Path, frontend: Callable[[Find], None]
) -> None:
    frontend(lambda source: FileUses([use for use in words(source).uses if ":c" in use.symbol or ":n" in use.symbol]))
    (tmp_path / "a.py").write_text(
        "device:cuda  # cuda-migrate: ignore[device] on purpose\n"
        "# cuda-migrate: ignore[backend, device]\n"
        "backend:nccl\n"
        "backend:nccl  # cuda-migrate: ignore[device]\n"
    )
    report = run(tmp_path)
    assert shown(report.findings) == ["a.py:4:1 backend backend:nccl mandatory"]
    assert report.suppressed == 2
    assert [(unused.line, unused.checks) for unused in report.unused_suppressions] == [(4, ("device",))]


def test_a_suppression_is_unused_only_where_its_check_is_looked_for(
    tmp_path: Path, frontend: Callable[[Find], None]
) -> None:
    frontend(lambda source: FileUses([use for use in words(source).uses if ":n" in use.symbol]))
    (tmp_path / "a.py").write_text(
        "backend:nccl  # cuda-migrate: ignore[backend]\n"
        "x  # cuda-migrate: ignore[device]\n"
        "x  # cuda-migrate: ignore[backend]\n"
        "x  # cuda-migrate: ignore[*]\n"
        "backend:nccl  # cuda-migrate: ignore[*] whatever it is\n"
    )
    report = run(tmp_path, ignore=("device",))
    assert (report.findings, report.suppressed, report.unselected) == ((), 2, 0)
    assert [unused.line for unused in report.unused_suppressions] == [3, 4]
    report = run(tmp_path, ignore=("backend",))
    assert [unused.line for unused in report.unused_suppressions] == [2, 4]


def test_what_the_repository_declares_itself_is_not_nvidias(tmp_path: Path, frontend: Callable[[Find], None]) -> None:
    def find(source: SourceFile) -> FileUses:
        declares = ("c:cudaCheck", "c:cudaFree") if source.path == "check.h" else ()
        return FileUses(words(source).uses, declares)

    frontend(find)
    (tmp_path / "check.h").write_text("")
    (tmp_path / "a.cu").write_text("c:cudaCheck c:cudaFree c:cudaOther include:check.h include:cuda_runtime.h")
    assert {finding.use.symbol for finding in run(tmp_path).findings} == {
        "c:cudaFree",
        "c:cudaOther",
        "include:cuda_runtime.h",
    }


def test_a_package_is_not_its_own_dependency(tmp_path: Path, frontend: Callable[[Find], None]) -> None:
    def find(source: SourceFile) -> FileUses:
        return FileUses([Use("package:apex", 0, 1, "import", details=(("module", "apex.amp"),))])

    frontend(find)
    (tmp_path / "train.py").write_text("x")
    assert len(run(tmp_path).findings) == 1
    (tmp_path / "apex").mkdir()
    (tmp_path / "apex" / "__init__.py").write_text("x")
    assert run(tmp_path).findings == ()


def test_a_frontend_that_fails_costs_one_file(tmp_path: Path, frontend: Callable[[Find], None]) -> None:
    def find(source: SourceFile) -> FileUses:
        if source.path == "bad.py":
            raise RecursionError("too deep")
        return words(source)

    frontend(find)
    (tmp_path / "bad.py").write_text("x")
    (tmp_path / "good.py").write_text("device:cuda")
    report = run(tmp_path)
    assert shown(report.findings) == ["good.py:1:1 device device:cuda mandatory"]
    assert report.skips == (Skip("bad.py", "internal", "internal problem, please report it: RecursionError: too deep"),)
    assert report.scanned == {"python": 1}


def test_a_file_that_takes_too_long(tmp_path: Path, frontend: Callable[[Find], None]) -> None:
    def find(source: SourceFile) -> FileUses:
        while source.path == "slow.py":
            time.sleep(0.01)
        return words(source)

    frontend(find)
    (tmp_path / "slow.py").write_text("x")
    (tmp_path / "fast.py").write_text("device:cuda")
    report = run(tmp_path, file_seconds=0.1)
    assert [finding.path for finding in report.findings] == ["fast.py"]
    assert report.skips == (Skip("slow.py", "too-slow", "took over 0.1 s (--file-timeout)"),)


def test_an_interrupt_reports_what_was_found_so_far(tmp_path: Path, frontend: Callable[[Find], None]) -> None:
    def find(source: SourceFile) -> FileUses:
        if source.path == "b.py":
            raise KeyboardInterrupt
        return words(source)

    frontend(find)
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text("device:cuda")
    chunk, pool._CHUNK = pool._CHUNK, 1
    try:
        report = run(tmp_path)
    finally:
        pool._CHUNK = chunk
    assert report.interrupted
    assert [finding.path for finding in report.findings] == ["a.py"]


def test_a_worker_that_dies_costs_one_file(
    tmp_path: Path, frontend: Callable[[Find], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(source: SourceFile) -> FileUses:
        if source.path == "b.py":
            os._exit(9)
        return words(source)

    frontend(find)
    monkeypatch.setattr(pool, "_ALONE", 0)
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text("device:cuda")
    report = run(tmp_path, jobs=2)
    assert [finding.path for finding in report.findings] == ["a.py", "c.py"]
    assert report.skips == (Skip("b.py", "internal", "the process that read it died (out of memory?)"),)


def test_after_a_death_the_others_go_on_as_before(
    tmp_path: Path, frontend: Callable[[Find], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(source: SourceFile) -> FileUses:
        if source.path in ("b.py", "m.py"):
            os._exit(9)
        return words(source)

    frontend(find)
    monkeypatch.setattr(pool, "_ALONE", 0)
    started = []
    monkeypatch.setattr(pool, "_Worker", lambda seconds, kind=pool._Worker: started.append(1) or kind(seconds))
    names = [f"{letter}.py" for letter in "abcdefghijklmnopqrstuvwxyz"]
    for name in names:
        (tmp_path / name).write_text("device:cuda")
    report = run(tmp_path, jobs=2)
    assert [finding.path for finding in report.findings] == [name for name in names if name not in ("b.py", "m.py")]
    assert [skip.path for skip in report.skips] == ["b.py", "m.py"]
    assert len(started) <= 1 + 1 + 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "lfs-pointer"),
        (b"\xff\xfed\x00", "encoding"),
        (b"x\0y", "binary"),
    ],
)
def test_what_is_not_text_is_said(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "a.py").write_bytes(content)
    report = run(tmp_path)
    assert [(skip.path, skip.kind) for skip in report.skips] == [("a.py", kind)]
    assert report.scanned == {}


def test_other_languages_that_name_cuda_are_said(tmp_path: Path) -> None:
    (tmp_path / "a.pyx").write_text("cdef extern from 'cuda_runtime.h'")
    (tmp_path / "b.rs").write_text("fn main() {}")
    assert [(skip.path, skip.kind) for skip in run(tmp_path).skips] == [("a.pyx", "unsupported")]


def test_a_second_scan_is_the_same_and_reads_nothing(
    tmp_path: Path, frontend: Callable[[Find], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    frontend(words)
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("device:cuda py:torch.cuda.Event")
        os.utime(tmp_path / name, (1e9, 1e9))
    first = run(tmp_path)
    monkeypatch.setattr(pool, "read", lambda entry: pytest.fail(f"{entry.path} was read again"))
    assert run(tmp_path) == first
    assert len(first.findings) == 4


def test_a_project_in_a_folder_is_not_its_own_dependency(tmp_path: Path, frontend: Callable[[Find], None]) -> None:
    def find(source: SourceFile) -> FileUses:
        return FileUses([Use("package:deepspeed", 0, 1, "call")])

    frontend(find)
    (tmp_path / "copy" / "deepspeed").mkdir(parents=True)
    (tmp_path / "copy" / "deepspeed" / "__init__.py").write_text("x")
    assert len(run(tmp_path).findings) == 1
    (tmp_path / "copy" / "setup.py").write_text("x")
    assert run(tmp_path).findings == ()
