"""Edits that depend on each other: a test for CUDA and what it lets run change together, or not at all.

Renamed alone, a test would let calls run where they fail; left alone, it would make what is written behind it
dead code.  So a test takes the strictest safety of what stands behind it, and all of that takes the test's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst

from migrate.model import Finding, Safety
from migrate.rewrite.changes import Reason, Span, Splice
from migrate.rewrite.goal import EXTENSION
from migrate.rewrite.python.guards import extent
from migrate.rewrite.python.names import Wanted
from migrate.rewrite.python.tree import Tree

_TESTS = ("torch.cuda.is_", "torch.cuda.device_count", "torch.Tensor.is_cuda", "torch.version.cuda")
_FAILING = ("torch.Tensor.cuda", "torch.nn.Module.cuda", EXTENSION.removeprefix("py:"))
_ANSWERED = re.compile(r"torch\.cuda\.((manual_)?seed(_all)?|empty_cache|(max_)?memory_(allocated|reserved|stats))")
"""Calls that torch.cuda answers without a device, too."""
_SAFE, _REVIEW, _NEVER = range(3)


class Decision(NamedTuple):
    """What is to become of a finding, or why it is left."""

    finding: Finding
    answer: tuple[Splice, ...] | Wanted | Reason
    safety: Safety = ""

    @property
    def level(self) -> int:
        """How much keeps it from being made."""
        return _NEVER if isinstance(self.answer, str) else _SAFE if self.safety == "safe" else _REVIEW


class _Condition(NamedTuple):
    """A condition that asks for CUDA."""

    place: Span
    extent: Span
    """It and its branches."""
    lets_run: list[Span]
    """What only runs where it holds, beside what the scan says of its branches (``guarded``)."""


class _Group(NamedTuple):
    """Indices of decisions: the tests of one condition, what only runs where it holds, and what depends on it
    and fails on other devices as long as it stays."""

    tests: list[int]
    behind: list[int]
    failing: list[int]
    stays: bool = False
    """Whether it gives back a device that no decision is about."""


def settled(tree: Tree, decisions: list[Decision]) -> list[Decision]:
    """The decisions, each as strict as those it depends on."""
    groups = _groups(tree, decisions)
    levels = [decision.level for decision in decisions]
    before: list[int] = []
    while before != levels:
        before = list(levels)
        for group in groups:
            strictest = max([group.stays * _NEVER, *(levels[test] for test in group.tests)])
            strictest = max([strictest, *_weight(decisions, levels, group)])
            for index in group.tests:
                levels[index] = max(levels[index], strictest)
            for index in group.behind:
                levels[index] = max(levels[index], strictest)
    return [_at(decision, level) for decision, level in zip(decisions, levels, strict=True)]


def _weight(decisions: list[Decision], levels: list[int], group: _Group) -> Iterator[int]:
    """The levels of what would fail; with ``--unsafe`` a test may go without a call, but never without what it
    chooses: a device, a type of tensor, a kind of extension."""
    for index in group.failing:
        use = decisions[index].finding.use
        chosen = use.symbol.startswith("device:") or (use.role == "name" and use.symbol.endswith(("Tensor", EXTENSION)))
        yield levels[index] if chosen else min(levels[index], _REVIEW)


def _at(decision: Decision, level: int) -> Decision:
    if level == decision.level:
        return decision
    return decision._replace(safety="review") if level == _REVIEW else decision._replace(answer="guard")


def _groups(tree: Tree, decisions: list[Decision]) -> list[_Group]:
    tests: dict[Span, list[int]] = {}
    conditions: dict[Span, _Condition] = {}
    for index, decision in enumerate(decisions):
        if _is_test(decision.finding) and (condition := _condition(tree, decision.finding)):
            conditions[condition.place] = condition
            tests.setdefault(condition.place, []).append(index)
    called = _called(tree, decisions) if conditions else {}
    groups = [_group(tree, decisions, tests[place], condition, called) for place, condition in conditions.items()]
    return groups + list(_followers(tree, decisions))


def _followers(tree: Tree, decisions: list[Decision]) -> Iterator[_Group]:
    """``available = torch.cuda.is_available``, and the calls of ``available``, which follow it without an edit."""
    for symbol in {decision.finding.use.symbol for decision in decisions if decision.answer == ()}:
        alike = [index for index, decision in enumerate(decisions) if decision.finding.use.symbol == symbol]
        yield _Group([index for index in alike if _is_named(tree, decisions[index])], [], [])


def _is_named(tree: Tree, decision: Decision) -> bool:
    node = tree.expression(decision.finding.use.start, decision.finding.use.end)
    return decision.answer == () or (node is not None and isinstance(tree.parent(node), cst.Assign))


def _group(
    tree: Tree, decisions: list[Decision], tests: list[int], condition: _Condition, called: dict[str, list[int]]
) -> _Group:
    others = [(index, one.finding) for index, one in enumerate(decisions) if index not in tests]
    inside = {index: finding for index, finding in others if _contains(condition.extent, finding)}
    behind = [index for index, finding in inside.items() if "guarded" in finding.use.context]
    behind += [index for index, finding in others if any(_contains(span, finding) for span in condition.lets_run)]
    failing = [index for index in inside if _fails(decisions[index])]
    words = set(re.findall(r"\b\w+(?=\()", tree.data[slice(*condition.extent)].decode()))
    failing += [index for name in words & called.keys() for index in called[name]]
    known = {(one.finding.use.start, one.finding.use.end) for one in decisions}
    return _Group(tests, behind, failing, any(_gives_device(tree, condition, known)))


def _gives_device(tree: Tree, condition: _Condition, known: set[Span]) -> Iterator[bool]:
    """Devices that the condition chooses, or that are given back where it holds."""
    for literal in tree.nodes(cst.SimpleString):
        if literal.raw_value == "cuda" and tree.span(literal) not in known:
            inside = condition.extent[0] <= tree.span(literal)[0] < condition.extent[1]
            yield inside and isinstance(tree.parent(literal), (cst.IfExp, cst.Return))


def _is_test(finding: Finding) -> bool:
    """Whether it asks for CUDA."""
    use = finding.use
    return use.symbol.removeprefix("py:").startswith(_TESTS) or (
        use.role == "compare" and use.symbol.startswith(("device:", "backend:"))
    )


def _fails(decision: Decision) -> bool:
    """Whether the use, as it stands, fails on another device."""
    use = decision.finding.use
    if _is_test(decision.finding) or decision.answer == "context" or "fallback" in use.context:
        return False
    scheme, _, name = use.symbol.partition(":")
    if scheme == "py" and use.role in ("call", "name"):
        return name in _FAILING or (name.startswith("torch.cuda.") and not _ANSWERED.fullmatch(name))
    return scheme in ("device", "backend")


def _called(tree: Tree, decisions: list[Decision]) -> dict[str, list[int]]:
    """The functions of the file that hold calls which stay, by name."""
    functions: dict[str, list[int]] = {}
    for index, decision in enumerate(decisions):
        if decision.level == _NEVER and _fails(decision):
            node = tree.expression(decision.finding.use.start, decision.finding.use.end)
            function = tree.enclosing(node, cst.FunctionDef) if node else None
            if isinstance(function, cst.FunctionDef):
                functions.setdefault(function.name.value, []).append(index)
    return functions


def _condition(tree: Tree, test: Finding) -> _Condition | None:
    """The condition that the test is part of.  It may be kept in a variable, or be what a function gives back."""
    node = tree.expression(test.use.start, test.use.end)
    joined: cst.BooleanOperation | None = None
    for up in tree.ancestors(node) if node is not None else ():
        if isinstance(up, cst.BooleanOperation):
            joined = up
        if isinstance(up, (cst.If, cst.IfExp)) and _contains(tree.span(up.test), test):
            return _Condition(tree.span(up.test), extent(tree, up), _behind_backend(tree, up, test))
        if isinstance(up, cst.MatchCase):
            return _Condition(tree.span(up.pattern), tree.span(up), [tree.span(up)])
        if isinstance(up, cst.Assign) and len(up.targets) == 1 and _is_condition(up.value):
            target = up.targets[0].target
            scope = tree.enclosing(up, cst.FunctionDef) if isinstance(target, cst.Name) else None
            return _kept(tree, up.value, re.escape(tree.text(target)) + r"\b", scope)
        if isinstance(up, cst.Return) and up.value is not None and _is_condition(up.value):
            function = tree.enclosing(up, cst.FunctionDef)
            return _kept(tree, up.value, rf"{function.name.value}\(") if isinstance(function, cst.FunctionDef) else None
        if isinstance(up, (cst.BaseSmallStatement, cst.BaseCompoundStatement, cst.IfExp, cst.Lambda)):
            break
    return _Condition(tree.span(joined), tree.span(joined), []) if joined else None


def _behind_backend(tree: Tree, node: cst.If | cst.IfExp, test: Finding) -> list[Span]:
    """What a comparison with a back end lets run; of other tests the scan says it."""
    if not test.use.symbol.startswith("backend:"):
        return []
    return [_lets_run(tree, node, negated="!=" in tree.text(node.test) or " not " in f" {tree.text(node.test)}")]


def _contains(span: Span, finding: Finding) -> bool:
    return span[0] <= finding.use.start < span[1]


def _is_condition(value: cst.BaseExpression) -> bool:
    """Whether a value is a test itself, rather than made with one."""
    if isinstance(value, cst.Call):
        return not value.args or (isinstance(value.func, cst.Attribute) and value.func.attr.value == "startswith")
    return isinstance(value, (cst.BooleanOperation, cst.Comparison, cst.UnaryOperation, cst.Attribute))


def _kept(tree: Tree, value: cst.BaseExpression, name: str, scope: cst.CSTNode | None = None) -> _Condition:
    """A condition that is asked for by a name."""
    pattern = re.compile(rf"(\bnot\s+)?(?<![\w.]){name}")
    nodes: list[cst.If | cst.IfExp] = [*tree.nodes(cst.If), *tree.nodes(cst.IfExp)]
    lets_run = []
    for node in nodes:
        match = pattern.search(tree.text(node.test))
        if match and (scope is None or tree.enclosing(node, cst.FunctionDef) is scope):
            lets_run.append(_lets_run(tree, node, negated=bool(match[1])))
    return _Condition(tree.span(value), tree.span(value), lets_run)


def _lets_run(tree: Tree, node: cst.If | cst.IfExp, *, negated: bool) -> Span:
    """What only runs where the answer is yes."""
    if not negated:
        return tree.span(node.body)
    return tree.span(node.orelse) if node.orelse is not None else (tree.span(node)[1], extent(tree, node)[1])
