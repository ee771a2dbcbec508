"""Writing in place: what git must be able to give back, what was changed meanwhile, notebooks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from migrate.cli import main

CODE = "import torch\nimport torch_npu\n\ntorch.cuda.synchronize()\n"


def rewrite(root: Path, *options: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["rewrite", str(root), "--target", "cann", "--write", "-j", "1", *options])
    return int(end.value.code or 0)


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "b.txt").write_text("b\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_a_clean_tree_is_written(repository: Path) -> None:
    assert rewrite(repository) == 0
    assert (repository / "a.py").read_text() == CODE.replace("torch.cuda", "torch.npu")


def test_a_dirty_tree_is_refused_without_force(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "b.txt").write_text("changed\n")
    assert rewrite(repository) == 2
    assert "what stands here now: b.txt; commit them first, or use --force" in capsys.readouterr().err
    assert (repository / "a.py").read_text() == CODE
    assert rewrite(repository, "--force") == 0
    assert (repository / "a.py").read_text() != CODE


def test_a_touched_file_is_not_dirty(repository: Path) -> None:
    (repository / "b.txt").touch()
    assert rewrite(repository) == 0


def test_a_file_that_git_does_not_know_is_refused(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "new.py").write_text(CODE)
    assert rewrite(repository) == 2
    assert "new.py" in capsys.readouterr().err


def test_a_file_alone_is_asked_about_alone(repository: Path) -> None:
    (repository / "b.txt").write_text("changed\n")
    assert rewrite(repository / "a.py") == 0


def test_a_folder_below_is_asked_about_alone(repository: Path) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / "a.py").write_text(CODE)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "second")
    (repository / "b.txt").write_text("changed\n")
    assert rewrite(repository / "sub") == 0
    assert (repository / "a.py").read_text() == CODE


def test_what_was_never_committed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CODE)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    assert rewrite(tmp_path) == 2
    assert (tmp_path / "a.py").read_text() == CODE


def test_a_repository_that_git_cannot_read_is_refused(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / ".git" / "index").write_bytes(b"damaged")
    assert rewrite(repository) == 2
    assert "git can't say whether all is committed" in capsys.readouterr().err
    assert rewrite(repository, "--force") == 0


def test_nothing_of_the_repository_is_run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    ran = tmp_path_factory.mktemp("ran") / "ran"
    (repository / ".gitattributes").write_text("* filter=own\n*.py filter=own.dotted\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "second")
    for key in ("filter.own.clean", "filter.own.dotted.process", "core.fsmonitor", "diff.external"):
        git(repository, "config", key, f"touch {ran}; cat")
    for name in ("a.py", "b.txt"):  # git compares the content of what changed in the second of its last look
        status = (repository / ".git" / "index").stat()
        os.utime(repository / name, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert rewrite(repository) == 0
    assert not ran.exists()


def test_outside_of_git_nothing_is_asked(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CODE)
    assert rewrite(tmp_path) == 0


def test_modes_are_kept(repository: Path) -> None:
    (repository / "a.py").chmod(0o755)
    assert rewrite(repository, "--force") == 0
    assert (repository / "a.py").stat().st_mode & 0o777 == 0o755
