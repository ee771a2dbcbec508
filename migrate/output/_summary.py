"""The end of the text report: figures per target, areas, hazards, what wasn't read, what to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from migrate import messages
from migrate.escape import visible
from migrate.model import VERDICTS
from migrate.output import View
from migrate.output._figures import Area, Figures
from migrate.report import Report
from migrate.terminal import pad, paint, width, wrap

_TOP = 10
_SAY = {
    "targets": ("For", "目标:"),
    "from": ("from", "源版本:"),
    "assumed": ("assumed", "假定源版本:"),
    "commit": ("commit", "提交"),
    "line": ("line", "行"),
    "lines": ("lines", "行"),
    "summary": (
        "Uses per target and verdict (distinct changes in brackets)",
        "各目标各结论的使用处数(括号内为不同改动数)",
    ),
    "areas": ("Where the work is", "工作分布"),
    "hazards": ("Hazards: a rename does not cure these", "风险:仅靠改名无法解决"),
    "notes": ("Limits named above", "上文所列限制"),
    "skips": ("Not read, or only in part", "未读取或仅部分读取"),
    "notices": ("To know", "说明"),
    "unused": ("Suppressions that hide nothing", "未起作用的忽略注释"),
    "unnamed": ("names no check", "未写明检查"),
    "more": ("and {} more", "另有 {} 项"),
    "fix": ("Fix: ", "对策:"),
    "list": ("(--verbose lists them)", "(--verbose 可列出)"),
    "interrupted": ("Interrupted: this report is incomplete.", "扫描被中断:本报告不完整。"),
    "nothing": ("Nothing found that depends on CUDA", "未发现依赖 CUDA 之处"),
    "found": ("{}, {} in {}", "{},{},涉及 {}"),
    "clean": ("{}, all of which work unchanged on every target", "{},在所有目标上均无需修改"),
    "suppressed": ("hidden by suppressions", "被忽略注释隐藏"),
    "unselected": ("hidden by select/ignore", "被 select/ignore 隐藏"),
}
_COUNTED = {
    "use": ("use", "uses", "处使用"),
    "name": ("name", "names", "个名称"),
    "file": ("file", "files", "个文件"),
    "open": ("needs work or a check", "need work or a check", "处需处理或核实"),
    "read": ("file read", "files read", "个文件已读"),
    "skipped": ("not read in full", "not read in full", "项未完整读取"),
}


def say(key: str, view: View) -> str:
    """A fixed phrase."""
    return _SAY[key][view.lang == "zh"]


def count(number: int, key: str, view: View) -> str:
    """A number and what it counts: ``1 use``, ``1,234 uses``."""
    one, many, chinese = _COUNTED[key]
    return f"{number:,} {chinese if view.lang == 'zh' else one if number == 1 else many}"


def summary(report: Report, figures: Figures, view: View) -> Iterator[str]:
    """Everything below the files, the closing line last."""
    if figures.total:
        yield from _section("summary", _table(report.targets, figures, view), view)
    yield from _section("areas", _areas(figures.areas, view), view)
    yield from _section("hazards", _hazards(figures.hazards, view), view)
    if not view.verbose:
        yield from _section("notes", _notes(figures.notes, view), view)
    yield from _section("skips", _skips(report, view), view)
    yield from _section(
        "notices",
        (line for text in report.notices for line in _item(visible(messages.note(text, view.lang)), view)),
        view,
    )
    yield from _section("unused", _unused(report, view), view)
    yield ""
    if report.interrupted:
        yield paint(say("interrupted", view), "red", view.color)
    yield from _closing(report, figures, view)


def _section(key: str, lines: Iterable[str], view: View) -> Iterator[str]:
    """A heading and its lines; nothing where there are none."""
    for index, line in enumerate(lines):
        if index == 0:
            yield ""
            yield paint(say(key, view), "bold", view.color)
        yield "  " + line


def _item(text: str, view: View, indent: int = 0) -> Iterator[str]:
    for line in wrap(text, view.width - 2 - indent):
        yield " " * indent + line


def _table(targets: Sequence[str], figures: Figures, view: View) -> Iterator[str]:
    """Targets by verdicts that occur; as one line a target and verdict where the table is too wide."""
    verdicts = [verdict for verdict in VERDICTS if any(figures.uses[target][verdict] for target in targets)]
    rows = [["", *(messages.heading(verdict, view.lang) for verdict in verdicts)]]
    for target in targets:
        uses = figures.uses[target]
        rows.append([target, *(_cell(uses[verdict], figures.distinct(target, verdict)) for verdict in verdicts)])
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * len(widths) <= view.width:
        for row in rows:
            cells = [
                pad(cell, size, right=index > 0) for index, (cell, size) in enumerate(zip(row, widths, strict=True))
            ]
            yield "  ".join(cells)
        return
    for target, *cells in rows[1:]:
        named = (f"{name} {cell}" for name, cell in zip(rows[0][1:], cells, strict=True) if cell != "–")
        yield from _item(f"{target}: {', '.join(named)}", view)


def _cell(uses: int, changes: int) -> str:
    return f"{uses:,} ({changes:,})" if uses else "–"


def _largest(areas: dict[str, Area]) -> list[tuple[str, Area]]:
    return sorted(areas.items(), key=lambda item: (-item[1].uses, item[0]))


def _areas(areas: dict[str, Area], view: View) -> Iterator[str]:
    ranked = _largest(areas)
    rows = [
        (
            visible(messages.check(check, view.lang).title),
            count(area.uses, "use", view),
            count(len(area.names), "name", view),
            count(len(area.files), "file", view),
        )
        for check, area in ranked[:_TOP]
    ]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)] if rows else []
    for title, *counts in rows:
        cells = (pad(cell, size, right=True) for cell, size in zip(counts, widths[1:], strict=True))
        yield "  ".join([pad(title, widths[0]), *cells])
    yield from _more(len(ranked) - _TOP, view)


def _hazards(hazards: dict[str, Area], view: View) -> Iterator[str]:
    ranked = _largest(hazards)
    for check, area in ranked[:_TOP]:
        about = messages.Check(*map(visible, messages.check(check, view.lang)))
        yield f"{about.title}  ×{area.uses:,}, {count(len(area.files), 'file', view)}  ({visible(check)})"
        if about.effect:
            yield from _item(about.effect, view, 4)
        if about.fix:
            yield from _item(say("fix", view) + about.fix, view, 4)
    yield from _more(len(ranked) - _TOP, view)


def _more(number: int, view: View) -> Iterator[str]:
    if number > 0:
        yield say("more", view).format(f"{number:,}")


def _notes(notes: Counter[str], view: View) -> Iterator[str]:
    """What the most frequent notes mean, in order of their names."""
    told = [name for name, _ in notes.most_common() if messages.note(name, view.lang) != name]
    for name in sorted(told[:_TOP]):
        yield from _item(visible(f"{name}: {messages.note(name, view.lang)}"), view)
    if len(told) > _TOP:
        yield f"{say('more', view).format(f'{len(told) - _TOP:,}')} {say('list', view)}"


def _skips(report: Report, view: View) -> Iterator[str]:
    """How many of each kind, then what something is wrong with, at most ten; all of it where verbose."""
    kinds = Counter(skip.kind for skip in report.skips)
    told = [
        f"{visible(messages.skipped(kind, view.lang))} {number:,}"
        for kind, number in sorted(kinds.items(), key=lambda k: (-k[1], k[0]))
    ]
    listed = [skip for skip in report.skips if view.verbose or not messages.intended(skip)]
    shown = listed if view.verbose else listed[:_TOP]
    hint = "" if len(shown) == len(report.skips) else f"  {say('list', view)}"
    yield from _item(", ".join(told) + hint, view)
    for skip in shown:
        yield from _item(visible(f"{skip.path}: {messages.reason(skip, view.lang)}"), view, 2)


def _unused(report: Report, view: View) -> Iterator[str]:
    for unused in report.unused_suppressions:
        yield visible(f"{unused.path}:{unused.line}: {', '.join(unused.checks) or say('unnamed', view)}")


def _closing(report: Report, figures: Figures, view: View) -> Iterator[str]:
    if figures.open:
        total, unsettled = count(figures.total, "use", view), count(figures.open, "open", view)
        found = say("found", view).format(total, unsettled, count(len(figures.files), "file", view))
    elif figures.total:
        found = say("clean", view).format(count(figures.total, "use", view))
    else:
        found = say("nothing", view)
    parts = [found, count(sum(report.scanned.values()), "read", view)]
    if report.skips:
        parts.append(count(len(report.skips), "skipped", view))
    for number, key in ((report.suppressed, "suppressed"), (report.unselected, "unselected")):
        if number:
            parts.append(f"{number:,} {say(key, view)}")
    yield from wrap(" · ".join(parts), view.width)
