"""Import statements: which names they bind to which modules and members."""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node


class Imported(NamedTuple):
    """One imported thing: its dotted name, the node that names it, and the name it is bound to.

    ``bound`` is empty for a star import.  ``member``: it came by ``from … import``.
    """

    canonical: str
    node: Node
    bound: bytes
    binds: str
    member: bool


def imported(statement: Node, data: bytes) -> list[Imported]:
    """What an ``import`` or ``from … import`` statement brings in; relative imports give nothing canonical."""
    if statement.type == "import_statement":
        return [item for child in statement.children_by_field_name("name") for item in _module(child, data)]
    module = statement.child_by_field_name("module_name")
    if module is None:
        return []
    prefix = "" if module.type == "relative_import" else _dotted(module, data)
    found: list[Imported] = []
    for child in statement.children_by_field_name("name"):
        name, alias = _alias(child)
        member = _dotted(name, data)
        bound = data[alias.start_byte : alias.end_byte] if alias is not None else member.encode()
        canonical = f"{prefix}.{member}" if prefix else ""
        found.append(Imported(canonical, name, bound, canonical, True))
    if not found and any(child.type == "wildcard_import" for child in statement.named_children):
        found.append(Imported(prefix, module, b"", prefix, True))
    return found


def _module(child: Node, data: bytes) -> list[Imported]:
    name, alias = _alias(child)
    dotted = _dotted(name, data)
    if alias is not None:
        return [Imported(dotted, name, data[alias.start_byte : alias.end_byte], dotted, False)]
    top = dotted.partition(".")[0]
    return [Imported(dotted, name, top.encode(), top, False)]


def _alias(child: Node) -> tuple[Node, Node | None]:
    if child.type != "aliased_import":
        return child, None
    name = child.child_by_field_name("name")
    return name or child, child.child_by_field_name("alias")


def _dotted(node: Node, data: bytes) -> str:
    return b"".join(data[node.start_byte : node.end_byte].split()).decode("utf-8", "replace")
