"""Code that names several devices: where the target has its own case already, it never gets a second one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from migrate.facts.targets import Target
from migrate.model import Finding
from migrate.rewrite.changes import Reason, Splice
from migrate.rewrite.goal import DEVICE_TYPE, Goal
from migrate.rewrite.python.bindings import Bindings
from migrate.rewrite.python.guards import leaves
from migrate.rewrite.python.literals import OTHER_DEVICES, Spell
from migrate.rewrite.python.tree import Tree

_COLLECTIONS = (cst.List, cst.Tuple, cst.Set, cst.Dict, cst.BooleanOperation)
_BY_KEY = re.compile(rb"""[\w)\]]\[["']cuda["']\]|\.(get|pop)\(["']cuda["']""")
"""Where a dictionary is asked for CUDA's entry and no other."""


def has_own_case(tree: Tree, finding: Finding, target: Target) -> bool:
    """Whether another branch, key or value beside the use is the target's own; never where that is called ``cuda``."""
    if target.family != "B":
        return False
    own = re.compile(rf"(?<![A-Za-z]){target.device}(?![A-Za-z])")
    node: cst.CSTNode | None = tree.expression(finding.use.start, finding.use.end)
    in_function = False
    while node is not None:
        up = tree.parent(node)
        if isinstance(up, (cst.FunctionDef, cst.ClassDef)):
            in_function = True
            if _has_twin(tree, up.name.value, target.device):
                return True
        if not in_function and any(own.search(text) for text in _beside(tree, up, node)):
            return True
        node = up
    return False


def _has_twin(tree: Tree, name: str, device: str) -> bool:
    """Whether the file has the same for the target: ``is_npu_available`` beside ``is_cuda_available``."""
    twin = re.sub("cuda", device, name, flags=re.IGNORECASE)
    return twin != name and re.search(rf"\b(def|class) {twin}\b".encode(), tree.data, re.IGNORECASE) is not None


def _beside(tree: Tree, up: cst.CSTNode | None, node: cst.CSTNode) -> Iterator[str]:
    """The texts of what stands beside a node and tells devices apart."""
    if isinstance(up, _COLLECTIONS):
        yield tree.text(up)
    elif isinstance(up, cst.IfExp):
        yield from (tree.text(part) for part in (up.test, up.body, up.orelse) if part is not node)
    elif isinstance(up, cst.Match):
        yield from (tree.text(case.pattern) for case in up.cases if case is not node)
    elif isinstance(up, cst.If):
        yield from _other_tests(tree, up, node)
    elif isinstance(node, cst.If) and isinstance(up, (cst.IndentedBlock, cst.Module)):
        yield from (tree.text(other.test) for other in _run(list(up.body), node))


def _other_tests(tree: Tree, up: cst.If, node: cst.CSTNode) -> Iterator[str]:
    """The tests of a chain's other branches, seen from a part of one of them."""
    if node is up.orelse:
        yield tree.text(up.test)
        return
    other = up.orelse
    while isinstance(other, cst.If):
        yield tree.text(other.test)
        other = other.orelse


def _run(body: list[cst.CSTNode], node: cst.If) -> Iterator[cst.If]:
    """The other ``if``s in a run of those that end in ``return`` or the like, which is a chain, too."""
    at = body.index(node)
    for statements in (reversed(body[:at]), body[at + 1 :]):
        for other in statements:
            if not isinstance(other, cst.If) or other.orelse is not None or not leaves(other):
                break
            yield other


def with_key(bindings: Bindings, finding: Finding, goal: Goal, spell: Spell) -> tuple[Splice, ...] | Reason:
    """What else changes with a value of ``{"cuda": …, "cpu": …}``: its key; or why the value has to stay."""
    tree = bindings.tree
    node = tree.expression(finding.use.start, finding.use.end) if goal.target.family != "A" else None
    element = tree.enclosing(node, cst.DictElement, cst.BaseStatement) if node else None
    table = tree.parent(element) if isinstance(element, cst.DictElement) else None
    if not isinstance(element, cst.DictElement) or not isinstance(table, cst.Dict) or not _is_cuda(element):
        return ()
    keys = [other.key for other in table.elements if isinstance(other, cst.DictElement)]
    host = any(isinstance(key, cst.SimpleString) and key.raw_value == "cpu" for key in keys[: keys.index(element.key)])
    others = OTHER_DEVICES.search(tree.text(table).encode())
    if _BY_KEY.search(tree.data) or (goal.portable and (host or others or len(keys) < len(table.elements))):
        return "multi-vendor"  # without an accelerator, DEVICE_TYPE would come behind "cpu" and be the same
    start, end = tree.span(element.key)
    if goal.portable:
        return (Splice.text(start, end, spell(DEVICE_TYPE)),)
    return (Splice.text(start + 1, end - 1, goal.target.device),)


def _is_cuda(element: cst.DictElement) -> bool:
    key = element.key
    return isinstance(key, cst.SimpleString) and key.raw_value == "cuda" and not key.prefix and key.quote in "'\""
