"""Calls: their arguments as written, and the smallest splices that make new ones of them."""

from __future__ import annotations

from typing import NamedTuple

import libcst as cst

from migrate.facts import template
from migrate.facts.template import Argument
from migrate.rewrite.changes import Span, Splice
from migrate.rewrite.goal import Goal
from migrate.rewrite.python.tree import Tree


class CommentsError(ValueError):
    """Arguments would change places, and a comment stands among them."""


class Given(NamedTuple):
    """An argument as written: its keyword ("" by position), the spans of its value and of the whole."""

    keyword: str
    value: Span
    whole: Span
    star: str = ""


def given(tree: Tree, call: cst.Call) -> list[Given]:
    """The arguments of a call as written."""
    found = []
    for arg in call.args:
        start, end = tree.span(arg)
        value = tree.span(arg.value)
        if arg.value.lpar:  # libcst's span of a value leaves its parentheses out
            at = tree.data.index(b"=", start) + 1 if arg.keyword else start + len(arg.star)
            value = (end - len(tree.data[at:end].lstrip()), end)
        found.append(Given(arg.keyword.value if arg.keyword else "", value, (start, end), arg.star))
    return found


def region(tree: Tree, call: cst.Call) -> Span:
    """What stands between a call's parentheses."""
    return tree.data.index(b"(", tree.span(call.func)[1]) + 1, tree.span(call)[1] - 1


def splices(tree: Tree, call: cst.Call, args: str, goal: Goal) -> list[Splice]:
    """The splices that give a call the arguments of a template.

    Raises template.ArgumentsError where the call doesn't fit, CommentsError where comments would be lost.
    """
    before = given(tree, call)
    texts = [template.Given(g.keyword, g.star + tree.data[slice(*g.value)].decode()) for g in before]
    after = _filled(args, texts, goal)
    order = [part for argument in after for part in argument.parts if isinstance(part, int)]
    single = all(sum(isinstance(part, int) for part in argument.parts) <= 1 for argument in after)
    inside = region(tree, call)
    if single and order == list(range(len(before))):
        return _in_place(after, before, inside)
    if b"#" in tree.data[slice(*inside)]:
        raise CommentsError("comments among the arguments")
    parts: list[str | Span] = []
    for argument in after:
        parts.append((", " if parts else "") + (f"{argument.keyword}=" if argument.keyword else ""))
        parts += [part if isinstance(part, str) else _span(before[part]) for part in argument.parts]
    return [Splice(*inside, tuple(part for part in parts if part))]


def bare(args: str, goal: Goal) -> str:
    """The text of a template's arguments for a call that gives none, such as a decorator without parentheses.

    Raises template.ArgumentsError where the template needs some.
    """
    return ", ".join(_text(argument) for argument in _filled(args, [], goal))


def _filled(args: str, texts: list[template.Given], goal: Goal) -> list[Argument]:
    return template.fill(template.parse(args.replace("$device_type", goal.device_type)), texts)


def _span(argument: Given) -> Span:
    """The value, with the stars of a starred one."""
    return argument.whole if argument.star else argument.value


def _text(argument: Argument) -> str:
    value = "".join(part for part in argument.parts if isinstance(part, str))
    return f"{argument.keyword}={value}" if argument.keyword else value


def _in_place(after: list[Argument], before: list[Given], inside: Span) -> list[Splice]:
    """Keywords renamed, new arguments inserted between the old ones, which stay where they are."""
    made: list[Splice] = []
    fresh: list[str] = []
    for argument in after:
        index = next((part for part in argument.parts if isinstance(part, int)), None)
        if index is None:
            fresh.append(_text(argument))
            continue
        old = before[index]
        at = argument.parts.index(index)
        around = ["".join(str(part) for part in side) for side in (argument.parts[:at], argument.parts[at + 1 :])]
        lead = "".join(f"{text}, " for text in fresh)
        fresh = []
        keyword = f"{argument.keyword}=" if argument.keyword else ""
        if argument.keyword != old.keyword:
            made.append(Splice.text(old.whole[0], old.value[0], lead + keyword + around[0]))
        elif lead or around[0]:
            made.append(Splice.text(old.whole[0], old.whole[0], lead))
            made.append(Splice.text(old.value[0], old.value[0], around[0]))
        if around[1]:
            made.append(Splice.text(old.value[1], old.value[1], around[1]))
    if fresh and not before:
        made.append(Splice.text(inside[0], inside[0], ", ".join(fresh)))
    elif fresh:
        made.append(Splice.text(before[-1].whole[1], before[-1].whole[1], "".join(f", {text}" for text in fresh)))
    return [splice for splice in made if splice.start != splice.end or splice.parts != ("",)]
