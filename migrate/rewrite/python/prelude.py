"""What a changed file needs at its top: ``import torch``, the plug-in, the device's type."""

from __future__ import annotations

import re

import libcst as cst

from migrate.rewrite import helper
from migrate.rewrite.changes import Change, Splice
from migrate.rewrite.goal import DEVICE_TYPE, Goal
from migrate.rewrite.python.bindings import Bindings, Item
from migrate.rewrite.python.tree import Tree

_TORCH = ("py", "device", "backend")
_VALUE = ".accelerator.current_accelerator().type"
_OTHERWISE = '.accelerator.device_count() else "cpu"'
"""Counting devices starts none of them, so that the file may be imported before a fork or a choice of devices."""
_EARLIER = (_OTHERWISE, '.accelerator.is_available() else "cpu"')
_ROOT = re.compile(r"(?<![\w.])(torch(?:_\w+|vision|audio)?)\.")
"""A package that a written name begins with."""


def splices(bindings: Bindings, changes: list[Change], goal: Goal, home: str) -> list[Splice]:
    """The lines to insert, each at its place; ``home`` is the helper module to import from, if any."""
    tree = bindings.tree
    texts = _texts(changes)
    constant = not home and any(DEVICE_TYPE in text for text in texts) and not _has_constant(tree)
    roots = {root for text in texts for root in _ROOT.findall(text)}
    written = roots - {item.local for item in bindings.items if item.local == item.binds or item.local != "torch"}
    torch = _torch_imports(bindings)
    top = _head(tree, torch)
    made: list[Splice] = []
    if "torch" in written or (constant and not binds_torch(bindings)):
        if constant or not torch:
            made.append(_line(tree, top, "", "import torch"))
        else:
            made += [_line(tree, _start(tree, item), _indent(tree, item), "import torch") for item in torch]
    plugin = goal.target.plugin if _needs_plugin(bindings, changes, goal) else ""
    if plugin and (plugin in roots or not _imports(changes, plugin)):
        line = f"import {plugin}" if plugin in roots else f"import {plugin}  # noqa: F401"
        for item in torch:
            behind = isinstance(item.statement, cst.Import) and not _takes_names(tree, item, changes)
            place = tree.line_end(tree.span(item.statement)[1]) if behind else _start(tree, item)
            made.append(_line(tree, place, _indent(tree, item), line))
    beside = {"torch", plugin if torch else ""}
    made += [_line(tree, top, "", f"import {root}") for root in sorted(written - beside)]
    helpers = [name for name in helper.names(texts) if home and not bindings.spelled(f"{home}.{name}")]
    if helpers:
        made.append(_line(tree, top, "", f"from {home} import {', '.join(helpers)}"))
    if constant:
        used = (
            p.start for c in changes for p in c.splices if any(isinstance(t, str) and DEVICE_TYPE in t for t in p.parts)
        )
        if min(used, default=top) < top:
            raise ValueError(
                f"{DEVICE_TYPE} can't be computed before its first use: torch is imported in the same line"
            )
        name = bindings.spelled("torch") or "torch"
        made.append(_line(tree, top, tree.newline, f"{DEVICE_TYPE} = {name}{_VALUE} if {name}{_OTHERWISE}"))
    return made


def has_place(bindings: Bindings) -> bool:
    """Whether the file can compute the device's type at its top: torch is imported there whatever happens, or
    nowhere in the file, and the constant's name is free (or stands for the constant already)."""
    tree = bindings.tree
    found = [item for item in bindings.items if item.canonical.partition(".")[0] == "torch"]
    if found and not any(isinstance(_block(tree, item.statement), cst.Module) for item in found):
        return False
    own = _has_constant(tree) or any(item.local == DEVICE_TYPE for item in bindings.items)
    return own or not bindings.occurrences(DEVICE_TYPE)


def _block(tree: Tree, statement: cst.CSTNode) -> cst.CSTNode | None:
    line = tree.parent(statement)
    return tree.parent(line) or tree.module if line is not None else None


def _has_constant(tree: Tree) -> bool:
    """Whether an earlier rewrite defined the constant."""
    lines = (tree.text(part) for part in tree.module.body if isinstance(part, cst.SimpleStatementLine))
    return any(line.startswith(f"{DEVICE_TYPE} = ") and line.endswith(_EARLIER) for line in lines)


def _texts(changes: list[Change]) -> set[str]:
    """All that is written, but for imports."""
    used = (change for change in changes if change.finding.use.role != "import")
    return {part for change in used for splice in change.splices for part in splice.parts if isinstance(part, str)}


