"""Runs a program, given as text, on simulated devices and without."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest
from proving import Plain, Prove, Run, ended


@pytest.fixture(autouse=True)
def _own_cache() -> None:
    """Unlike other tests, these use the user's cache: the simulated device is built once."""


@pytest.fixture
def prove(tmp_path: Path) -> Prove:
    if find_spec("torch") is None:
        pytest.skip("torch isn't installed")

    def run(
        program: str, *options: str, target: str = "cann", start: tuple[str, ...] = ("program.py",), **variables: str
    ) -> Run:
        (tmp_path / "program.py").write_text(dedent(program), encoding="utf-8")
        command = [sys.executable, "-m", "migrate", "prove", str(tmp_path), "--target", target, *options, "--", *start]
        return ended(command, **variables)

    return run


@pytest.fixture
def plain(tmp_path: Path) -> Plain:
    def run(program: str) -> Run:
        (tmp_path / "plain.py").write_text(dedent(program), encoding="utf-8")
        return ended([sys.executable, str(tmp_path / "plain.py")])

    return run
