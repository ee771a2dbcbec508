"""Other spellings of "is there a GPU?" that a file makes itself: aliases, variables, attributes and helpers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

if TYPE_CHECKING:
    from migrate.python.module import Module

_TEST = "torch.cuda.is_available"
_THROUGH = ("boolean_operator", "parenthesized_expression")
_CLIMB = 6


def own_tests(module: Module) -> re.Pattern[bytes] | None:
    """A pattern of what stands for ``torch.cuda.is_available()`` in conditions; None where the file has nothing.

    ``from torch.cuda import is_available as ok``, ``HAS_CUDA = torch.cuda.is_available()``,
    ``self.gpu = torch.cuda.is_available()`` and ``def has_gpu(): return torch.cuda.is_available()``.
    """
    words: set[bytes] = set()
    targets: dict[bytes, int] = {}
    for reference in module.named(_TEST):
        words.add(module.text(reference.node))
        holder = _holder(module, reference.call or reference.node)
        if holder is not None:
            text = module.text(holder)
            targets[text] = targets.get(text, 0) + 1
    for text, count in targets.items():
        if len(module.bindings.of(text)) + len(module.bindings.attributes.get(text, ())) == count:
            words.add(text)
    if not words:
        return None
    return re.compile(rb"(?<![\w.])(?:" + b"|".join(re.escape(word) for word in sorted(words)) + rb")(?![\w.])")


def _holder(module: Module, node: Node) -> Node | None:
    """What the value of a test is bound to, or the name of the function that gives it back."""
    child, parent = node, node.parent
    for _ in range(_CLIMB):
        if parent is None:
            return None
        if parent.type == "assignment":
            left = parent.child_by_field_name("left")
            return left if left is not None and left.type in ("identifier", "attribute") and left != child else None
        if parent.type == "return_statement":
            scope = module.scopes.function(parent.start_byte)
            return scope.node.child_by_field_name("name") if scope is not None else None
        if parent.type not in _THROUGH:
            return None
        child, parent = parent, parent.parent
    return None
