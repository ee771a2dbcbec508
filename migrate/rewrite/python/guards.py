"""What stands behind a guard, and CUDA-only extensions: as long as they stay, so does the guard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import libcst as cst

from migrate.model import Finding
from migrate.rewrite.changes import Span
from migrate.rewrite.python.bindings import Bindings
from migrate.rewrite.python.tree import Tree

_WORD = re.compile(r"[^\W\d]\w*")


def extensions(bindings: Bindings, findings: Iterable[Finding]) -> set[str]:
    """The names of what is imported, other than torch, that guards of extensions stand in front of.

    The other branch runs wherever the guard says no, so that the code is right as it is; with an extension
    replaced, the guard would mean something else.
    """
    tree = bindings.tree
    imported = {item.local for item in bindings.items if item.canonical.partition(".")[0] != "torch"}
    guards = (
        statement
        for finding in findings
        if "extension-guard" in finding.use.context
        for statement in tree.nodes(cst.If)
        if tree.span(statement.test)[0] <= finding.use.start < tree.span(statement.test)[1]
    )
    return {name for guard in guards for name in _WORD.findall(_guarded(tree, guard))} & imported


def is_of(finding: Finding, bindings: Bindings, names: set[str]) -> bool:
    """Whether the finding is an import or a use of one of these names."""
    span = finding.use.start, finding.use.end
    if finding.use.role == "import":
        return any(item.local in names for item in bindings.items if item.name == span)
    word = _WORD.match(bindings.tree.data[slice(*span)].decode())
    return word is not None and word[0] in names


def _guarded(tree: Tree, guard: cst.If) -> str:
    return tree.data[slice(*extent(tree, guard))].decode()


def extent(tree: Tree, guard: cst.CSTNode) -> Span:
    """The span of the guard and of what it guards: its branches; after an early return the rest of the block."""
    block = tree.parent(guard)
    start, end = tree.span(guard)
    early = isinstance(guard, cst.If) and guard.orelse is None and leaves(guard)
    return start, tree.span(block)[1] if early and isinstance(block, cst.IndentedBlock) else end


def leaves(guard: cst.If) -> bool:
    """Whether a branch ends in ``return`` or the like."""
    lines: Iterator[cst.CSTNode] = iter(guard.body.body[-1:])
    return any(
        isinstance(part, (cst.Return, cst.Raise, cst.Continue, cst.Break)) for line in lines for part in line.children
    )
