"""The host waits for a value of the device in the training loop: ``.item()``, ``.cpu()``, ``.tolist()``.

The queue of the device runs empty at each wait, and a graph can't be captured.  Keep the value on the
device and read it every so many steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_WAITS = re.compile(rb"\.(item|cpu|tolist)\(\)")
_LOOPS = ("for_statement", "while_statement")
_CLIMB = 40


def find(parsed: Module) -> Iterator[Use]:
    """The waits in loops that also run a backward pass."""
    seen: set[int] = set()
    for name, _call in parsed.methods(b"backward"):
        loop = _loop(name)
        if loop is None or loop.start_byte in seen:
            continue
        seen.add(loop.start_byte)
        for match in _WAITS.finditer(parsed.data, loop.start_byte, loop.end_byte):
            node = parsed.node(*match.span(1))
            if node is not None and node.type == "identifier":
                yield parsed.hazard("host-sync", node)


def _loop(node: Node) -> Node | None:
    """The innermost loop around a node, in the same function."""
    parent = node.parent
    for _ in range(_CLIMB):
        if parent is None or parent.type == "function_definition":
            return None
        if parent.type in _LOOPS:
            return parent
        parent = parent.parent
    return None
