"""Rewrites real projects from PyPI and prints, per project and target, what the laws say of the result.

    python benchmarks/rewrites.py [PROJECT…]

The columns: files changed, lines changed, uses changed, uses left, files that don't parse afterwards,
edits of a second run, bytes changed outside of edits, milliseconds a line of the files changed.
"""

from __future__ import annotations

import ast
import shutil
import sys
import time
import warnings
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory

from fetch import fetch, release

from migrate.engine import ScanOptions, scan
from migrate.facts.targets import ask_all
from migrate.pool import default_jobs
from migrate.rewrite.changes import FilePlan
from migrate.rewrite.goal import Goal
from migrate.rewrite.journal import Journal
from migrate.rewrite.plan import plans
from migrate.rewrite.write import base, in_place

PROJECTS = (
    *("transformers", "diffusers", "peft", "trl", "speechbrain", "monai", "mmengine", "accelerate"),
    *("sentence-transformers", "pytorch-lightning", "gpytorch", "easyocr"),
)
TARGETS = ("portable", "cann")
HEAD = ("release", "target", "files", "lines", "uses", "left", "don't parse", "second run", "outside", "ms/line")


def main() -> int:
    """Print the table; returns the exit code: 1 where a law is broken."""
    warnings.simplefilter("ignore")
    print(f"| {' | '.join(HEAD)} |\n|---|---" + "|---:" * (len(HEAD) - 2) + "|", flush=True)
    broken = 0
    for name in sys.argv[1:] or PROJECTS:
        for target in TARGETS:
            broken += _row(fetch(name), target)
    print(f"\n{broken} rows break a law" if broken else "\nno law broken")
    return int(bool(broken))


def _row(folder: Path, target: str) -> int:
    with TemporaryDirectory() as place:
        root = Path(place) / folder.name
        shutil.copytree(folder, root, symlinks=True)
        first, seconds = _plans(root, target)
        changed = [plan for plan in first if plan.edits]
        lines = sum(plan.data.count(b"\n") for plan in changed)
        failed = in_place(root, first, Journal(base(root)))
        unparsed = [plan.path for plan in changed if plan.path.endswith(".py") and not _parses(plan.result)]
        again = [plan for plan in _plans(root, target)[0] if plan.edits]
    outside = sum(_outside(plan) for plan in changed)
    cells: list[object] = [
        release(folder),
        target,
        len(changed),
        sum(_changed_lines(plan) for plan in changed),
        sum(len(plan.changes) for plan in changed),
        sum(len(plan.left) for plan in first),
        len(unparsed),
        sum(len(plan.edits) for plan in again),
        outside,
        f"{1000 * seconds / max(lines, 1):.2f}",
    ]
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    for path in unparsed[:5]:
        print(f"  doesn't parse: {path}", file=sys.stderr)
    for plan in again[:5]:
        print(f"  second run: {plan.path}: {plan.edits[:2]}", file=sys.stderr)
    return int(bool(unparsed or again or outside or failed))


def _plans(root: Path, target: str) -> tuple[list[FilePlan], float]:
    """The plans, and the seconds that planning took without the scan."""
    asked = ask_all((target,))
    report = scan(root, ScanOptions(asked, jobs=default_jobs(), cache=False))
    start = time.perf_counter()
    made = list(plans(root, report, Goal(asked[0], asked[0])))
    return made, time.perf_counter() - start


def _parses(data: bytes) -> bool:
    try:
        ast.parse(data)
    except SyntaxError:
        return False
    return True


def _outside(plan: FilePlan) -> int:
    """Bytes that differ although no edit covers them: the pieces between the edits, compared with the result."""
    result, at, shift, wrong = plan.result, 0, 0, 0
    for edit in plan.edits:
        wrong += plan.data[at : edit.start] != result[at + shift : edit.start + shift]
        shift += len(edit.text.encode(plan.encoding)) - (edit.end - edit.start)
        at = edit.end
    return wrong + (plan.data[at:] != result[at + shift :])


def _changed_lines(plan: FilePlan) -> int:
    old, new = plan.data.splitlines(), plan.result.splitlines()
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for tag, a, b, c, d in codes if tag != "equal")


if __name__ == "__main__":
    sys.exit(main())
