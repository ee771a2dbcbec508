"""Pages for a browser from the templates in ``reports/``: self-contained, offline, escaped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from migrate import messages
from migrate.facts import data
from migrate.facts.coverage import Coverage
from migrate.model import VERDICTS

_COVERAGE = {
    "en": {
        "title": "Coverage of the public names, by library and target",
        "about": "The total is the number of public names in the real headers and wheels (rules/sources). "
        "Grey says that nobody has checked the name or that no table speaks of it: silence is not support.",
        "library": "library",
        "names": "names",
        "known": "known",
    },
    "zh": {
        "title": "公开名称覆盖情况(按库与目标)",
        "about": "总数为真实头文件与 wheel 中的公开名称数(rules/sources)。"
        "灰色表示无人核实或表中未列出:未列出不等于支持。",
        "library": "库",
        "names": "名称数",
        "known": "已知",
    },
}


def _template(name: str, **values: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(data.folder("reports"))
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.get_template(name).render(**values)


def coverage(lines: Iterable[Coverage], lang: str) -> str:
    """The figures of ``rules coverage`` as one page."""
    libraries: dict[str, dict[str, Any]] = {}
    targets: dict[str, None] = {}
    for line in lines:
        targets[line.target] = None
        title = messages.check(line.library, lang).title
        row = libraries.setdefault(line.library, {"id": line.library, "title": title, "total": line.total, "cells": []})
        row["cells"].append(_cell(line))
    verdicts = [(verdict, messages.verdict(verdict, lang)) for verdict in VERDICTS]
    return _template(
        "coverage.html.j2",
        lang="zh-CN" if lang == "zh" else "en",
        say=_COVERAGE[lang],
        verdicts=verdicts,
        targets=list(targets),
        libraries=list(libraries.values()),
    )


def _cell(line: Coverage) -> dict[str, Any]:
    counts = {**line.verdicts, "unlisted": line.silent}
    return {
        "known": line.total - line.silent - line.verdicts["unknown"],
        "shares": [(name, round(100 * count / line.total, 2)) for name, count in counts.items() if count],
        "counts": ", ".join(f"{name} {count:,}" for name, count in counts.items() if count),
    }
