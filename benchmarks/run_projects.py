"""Rewrites real projects and runs them on simulated devices, beside the originals on the CPU.

    python benchmarks/run_projects.py [DRIVER…]

Each program in benchmarks/drivers is ordinary CUDA code that works with one project, with tiny random weights
and data.  With an argument it runs on the CPU: that is the original, as installed.  The project's sources and the
program are then rewritten together, and `cuda-migrate prove` runs the result, which lies in front of what is
installed.  What it prints must be the same, figure for figure (but for the last digit), save for the device.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fetch import CACHE, fetch, release

HERE = Path(__file__).parent
VENV = CACHE / "venv"
PYTHON = VENV / "bin" / "python"
TORCH = "torch==2.13.0"
PROJECTS = {
    "accelerate_loop": ("accelerate", "src"),
    "diffusers_ddpm": ("diffusers", "src"),
    "gpytorch_regression": ("gpytorch", ""),
    "lightning_fit": ("pytorch-lightning", "src"),
    "monai_segment": ("monai", ""),
    "peft_lora": ("peft", "src"),
    "sentence_transformers_encode": ("sentence-transformers", ""),
    "transformers_llama": ("transformers", "src"),
}
"""Driver → its project, and where in the sdist the packages lie."""

TARGETS = ("portable", "cann")
ON = "cann"
"""Whose device is simulated: device-agnostic code has to run on it, too."""

CLOSE = 1e-5
"""How far figures may be apart, as a share: the last digit may be rounded otherwise."""

HEAD = ("release", "program", "target", "files", "changes", "lines compared", "last figure", "on the device", "s")


class Ended(NamedTuple):
    """What a process printed, the figures in it, and how long it ran (seconds)."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def figures(self) -> list[str]:
        """The printed lines, but for the one that names the device."""
        return [line for line in self.out.splitlines() if re.search(r"\d|True|False", line) and "device" not in line]


def main() -> int:
    """Print the table; returns the exit code: 1 where a program fails or differs."""
    chosen = sys.argv[1:] or list(PROJECTS)
    _environment()
    print(f"| {' | '.join(HEAD)} |\n|---|---|---" + "|---:" * (len(HEAD) - 3) + "|", flush=True)
    failed = sum(not _row(driver, target) for driver in chosen for target in TARGETS)
    print(f"\n{failed} failed" if failed else "\nall the same")
    return int(bool(failed))


def _environment() -> None:
    """A virtual environment with the projects at the fetched versions, and this tool."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    wanted = [f"{project}=={_version(project)}" for project, _ in PROJECTS.values()]
    install = [PYTHON, "-m", "pip", "install", "--quiet", TORCH, *wanted, f"{HERE.parent}[prove]"]
    subprocess.run([*install[:4], "--editable", install[-1], *install[4:-1]], check=True)


def _version(project: str) -> str:
    match = re.match(r".+?-(\d[^-]*?)(\.tar\.gz|\.zip|-py\S+)$", release(fetch(project)))
    if match is None:
        raise SystemExit(f"no version in the name of {project}'s release")
    return match[1]


def _row(driver: str, target: str) -> bool:
    project, _ = PROJECTS[driver]
    program = f"{driver}.py"
    with TemporaryDirectory() as place:
        expected = _run([PYTHON, str(HERE / "drivers" / program), "cpu"], Path(place))
        root = Path(place) / "code"
        packages(driver, root)
        said = _run(
            [PYTHON, "-m", "migrate", "rewrite", ".", "--target", target, "--write", "--unsafe", "-f", "json"], root
        )
        found = _run([PYTHON, "-m", "migrate", "prove", ".", "--target", ON, "--", program], root)
    made = json.loads(said.out)["summary"]
    apart = _apart(expected.figures, found.figures)
    good = not expected.code and not found.code and apart <= CLOSE and "device npu" in found.out
    shown = ("the same" if not apart else f"within {apart:.0e}") if good else _reason(expected, found)
    figures = (str(len(expected.figures)), expected.figures[-1] if expected.figures else "none")
    cells = (
        release(fetch(project)),
        driver,
        target,
        str(made["files"]),
        str(made["changes"]),
        *figures,
        shown,
        f"{found.seconds:.0f}",
    )
    print(f"| {' | '.join(cells)} |", flush=True)
    return good


def _apart(expected: list[str], found: list[str]) -> float:
    """The largest relative distance of two figures; infinite where the lines differ in anything else."""
    one, other = ([re.split(r"(-?\d+\.\d+)", line) for line in lines] for lines in (expected, found))
    if [line[::2] for line in one] != [line[::2] for line in other] or not expected:
        return float("inf")
    pairs = [
        (float(a), float(b))
        for left, right in zip(one, other, strict=True)
        for a, b in zip(left[1::2], right[1::2], strict=True)
    ]
    return max((abs(a - b) / max(abs(a), 1e-9) for a, b in pairs), default=0.0)


def packages(driver: str, place: Path) -> None:
    """Copy the packages of a driver's project, and put the driver beside them."""
    project, below = PROJECTS[driver]
    top = next(folder for folder in sorted(fetch(project).iterdir()) if folder.is_dir())
    skip = shutil.ignore_patterns("tests", "test", "docs", "examples", "*.egg-info")
    shutil.copytree(top / below, place, ignore=skip)
    shutil.copy(HERE / "drivers" / f"{driver}.py", place)


def _run(command: list[str | Path], folder: Path) -> Ended:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    quiet = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "TQDM_DISABLE": "1"}
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=kept | quiet, timeout=900)
    return Ended(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


def _reason(expected: Ended, found: Ended) -> str:
    """Why a row is not good; everything that was printed goes to standard error."""
    for name, run in (("original", expected), ("rewritten", found)):
        print(f"--- {name}, exit code {run.code}\n{run.out[-3000:]}\n{run.err[-6000:]}", file=sys.stderr)
    if expected.code:
        return "the original fails"
    return "fails" if found.code else "differs"


if __name__ == "__main__":
    sys.exit(main())
