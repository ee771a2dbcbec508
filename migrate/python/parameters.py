"""Parameters of libraries whose value is bound to CUDA, by the keyword, key, default or variable of that name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tree_sitter import Node

from migrate.model import Use
from migrate.parameters import Parameter, listed, parameters
from migrate.python.devices import is_device_name
from migrate.python.module import Module
from migrate.python.places import ROLES, Place, place_of
from migrate.python.words import long_values
from migrate.regex import regex

_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")
_GIVEN = regex(rb"""["']?\s*(?:=\s*[rRuU]?["'(T\d]|:)""")
"""What follows a name that is given a literal, perhaps one of a conditional."""

_VALUES = frozenset(("true", "integer", "float"))
_HOLDERS = frozenset(("keyword_argument", "pair", "assignment", "default_parameter", "typed_default_parameter"))
_INSIDE = {"conditional_expression": (0, 2), "parenthesized_expression": (0,), "boolean_operator": (0, 1)}
"""Expressions that have one of these children for their value."""


def replace(module: Module, uses: list[Use]) -> list[Use]:
    """The uses, with those of parameters in the place of the device or back end that the value looks like."""
    found = list(_find(module))
    taken = {(use.start, use.end) for use in found}
    look_alikes = ("device:", "backend:")
    kept = (use for use in uses if (use.start, use.end) not in taken or not use.symbol.startswith(look_alikes))
    return [*kept, *found] if found else uses


def _find(module: Module) -> Iterator[Use]:
    imported = [item.canonical for item in module.imports if item.canonical]
    packages = {name.partition(".")[0] for name in imported}
    data = module.data
    for key, takers, short, long in _searches():
        if "_" not in key and packages.isdisjoint(takers):
            continue
        name = key.encode()
        if "_" in key and name not in module.words:
            continue
        if module.words.isdisjoint(long) and not any(value in data for value in short):
            continue
        at = data.find(name)
        while at >= 0 and not module.deep:
            end = at + len(name)
            if (not at or data[at - 1] not in _WORD) and _GIVEN.match(data, end):
                yield from _at(module, key, at, end, imported)
            at = data.find(name, end)


@cache
def _searches() -> list[tuple[str, frozenset[str], list[bytes], frozenset[bytes]]]:
    """Each parameter's name, the packages whose calls take it, and the texts of its values ("" for any): the
    short ones, and those that are looked for with the module's words."""
    searches = []
    for key, values in parameters().items():
        takers = frozenset(module.partition(".")[0] for value in values for module in value.modules)
        texts = frozenset(b"" if value.value == "*" else value.value.encode() for value in values)
        searches.append((key, takers, sorted(texts - long_values()), texts & long_values()))
    return searches


def _any_below(canonicals: list[str], modules: tuple[str, ...]) -> bool:
    return any(_below(name, module) or _below(module, name) for name in canonicals for module in modules)


def _below(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def _at(module: Module, key: str, start: int, end: int, imported: list[str]) -> Iterator[Use]:
    node = module.root.named_descendant_for_byte_range(start, end)
    holder = node.parent if node is not None else None
    if node is not None and node.type in ("string", "string_content"):
        holder = node.parent if node.type == "string" else holder.parent if holder is not None else None
    if holder is None or holder.type not in _HOLDERS:
        return
    value = holder.child_by_field_name("right" if holder.type == "assignment" else "value")
    for literal in _literals(value):
        text = module.literal(literal) if literal.type == "string" else module.text(literal).decode()
        place = place_of(module, literal)
        if place.name == key.encode():
            fitting = [found for found in listed(key, text or "") if _fits(module, found, place, imported)]
            if len(fitting) == 1 or (fitting and not is_device_name(place.name)):
                yield module.use(fitting[0].symbol, literal, ROLES.get(place.kind, "string"))


def _literals(node: Node | None) -> Iterator[Node]:
    """The literals that an expression may have for its value."""
    if node is None:
        return
    if node.type == "string" or node.type in _VALUES:
        yield node
    for index in _INSIDE.get(node.type, ()):
        yield from _literals(node.named_child(index))


def _fits(module: Module, parameter: Parameter, place: Place, imported: list[str]) -> bool:
    """Whether the place is one of the library's: a call of it; or, where nobody can say whose call it is, a file
    that imports it (and no torch, whose device it may be) or a name that nobody else has, being one of several
    words."""
    if place.kind == "keyword" and place.call is not None and (callee := _callee(module, place.call)):
        return any(_below(callee, name) for name in parameter.modules)
    if parameter.in_files and "_" in place.name.decode():
        return True
    if is_device_name(place.name) and _any_below(imported, ("torch",)):
        return False
    return (parameter.in_files or place.kind == "pair") and _any_below(imported, parameter.modules)


def _callee(module: Module, call: Node) -> str:
    """The dotted name of what is called; of a method, the name of what made its object."""
    function = call.child_by_field_name("function")
    name = module.resolve(function)
    if name or function is None or function.type != "attribute":
        return name
    receiver = function.child_by_field_name("object")
    if receiver is not None and receiver.type == "identifier":
        binding = module.binding(module.text(receiver), receiver.start_byte)
        receiver = module.value_of(binding) if binding is not None else None
    if receiver is None or receiver.type != "call":
        return ""
    return module.resolve(receiver.child_by_field_name("function"))
