"""Work that stands behind ``torch.cuda.is_available()`` or ``torch.version.cuda`` alone.

On a stack with a device module of its own the answer is no, and the program runs on the CPU without a
word.  Ask ``torch.accelerator.is_available()``.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_GATES = ("torch.cuda.is_available", "torch.version.cuda", "torch.has_cuda", "torch.cuda.device_count")
_TESTS = ("if_statement", "elif_clause", "conditional_expression", "while_statement", "assert_statement")
_THROUGH = ("call", "not_operator", "boolean_operator", "parenthesized_expression", "comparison_operator")


def find(parsed: Module) -> Iterator[Use]:
    """The gates that have no other vendor beside them."""
    for reference in parsed.named(*_GATES):
        if _decides(reference.node):
            use = parsed.hazard("cuda-available-gate", reference.node)
            if "multi-vendor" not in use.context:
                yield use


def _decides(node: Node) -> bool:
    """Whether a branch hangs on the value."""
    child, parent = node, node.parent
    while parent is not None and parent.type in _THROUGH:
        child, parent = parent, parent.parent
    if parent is None or parent.type not in _TESTS:
        return False
    if parent.type == "conditional_expression":
        return parent.named_children[1:2] == [child]
    return parent.child_by_field_name("consequence") != child
