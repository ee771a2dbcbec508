"""Portable: ``x.cuda(…)`` → ``x.to(…)``, and ``x.is_cuda`` → a test of the device's type."""

from __future__ import annotations

import re

import libcst as cst

from migrate.model import Finding, Safety
from migrate.rewrite.changes import Reason, Splice
from migrate.rewrite.goal import DEVICE_TYPE
from migrate.rewrite.python import calls, literals
from migrate.rewrite.python.bindings import Bindings
from migrate.rewrite.python.literals import Spell
from migrate.rewrite.python.tree import Tree

_INDEX = re.compile(r"(^|[._])(rank|index|idx|device_id|i|\d+)$")
"""Names of what is an index, and never None."""
_FROM_DEVICE = re.compile(r"cuda|torch\.device\(|current_accelerator")


def moved(bindings: Bindings, finding: Finding, spell: Spell) -> tuple[tuple[Splice, ...], Safety] | Reason:
    """``.cuda()`` moves to the current accelerator, or to the one that its argument says."""
    tree = bindings.tree
    name = tree.at(finding.use.start, finding.use.end, cst.Name)
    attribute = tree.parent(name) if name else None
    call = tree.parent(attribute) if attribute else None
    if not isinstance(call, cst.Call) or call.func is not attribute:
        return "value"
    given = calls.given(tree, call)
    if any(argument.star for argument in given):
        return "arguments"
    to = Splice.text(finding.use.start, finding.use.end, "to")
    where = next((g for g in given if g.keyword == "device" or (not g.keyword and g is given[0])), None)
    blocking = next((g for g in given[1:] if not g.keyword), None)
    splices = [to]
    if blocking:
        splices.append(Splice.text(blocking.whole[0], blocking.whole[0], "non_blocking="))
    if where is None:
        start = calls.region(tree, call)[0]
        text = _variable(bindings, call) or spell(DEVICE_TYPE)
        splices.append(Splice.text(start, start, f"{text}, " if given else text))
        return tuple(splices), "safe"
    return _to(tree, where, splices, spell)


def _to(tree: Tree, where: calls.Given, splices: list[Splice], spell: Spell) -> tuple[tuple[Splice, ...], Safety]:
    text = tree.data[slice(*where.value)].decode()
    if text == "None":
        return (*splices, Splice.text(*where.value, spell(DEVICE_TYPE))), "safe"
    if text.isdecimal():
        return (*splices, Splice.text(*where.value, f'f"{{{spell(DEVICE_TYPE)}}}:{text}"')), "safe"
    return tuple(splices), "safe" if is_index(text) or text.endswith("device") else "review"


def is_index(text: str) -> bool:
    """Whether an expression is a device's index, by its name."""
    return bool(_INDEX.search(text))


def _variable(bindings: Bindings, call: cst.Call) -> str:
    """A variable ``device`` that was made from a device, and that the call sees; "" where there is none."""
    tree = bindings.tree
    here = tree.enclosing(call, cst.FunctionDef)
    for place in bindings.occurrences("device"):
        target = tree.parent(place)
        statement = tree.enclosing(place, cst.Assign, cst.AnnAssign)
        if not isinstance(target, (cst.AssignTarget, cst.AnnAssign)) or statement is None:
            continue
        scope = tree.enclosing(place, cst.FunctionDef, cst.ClassDef)
        before = tree.span(place)[0] < tree.span(call)[0]
        if _FROM_DEVICE.search(tree.text(statement)) and ((before and scope is here) or (scope is None and here)):
            return "device"
    return ""


def tested(bindings: Bindings, finding: Finding, condition: str) -> tuple[Splice, ...] | Reason:
    """``x.is_cuda`` → ``x.device.type`` and a condition, such as ``!= "cpu"``."""
    tree = bindings.tree
    name = tree.at(finding.use.start, finding.use.end, cst.Name)
    attribute = tree.parent(name) if name else None
    if not isinstance(attribute, cst.Attribute) or attribute.attr is not name:
        return "value"
    around = tree.parent(attribute)
    if isinstance(around, cst.Call) and around.func is attribute:
        return "value"
    start = tree.span(attribute)[0]
    if isinstance(around, cst.UnaryOperation) and tree.data[tree.span(around)[0] : start].split() == [b"not"]:
        operator, _, value = condition.partition(" ")
        text = f"device.type {literals.EQUAL[operator]} {value}"
        denied = Splice.text(tree.span(around)[0], start, "")
        return denied, Splice.text(finding.use.start, finding.use.end, text)
    text = f"device.type {condition}"
    if not isinstance(around, (cst.ComparisonTarget, cst.Comparison, cst.Attribute, cst.BinaryOperation)):
        return (Splice.text(finding.use.start, finding.use.end, text),)
    return Splice.text(start, start, "("), Splice.text(finding.use.start, finding.use.end, text + ")")
