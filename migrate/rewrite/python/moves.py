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
_CURRENT = re.compile(
    r"device\s*(:[^=\n]+)?=\s*(\w+\.)?(device\(\s*)?['\"]cuda['\"]"
    r"(\s+if\s+[\w.]*is_available\(\)\s+else\s+['\"]cpu['\"])?\s*\)?\s*"
)
"""What makes a variable the current accelerator, and nothing else."""
_QUOTES = "'\""
_MADE = re.compile(r"=\s*(\w+\.)?device\(")


def moved(bindings: Bindings, finding: Finding, spell: Spell) -> tuple[tuple[Splice, ...], Safety] | Reason:
    """``.cuda()`` moves to the current accelerator, or to the one that its argument says.

    ``spell`` says what the type of the device is: a name, or a plug-in's device as a literal.
    """
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
    storage = _is_storage(tree, call)
    if where is None:
        start = calls.region(tree, call)[0]
        text = ("device=" if storage else "") + (_variable(bindings, call) or spell(DEVICE_TYPE))
        splices.append(Splice.text(start, start, f"{text}, " if given else text))
        return tuple(splices), "safe"
    if storage and not where.keyword:
        splices.append(Splice.text(where.whole[0], where.whole[0], "device="))
    return _to(bindings, call, where, splices, spell)


def _is_storage(tree: Tree, call: cst.Call) -> bool:
    """Whether it is a storage that moves, in ``map_location=lambda storage, location: storage.cuda()``."""
    function = tree.enclosing(call, cst.Lambda)
    return isinstance(function, cst.Lambda) and len(function.params.params) == 2


def _to(
    bindings: Bindings, call: cst.Call, where: calls.Given, splices: list[Splice], spell: Spell
) -> tuple[tuple[Splice, ...], Safety]:
    text = bindings.tree.data[slice(*where.value)].decode()
    if text == "None":
        return (*splices, Splice.text(*where.value, spell(DEVICE_TYPE))), "safe"
    if text.isdecimal():
        return (*splices, Splice.text(*where.value, _indexed(spell(DEVICE_TYPE), text))), "safe"
    if is_index(text) and spell(DEVICE_TYPE)[0] in _QUOTES:  # a bare index may mean CUDA's to a plug-in
        return (*splices, Splice.text(*where.value, "f" + _indexed(spell(DEVICE_TYPE), f"{{{text}}}"))), "safe"
    return tuple(splices), "safe" if is_index(text) or _is_made(bindings, call, text) else "review"


def _indexed(device: str, index: str) -> str:
    """A device with its index: ``"gcu:0"``, ``f"{DEVICE_TYPE}:0"``."""
    return f'{device[:-1]}:{index}"' if device[0] in _QUOTES else f'f"{{{device}}}:{index}"'


def _is_made(bindings: Bindings, call: cst.Call, name: str) -> bool:
    """Whether a variable of the same function is a device for certain: None would move nothing."""
    tree = bindings.tree
    here = tree.enclosing(call, cst.FunctionDef)
    made = [
        _MADE.search(tree.text(statement))
        for place in bindings.occurrences(name)
        if isinstance(tree.parent(place), (cst.AssignTarget, cst.AnnAssign))
        and tree.enclosing(place, cst.FunctionDef) is here
        and (statement := tree.enclosing(place, cst.Assign, cst.AnnAssign)) is not None
    ]
    return bool(made) and all(made)


def may_be_own(tree: Tree, finding: Finding) -> bool:
    """Whether it is a member that a class of the file defines itself, with arguments and a meaning of its own."""
    name = finding.use.symbol.rpartition(".")[2]
    return name in ("cuda", "is_cuda") and re.search(rf"\bdef {name}\(".encode(), tree.data) is not None


def is_index(text: str) -> bool:
    """Whether an expression is a device's index, by its name."""
    return bool(_INDEX.search(text))


def _variable(bindings: Bindings, call: cst.Call) -> str:
    """The variable ``device``, where all that the call sees of it makes it the current accelerator; else ""."""
    tree = bindings.tree
    here = tree.enclosing(call, cst.FunctionDef)
    seen = False
    for place in bindings.occurrences("device"):
        scope = tree.enclosing(place, cst.FunctionDef, cst.ClassDef, cst.Lambda)
        if scope not in (here, None) or isinstance(tree.parent(place), cst.Param):
            if scope is here:
                return ""
            continue
        if not isinstance(tree.parent(place), (cst.AssignTarget, cst.AnnAssign)):
            continue
        statement = tree.enclosing(place, cst.Assign, cst.AnnAssign)
        if statement is None or not _CURRENT.fullmatch(tree.text(statement)):
            return ""
        seen = seen or scope is not here or tree.span(place)[0] < tree.span(call)[0]
    return "device" if seen else ""


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
