"""What a call becomes: the columns ``to`` and ``args`` of a row with verdict ``rewrite``, filled with its arguments.

``to`` is the new callee (``torch.nn.functional.rms_norm``), or an expression in which ``$args`` stands for
the new arguments (``f($args).transpose(1, 2)``).  ``args`` is a list of items, separated by commas:

- ``$2``                 the second argument by position
- ``$2|eps``             the second by position, or the keyword ``eps``; ``$0|eps``: by keyword only
- ``epsilon=$2|eps``     the same, passed on by keyword; any text may stand around it: ``$1|x.shape[-1]``
- ``epsilon=$2|eps?1e-5``  the same, or ``epsilon=1e-5`` where the call doesn't give it, or gives ``None``
- ``[epsilon=$2|eps]``   the same, where the call gives it (and the value doesn't come to ``None``)
- ``-$3|fused``          may be given and is left out; ``-$3|fused=True``: where it is written just so
- ``$*``                 all arguments that no other item takes, as written
- ``old=>new``           a keyword of ``$*`` that is renamed
- anything else          as it stands

A call with an argument that no item takes, or without one that an item needs, has no counterpart.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

_REFERENCE = re.compile(r"\$(?P<position>\d+)(?:\|(?P<name>[A-Za-z_]\w*))?")
_RENAME = re.compile(r"([A-Za-z_]\w*)\s*=>\s*([A-Za-z_]\w*)")
_KEYWORD = re.compile(r"([A-Za-z_]\w*)\s*=(?![=>])\s*")
_CHOICE = re.compile(r"(?P<yes>.+) if (?P<test>\$\d+(\|\w+)?) else (?P<no>.+)")
_VIEWS = {"bfloat16", "contiguous", "expand", "flatten", "float", "half", "permute", "reshape", "squeeze", "to"}
_VIEWS |= {"transpose", "unflatten", "unsqueeze", "view"}
"""Methods of tensors that may be called twice where they were called once."""

Part = str | int
"""A text, or the index of an argument as given."""


class Given(NamedTuple):
    """An argument of a call as written: its keyword ("" by position) and its text, with the stars if starred."""

    keyword: str
    text: str


class Argument(NamedTuple):
    """A new argument: its keyword and the texts and given arguments that make its value."""

    keyword: str
    parts: tuple[Part, ...]


class Template(NamedTuple):
    """The items of ``args``: those that make or drop an argument, with ``None`` in the place of ``$*``."""

    items: tuple[_Item | None, ...]
    renames: dict[str, str]


class _Item(NamedTuple):
    keyword: str
    text: str
    default: str
    optional: bool
    dropped: bool


class ArgumentsError(ValueError):
    """The call has arguments that the template doesn't take, or lacks some that it needs."""


@lru_cache(maxsize=4096)
def parse(args: str) -> Template:
    """The template of a table's ``args``.  Raises ValueError where it makes no sense."""
    items: list[_Item | None] = []
    renames: dict[str, str] = {}
    for text in _split(args):
        if rename := _RENAME.fullmatch(text):
            renames[rename[1]] = rename[2]
        else:
            items.append(None if text == "$*" else _item(text))
    if items.count(None) > 1:
        raise ValueError("$* stands twice")
    if renames and None not in items:
        raise ValueError("old=>new renames a keyword of $*, which is missing")
    return Template(tuple(items), renames)


def _item(text: str) -> _Item:
    optional = text.startswith("[") and text.endswith("]")
    dropped = text.startswith("-$")
    text = text[1:-1].strip() if optional else text[1:] if dropped else text
    default = ""
    if (optional or dropped or "?" in text) and not _REFERENCE.search(text):
        raise ValueError(f"{text!r} refers to no argument, so it can't be left out")
    if dropped:
        reference, _, default = text.partition("=")
        return _Item("", reference, default.replace(" ", ""), False, True)
    keyword = ""
    if match := _KEYWORD.match(text):
        keyword, text = match[1], text[match.end() :]
    if not optional:
        text, _, default = text.partition("?")
    return _Item(keyword, text, default, optional, False)


def _split(args: str) -> Iterator[str]:
    """The items: split at the commas outside of brackets and quotes."""
    depth, quote, item = 0, "", ""
    for mark in args:
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "'\"":
            quote = mark
        elif mark == "," and not depth:
            yield item.strip()
            item = ""
            continue
        else:
            depth += (mark in "([{") - (mark in ")]}")
        item += mark
    if item.strip():
        yield item.strip()


