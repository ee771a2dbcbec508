"""What stands behind a guard: CUDA-only extensions, and calls that stay CUDA's.  As long as they stay, so does it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import libcst as cst

from migrate.model import Finding
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


class Staying:
    """Calls of torch.cuda that stay, for want of a counterpart.

    A test for CUDA keeps them from running elsewhere; renamed, it would let them run where they fail.
    """

    def __init__(self, tree: Tree, calls: Iterable[Finding]) -> None:
        self._tree = tree
        self._starts = [finding.use.start for finding in calls]
        functions = (tree.enclosing(node, cst.FunctionDef) for node in map(self._node, calls) if node is not None)
        names = {function.name.value for function in functions if isinstance(function, cst.FunctionDef)}
        self._called = re.compile(rf"\b({'|'.join(sorted(names))})\(") if names else None

    def behind(self, test: Finding) -> bool:
        """Whether what a test lets run holds such a call, or a call of a function of this file that holds one."""
        region = self._region(test) if self._starts else None
        if region is None:
            return False
        text = self._tree.data[slice(*region)].decode()
        return any(region[0] <= start < region[1] for start in self._starts) or bool(
            self._called and self._called.search(text)
        )

    def _node(self, finding: Finding) -> cst.BaseExpression | None:
        return self._tree.expression(finding.use.start, finding.use.end)

    def _region(self, test: Finding) -> tuple[int, int] | None:
        """From the test to the end of all that depends on it; None where it is no test."""
        node, region = self._node(test), None
        for up in self._tree.ancestors(node) if node is not None else ():
            if isinstance(up, (cst.If, cst.IfExp)):
                start, end = self._tree.span(up.test)
                if start <= test.use.start < end:
                    return _extent(self._tree, up) if isinstance(up, cst.If) else self._tree.span(up)
            if isinstance(up, cst.BaseCompoundStatement):
                break
            if isinstance(up, cst.BooleanOperation):
                region = self._tree.span(up)
        return region


def is_of(finding: Finding, bindings: Bindings, names: set[str]) -> bool:
    """Whether the finding is an import or a use of one of these names."""
    span = finding.use.start, finding.use.end
    if finding.use.role == "import":
        return any(item.local in names for item in bindings.items if item.name == span)
    word = _WORD.match(bindings.tree.data[slice(*span)].decode())
    return word is not None and word[0] in names


def _guarded(tree: Tree, guard: cst.If) -> str:
    return tree.data[slice(*_extent(tree, guard))].decode()


def _extent(tree: Tree, guard: cst.If) -> tuple[int, int]:
    """The span of the guard and of what it guards: its branches; after an early return the rest of the block."""
    block = tree.parent(guard)
    start, end = tree.span(guard)
    if guard.orelse is None and isinstance(block, cst.IndentedBlock) and _leaves(guard):
        end = tree.span(block)[1]
    return start, end


def _leaves(guard: cst.If) -> bool:
    lines: Iterator[cst.CSTNode] = iter(guard.body.body[-1:])
    return any(
        isinstance(part, (cst.Return, cst.Raise, cst.Continue, cst.Break)) for line in lines for part in line.children
    )
