"""Rewrites for cann beside what Huawei's GPU2Ascend was measured to do on the same kinds of code.

    python benchmarks/against_gpu2ascend.py [PROJECT…]      # the corpus, and releases from PyPI

The columns: lines of Python; lines changed in it; of these, changed though no finding stands on them
(imports that are added are counted apart); edits of a second run; findings of the classes that
GPU2Ascend passes over: imports of CUDA-only packages, environment variables, cudnn flags, build
scripts, Triton; CPU milliseconds a line for the scan, the plan and the new text, on one core.
"""

from __future__ import annotations

import shutil
import sys
import time
import warnings
from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fetch import fetch, release

from migrate.engine import ScanOptions, scan
from migrate.facts.targets import ask_all
from migrate.model import Finding
from migrate.rewrite.changes import FilePlan
from migrate.rewrite.goal import Goal
from migrate.rewrite.journal import Journal
from migrate.rewrite.plan import plans
from migrate.rewrite.write import base, in_place

CORPUS = Path(__file__).parents[1] / "corpus"
BASES = ("ddp_trainer", "inference_server", "triton_notebook", "cuda_extension")
CLASSES = {
    "imports": ("package:",),
    "environment": ("env:",),
    "cudnn": ("py:torch.backends.cudnn",),
    "build": ("py:torch.utils.cpp_extension", "flag:", "arch:"),
    "triton": ("py:triton", "package:triton"),
}
HEAD = ("code", "lines", "changed", "without a finding", "added", "second run", *CLASSES, "ms/line")
THEIRS = (
    "GPU2Ascend, as measured: 27-63 % of the changed lines are needless wrappers; every output changes again on a "
    "second run;\nimports, environment, cudnn, build and triton are passed over; 12 ms a line"
)


class Done(NamedTuple):
    """One rewrite in memory: the findings, the plans of files that change, lines of Python, CPU seconds."""

    findings: tuple[Finding, ...]
    changed: list[FilePlan]
    lines: int
    seconds: float


def main() -> int:
    """Print the table; returns the exit code: 1 where a second run changes something."""
    warnings.simplefilter("ignore")
    print(f"| {' | '.join(HEAD)} |\n|---|" + "---:|" * (len(HEAD) - 1), flush=True)
    broken = sum(_row(CORPUS / base, base) for base in BASES)
    for project in sys.argv[1:]:
        folder = fetch(project)
        broken += _row(folder, release(folder))
    print(f"\n{THEIRS}")
    return int(bool(broken))


def _row(folder: Path, shown: str) -> int:
    with TemporaryDirectory() as place:
        root = Path(place) / folder.name
        shutil.copytree(folder, root, symlinks=True)
        first = _rewrite(root)
        in_place(root, first.changed, Journal(base(root)))
        again = sum(len(plan.edits) for plan in _rewrite(root).changed)
    changed, without, added = (sum(column) for column in zip((0, 0, 0), *map(_lines, _python(first)), strict=True))
    classes = [sum(f.use.symbol.startswith(prefixes) for f in first.findings) for prefixes in CLASSES.values()]
    speed = f"{1000 * first.seconds / max(first.lines, 1):.2f}"
    print(
        f"| {' | '.join(map(str, (shown, first.lines, changed, without, added, again, *classes, speed)))} |", flush=True
    )
    return again


def _rewrite(root: Path) -> Done:
    asked = ask_all(("cann",))
    start = time.process_time()
    report = scan(root, ScanOptions(asked, jobs=1, cache=False))
    changed = [plan for plan in plans(root, report, Goal(asked[0], asked[0])) if plan.edits and plan.result]
    seconds = time.process_time() - start
    lines = sum(path.read_bytes().count(b"\n") for path in root.rglob("*.py") if path.is_file())
    return Done(tuple(report.findings), changed, lines, seconds)


def _python(done: Done) -> Iterable[FilePlan]:
    return (plan for plan in done.changed if plan.path.endswith(".py"))


def _lines(plan: FilePlan) -> tuple[int, int, int]:
    """Lines changed; of these, without a finding; lines added beside them."""
    old, new = plan.data.splitlines(), plan.result.splitlines()
    found = {line for change in plan.changes for line in range(change.finding.line, change.finding.end_line + 1)}
    changed = without = added = 0
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            changed += end - start
            without += sum(line + 1 not in found for line in range(start, end))
            added += max(new_end - new_start - (end - start), 0)
    return changed, without, added


if __name__ == "__main__":
    sys.exit(main())