def fill(template: Template, given: Sequence[Given]) -> list[Argument]:
    """The new arguments.  Raises ArgumentsError where the call doesn't fit."""
    call = _Call(given)
    made: list[Argument] = []
    every = -1
    for item in template.items:
        if item is None:
            every = len(made)
        elif (argument := call.argument(item)) is not None:
            made.append(argument)
    left = [index for index in range(len(given)) if index not in call.taken]
    if every < 0 and left:
        raise ArgumentsError("an argument that the counterpart doesn't take")
    passed = [Argument(template.renames.get(given[index].keyword, given[index].keyword), (index,)) for index in left]
    made[every:every] = passed
    call.check_repeats(made)
    return made


class _Call:
    """The arguments of a call while a template takes them."""

    def __init__(self, given: Sequence[Given]) -> None:
        self.given = given
        self.taken: set[int] = set()
        self._positional = [index for index, argument in enumerate(given) if not argument.keyword]
        self._starred = any(argument.text.startswith("*") for argument in given if not argument.keyword)

    def argument(self, item: _Item) -> Argument | None:
        """What an item comes to; None where it is left out."""
        if self._starred and "$" in item.text:
            raise ArgumentsError("starred arguments")
        if item.dropped:
            self._drop(item)
            return None
        parts = self._parts(item.text)
        if item.default and (parts is None or self._is_none(parts)):
            parts = self._parts(item.default)
        if parts is None:
            if item.optional:
                return None
            raise ArgumentsError(f"{item.text} is missing")
        if item.optional and parts in (("None",), ()):
            return None
        return Argument(item.keyword, parts)

    def _is_none(self, parts: tuple[Part, ...]) -> bool:
        return len(parts) == 1 and isinstance(parts[0], int) and self.given[parts[0]].text == "None"

    def _drop(self, item: _Item) -> None:
        if (match := _REFERENCE.fullmatch(item.text)) and (index := self._find(match)) is not None:
            if item.default and self.given[index].text.replace(" ", "") != item.default:
                raise ArgumentsError(f"{item.text} has another value than {item.default}")
            self.taken.add(index)

    def _parts(self, text: str) -> tuple[Part, ...] | None:
        """The text with its references as indices; None where one isn't given."""
        if choice := _CHOICE.fullmatch(text):
            index = self._find(_REFERENCE.fullmatch(choice["test"]))
            written = self.given[index].text if index is not None else ""
            if index is not None and written in ("True", "False"):
                self.taken.add(index)
                return self._parts(choice["yes" if written == "True" else "no"])
        parts: list[Part] = []
        at = 0
        for match in _REFERENCE.finditer(text):
            if (index := self._find(match)) is None:
                return None
            before, after = text[at : match.start()], text[match.end() : match.end() + 1]
            whole = (not before or before.endswith(("(", "[", ", "))) and after in ("", ",", ")", "]")
            bare = whole or _is_atom(self.given[index].text)
            parts += [before, index] if bare else [f"{before}(", index, ")"]
            self.taken.add(index)
            at = match.end()
        return tuple(part for part in (*parts, text[at:]) if part != "")

    def _find(self, match: re.Match[str] | None) -> int | None:
        if match is None:
            return None
        name, position = match["name"], int(match["position"])
        named = (index for index, argument in enumerate(self.given) if name and argument.keyword == name)
        found = next(named, None)
        return self._positional[position - 1] if found is None and 0 < position <= len(self._positional) else found

    def check_repeats(self, made: list[Argument]) -> None:
        """Raises ArgumentsError where a value would be computed more than once, and doing so might tell."""
        counts = Counter(part for argument in made for part in argument.parts if isinstance(part, int))
        for index, count in counts.items():
            if count > 1 and not _is_pure(self.given[index].text):
                raise ArgumentsError(f"{self.given[index].text} would be computed {count} times")


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_atom(text: str) -> bool:
    return isinstance(_parsed(text), ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant)


def _is_pure(text: str) -> bool:
    tree = _parsed(text)
    if tree is None:
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Attribute) or node.func.attr not in _VIEWS:
                return False
        elif isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return False
    return True
