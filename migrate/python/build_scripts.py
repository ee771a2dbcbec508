"""Python scripts that build or package: compiler flags, libraries to link, and requirements in ``setup.py``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from migrate.model import Use
from migrate.python.module import Module
from migrate.python.places import place_of
from migrate.python.words import COMPILER, REQUIREMENTS
from migrate.regex import regex

_WORDS = regex(rb"""(["'])([A-Za-z0-9][\w.-]*)([ \t]*[\[=<>!~@;(](?:(?!\1)[^\n])*)?\1""")
_REQUIREMENTS = regex(rb"(?i)require|extra|depend|(?<![a-z])deps(?![a-z])")
_LIBRARY = regex(rb"""(["'])(cu[a-zA-Z]\w*|nv\w+|nccl\w*)\1""")
_LIBRARIES = regex(rb"(?i)(?<![a-z])lib(rarie)?s(?![a-z])")
_HOLDERS = {"keyword_argument": "name", "assignment": "left", "augmented_assignment": "left", "call": "function"}
_CLIMB = 12


def find(module: Module) -> Iterator[Use]:
    """The flags and requirements in a script; nothing where it isn't one that builds."""
    if not module.words.isdisjoint(COMPILER):
        yield from _flags(module)
        yield from _libraries(module)
    if not module.words.isdisjoint(REQUIREMENTS):
        yield from _requirements(module)


def _flags(module: Module) -> Iterator[Use]:
    from migrate.flags import TOOLKIT_PATH, flag_uses

    for use in flag_uses(module.data, 0, len(module.data)):
        if use.role != "flag" and use.symbol != TOOLKIT_PATH:
            continue
        literal = _literal(module, use.start, use.end)
        if literal is not None and place_of(module, literal).kind != "text":
            yield use._replace(context=module.regions.at(use.start, use.end))


def _libraries(module: Module) -> Iterator[Use]:
    """``libraries=["cublas"]`` of an extension."""
    from migrate.vocabulary import lib_symbol

    for match in _LIBRARY.finditer(module.data) if b"libraries" in module.data else ():
        symbol = lib_symbol(f"lib{match[2].decode()}.so")
        literal = _literal(module, match.start(), match.end()) if symbol else None
        if symbol and literal is not None and _is_in(module, literal, _LIBRARIES):
            yield module.use(symbol, literal, "string")


def _requirements(module: Module) -> Iterator[Use]:
    from migrate.build.requirements import requirement_uses
    from migrate.vocabulary import package_symbol

    for match in _WORDS.finditer(module.data):
        if package_symbol(match.group()[1:-1].decode("utf-8", "replace")) is None:
            continue
        literal = _literal(module, match.start(), match.end())
        if literal is not None and literal.start_byte == match.start() and _is_in(module, literal, _REQUIREMENTS):
            for use in requirement_uses(module.data, match.start() + 1, match.end() - 1):
                yield use._replace(context=module.regions.at(use.start, use.end))


def _literal(module: Module, start: int, end: int) -> Node | None:
    node = module.root.descendant_for_byte_range(start, end)
    for _ in range(3):
        if node is None or node.type == "string":
            return node
        node = node.parent
    return None


def _is_in(module: Module, literal: Node, called: re.Pattern[bytes]) -> bool:
    """Whether a string stands in a list that is assigned, given or appended to something called like that."""
    child, parent = literal, literal.parent
    for _ in range(_CLIMB):
        if parent is None or parent.type in ("subscript", "comparison_operator", "block"):
            return False
        if parent.type == "pair":
            key = parent.child_by_field_name("key")
            if key is None or key == child:
                return False
            if called.search(module.text(key)):
                return True
        holder = parent.child_by_field_name(_HOLDERS.get(parent.type, "")) if parent.type in _HOLDERS else None
        if holder == child:
            return False
        if holder is not None and called.search(module.text(holder)):
            return True
        child, parent = parent, parent.parent
    return False
