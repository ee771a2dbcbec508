"""SARIF 2.1.0, for code scanning: only what needs work on some asked target, one result a use.

Columns are UTF-16 code units, as the standard's default asks; where a line is too long to know them
the region names whole lines.  GitHub takes 25,000 results and 10 MB (compressed) a run, and shows
5,000: beyond 5,000 the most urgent come first, what goes over a limit is left out, and a notification
says how many.  (Its limit of 25,000 rules can't be reached: a rule stands here only for a result.)
Nothing names the machine: addresses are relative to ``%SRCROOT%``, the root of the repository, or the
scanned folder where there is none.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from migrate import messages
from migrate.escape import dumps, visible
from migrate.fingerprint import fingerprints
from migrate.model import Finding
from migrate.output import View
from migrate.report import Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 25_000
SHOWN_RESULTS = 5_000
MAX_BYTES = 10_000_000
_RESERVE = 4_096
"""Bytes kept free for what follows the results."""
_ROOT = "%SRCROOT%"
_NEWLINE = re.compile(r"\r\n|\r|\n")
Marked = tuple[Finding, str]


def render(report: Report, view: View) -> Iterator[str]:
    """The log: first what made it, then the results one by one, then how the run went."""
    report = report.in_repository()
    marked = zip(report.findings, fingerprints(report.findings), strict=True)
    found = [(finding, mark) for finding, mark in marked if finding.worst != "same"]
    chosen = found
    if len(found) > SHOWN_RESULTS:
        chosen = sorted(found, key=lambda item: messages.urgency(item[0]))[:MAX_RESULTS]
    checks = sorted({finding.check for finding, _ in chosen})
    head = _head(report, checks, view)
    tail = ",".join(map(dumps, _notifications(report, view.lang)))
    kept = 0
    yield head
    for piece in _fitting(chosen, checks, head + tail, view):
        yield (",\n" if kept else "\n") + piece
        kept += 1
    yield "],\n" + _invocation(report, tail, kept, len(found), view.lang) + "}]}\n"


def _head(report: Report, checks: Sequence[str], view: View) -> str:
    """The log up to the opening bracket of the results."""
    driver = {
        "name": "cuda-migrate",
        "semanticVersion": report.tool_version,
        "language": "zh-CN" if view.lang == "zh" else "en-US",
        "rules": [_rule(check, view.lang) for check in checks],
    }
    in_repository = report.commit or report.prefix
    root = "The root of the repository" if in_repository else f"The scanned folder, {report.root}"
    fields: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {_ROOT: {"description": {"text": _plain(root)}}},
        "automationDetails": {"id": f"cuda-migrate/{'+'.join(report.targets)}/"},
        "properties": {
            "rulesVersion": report.rules_version,
            "targets": report.targets,
            "sourceVersions": report.versions,
            "assumedVersions": report.assumed,
        },
    }
    if report.commit:
        fields["properties"]["commit"] = report.commit
    if report.commit and report.repository:
        provenance = {"repositoryUri": report.repository, "revisionId": report.commit, "mappedTo": {"uriBaseId": _ROOT}}
        fields["versionControlProvenance"] = [provenance]
    body = ",\n".join(f"{dumps(key)}:{dumps(value)}" for key, value in fields.items())
    return f'{{"$schema":{dumps(SCHEMA)},"version":"2.1.0","runs":[{{\n{body},\n"results":['


def _rule(check: str, lang: str) -> dict[str, Any]:
    about = messages.check(check, lang)
    help_text = "\n\n".join(filter(None, (about.title, about.effect, about.fix)))
    rule = {"id": check, "shortDescription": {"text": about.title}, "help": {"text": help_text}}
    if about.effect:
        rule["fullDescription"] = {"text": about.effect}
    return rule


def _fitting(chosen: Sequence[Marked], checks: Sequence[str], around: str, view: View) -> Iterator[str]:
    """The results as long as the whole, compressed, stays under the limit."""
    packer = zlib.compressobj()
    index = {check: number for number, check in enumerate(checks)}
    size = len(packer.compress(around.encode())) + len(packer.flush(zlib.Z_SYNC_FLUSH)) + _RESERVE
    for number, (finding, mark) in enumerate(chosen):
        piece = dumps(_result(finding, mark, index[finding.check], view.lang))
        size += len(packer.compress(piece.encode()))
        if number % 64 == 63:
            size += len(packer.flush(zlib.Z_SYNC_FLUSH))
        if size > MAX_BYTES:
            return
        yield piece


def _result(finding: Finding, mark: str, rule: int, lang: str) -> dict[str, Any]:
    return {
        "ruleId": finding.check,
        "ruleIndex": rule,
        "level": messages.level(finding),
        "message": {"text": _plain(messages.message(finding, lang))},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(finding.path), "region": _region(finding)}}],
        "partialFingerprints": {"cudaMigrate/v1": mark, "primaryLocationLineHash": f"{mark}:1"},
        "properties": {
            "symbol": finding.use.symbol,
            "role": finding.use.role,
            "category": finding.category,
            "context": finding.use.context,
            "verdicts": {target: judgement.verdict for target, judgement in finding.judgements.items()},
        },
    }


def _plain(text: str) -> str:
    """A message's text: braces would be placeholders, so they are doubled."""
    return visible(text).replace("{", "{{").replace("}", "}}")


