"""A rewrite that is killed, or that meets a full disk: every file whole, the next run finishes the job."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migrate.cli import main

CODE = "import torch\nimport torch_npu\n\ntorch.cuda.synchronize()\n"
NEW = CODE.replace("torch.cuda", "torch.npu")
FILES = 16

STEPS = ("fsync", "fchmod", "replace", "unlink")
"""What a write consists of, as calls of ``os``."""


class Done(NamedTuple):
    """How a child process ended (minus the signal that killed it), and what it said."""

    code: int
    err: str


def run(root: Path, *, kill_at: int | None = None, most_bytes: int = 0) -> Done:
    """The command in a process of its own, killed at the N-th step of its writes, or with a limit to its files."""
    said = root.parent / "said"
    child = os.fork()
    if child == 0:
        sys.stderr = said.open("w", buffering=1)
        try:
            if kill_at is not None:
                _kill_at(kill_at)
            if most_bytes:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
            main(["rewrite", str(root), "--target", "cann", "--write", "-j", "1", "-q"])
        except SystemExit as end:
            os._exit(int(end.code or 0))
        finally:
            os._exit(99)
    return Done(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.read_text())


def _kill_at(step: int) -> None:
    left = iter(range(step))

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return call

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(autouse=True, scope="module")
def _imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All that the command imports and reads is there already in the children."""
    root = tmp_path_factory.mktemp("first")
    (root / "a.py").write_text(CODE)
    with pytest.raises(SystemExit):
        main(["rewrite", str(root), "--target", "cann", "--check", "-j", "1", "-q"])


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    root.mkdir()
    for number in range(FILES):
        (root / f"{number}.py").write_text(CODE)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    return root


def test_killed_at_any_step_it_is_finished_by_the_next_run(repository: Path) -> None:
    names = sorted(f"{number}.py" for number in range(FILES))
    seen = set()
    for step in range(50):
        killed = run(repository, kill_at=step)
        assert killed.code == -signal.SIGKILL, killed.err
        texts = [(repository / name).read_text() for name in names]
        assert set(texts) <= {CODE, NEW}
        seen.add(texts.count(NEW))
        again = run(repository)
        assert again.code == 0, again.err
        assert sorted(path.name for path in repository.iterdir() if path.name != ".git") == names
        assert {(repository / name).read_text() for name in names} == {NEW}
        git(repository, "checkout", "-q", ".")
    assert seen == set(range(FILES))


def test_what_was_edited_since_is_not_taken_for_ours(repository: Path) -> None:
    assert run(repository, kill_at=30).code == -signal.SIGKILL
    done = next(path for path in sorted(repository.glob("*.py")) if path.read_text() == NEW)
    done.write_text(NEW + "own = 1\n")
    again = run(repository)
    assert again.code == 2
    assert f"now: {done.name}; commit" in again.err


def test_two_kills_in_a_row(repository: Path) -> None:
    for step in (20, 12):
        assert run(repository, kill_at=step).code == -signal.SIGKILL
    assert run(repository).code == 0
    assert all(path.read_text() == NEW for path in repository.glob("*.py"))


def test_a_finished_run_leaves_no_journal(repository: Path) -> None:
    assert run(repository).code == 0
    assert list(Path(os.environ["XDG_CACHE_HOME"]).rglob("*.unfinished")) == []
    assert run(repository).code == 0  # nothing to write, but the tree is dirty


def test_a_file_that_does_not_fit_is_listed_and_the_others_are_written(tmp_path: Path) -> None:
    tmp_path /= "tree"
    tmp_path.mkdir()
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "big.py").write_text(CODE + "#" * 300_000)
    (tmp_path / "c.py").write_text(CODE)
    done = run(tmp_path, most_bytes=100_000)
    assert done.code == 2
    assert "big.py: File too large" in done.err
    assert (tmp_path / "a.py").read_text() == (tmp_path / "c.py").read_text() == NEW
    assert (tmp_path / "big.py").read_text().startswith(CODE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "big.py", "c.py"]
