"""JSON for programs: everything in the report, as ``schema/report-1.schema.json`` describes it.

Versioned: a field that goes or changes its meaning raises ``schema_version``.  One line a finding,
so that two reports can be compared with ``diff``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from migrate import messages
from migrate.escape import dumps
from migrate.fingerprint import fingerprints
from migrate.model import VERDICTS, Finding
from migrate.output import View
from migrate.report import Report

SCHEMA_VERSION = 1


def render(report: Report, view: View) -> Iterator[str]:  # noqa: ARG001 - the view is for people
    """The report, a piece a finding."""
    head = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "cuda-migrate", "version": report.tool_version, "rules": report.rules_version},
        "root": report.root,
        "commit": report.commit,
        "interrupted": report.interrupted,
        "targets": report.targets,
        "versions": report.versions,
        "assumed": report.assumed,
        "files": report.scanned,
        "summary": summary(report),
        "notices": [messages.note(notice) for notice in report.notices],
        "unselected": report.unselected,
        "suppressions": {
            "used": report.suppressed,
            "unused": [{"path": u.path, "line": u.line, "checks": u.checks} for u in report.unused_suppressions],
        },
    }
    yield "{\n" + ",\n".join(f"{dumps(key)}:{dumps(value)}" for key, value in head.items())
    yield from _array("skips", (dumps(skip._asdict()) for skip in report.skips))
    marked = zip(report.findings, fingerprints(report.findings), strict=True)
    yield from _array("findings", (dumps(_finding(finding, mark)) for finding, mark in marked))
    yield "\n}\n"


def summary(report: Report) -> dict[str, dict[str, int]]:
    """Target → verdict → number of uses; every verdict is there."""
    counts = {target: Counter[str]() for target in report.targets}
    for finding in report.findings:
        for target, judgement in finding.judgements.items():
            counts[target][judgement.verdict] += 1
    return {target: {verdict: counted[verdict] for verdict in VERDICTS} for target, counted in counts.items()}


def _array(key: str, items: Iterable[str]) -> Iterator[str]:
    yield f",\n{dumps(key)}:["
    lead = "\n"
    for item in items:
        yield lead + item
        lead = ",\n"
    yield "]"


def _finding(finding: Finding, fingerprint: str) -> dict[str, Any]:
    use = finding.use
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "symbol": use.symbol,
        "role": use.role,
        "check": finding.check,
        "category": finding.category,
        "message": messages.message(finding),
        "context": use.context,
        "details": dict(use.details),
        "text": finding.text,
        "fingerprint": fingerprint,
        "targets": {target: judgement._asdict() for target, judgement in finding.judgements.items()},
    }
