"""Trees that hold more than plain files, or that change under the reader."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import GOOD, Tree

from migrate import pool
from migrate.files import Entry


def test_pipe_is_not_opened(tree: Tree) -> None:
    os.mkfifo(tree.root / "pipe.py")
    scan = tree.scan_beside_good()
    assert scan.skips == {"pipe.py": "special"}


def test_socket(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree.root)  # the address of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock.py")
        assert tree.scan_beside_good().skips == {"sock.py": "special"}


def test_file_that_may_not_be_read(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put("secret.py", GOOD)
    read_bytes = Path.read_bytes

    def refuse(place: Path) -> bytes:
        if place.name == "secret.py":
            raise PermissionError(13, "Permission denied", str(place))
        return read_bytes(place)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    scan = tree.scan_beside_good()
    assert scan.skips == {"secret.py": "unreadable"}
    assert "Permission denied" in scan.reasons
    assert str(tree.root) not in scan.reasons


def test_folder_that_may_not_be_listed(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put("secret/a.py", GOOD)
    scandir = os.scandir

    def refuse(place: Any) -> Any:
        if os.fsdecode(place).rstrip("/").endswith("secret"):
            raise PermissionError(13, "Permission denied", place)
        return scandir(place)

    monkeypatch.setattr("migrate.files.os.scandir", refuse)
    monkeypatch.setattr("command._state", lambda _: ())
    assert tree.scan_beside_good().skips == {"secret": "unreadable"}


def test_symlinks_are_not_followed(tree: Tree, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text(GOOD)
    (tree.root / "loop").symlink_to(tree.root)
    (tree.root / "out").symlink_to(outside)
    (tree.root / "out.py").symlink_to(outside / "a.py")
    (tree.root / "dangling.py").symlink_to("nowhere.py")
    (tree.root / "self.py").symlink_to("self.py")
    scan = tree.scan_beside_good()
    assert scan.skips == dict.fromkeys(("loop", "out", "out.py", "dangling.py", "self.py"), "symlink")
    assert {item["path"] for item in scan.report["findings"]} == {"good.py"}


def test_names_with_newlines_quotes_and_escapes(tree: Tree) -> None:
    name = "a\n\"b\" 'c' \x1b[31m,;|<&>.py"
    tree.put(name, GOOD)
    assert tree.scan_beside_good().places(name) == tree.scan_beside_good().places("good.py")


def test_names_that_are_not_utf8(tree: Tree) -> None:
    try:
        tree.put(os.fsdecode(b"b\xff\xfe.py"), GOOD)
    except OSError:
        pytest.xfail("this file system takes only UTF-8 names")
    assert tree.scan_beside_good().places("b\\xff\\xfe.py") == tree.scan_beside_good().places("good.py")


@pytest.mark.parametrize("format_", ["text", "csv", "github", "gitlab", "junit", "sarif"])
def test_every_format_takes_such_names(tree: Tree, format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    from migrate.cli import main

    tree.put('a\n"b\x1b\u202e.py', GOOD)
    with pytest.raises(SystemExit) as end:
        main(["scan", str(tree.root), "--target", "cann", "--format", format_])
    out, err = capsys.readouterr()
    assert (end.value.code, err) == (0, "")
    assert "\x1b" not in out
    assert "\u202e" not in out or format_ == "gitlab"


def test_path_that_does_not_exist(tree: Tree) -> None:
    scan = tree.scan(path=tree.root / "nowhere")
    assert scan.code == 2
    assert "does not exist" in scan.err


def test_path_that_is_a_pipe(tree: Tree) -> None:
    os.mkfifo(tree.root / "pipe.py")
    scan = tree.scan(path=tree.root / "pipe.py")
    assert (scan.code, scan.report) == (2, None)
    assert "is neither a folder nor a regular file" in scan.err


def test_folder_without_files(tree: Tree) -> None:
    (tree.root / "empty").mkdir()
    scan = tree.scan(path=tree.root / "empty")
    assert scan.code == 2
    assert "0 files scanned" in scan.err
    assert scan.report["findings"] == []


def test_folder_of_nothing_that_can_be_read(tree: Tree) -> None:
    tree.put("docs/a.md", "cuda")
    tree.put("docs/b.py", b"\0\0")
    scan = tree.scan(path=tree.root / "docs")
    assert scan.code == 2
    assert "0 files scanned" in scan.err


def test_a_single_file_of_a_kind_that_is_not_read(tree: Tree) -> None:
    scan = tree.scan(path=tree.put("notes.md", "cuda"))
    assert scan.code == 2
    assert scan.skips == {"notes.md": "unsupported"}


def _then(monkeypatch: pytest.MonkeyPatch, path: str, happen: Callable[[], object]) -> None:
    """Let something happen between the walk and the reading of a file."""
    read = pool.read

    def first(entry: Entry) -> Any:
        if entry.path == path:
            happen()
        return read(entry)

    monkeypatch.setattr(pool, "read", first)


def test_file_that_vanishes_during_the_scan(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tree.put("gone.py", GOOD)
    monkeypatch.setattr("command._state", lambda _: ())
    _then(monkeypatch, "gone.py", gone.unlink)
    assert tree.scan_beside_good().skips == {"gone.py": "unreadable"}


def test_file_that_changes_during_the_scan(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    changing = tree.put("changing.py", "x = 1\n")
    monkeypatch.setattr("command._state", lambda _: ())
    _then(monkeypatch, "changing.py", lambda: changing.write_text(GOOD))
    assert "3:1 py:torch.cuda.synchronize" in tree.scan_beside_good().places("changing.py")


def test_file_that_becomes_a_folder_during_the_scan(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    changing = tree.put("changing.py", "x = 1\n")
    monkeypatch.setattr("command._state", lambda _: ())

    def replace() -> None:
        changing.unlink()
        changing.mkdir()

    _then(monkeypatch, "changing.py", replace)
    assert tree.scan_beside_good().skips == {"changing.py": "unreadable"}


def test_folders_300_levels_deep(tree: Tree) -> None:
    path = "d/" * 300 + "deep.py"
    tree.put(path, GOOD)
    assert "3:1 py:torch.cuda.synchronize" in tree.scan_beside_good().places(path)


def test_gitignore_with_bad_patterns_and_negations(tree: Tree) -> None:
    tree.put(
        ".gitignore", b"[\n!\n\\\n*[\n**/**/**\xff\n!!x\nout*.py\n!out_kept.py\n/sub/*\n!/sub/kept.py\n" + b"#" * 10_000
    )
    for name in ("out.py", "out_kept.py", "sub/lost.py", "sub/kept.py"):
        tree.put(name, GOOD)
    scan = tree.scan_beside_good()
    assert {path for path, kind in scan.skips.items() if kind == "ignored"} == {"out.py", "sub/lost.py"}
    assert {item["path"] for item in scan.report["findings"]} == {"good.py", "out_kept.py", "sub/kept.py"}


def test_gitignore_that_is_no_file(tree: Tree) -> None:
    (tree.root / ".gitignore").mkdir()
    (tree.root / "sub").mkdir()
    os.mkfifo(tree.root / "sub" / ".gitignore")
    tree.scan_beside_good()


@pytest.mark.parametrize("head", [b"ref: ../../etc/passwd\n", b"\xff\xfe\n", b"", b"ref: refs/heads/none\n"])
def test_broken_git_folder(tree: Tree, head: bytes) -> None:
    tree.put(".git/HEAD", head)
    tree.put(".git/config", "[core]\n\tfsmonitor = touch /tmp/never\n")
    assert tree.scan_beside_good().report["commit"] == ""
