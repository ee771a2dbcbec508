"""Runs code on an NVIDIA GPU before and after the portable rewrite, and compares what it prints.

    python benchmarks/on_nvidia.py

Device-agnostic code must still do on NVIDIA what it did: the same losses, classes and sums, digit for digit.
Runs the corpus, and the programs in benchmarks/drivers with those projects that were fetched before.  Needs a GPU
with PyTorch 2.6 or later and Triton; nothing is fetched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fetch import CACHE
from run_projects import PROJECTS, packages

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"

TRAINED = """
import runpy, torch

torch.backends.cudnn.enabled = False  # it chooses algorithms by their time, so two runs differ in the last digits
runpy.run_module("trainer.train", run_name="__main__", alter_sys=True)
"""
SERVED = """
import sys, torch
from server.engine import Engine, EngineOptions

torch.manual_seed(0)
engine = Engine(EngineOptions(device=sys.argv[1], precision=sys.argv[2], graphs=sys.argv[3]))
print(engine.classify([[5, 8, 13], [21]]), engine.classify([[i, 55 - i] for i in range(20)]))
with torch.inference_mode():
    print(engine.model(torch.arange(64, device=engine.device).view(2, 32)).tolist())
"""
KERNELS = """
import torch, kernels
from kernels import bench

torch.manual_seed(0)
for name, inputs in bench.cases(64, "cuda"):
    print(name, getattr(kernels, name)(*inputs).double().sum().item())
"""
ALIASES = """
import torch, aliases

torch.manual_seed(0)
print(aliases.Trainer().run().tolist(), aliases.f(torch.ones(2)).sum().item())
"""


class Program(NamedTuple):
    """A program of a code base, and what of its output must stay the same."""

    title: str
    base: str
    command: tuple[str, ...]
    kept: str = ".+"


def programs(scratch: Path) -> Iterator[Program]:
    """Everything that is run."""
    driver, half = scratch / "trained.py", scratch / "half.yaml"
    driver.write_text(TRAINED)
    half.write_text((CORPUS / "ddp_trainer/configs/tiny.yaml").read_text().replace("fp32", "fp16"))
    train = (str(driver), "--config")
    once = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=1")
    kept = r"epoch \d+ loss [\d.]+|\d+ MiB"
    yield Program("trainer, fp32", "ddp_trainer", (*train, "configs/tiny.yaml"), kept)
    yield Program("trainer, fp16 with a GradScaler", "ddp_trainer", (*train, str(half)), kept)
    yield Program("trainer, DDP over nccl", "ddp_trainer", (*once, *train, "configs/tiny.yaml"), kept)
    for precision, graphs in (("fp32", "off"), ("fp16", "off"), ("bf16", "off"), ("fp16", "on")):
        title = f"server, {precision}, CUDA graphs {graphs}"
        yield Program(title, "inference_server", ("-c", SERVED, "cuda:0", precision, graphs))
    yield Program("server, its own tests", "inference_server", ("-m", "pytest", "-q", "tests"), r"\d+ passed.* in")
    yield Program("Triton kernels", "triton_notebook", ("-c", KERNELS))
    yield Program("code behind aliases", "hostile/py", ("-c", ALIASES))


def projects() -> Iterator[Program]:
    """The drivers of fetched projects; they take the GPU where they are told nothing else."""
    for driver, (project, _) in PROJECTS.items():
        if (CACHE / project / ".complete").is_file():
            yield Program(f"{project}: {driver}", driver, (f"{driver}.py",))


def main() -> int:
    """Print the table; returns the exit code: 1 where a program differs or fails."""
    differ = 0
    print("| program | lines compared | first of them | rewritten |\n|---|---:|---|---|", flush=True)
    with TemporaryDirectory() as place:
        scratch = Path(place)
        for program in (*programs(scratch), *projects()):
            before, after = (_printed(program, _copy(program, scratch, rewritten)) for rewritten in (False, True))
            same = bool(before) and before == after
            differ += not same
            first = before[0][:60] if before else "nothing"
            print(f"| {program.title} | {len(before)} | `{first}` | {'the same' if same else after} |", flush=True)
    return int(bool(differ))


def _copy(program: Program, scratch: Path, rewritten: bool) -> Path:
    folder = scratch / f"{program.base.replace('/', '-')}-{rewritten}"
    if not folder.exists():
        if program.base in PROJECTS:
            packages(program.base, folder)
        else:
            shutil.copytree(CORPUS / program.base, folder)
        if rewritten:
            _run(CORPUS.parent, "-m", "migrate", "rewrite", str(folder), "--write", "--unsafe", "-q")
    return folder


def _printed(program: Program, folder: Path) -> list[str]:
    """The lines that must stay the same; each run starts without a checkpoint."""
    for left in folder.rglob("*.pt"):
        left.unlink()
    return re.findall(program.kept, _run(folder, *program.command))


def _run(folder: Path, *command: str) -> str:
    path = os.pathsep.join((".", str(CORPUS.parent), *filter(None, [os.environ.get("PYTHONPATH")])))
    made = {
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "HF_HUB_OFFLINE": "1",
    }
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, env=os.environ | made, timeout=300
    )
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-3000:], file=sys.stderr)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
