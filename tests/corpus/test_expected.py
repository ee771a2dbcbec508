"""The findings in each code base of the corpus are those that a person read in it.

``expected/<name>.txt`` holds a line for each: ``path:line: symbol role [context]``, the same symbol twice on a
line once, and ``! path kind`` for what is left out or only partly read.  Known errors of the scan stand there
too: ``- …`` is missed, ``+ …`` is found and should not be.  Who mends one removes its mark or its line.  Uses of
torch's operators aren't listed: other tests hold them.
"""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

import pytest

from migrate.engine import ScanOptions, scan
from migrate.facts.targets import ask_all
from migrate.model import Finding
from migrate.report import Report

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / "corpus"
BASES = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())


def line_of(finding: Finding) -> str:
    use = finding.use
    context = f" [{' '.join(use.context)}]" if use.context else ""
    return f"{finding.path}:{finding.line}: {use.symbol} {use.role}{context}"


def said(report: Report) -> set[str]:
    """The lines that the report stands for."""
    findings = (finding for finding in report.findings if finding.check != "torch-operators")
    return {line_of(f) for f in findings} | {f"! {skip.path} {skip.kind}" for skip in report.skips}


def expected(base: str) -> set[str]:
    """The lines that the report should stand for, its known errors included."""
    lines = (HERE / "expected" / f"{base}.txt").read_text(encoding="utf-8").splitlines()
    return {line.removeprefix("+ ") for line in lines if not line.startswith("- ")}


def order(line: str) -> tuple[bool, str, int, str]:
    """As a person reads: by file, then by line; what was left out at the end."""
    path, _, rest = line.removeprefix("+ ").removeprefix("- ").partition(":")
    return line.startswith("!"), path, int(rest.partition(":")[0] or 0), line


@pytest.mark.parametrize("base", BASES)
def test_findings_are_as_expected(base: str) -> None:
    report = scan(CORPUS / base, ScanOptions(targets=ask_all(("portable", "cann")), cache=False))
    wanted, found = (sorted(lines, key=order) for lines in (expected(base), said(report)))
    assert "\n".join(unified_diff(wanted, found, "expected", "found", lineterm="", n=0)) == ""


def test_every_base_has_its_expectations_and_the_other_way_round() -> None:
    assert sorted(path.stem for path in (HERE / "expected").glob("*.txt")) == BASES
    assert len(BASES) >= 6
