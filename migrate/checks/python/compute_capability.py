"""A decision by compute capability: a comparison with ``get_device_capability`` or a device's major version.

Other vendors report other numbers, so the wrong branch is taken.  Map guard and threshold together, or
test for the feature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from migrate.model import Use
from migrate.python.module import Module, Reference

MARKERS = (b"torch",)

_CAPABILITY = ("torch.cuda.get_device_capability", "torch.cuda.get_device_properties", "torch.cuda.get_arch_list")
_VERSION = re.compile(rb"\.(major|minor)\b")
_CLIMB = 6


def find(parsed: Module) -> Iterator[Use]:
    """The comparisons that hang on a capability, directly or through a variable."""
    seen: set[int] = set()
    for reference in parsed.calls(*_CAPABILITY):
        properties = reference.name.endswith("properties")
        for node in (reference.node, *_variables(parsed, reference)):
            comparison = _comparison(node)
            if comparison is None or comparison.start_byte in seen:
                continue
            if properties and not _VERSION.search(parsed.text(comparison)):
                continue
            seen.add(comparison.start_byte)
            yield parsed.hazard("compute-capability", comparison)


def _comparison(node: Node) -> Node | None:
    parent = node.parent
    for _ in range(_CLIMB):
        if parent is None or parent.type == "comparison_operator":
            return parent
        parent = parent.parent
    return None


def _variables(parsed: Module, reference: Reference) -> Iterator[Node]:
    """The later mentions, in the same scope, of variables that hold the value."""
    node = reference.call
    for _ in range(_CLIMB):
        if node is None or node.type == "assignment":
            break
        node = node.parent
    left = node.child_by_field_name("left") if node is not None else None
    if node is None or left is None:
        return
    scope = parsed.scopes.at(node.start_byte)
    end = len(parsed.data) if scope < 0 else parsed.scopes.all[scope].end
    for name in re.findall(rb"\w+", parsed.text(left)):
        for match in re.finditer(rb"(?<![\w.])" + name + rb"(?!\w)", parsed.data[node.end_byte : end]):
            found = parsed.node(node.end_byte + match.start(), node.end_byte + match.end())
            if found is not None and found.type == "identifier":
                yield found
