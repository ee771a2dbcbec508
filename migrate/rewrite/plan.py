"""The plan for a whole tree: one :class:`FilePlan` a file that has findings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from migrate.files import language
from migrate.model import Finding
from migrate.report import Report
from migrate.rewrite import text
from migrate.rewrite.changes import Change, FilePlan, Left, Splice, accepted, apply, edits, told
from migrate.rewrite.goal import Goal, is_concerned, is_left_alone, is_written
from migrate.rewrite.helper import Homes
from migrate.rewrite.view import View
from migrate.source import SourceFile


def plans(root: Path, report: Report, goal: Goal) -> Iterator[FilePlan]:
    """What is to be done in each file with findings, in order of path.  Nothing is written.

    C and C++ files are left out: their rewriter is another one.
    """
    homes = Homes(root) if goal.older else None
    for path, group in groupby(report.findings, lambda finding: finding.path):
        if (language(path) == "cuda") == goal.rename:
            place = root / path if root.is_dir() else root
            yield _file(place, root, path, list(group), goal, homes)
    if homes:
        yield from homes.plans()


def _file(place: Path, root: Path, path: str, findings: list[Finding], goal: Goal, homes: Homes | None) -> FilePlan:
    try:
        data = place.read_bytes()
    except OSError as error:
        return FilePlan(path, b"", problem=f"can't be read again: {error.strerror}")
    plan = FilePlan(path, data)
    if any(not _is_there(data, finding) for finding in findings):
        plan.problem = "changed since it was scanned; run again"
        return plan
    try:
        if goal.rename:
            _cpp(plan, place, root, findings, goal)
        elif language(path) in ("python", "notebook") and is_concerned(findings, goal):
            _python(plan, findings, goal, homes)
        else:
            _words(plan, findings, goal)
    except ValueError as error:  # it can't be decoded or parsed, or changes that don't fit together
        plan.changes, plan.edits = [], []
        plan.left = [Left(finding, "syntax") for finding in findings]
        plan.problem = str(error)
    return plan


def _cpp(plan: FilePlan, place: Path, root: Path, findings: list[Finding], goal: Goal) -> None:
    from migrate.rewrite.cpp.plan import CppPlan

    made = CppPlan(plan.data, place, root, goal)
    made.plan(findings)
    plan.changes = [told(plan.data, change) for change in made.changes]
    plan.left = made.left
    plan.edits = edits(plan.data, [*made.extra, *_splices(plan.changes)])


def _is_there(data: bytes, finding: Finding) -> bool:
    """Whether the finding's text still stands in its place."""
    start, end = finding.use.start, finding.use.end
    piece = data[start:end]
    return not piece.isascii() or piece.decode("ascii").startswith(finding.text.removeprefix("\ufeff"))


def _python(plan: FilePlan, findings: list[Finding], goal: Goal, homes: Homes | None) -> None:
    from migrate.rewrite.notebook import NotebookView
    from migrate.rewrite.python.plan import PythonPlan
    from migrate.rewrite.python.tree import Tree

    is_notebook = language(plan.path) == "notebook"
    view = NotebookView(plan.data) if is_notebook else View(SourceFile(plan.path, "python", plan.data))
    home = homes.of(plan.path, plan.data) if homes else None
    made = PythonPlan(view.data, goal, home.module if home else "")
    code = [finding for finding in findings if not view.is_shell(finding)]
    inward = [view.inward(finding) for finding in code]
    extra = made.plan(inward)
    _words(plan, [finding for finding in findings if view.is_shell(finding)], goal)
    plan.changes += [told(view.data, change) for change in made.changes]
    places = {one.use[:3]: finding for one, finding in zip(inward, code, strict=True)}
    plan.left += [left._replace(finding=places[left.finding.use[:3]]) for left in made.left]
    plan.encoding = view.encoding
    inner = edits(view.data, extra + _splices(made.changes))
    if inner:
        Tree(apply(view.data, inner))  # what doesn't parse is not written: raises ValueError
    outward = view.outward(inner)
    plan.edits = sorted([*plan.edits, *outward], key=attrgetter("start"))  # those at one place stay in their order
    if homes and home:
        homes.use(home, (edit.text for edit in plan.edits))


def _splices(changes: list[Change]) -> list[Splice]:
    return [splice for change in changes for splice in change.splices]


def _words(plan: FilePlan, findings: list[Finding], goal: Goal) -> None:
    changes: list[Change] = []
    for finding in findings:
        judgement = goal.judgement(finding)
        if judgement is None or judgement.verdict == "same" or finding.use.role == "hazard":
            continue
        if is_left_alone(finding):
            plan.left.append(Left(finding, "context"))
            continue
        if not is_written(judgement) or judgement.verdict == "code":
            chosen = judgement.verdict == "code" and finding.use.symbol.startswith(("device:", "backend:"))
            plan.left.append(Left(finding, "config" if chosen else "verdict"))
            continue
        answer = text.replaced(plan.data, finding, judgement, language(plan.path))
        if isinstance(answer, str):
            plan.left.append(Left(finding, answer))
        elif not goal.allows(answer[1]):
            plan.left.append(Left(finding, "review"))
        else:
            changes.append(Change(finding, *answer))
    kept, refused = accepted(changes)
    plan.changes = [told(plan.data, change) for change in kept]
    plan.left += [Left(change.finding, "overlap") for change in refused]
    plan.edits = edits(plan.data, _splices(plan.changes))
