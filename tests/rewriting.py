"""The command ``rewrite`` on a small tree: what it writes, what it says, and that a second run has nothing to do."""

from __future__ import annotations

import subprocess
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from migrate.cli import main


class Run(NamedTuple):
    """The exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class Project:
    """A folder of files."""

    def __init__(self, root: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self.root = root
        self._capture = capfdbinary

    def put(self, path: str, text: str = "") -> None:
        """Write a file (dedented), its folders included."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def read(self, path: str) -> str:
        """The text of a file."""
        return (self.root / path).read_text(encoding="utf-8")

    def files(self) -> list[str]:
        """The paths of all files."""
        found = (place.relative_to(self.root).as_posix() for place in self.root.rglob("*") if place.is_file())
        return sorted(path for path in found if not path.startswith(".git/"))

    def run(self, command: str, *args: str) -> Run:
        """A command on the whole tree."""
        code, out, err = self._run(command, *args)
        return Run(code, out.decode(), err.decode())

    def bytes(self, command: str, *args: str) -> bytes:
        """The standard output of a command."""
        return self._run(command, *args)[1]

    def _run(self, command: str, *args: str) -> tuple[int, bytes, bytes]:
        with pytest.raises(SystemExit) as end:
            main([command, str(self.root), *args])
        out, err = self._capture.readouterr()
        assert b"Traceback" not in err
        return int(end.value.code or 0), out, err

    def rewrite(self, *args: str) -> Run:
        """Write the changes; the patch is the same and applies with git, and a second run has nothing to do."""
        patch = self.run("rewrite", *args, "--diff", "-q").out
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        if patch:
            subprocess.run(["git", "apply", "--check", "-"], cwd=self.root, input=patch.encode(), check=True)
        made = self.run("rewrite", *args, "--write", "--force")
        assert made.code == 0, made.err
        again = self.run("rewrite", *args, "--check")
        assert again.code == 0, f"a second run changes something: {again.err}"
        return made
