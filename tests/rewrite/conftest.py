"""What the tests of the rewriter share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from migrate.engine import ScanOptions, scan
from migrate.facts.targets import ask_all
from migrate.rewrite.changes import FilePlan
from migrate.rewrite.goal import Goal
from migrate.rewrite.plan import plans

Plan = Callable[..., FilePlan]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Plans a file's changes: its text, the target, ``unsafe``, its name, versions of torch and others."""

    def made(
        code: str | bytes, target: str = "cann", unsafe: bool = False, name: str = "a.py", **versions: str
    ) -> FilePlan:
        data = code if isinstance(code, bytes) else dedent(code).lstrip("\n").encode()
        (tmp_path / name).write_bytes(data)
        asked = ask_all((target,))
        report = scan(tmp_path, ScanOptions(asked, versions, cache=False))
        found = [one for one in plans(tmp_path, report, Goal(asked[0], asked[0], unsafe)) if one.path == name]
        return found[0] if found else FilePlan(name, data)

    return made


@pytest.fixture
def rewritten(plan: Plan) -> Callable[..., str]:
    """The text after the changes; a second plan for it changes nothing."""

    def text(code: str | bytes, *args: str, **options: bool | str) -> str:
        result = plan(code, *args, **options).result
        assert plan(result, *args, **options).edits == [], "a second run changes something"
        return result.decode()

    return text


@pytest.fixture
def left(plan: Plan) -> Callable[..., list[str]]:
    """What stays as it is, as ``LINE NAME REASON``."""

    def reasons(code: str | bytes, *args: str, **options: bool | str) -> list[str]:
        items = plan(code, *args, **options).left
        return [
            f"{item.finding.line} {item.finding.use.symbol.partition(':')[2]} {item.reason}"
            for item in sorted(items, key=lambda item: item.finding.line)
        ]

    return reasons
