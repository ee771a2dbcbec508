"""JUnit XML: a test suite a file, a failing test for each use that needs work on some asked target.

A suite named after the tool passes (or ends in an error, where the scan was interrupted), since
many readers refuse a file without any test; what was not read is a skipped test.  Characters that
XML 1.0 can't hold are written as ``\\xNN``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from migrate import messages
from migrate.escape import visible
from migrate.model import Finding, Skip
from migrate.output import View
from migrate.report import Report


def render(report: Report, view: View) -> Iterator[str]:
    """The suites: the scan itself, the files in order of path, what was not read."""
    found = [finding for finding in report.findings if finding.worst != "same"]
    counts = _counts(1 + len(found) + len(report.skips), len(found), int(report.interrupted), len(report.skips))
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="cuda-migrate" {counts}>\n'
    yield _scan(report)
    for path, group in groupby(found, lambda finding: finding.path):
        yield _file(path, list(group), view)
    if report.skips:
        yield _skipped(report.skips, view.lang)
    yield "</testsuites>\n"


def _counts(tests: int, failures: int = 0, errors: int = 0, skipped: int = 0) -> str:
    return f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'


def _attribute(text: str) -> str:
    return quoteattr(visible(text))


def _scan(report: Report) -> str:
    case = f'<testcase classname="cuda-migrate" name={_attribute("scan for " + ", ".join(report.targets))}'
    lost = '><error message="the scan was interrupted: the results are incomplete"/></testcase>'
    counts = _counts(1, errors=int(report.interrupted))
    return f'<testsuite name="cuda-migrate" {counts}>{case}{lost if report.interrupted else "/>"}</testsuite>\n'


def _file(path: str, findings: Sequence[Finding], view: View) -> str:
    cases = "".join(_case(finding, view.lang) for finding in findings)
    return f"<testsuite name={_attribute(path)} {_counts(len(findings), len(findings))}>\n{cases}</testsuite>\n"


def _case(finding: Finding, lang: str) -> str:
    where = f"{finding.line}:{finding.column}"
    path, name = _attribute(finding.path), _attribute(f"{where} {finding.use.symbol}")
    text = messages.message(finding, lang)
    body = escape(visible(f"{finding.path}:{where}: {finding.snippet.strip()}"))
    return (
        f'<testcase classname={path} name={name} file={path} line="{finding.line}">'
        f'<failure type="{finding.worst}" message={_attribute(text)}>{body}</failure></testcase>\n'
    )


def _skipped(skips: Sequence[Skip], lang: str) -> str:
    cases = "".join(
        f"<testcase classname={_attribute(skip.path)} name={_attribute('not read: ' + skip.kind)}>"
        f"<skipped message={_attribute(messages.reason(skip, lang))}/></testcase>\n"
        for skip in skips
    )
    return f'<testsuite name="not read" {_counts(len(skips), skipped=len(skips))}>\n{cases}</testsuite>\n'
