"""Triton kernels: their definitions, with size and features, and their launches."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from migrate.model import Use
from migrate.python.module import Module

_JIT = frozenset(("triton.jit", "triton.runtime.jit", "triton.runtime.jit.jit", "triton.autotune", "triton.heuristics"))


def find(module: Module) -> Iterator[Use]:
    """The Triton kernels of a file and the launches of these, and of imported ones."""
    names: set[bytes] = set()
    for reference in module.references:
        if reference.name in _JIT:
            definition = _decorated(reference.node)
            name = definition.child_by_field_name("name") if definition is not None else None
            if definition is not None and name is not None and module.text(name) not in names:
                names.add(module.text(name))
                yield _definition(module, definition, name)
    for function in module.captures.get("launch", ()):
        yield from _launch(module, function, names)


def _decorated(node: Node) -> Node | None:
    """The function that a decorator expression decorates."""
    for _ in range(4):
        parent = node.parent
        if parent is None:
            return None
        if parent.type == "decorated_definition":
            definition = parent.child_by_field_name("definition")
            return definition if definition is not None and definition.type == "function_definition" else None
        node = parent
    return None


def _definition(module: Module, definition: Node, name: Node) -> Use:
    features = sorted(
        {
            reference.name.rpartition(".")[2]
            for reference in module.references
            if definition.start_byte <= reference.start < definition.end_byte and reference.name.startswith("triton.")
        }
    )
    lines = definition.end_point[0] - definition.start_point[0] + 1
    details = (("lines", str(lines)), ("features", " ".join(features)))
    text = module.text(name).decode("utf-8", "replace")
    return module.use(f"kernel:triton:{text}", name, "definition", details=details)


def _launch(module: Module, function: Node, names: set[bytes]) -> Iterator[Use]:
    """``kernel[grid](…)`` where the kernel is known, or is imported by a file that speaks Triton."""
    value = function.child_by_field_name("value")
    if value is None or value.type not in ("identifier", "attribute"):
        return
    name = value.child_by_field_name("attribute") if value.type == "attribute" else value
    text = module.text(name) if name is not None else b""
    if text not in names:
        binding = module.binding(text, value.start_byte) if value.type == "identifier" else None
        imported = binding is not None and binding.kind == "import" and b"kernel" in text
        if not imported:
            return
    yield module.use(f"kernel:triton:{text.decode('utf-8', 'replace')}", value, "launch", call=function.parent)
