"""Text for people: what stands where, file by file, then the figures that decide what to do first.

Equal uses in a file are folded to one entry.  Without ``verbose`` only what needs work on at least
one asked target is listed; the figures always count everything.  Control characters of names and
code are escaped, and no path outside the scanned folder is ever shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from migrate import messages
from migrate.escape import visible
from migrate.files import language
from migrate.model import Finding, Judgement
from migrate.output import View
from migrate.output._figures import Figures
from migrate.output._summary import count, say, summary
from migrate.report import Report
from migrate.terminal import clip, pad, paint, width, wrap

COLORS = {
    "same": "green",
    "rename": "cyan",
    "rewrite": "cyan",
    "code": "cyan",
    "partial": "yellow",
    "manual": "magenta",
    "none": "red",
    "unknown": "dim",
}
_INDENT = 2
_LINES_SHOWN = 8


def render(report: Report, view: View) -> Iterator[str]:
    """Head, files, summary: a piece a file."""
    yield from _lines(_head(report, view))
    figures = Figures(report.targets)
    for path, group in groupby(report.findings, lambda finding: finding.path):
        found = list(group)
        for finding in found:
            figures.add(finding)
        told = found if view.verbose else map(_without_portable, found)
        shown = [finding for finding in told if view.verbose or finding.worst != "same"]
        if shown:
            yield "\n" + "".join(_lines(_file(path, shown, len(report.targets) > 1, view)))
    yield from _lines(summary(report, figures, view))


def _without_portable(finding: Finding) -> Finding:
    """The finding without the target ``portable``, which is one of PyTorch programs, where C or C++ is
    concerned and it has nothing to say, but another target is there to say something."""
    if not finding.use.symbol.startswith(("c:", "include:")) and language(finding.path) != "cuda":
        return finding
    told = {label: j for label, j in finding.judgements.items() if not _silent(label, j)}
    return finding._replace(judgements=told or finding.judgements)


def _silent(label: str, judgement: Judgement) -> bool:
    return label.startswith("portable") and judgement.verdict == "unknown" and not judgement.to


def _lines(lines: Iterable[str]) -> Iterator[str]:
    return (line.rstrip() + "\n" for line in lines)


def _head(report: Report, view: View) -> Iterator[str]:
    about = [visible(report.root)]
    if report.commit:
        about.append(say("commit", view) + " " + report.commit[:12])
    yield paint(f"cuda-migrate {report.tool_version} · {' · '.join(about)}", "bold", view.color)
    yield from wrap(f"{say('targets', view)} {', '.join(map(visible, report.targets))}", view.width)
    versions: dict[str, list[str]] = {"from": [], "assumed": []}
    for name, version in report.versions.items():
        versions["assumed" if name in report.assumed else "from"].append(f"{name} {version}")
    known = [f"{say(key, view)} {', '.join(named)}" for key, named in versions.items() if named]
    yield " · ".join([*known, f"rules {report.rules_version}"])


def _file(path: str, findings: Sequence[Finding], several: bool, view: View) -> Iterator[str]:
    """One file: its path, then its entries in order of their first place; ``several``: name the targets."""
    total = count(len(findings), "use", view)
    yield paint(visible(path), "bold", view.color) + paint(f"  {total}", "dim", view.color)
    entries: dict[object, list[Finding]] = {}
    for finding in findings:
        same = (finding.use.symbol, finding.use.context, finding.use.details, tuple(finding.judgements.items()))
        entries.setdefault(same, []).append(finding)
    quiet = {key: group for key, group in entries.items() if not view.verbose and _unverified(group[0])}
    rows = [(_place(group[0]), _label(group[0], view), group) for key, group in entries.items() if key not in quiet]
    place_width = max([6, *(len(place) for place, _, _ in rows)])
    room = view.width - _INDENT - place_width - 4
    label_width = min(max((width(label) for _, label, _ in rows), default=0), max(room * 2 // 5, 16))
    for place, label, group in rows:
        yield from _entry(pad(place, place_width, right=True), label, label_width, group, several, view)
    yield from _quiet(list(quiet.values()), several, view)


def _unverified(finding: Finding) -> bool:
    """Whether nobody has verified it on any target, and there is not even a guess."""
    judgements = finding.judgements.values()
    return finding.use.role != "hazard" and all(j.verdict == "unknown" and not j.to for j in judgements)


def _quiet(groups: Sequence[Sequence[Finding]], several: bool, view: View) -> Iterator[str]:
    """What nobody has verified, in few lines: ``cann, musa: not verified: 2:43 NCCL_ROOT ×4 · …``."""
    for targets in dict.fromkeys(tuple(group[0].judgements) for group in groups):
        text = messages.verdict("unknown", view.lang)
        line = (f"{', '.join(targets)}: {text}" if several else text) + ": "
        lead = ""
        for group in groups:
            if tuple(group[0].judgements) != targets:
                continue
            times = f" ×{len(group)}" if len(group) > 1 else ""
            piece = f"{_place(group[0])} {_label(group[0], view)}{times}"
            if lead and width(line) + 3 + width(piece) > view.width - 2 * _INDENT:
                yield " " * _INDENT + paint(line, COLORS["unknown"], view.color)
                line, lead = " " * _INDENT, ""
            line += lead + piece
            lead = " · "
        yield " " * _INDENT + paint(line, COLORS["unknown"], view.color)


def _place(finding: Finding) -> str:
    return f"{finding.line}:{finding.column}"


def _entry(
    place: str, label: str, label_width: int, group: Sequence[Finding], several: bool, view: View
) -> Iterator[str]:
    """One entry: place and name on the left, what it becomes on the right, wrapped under each other."""
    first = group[0]
    lead = " " * _INDENT + paint(place, "dim", view.color) + "  "
    left = _INDENT + len(place) + 2
    column = left + label_width + 2
    if view.width - column < 24:  # a narrow terminal: what it becomes goes below the name
        column = left + 2
    cells = list(_outcomes(first, view.width - column, several, view))
    if len(group) > 1:
        cells.append(paint(_places(group, view), "dim", view.color))
    if width(label) + 2 <= column - left:
        yield lead + pad(label, column - left) + cells[0]
        cells = cells[1:]
    else:
        yield lead + label
    yield from (" " * column + cell for cell in cells)
    if first.use.role == "hazard" and first.snippet:
        code = visible(" ".join(first.snippet.split()))
        yield " " * left + paint(clip(f"| {code}", max(view.width - left, 20)), "dim", view.color)


def _label(finding: Finding, view: View) -> str:
    """The use's name, what sort of thing it is, and what is known of it."""
    symbol = finding.use.symbol
    label = f"{messages.kind(symbol, view.lang)} {messages.name(symbol, view.lang)}".lstrip()
    if details := ", ".join(f"{key} {value}" for key, value in finding.use.details if value):
        label += f" ({details})"
    if finding.use.context:
        label += f" [{', '.join(messages.context(name, view.lang) for name in finding.use.context)}]"
    return visible(label)


