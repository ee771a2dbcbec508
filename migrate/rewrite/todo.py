"""``--todo``: comments above the places that were left, for those who go on by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from migrate.files import language
from migrate.frontend import frontend
from migrate.model import Edit, Finding
from migrate.python.grammar import parse
from migrate.rewrite.anchors import anchors
from migrate.rewrite.changes import FilePlan, Left, Reason
from migrate.rewrite.entries import text_of
from migrate.rewrite.goal import Goal, is_left_alone
from migrate.rewrite.notebook import NotebookView
from migrate.rewrite.summary import reason_text
from migrate.rewrite.view import View
from migrate.source import SourceFile

_OURS = re.compile(rb"^[ \t]*(?P<text># TODO\(cuda-migrate\[[\w*-]+\]\): [^\r\n]*?)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_RIGHT: tuple[Reason, ...] = ("context", "multi-vendor", "overlap")
"""Reasons that leave nothing to do."""

_ROUNDS = 5
"""How often the comments are looked at again: what stands a few lines away counts in a scan, and they are lines."""


def add(plan: FilePlan, goal: Goal, lang: str) -> None:
    """Put a comment above each place that was left.

    Those of an earlier run stay where they are still true, and go where they aren't.
    """
    spoken = language(plan.path) or ("python" if b"python" in plan.data.partition(b"\n")[0] else "shell")
    if plan.problem or plan.is_new:
        return
    try:
        view = text_of(plan.path, spoken, plan.data)
    except ValueError:
        return
    if not plan.edits:
        plan.encoding = view.encoding
    edits, left = plan.edits, plan.left
    before: list[Edit] = []
    for _ in range(_ROUNDS):
        plan.left = list(left)
        wanted = _wanted(plan, view, goal, lang, spoken)
        mine = [edit for edit in _edits(view, wanted, spoken) if not any(_clash(edit, other) for other in edits)]
        plan.edits = sorted([*edits, *mine], key=lambda edit: (edit.start, edit.end))
        if mine == before:
            break
        before = mine


def _wanted(
    plan: FilePlan, view: View | NotebookView, goal: Goal, lang: str, spoken: str
) -> dict[int, dict[str, None]]:
    """The comments by the lines that they stand above; what gets one is marked in the plan."""
    anchor = anchors(spoken, plan.path, view.data)
    remains = _remains(plan, spoken)
    wanted: dict[int, dict[str, None]] = {}
    for index, left in enumerate(plan.left):
        if not _is_open(left, goal) or view.is_shell(left.finding) or not remains(left.finding):
            continue
        at = anchor(view.inward(left.finding).use.start)
        if at is not None and view.above(at, "\n") is not None:
            wanted.setdefault(at, {})[_comment(left, lang, view.encoding)] = None
            plan.left[index] = left._replace(todo=True)
    return wanted


def _is_open(left: Left, goal: Goal) -> bool:
    """Whether there is something to do: not where the code is right, or works with limits."""
    judgement = goal.judgement(left.finding)
    works = left.reason == "verdict" and judgement is not None and judgement.verdict == "partial"
    return left.reason not in _RIGHT and not works


def _remains(plan: FilePlan, spoken: str) -> Callable[[Finding], bool]:
    """Whether the file's new text still has a finding's use: its import may have changed for other uses' sake, or
    what stands around it."""
    if not plan.edits:
        return lambda _: True
    uses = frontend(spoken)(SourceFile(plan.path, spoken, plan.result)).uses
    found = {(use.symbol, use.start): use for use in uses}

    def remains(finding: Finding) -> bool:
        grown = (
            len(e.text.encode(plan.encoding)) - (e.end - e.start) for e in plan.edits if e.end <= finding.use.start
        )
        use = found.get((finding.use.symbol, finding.use.start + sum(grown)))
        return use is not None and not is_left_alone(finding._replace(use=use))

    return remains


def _comment(left: Left, lang: str, encoding: str) -> str:
    text = reason_text(left.reason, lang)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = reason_text(left.reason)
    return f"# TODO(cuda-migrate[{left.finding.check}]): {text}"


def _edits(view: View | NotebookView, wanted: dict[int, dict[str, None]], spoken: str) -> Iterator[Edit]:
    """What makes the comments of the text those that are wanted."""
    data = view.data
    newline = "\r\n" if b"\r\n" in data else "\n"
    there = {match.end(): match for match in _comments(data, spoken)}
    kept = set()
    for at, texts in wanted.items():
        missing = dict(texts)
        above = at
        while (match := there.get(above)) is not None:
            if missing.pop(match["text"].decode("utf-8", "replace"), "") is None:
                kept.add(above)
            above = match.start()
        indent = data[at : len(data) - len(data[at:].lstrip(b" \t"))].decode()
        indent = "" if spoken == "make" else indent  # behind a tab it would be a command
        edit = view.above(at, "".join(f"{indent}{text}{newline}" for text in missing))
        if missing and edit:
            yield edit
    stale = (match.span() for end, match in there.items() if end not in kept)
    yield from view.outward(Edit(start, end, "") for start, end in stale)


def _comments(data: bytes, spoken: str) -> Iterable[re.Match[bytes]]:
    """The comments that are ours; in Python those in strings aren't."""
    found = _OURS.finditer(data)
    if spoken not in ("python", "notebook") or not _OURS.search(data):
        return found
    root = parse(data).root_node

    def is_comment(at: int) -> bool:
        node = root.descendant_for_byte_range(at, at + 1)
        return node is not None and node.type == "comment"

    return (match for match in found if is_comment(match.start("text")))


def _clash(edit: Edit, other: Edit) -> bool:
    if edit.start == edit.end:
        return other.start < edit.start < other.end
    return other.start < edit.end and edit.start < other.end
