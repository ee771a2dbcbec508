"""CSV: one row for each finding and target, for spreadsheets and data frames.

UTF-8 without byte order mark, a line a row: control characters are written as ``\\xNN``.  A cell that
a spreadsheet would run as a formula (it starts with ``=``, ``+``, ``-`` or ``@``) starts with an
apostrophe instead, which spreadsheets show as plain text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from migrate import messages
from migrate.escape import visible
from migrate.model import Finding, Judgement
from migrate.output import View
from migrate.report import Report

COLUMNS = (
    *("path", "line", "column", "end_line", "end_column", "symbol", "role", "check", "category", "context"),
    *("target", "verdict", "to", "args", "safety", "source", "checked", "note", "message"),
)


def render(report: Report, view: View) -> Iterator[str]:
    """The rows, in order of path and place, then of targets as asked for."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in report.findings:
        if not view.verbose and finding.worst == "same":
            continue
        for target, judgement in finding.judgements.items():
            writer.writerow(map(_cell, _row(finding, target, judgement)))
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _row(finding: Finding, target: str, judgement: Judgement) -> tuple[str | int, ...]:
    where = (finding.path, finding.line, finding.column, finding.end_line, finding.end_column)
    what = (finding.use.symbol, finding.use.role, finding.check, finding.category, " ".join(finding.use.context))
    verdict = (judgement.verdict, judgement.to, judgement.args, judgement.safety)
    known = (judgement.source, judgement.checked, judgement.note, messages.outcome(judgement))
    return (*where, *what, target, *verdict, *known)


def _cell(value: str | int) -> str | int:
    if isinstance(value, int):
        return value
    text = visible(value)
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text
