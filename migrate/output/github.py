"""Annotations for GitHub Actions: workflow commands, one a line, the most urgent first.

GitHub shows ten annotations of each level a step and drops the others without a word, so only those
that it shows are written, and the first one says how many there are in all.  Paths are the
repository's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from migrate import messages
from migrate.escape import visible
from migrate.model import Finding
from migrate.output import View
from migrate.report import Report

SHOWN = 10
"""What GitHub shows of each level a step."""
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, view: View) -> Iterator[str]:
    """A notice with the totals, then the annotations by level."""
    report = report.in_repository()
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        if finding.worst != "same":
            found[messages.level(finding)].append(finding)
    shown = {level: sorted(group, key=messages.urgency)[: SHOWN - (level == "note")] for level, group in found.items()}
    yield _command("notice", {"title": "cuda-migrate"}, _totals(report, found, sum(map(len, shown.values()))))
    for level, command in _COMMANDS.items():
        for finding in shown.get(level, ()):
            yield _command(command, _place(finding, view.lang), messages.message(finding, view.lang))


def _totals(report: Report, found: dict[str, list[Finding]], shown: int) -> str:
    total = sum(map(len, found.values()))
    text = f"{total:,} findings that need work for {', '.join(report.targets)}"
    if shown < total:
        text += f"; GitHub shows {SHOWN} of each level, so {total - shown:,} are left out here"
    if report.skips:
        text += f"; {len(report.skips):,} files or folders not read in full"
    return text + ("; the scan was interrupted and is incomplete" if report.interrupted else "")


def _place(finding: Finding, lang: str) -> dict[str, str]:
    place = {"file": finding.path, "line": str(finding.line), "endLine": str(finding.end_line)}
    if finding.line == finding.end_line:  # GitHub takes columns only within one line
        place |= {"col": str(finding.column), "endColumn": str(finding.end_column)}
    return {**place, "title": messages.check(finding.check, lang).title}


def _command(name: str, properties: dict[str, str], text: str) -> str:
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {shown}::{_data(text)}\n"


def _data(text: str) -> str:
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
