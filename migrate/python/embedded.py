"""CUDA source in strings: what ``load_inline``, ``RawKernel`` and ``SourceModule`` are given.

The text of a literal (also one that a name holds) goes to the CUDA frontend.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from migrate.model import Use
from migrate.python.module import Module
from migrate.python.words import INLINE
from migrate.regex import regex

_QUOTE = regex(rb"""[rRbBuU]{0,2}("{3}|'{3}|["'])""")
_DEPTH = 6


def find(module: Module) -> Iterator[Use]:
    """The uses in the CUDA source that a file holds in strings."""
    data = module.data
    seen: set[int] = set()
    for name in sorted(module.words.intersection(INLINE)):
        at = data.find(name)
        while at >= 0:
            call = _call(module, at, name)
            for literal in _literals(module, call) if call is not None else ():
                if literal.start_byte not in seen:
                    seen.add(literal.start_byte)
                    yield from _uses(module, literal)
            at = data.find(name, at + len(name))


def _call(module: Module, at: int, name: bytes) -> Node | None:
    """The call of a function of that name at an offset."""
    node = module.node(at, at + len(name))
    if node is None or node.type != "identifier" or module.text(node) != name:
        return None
    parent = node.parent
    if parent is not None and parent.type == "attribute":
        parent = parent.parent
    return parent if parent is not None and parent.type == "call" else None


def _literals(module: Module, call: Node) -> Iterator[Node]:
    """The string literals among a call's arguments, in lists and behind names too."""
    arguments = call.child_by_field_name("arguments")
    pending = [(node, 0) for node in arguments.named_children] if arguments is not None else []
    while pending:
        node, depth = pending.pop()
        if node.type == "string":
            yield node
        elif depth >= _DEPTH:
            continue
        elif node.type == "keyword_argument":
            value = node.child_by_field_name("value")
            pending += [(value, depth + 1)] if value is not None else []
        elif node.type in ("list", "tuple", "parenthesized_expression"):
            pending += [(child, depth + 1) for child in node.named_children]
        elif node.type == "identifier":
            binding = module.binding(module.text(node), node.start_byte)
            value = module.value_of(binding) if binding is not None and binding.kind == "assign" else None
            pending += [(value, depth + 1)] if value is not None else []


def _uses(module: Module, literal: Node) -> Iterator[Use]:
    from migrate import cpp

    text = module.text(literal)
    quote = _QUOTE.match(text)
    if quote is None:
        return
    start, end = quote.end(), len(text) - len(quote.group(1))
    if b"(" not in text[start:end]:
        return
    shift = literal.start_byte
    yield from cpp.find_in(module.data, shift + start, shift + end, module.source.path)