def _imports(changes: list[Change], package: str) -> bool:
    """Whether a changed import already brings a package in."""
    changed = (change for change in changes if change.finding.use.role == "import")
    parts = (part for change in changed for splice in change.splices for part in splice.parts)
    return any(isinstance(part, str) and re.search(rf"\bfrom {package}\b", part) for part in parts)


def _needs_plugin(bindings: Bindings, changes: list[Change], goal: Goal) -> bool:
    """Whether device code was written for a plug-in that the file doesn't import."""
    plugin = goal.target.plugin
    if not plugin or any(item.canonical.partition(".")[0] == plugin for item in bindings.items):
        return False
    uses = (change.finding.use for change in changes)
    return any(use.symbol.partition(":")[0] in _TORCH and use.role != "compare" for use in uses)


def _takes_names(tree: Tree, item: Item, changes: list[Change]) -> bool:
    """Whether ``import torch.cuda as c`` becomes ``from torch import npu as c``, which needs the plug-in before it."""
    start, _ = tree.span(item.statement)
    made = (splice for change in changes for splice in change.splices if splice.start == start)
    return any("from torch" in part for splice in made for part in splice.parts if isinstance(part, str))


def _torch_imports(bindings: Bindings) -> list[Item]:
    """The first import of torch, or from it, at module level; else the first one in each function."""
    found = [
        item
        for item in bindings.items
        if item.canonical.partition(".")[0] == "torch" and not _is_for_types(bindings.tree, item)
    ]
    top = [item for item in found if bindings.is_global(item)]
    if top:
        return top[:1]
    scopes: dict[cst.CSTNode | None, Item] = {}
    for item in found:
        scopes.setdefault(bindings.tree.enclosing(item.statement, cst.FunctionDef, cst.ClassDef), item)
    return list(scopes.values())


def _is_for_types(tree: Tree, item: Item) -> bool:
    """Whether the import stands behind ``if TYPE_CHECKING``, and never runs."""
    guards = (up for up in tree.ancestors(item.statement) if isinstance(up, cst.If))
    return any(tree.text(guard.test).rpartition(".")[2] == "TYPE_CHECKING" for guard in guards)


def binds_torch(bindings: Bindings) -> bool:
    """Whether the module has a name for torch."""
    return any(item.binds == "torch" and bindings.is_global(item) for item in bindings.items)


def _line(tree: Tree, at: int, before: str, text: str) -> Splice:
    missing = tree.newline if at == len(tree.data) and tree.data and not tree.data.endswith(b"\n") else ""
    return Splice.text(at, at, f"{missing}{before}{text}{tree.newline}")


def _start(tree: Tree, item: Item) -> int:
    return tree.line_start(tree.span(item.statement)[0])


def _indent(tree: Tree, item: Item) -> str:
    """The whitespace before an import."""
    return tree.data[_start(tree, item) : tree.span(item.statement)[0]].decode()


def _head(tree: Tree, torch: list[Item]) -> int:
    """Behind the imports that torch's import stands among; where it has none, behind those the file begins with."""
    at = 0
    first = tree.span(torch[0].statement)[0] if torch else 0
    for statement in tree.module.body:
        start, end = tree.span(statement)
        if start > first and not _is_head(statement):
            break
        if end > first or _is_head(statement):
            at = tree.line_end(end - 1)
    return at


def _is_head(statement: cst.CSTNode) -> bool:
    """Whether a statement belongs to a file's head: its docstring, imports, also guarded ones."""
    if isinstance(statement, cst.SimpleStatementLine):
        return all(
            isinstance(part, (cst.Import, cst.ImportFrom))
            or (isinstance(part, cst.Expr) and isinstance(part.value, (cst.SimpleString, cst.ConcatenatedString)))
            for part in statement.body
        )
    if isinstance(statement, (cst.Try, cst.If)):
        parts = [part for part in statement.body.body if not isinstance(part, cst.BaseCompoundStatement)]
        return len(parts) == len(statement.body.body) and any(map(_is_head, parts)) and all(map(_is_plain, parts))
    return False


def _is_plain(statement: cst.CSTNode) -> bool:
    """Whether a statement imports, or keeps a constant: nothing that could use the device."""
    return _is_head(statement) or (
        isinstance(statement, cst.SimpleStatementLine)
        and all(
            isinstance(part, cst.Pass)
            or (isinstance(part, cst.Assign) and isinstance(part.value, (cst.Name, cst.SimpleString, cst.Integer)))
            for part in statement.body
        )
    )
