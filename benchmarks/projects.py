"""Scan real projects from PyPI and print a table: python benchmarks/projects.py [PROJECT …]

Exits with 1 where a scan crashed, was cut off or met an internal problem.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from fetch import fetch, release

from migrate.files import Entry, WalkOptions, walk

PROJECTS = (
    *("deepspeed", "bitsandbytes", "xformers", "causal-conv1d", "torch-scatter", "torch-cluster", "gsplat", "natten"),
    *("exllamav2", "auto-gptq", "colossalai", "monai", "speechbrain", "transformers", "diffusers", "peft", "trl"),
    *("mmengine", "lightgbm", "xgboost", "cupy", "llama-cpp-python", "accelerate", "flash-attn"),
)
TARGETS = "portable,cann,rocm,musa"
HEAD = ("release", "files", "MB read", "findings", "mandatory", "unknown", "problems", "CPU s", "MB/CPU s", "peak MB")


def main() -> int:
    """Print the table; returns the exit code."""
    print(f"| {' | '.join(HEAD)} |\n|---|" + "---:|" * (len(HEAD) - 1), flush=True)
    failed = []
    for name in sys.argv[1:] or PROJECTS:
        try:
            folder = fetch(name)
        except LookupError as error:
            print(f"| {name}: {error} |", flush=True)
            continue
        if not _row(folder):
            failed.append(name)
    print(f"\n{len(failed)} failed: {', '.join(failed)}" if failed else "\nno scan failed")
    return 1 if failed else 0


class Counts(NamedTuple):
    """What the table says of one report."""

    files: int
    findings: int
    mandatory: int
    unknown: int
    problems: list[dict[str, str]]


def _counts(place: str) -> Counts:
    """Runs in a process of its own: the memory of this one counts as its children's peak."""
    report = json.loads(Path(place).read_text("utf-8"))
    findings = report["findings"]
    return Counts(
        sum(report["files"].values()),
        len(findings),
        sum(finding["category"] == "mandatory" for finding in findings),
        sum(any(judged["verdict"] == "unknown" for judged in finding["targets"].values()) for finding in findings),
        [skip for skip in report["skips"] if skip["kind"] in ("internal", "too-slow", "unreadable")],
    )


def _row(folder: Path) -> bool:
    with tempfile.NamedTemporaryFile(suffix=".json") as file, ProcessPoolExecutor(1, get_context("spawn")) as apart:
        command = [sys.executable, "-m", "migrate", "scan", folder, "--target", TARGETS, "--no-cache", "--quiet"]
        process = subprocess.Popen([*command, "--format", "json", "--output", file.name])
        _, status, usage = os.wait4(process.pid, 0)
        if code := os.waitstatus_to_exitcode(status):
            print(f"| {release(folder)}: exit code {code} |", flush=True)
            return False
        counts = apart.submit(_counts, file.name).result()
    seconds = usage.ru_utime + usage.ru_stime
    megabytes = sum(item.size for item in walk(folder, WalkOptions()) if isinstance(item, Entry)) / 1e6
    cells = (
        release(folder),
        counts.files,
        f"{megabytes:.1f}",
        *counts[1:4],
        len(counts.problems),
        f"{seconds:.1f}",
        f"{megabytes / seconds:.1f}",
        f"{usage.ru_maxrss / 1000:.0f}",
    )
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    for problem in counts.problems:
        print(f"  {problem['kind']}: {problem['path']}: {problem['reason']}", file=sys.stderr)
    return not any(problem["kind"] == "internal" for problem in counts.problems)


if __name__ == "__main__":
    sys.exit(main())
