"""Dotted names: each use gets its counterpart's name, spelled as the file's imports allow.

Uses through a name that an import binds (``amp.GradScaler``, ``autocast``) depend on what becomes of
that import; :mod:`migrate.rewrite.python.imports` decides it for all of them together.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import libcst as cst

from migrate.facts.template import ArgumentsError
from migrate.model import Finding, Judgement, Safety
from migrate.rewrite.changes import Reason, Span, Splice
from migrate.rewrite.goal import Goal
from migrate.rewrite.python import calls
from migrate.rewrite.python.bindings import Bindings, dotted
from migrate.rewrite.python.tree import Tree

_AS_GIVEN = re.compile(r"\[?\$\d+(\|\w+)?\]?(, \[?\$\d+(\|\w+)?\]?)*")
"""A template that passes arguments on by position, so that the name alone can stand for the other one."""
_HARMLESS = (cst.Annotation, cst.Attribute, cst.Comparison, cst.ClassDef, cst.ExceptHandler, cst.Subscript)


class Wanted(NamedTuple):
    """A use through an imported name: what it is to become, still to be spelled."""

    finding: Finding
    place: Span
    """The span of the whole dotted name."""
    local: str
    """The first part of the name as written."""
    rest: str
    """What follows it, with its leading dot."""
    new: str
    """The counterpart's dotted name, or an expression."""
    splices: tuple[Splice, ...]
    """What changes around the name: arguments."""
    safety: Safety


def wanted(
    bindings: Bindings, finding: Finding, judgement: Judgement, goal: Goal
) -> Wanted | tuple[Splice, ...] | Reason:
    """What becomes of a use of a dotted name: ready splices, a name to be spelled, or why it is left."""
    tree, use = bindings.tree, finding.use
    node = tree.expression(use.start, use.end)
    if node is None:
        return "string"
    parent = tree.parent(node)
    if isinstance(parent, cst.Attribute) and parent.attr is node:
        return _member(bindings, parent, judgement, goal)
    around = _around(bindings, node, judgement.args, goal)
    if isinstance(around, str):
        return around
    callee, _, tail = judgement.to.partition("($args)")
    if "(" in callee and tree.enclosing(node, cst.Annotation, cst.BaseStatement).__class__ is cst.Annotation:
        return "value"  # a type has to be a name
    if tail and isinstance(parent, cst.Call):
        end = tree.span(parent)[1]
        around = (*around, Splice.text(end, end, tail))
    name = dotted(node)
    local, dot, rest = name.partition(".")
    if not name:  # getattr(torch, "cuda").synchronize
        return Wanted(finding, (use.start, use.end), "", "", callee, around, "review")
    if not dot and _is_assigned(bindings, local):  # the name follows what was assigned to it
        return around if not around or _is_only_called(bindings, local) else "value"
    return Wanted(finding, (use.start, use.end), local, dot + rest, callee, around, judgement.safety or "review")


def _around(bindings: Bindings, node: cst.BaseExpression, args: str, goal: Goal) -> tuple[Splice, ...] | Reason:
    """The splices that give a call its new arguments."""
    if not args or args == "$*":
        return ()
    tree = bindings.tree
    parent = tree.parent(node)
    if isinstance(parent, cst.Call) and parent.func is node:
        try:
            return tuple(calls.splices(tree, parent, args, goal))
        except ArgumentsError:
            return "arguments"
        except calls.CommentsError:
            return "comments"
    if isinstance(parent, cst.Decorator):
        try:
            text = calls.bare(args, goal)
        except ArgumentsError:
            return "arguments"
        end = tree.span(node)[1]
        return (Splice.text(end, end, f"({text})"),) if text else ()
    if isinstance(parent, cst.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0].target, cst.Name):
        return () if _is_only_called(bindings, parent.targets[0].target.value) else "value"
    return () if _AS_GIVEN.fullmatch(args) or _is_harmless(tree, node) else "value"


def _is_harmless(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether the name stands where it isn't called: in an annotation, ``isinstance``, a base class."""
    for up in tree.ancestors(node):
        if isinstance(up, cst.Call):
            return isinstance(up.func, cst.Name) and up.func.value in ("isinstance", "issubclass", "hasattr")
        if isinstance(up, _HARMLESS):
            return True
        if isinstance(up, cst.BaseStatement):
            return False
    return False


def _member(
    bindings: Bindings, attribute: cst.Attribute, judgement: Judgement, goal: Goal
) -> tuple[Splice, ...] | Reason:
    """A method or attribute of a value: only the last part changes."""
    new = judgement.to.rpartition(".")[2]
    around = _around(bindings, attribute, judgement.args, goal)
    if isinstance(around, str) or "(" in judgement.to:
        return around if isinstance(around, str) else "string"
    start, end = bindings.tree.span(attribute.attr)
    return (Splice.text(start, end, new), *around)


def _is_assigned(bindings: Bindings, name: str) -> bool:
    """Whether a name is bound by an assignment, and by no import."""
    if bindings.of(name):
        return False
    places = bindings.occurrences(name)
    return any(isinstance(bindings.tree.parent(place), cst.AssignTarget) for place in places)


def _is_only_called(bindings: Bindings, name: str) -> bool:
    """Whether a variable is assigned once, a plain name, and else only called: then all of its calls can be changed."""
    tree = bindings.tree
    parents = [(place, tree.parent(place)) for place in bindings.occurrences(name)]
    assigned = [tree.enclosing(place, cst.Assign) for place, parent in parents if isinstance(parent, cst.AssignTarget)]
    if not all(isinstance(one, cst.Assign) and dotted(one.value) for one in assigned):
        return False
    calls_ = sum(isinstance(parent, cst.Call) and parent.func is place for place, parent in parents)
    stored = sum(isinstance(parent, cst.AssignTarget) for _, parent in parents)
    return stored == 1 and stored + calls_ == len(parents)
