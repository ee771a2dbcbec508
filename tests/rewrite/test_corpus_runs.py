"""The corpus's trainer, rewritten, trains on simulated devices as the original does on the CPU."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

TRAINER = Path(__file__).parents[2] / "corpus" / "ddp_trainer"
ONE = ("-m", "trainer.train")
TWO = ("torchrun", "--nproc-per-node", "2", "-m", "trainer.train")


@pytest.fixture(autouse=True)
def _own_cache() -> None:
    """Unlike other tests, these use the user's cache: the simulated device is built once."""


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def losses(printed: str) -> list[str]:
    return re.findall(r"epoch \d+ loss ([\d.]+)", printed)


def arguments(folder: Path, *more: str) -> tuple[str, ...]:
    return ("--config", "configs/tiny.yaml", "--checkpoint", str(folder / "checkpoint.pt"), *more)


@cache
def on_cpu(folder: Path, processes: int) -> list[str]:
    launcher = ("-m", "torch.distributed.run", *TWO[1:]) if processes > 1 else ONE
    return losses(run(TRAINER, *launcher, *arguments(folder, "--device", "cpu")))


@pytest.fixture
def rewritten(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "trainer"
    shutil.copytree(TRAINER, folder)
    run(tmp_path, "-m", "migrate", "rewrite", str(folder), "--target", request.param, "--write", "-q")
    return folder


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    ("rewritten", "target"),
    [(target, target) for target in ("portable", "cann", "mlu", "musa")],
    indirect=["rewritten"],
)
def test_it_learns_the_same(rewritten: Path, target: str, processes: int, tmp_path: Path) -> None:
    program = TWO if processes > 1 else ONE
    printed = run(
        tmp_path, "-m", "migrate", "prove", str(rewritten), "--target", target, "--", *program, *arguments(tmp_path)
    )
    (tmp_path / "checkpoint.pt").unlink()
    assert len(losses(printed)) == 2
    assert losses(printed) == on_cpu(tmp_path, processes)


@pytest.mark.parametrize("rewritten", ["portable"], indirect=True)
def test_the_portable_trainer_runs_on_a_plain_cpu(rewritten: Path, tmp_path: Path) -> None:
    printed = run(rewritten, *ONE, *arguments(tmp_path))
    (tmp_path / "checkpoint.pt").unlink()
    assert losses(printed) == on_cpu(tmp_path, 1)