def _artifact(path: str) -> dict[str, str]:
    """A relative address; bytes of a name that aren't UTF-8 are encoded as they are."""
    return {"uri": quote(path.encode("utf-8", "surrogateescape")), "uriBaseId": _ROOT}


def _region(finding: Finding) -> dict[str, int]:
    region = {"startLine": finding.line, "endLine": finding.end_line}
    lines = _NEWLINE.split(finding.text)
    if not finding.snippet.startswith(lines[0], finding.column - 1):
        return region  # of a very long line only a part is known, not from its start
    start = _utf16(finding.snippet, finding.column)
    if start is None:
        return region
    region["startColumn"] = start
    last = finding.snippet
    if finding.end_line > finding.line:
        last = lines[-1] if len(lines) == finding.end_line - finding.line + 1 else ""
    if (end := _utf16(last, finding.end_column)) is not None:
        region["endColumn"] = end
    return region


def _utf16(line: str, column: int) -> int | None:
    """A column in UTF-16 code units; None where the line is cut before it."""
    before = line[: column - 1]
    if len(before) < column - 1:
        return None
    return column + (0 if before.isascii() else sum(char > "\uffff" for char in before))


def _notifications(report: Report, lang: str) -> Iterator[dict[str, Any]]:
    """What wasn't read, in the order of the report."""
    for skip in report.skips:
        level = "note" if messages.intended(skip) else "warning"
        yield _notification(skip.kind, f"{skip.path}: {messages.reason(skip, lang)}", level, skip.path)


def _notification(kind: str, text: str, level: str, path: str = "", line: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {"descriptor": {"id": kind}, "level": level, "message": {"text": _plain(text)}}
    if path:
        place: dict[str, Any] = {"artifactLocation": _artifact(path)}
        if line:
            place["region"] = {"startLine": line}
        found["locations"] = [{"physicalLocation": place}]
    return found


def _invocation(report: Report, skips: str, kept: int, found: int, lang: str) -> str:
    """How the run went: whether it came to its end, what wasn't read, what was left out here."""
    told = [_notification("notice", messages.note(text, lang), "note") for text in report.notices]
    for unused in report.unused_suppressions:
        text = f"suppresses nothing: {', '.join(unused.checks) or 'it names no check'}"
        told.append(_notification("unused-suppression", text, "note", unused.path, unused.line))
    run: list[dict[str, Any]] = []
    if report.interrupted:
        run.append(_notification("interrupted", "the scan was interrupted: the results are incomplete", "error"))
    if kept < found:
        text = f"{found - kept:,} of {found:,} results are left out, the least urgent: GitHub takes {MAX_RESULTS:,}"
        run.append(_notification("results-left-out", f"{text} results and 10 MB (compressed) a run", "warning"))
    if kept > SHOWN_RESULTS:
        text = f"GitHub shows the first {SHOWN_RESULTS:,} of these {kept:,} results; the most urgent come first"
        run.append(_notification("results-not-shown", text, "note"))
    execution = ",".join(filter(None, (*map(dumps, run), skips)))
    state = "false" if report.interrupted else "true"
    return (
        f'"invocations":[{{"executionSuccessful":{state},"toolConfigurationNotifications":{dumps(told)},'
        f'"toolExecutionNotifications":[{execution}]}}]'
    )