def _outcomes(finding: Finding, columns: int, several: bool, view: View) -> Iterator[str]:
    """What it becomes: targets with the same outcome together, as many outcomes on a line as fit."""
    tell = messages.outcome if view.verbose else messages.brief
    grouped: dict[str, list[str]] = {}
    verdicts: dict[str, str] = {}
    for target, judgement in finding.judgements.items():
        if not view.verbose and judgement.verdict == "same":
            continue
        text = tell(judgement, view.lang, hazard=finding.use.role == "hazard")
        grouped.setdefault(text, []).append(target)
        verdicts[text] = judgement.verdict
    line, taken = "", 0
    for text, targets in grouped.items():
        piece = visible(_addressed(targets, text) if several else text)
        color = COLORS[verdicts[text]]
        if taken and taken + 3 + width(piece) > columns:
            yield line
            line, taken = "", 0
        *full, last = [piece] if width(piece) <= columns else list(wrap(piece, columns))
        yield from (paint(part, color, view.color) for part in full)
        line += (" · " if taken else "") + paint(last, color, view.color)
        taken += (3 if taken else 0) + width(last)
    yield line


def _addressed(targets: Sequence[str], text: str) -> str:
    return ", ".join(targets) + (" " if text.startswith("→") else ": ") + text


def _places(group: Sequence[Finding], view: View) -> str:
    """``×12 lines 3, 8, …``: where else the same stands in the file; all of it where verbose."""
    lines = list(dict.fromkeys(finding.line for finding in group))
    shown = lines if view.verbose else lines[:_LINES_SHOWN]
    more = ", …" if len(shown) < len(lines) else ""
    word = say("line" if len(lines) == 1 else "lines", view)
    return f"×{len(group)} {word} {', '.join(map(str, shown))}{more}"
