"""GitLab Code Quality: a JSON array, one element for each use that needs work on some asked target.

Paths are the repository's.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate import messages
from migrate.escape import dumps
from migrate.fingerprint import fingerprints
from migrate.model import Finding
from migrate.output import View
from migrate.report import Report

_SEVERITIES = {"note": "info", "warning": "minor", "error": "major"}


def render(report: Report, view: View) -> Iterator[str]:
    """One line an element, in order of path and place."""
    report = report.in_repository()
    lead = "[\n"
    for finding, mark in zip(report.findings, fingerprints(report.findings), strict=True):
        if finding.worst == "same":
            continue
        element = {
            "description": messages.message(finding, view.lang),
            "check_name": finding.check,
            "fingerprint": mark,
            "severity": _severity(finding),
            "location": {"path": finding.path, "lines": {"begin": finding.line, "end": finding.end_line}},
        }
        yield lead + dumps(element)
        lead = ",\n"
    yield "[]\n" if lead == "[\n" else "\n]\n"


def _severity(finding: Finding) -> str:
    """``critical`` where it must change and nothing takes its place; else by the level."""
    level = messages.level(finding)
    critical = level == "error" and finding.worst == "none" and finding.category == "mandatory"
    return "critical" if critical else _SEVERITIES[level]
