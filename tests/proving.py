"""What a program on simulated devices ended with."""

from __future__ import annotations

import os
import subprocess
from typing import NamedTuple, Protocol


class Run(NamedTuple):
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def verdict(self) -> str:
        """What `cuda-migrate prove` says, without the lines that the program itself wrote."""
        return "\n".join(line for line in self.err.splitlines() if "cuda-migrate prove: " in line)


class Plain(Protocol):
    """Runs a program (dedented text) with plain torch."""

    def __call__(self, program: str) -> Run: ...


class Prove(Protocol):
    """Runs a program (dedented text, ``program.py``) on simulated devices."""

    def __call__(
        self, program: str, *options: str, target: str = ..., start: tuple[str, ...] = ..., **variables: str
    ) -> Run: ...


def ended(command: list[str], **variables: str) -> Run:
    """Run a command to its end."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=environment)
    return Run(done.returncode, done.stdout, done.stderr)
