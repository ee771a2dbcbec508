"""Scan real projects from PyPI and print a table: python benchmarks/projects.py [PROJECT …]

Exits with 1 where a scan crashed, was cut off or met an internal problem.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

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


def _row(folder: Path) -> bool:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "migrate", "scan", folder, "--target", TARGETS, "--no-cache", "--quiet"]
        process = subprocess.Popen([*command, "--format", "json", "--verbose", "--output", file.name])
        _, status, usage = os.wait4(process.pid, 0)
        if code := os.waitstatus_to_exitcode(status):
            print(f"| {release(folder)}: exit code {code} |", flush=True)
            return False
        report = json.loads(Path(file.name).read_text("utf-8"))
    seconds = usage.ru_utime + usage.ru_stime
    megabytes = sum(item.size for item in walk(folder, WalkOptions()) if isinstance(item, Entry)) / 1e6
    findings = report["findings"]
    problems = [skip for skip in report["skips"] if skip["kind"] in ("internal", "too-slow", "unreadable")]
    unknown = sum(any(j["verdict"] == "unknown" for j in f["targets"].values()) for f in findings)
    cells = (
        release(folder),
        sum(report["files"].values()),
        f"{megabytes:.1f}",
        len(findings),
        sum(finding["category"] == "mandatory" for finding in findings),
        unknown,
        len(problems),
        f"{seconds:.1f}",
        f"{megabytes / seconds:.1f}",
        f"{usage.ru_maxrss / 1000:.0f}",
    )
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    for problem in problems:
        print(f"  {problem['kind']}: {problem['path']}: {problem['reason']}", file=sys.stderr)
    return not any(problem["kind"] == "internal" for problem in problems)


if __name__ == "__main__":
    sys.exit(main())
