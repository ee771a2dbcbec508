"""``--strategy shim``: the vendor's run-time patch, imported at the entry points, and what it does to this code base.

Nothing else is edited: the code keeps saying ``cuda``, and means the vendor's device while it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from tree_sitter import Node

from migrate.errors import InputError
from migrate.facts import data as facts
from migrate.facts.targets import Patch, Target
from migrate.files import Entry
from migrate.model import Edit, Finding
from migrate.python.grammar import parse
from migrate.report import Report
from migrate.rewrite.changes import FilePlan, apply
from migrate.rewrite.entries import CodeBase, Import, imports, text_of
from migrate.rewrite.goal import Goal, is_left_alone
from migrate.rewrite.notebook import NotebookView
from migrate.rewrite.view import View

_USES = ("py:torch.", "device:", "backend:")
"""How symbols begin that show a file to use torch."""
_HEAD = ("import_statement", "import_from_statement", "future_import_statement", "comment")


class Effect(NamedTuple):
    """A side effect of the patch, and where it touches this code base."""

    id: str
    en: str
    zh: str
    source: str
    uses: list[Finding]


def patch_of(target: Target) -> Patch:
    """The target's patch.  Raises InputError where there is none, with the strategies that there are."""
    others = "portable" if target.family == "portable" else "portable, native"
    if target.family == "A":
        raise InputError(
            f"PyTorch for {target.id} keeps torch.cuda, 'cuda' and 'nccl': there is nothing to patch; "
            f"its strategies are {others}"
        )
    if target.patch is None:
        raise InputError(f"no run-time patch is attested for {target.id}; its strategies are {others}")
    return target.patch


def plans(root: Path, report: Report, goal: Goal, entries: Iterable[Entry]) -> Iterator[FilePlan]:
    """One plan for each entry point, in order of path."""
    patch = patch_of(goal.asked.target)
    users = (finding.path for finding in report.findings if finding.use.symbol.startswith(_USES))
    base = CodeBase(entries, users)
    for entry in base.entry_points():
        place = root / entry.path if root.is_dir() else root
        yield _file(place, entry, patch, base)


def _file(place: Path, entry: Entry, patch: Patch, base: CodeBase) -> FilePlan:
    plan = FilePlan(entry.path, b"")
    try:
        plan.data = place.read_bytes()
        view = text_of(entry.path, entry.language, plan.data)
        root = parse(view.data).root_node
        found = imports(root, view.data)
        lines = _missing(patch, found)
        if lines:
            plan.encoding = view.encoding
            plan.edits = list(
                _inserted(view, root, _place(root, view.data, _first(entry.path, found, base), patch), lines)
            )
    except OSError as error:
        plan.problem = f"can't be read again: {error.strerror}"
    except ValueError as error:
        plan.problem = f"{error}; the patch isn't imported in it"
    return plan


class _Place(NamedTuple):
    """Where lines go in, and whether they belong to the line below (and not to the one above)."""

    at: int
    indent: str
    above: bool


def _inserted(view: View | NotebookView, root: Node, place: _Place, lines: list[str]) -> Iterator[Edit]:
    """The edits that insert the lines.  Raises ValueError where the text can't be read, before or after."""
    data = view.data
    newline = "\r\n" if b"\r\n" in data else "\n"
    missing = newline if place.at == len(data) and data and not data.endswith(b"\n") else ""
    edit = Edit(place.at, place.at, missing + "".join(f"{place.indent}{line}  # noqa: F401{newline}" for line in lines))
    if root.has_error or parse(apply(data, [edit])).root_node.has_error:
        raise ValueError("it can't be parsed for certain")
    if not place.above:
        yield from view.outward([edit])
    elif own := view.above(edit.start, edit.text):
        yield own
    else:
        raise ValueError("its cell begins with a magic")


def _missing(patch: Patch, found: list[Import]) -> list[str]:
    """The patch's statements that a file lacks; none where it has the patch already."""
    known = {module for one in found for module in one.modules}
    if any(module == patch.module or module.startswith(f"{patch.module}.") for module in known):
        return []
    return [line for line in patch.imports if line.removeprefix("import ") not in known]


def _first(path: str, found: list[Import], base: CodeBase) -> Import | None:
    """The first import that brings torch in as the file is loaded: torch's own, or one of this code base that
    reaches it; where there is none, the first one of others' packages."""
    top = [one for one in found if one.runs]
    for one in top:
        if one.is_torch or any(base.reaches(file) for file in base.loaded(path, one)):
            return one
    return next((one for one in top if not list(base.loaded(path, one)) and not _is_standard(one)), None)


def _is_standard(one: Import) -> bool:
    return all(module.partition(".")[0] in sys.stdlib_module_names for module in one.modules)


def _place(root: Node, data: bytes, first: Import | None, patch: Patch) -> _Place:
    """Behind a plain ``import torch``; before all else that brings torch in, since names taken from there earlier
    would be the unpatched ones; without either behind the imports at the top."""
    if first is None:
        return _Place(_head(root, data), "", above=False)
    start = data.rfind(b"\n", 0, first.start) + 1
    lead = data[start : first.start]
    if lead.strip():  # behind `try:` or another statement on its line
        around = next(node for node in root.named_children if node.start_byte <= first.start < node.end_byte)
        return _Place(data.rfind(b"\n", 0, around.start_byte) + 1, "", above=True)
    if first.is_torch and first.plain and not patch.before_torch:
        end = data.find(b"\n", first.end)
        return _Place(len(data) if end < 0 else end + 1, lead.decode(), above=False)
    return _Place(start, lead.decode(), above=True)


def _head(root: Node, data: bytes) -> int:
    """Behind the docstring and the imports that a file begins with."""
    at = 0
    for node in root.named_children:
        text = node.type == "expression_statement" and node.named_children[0].type == "string"
        if node.type not in _HEAD and not text:
            break
        if node.type != "comment" or data.startswith((b"#!", b"# -*-", b"# coding", b"# vim"), node.start_byte):
            end = data.find(b"\n", node.end_byte)
            at = len(data) if end < 0 else end + 1
    return at


def effects(report: Report, target: Target) -> Iterator[Effect]:
    """The patch's side effects that touch this code base, in the order of ``target.toml``, with their places."""
    patch = patch_of(target)
    texts = facts.toml("patches.toml")
    label = next(label for label in report.targets if label.partition("@")[0].partition(":")[0] == target.id)
    words = {key: getattr(target, key) for key in ("device", "backend", "plugin", "visible_devices")}
    for name, locator in patch.effects:
        entry = texts[name]
        uses = [found for found in report.findings if not is_left_alone(found) and _touches(entry, found, label)]
        if uses:
            source = f"{patch.source}: {locator}"
            yield Effect(name, entry["en"].format(**words), entry["zh"].format(**words), source, uses)


def _touches(entry: dict[str, Any], found: Finding, label: str) -> bool:
    use = found.use
    return (
        any(fnmatchcase(use.symbol, symbol) for symbol in entry["symbols"])
        and use.role in entry.get("roles", (use.role,))
        and dict(use.details).get("name", "") in entry.get("names", (dict(use.details).get("name", ""),))
        and found.judgements[label].verdict in entry.get("verdicts", (found.judgements[label].verdict,))
    )
