"""Import statements: which names they bind to which modules and members."""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from migrate.python.packages import package_of

_REEXPORTED = {"triton": "triton", "tl": "triton.language"}
"""Names that projects hand on from a module of their own, behind a test that the package is there."""


class Imported(NamedTuple):
    """One imported thing: its dotted name, the node that names it, and the name it is bound to.

    ``bound`` is empty for a star import.  ``member``: it came by ``from … import``.
    """

    canonical: str
    node: Node
    bound: bytes
    binds: str
    member: bool

    @property
    def is_extension(self) -> bool:
        """Whether it is a package bound to CUDA, or a module called like a compiled extension."""
        if package_of(self.canonical):
            return True
        last = (self.canonical or self.bound.decode("utf-8", "replace")).rpartition(".")[2]
        return last.endswith(("_cuda", "_ext", "_kernels")) or last in ("_C", "_ext")


def imported(statement: Node, data: bytes, path: str) -> list[Imported]:
    """What an ``import`` or ``from … import`` statement brings in; relative imports, and those of a package that the
    file at ``path`` itself is part of, give nothing canonical."""
    items = [_reexported(item) for item in _items(statement, data)]
    folders = [folder for folder in path.split("/")[:-1][:2] if folder != "triton"]
    if not folders:
        return items
    return [item._replace(canonical="", binds="") if _is_own(item, folders) else item for item in items]


def _is_own(item: Imported, folders: list[str]) -> bool:
    return item.canonical.partition(".")[0] in folders and bool(package_of(item.canonical))


def _reexported(item: Imported) -> Imported:
    """``from .compat import triton, tl``: whatever module hands it on, the name says what it is."""
    known = _REEXPORTED.get(item.canonical.rpartition(".")[2] or item.bound.decode("utf-8", "replace"))
    if known is None or not item.member or item.canonical.startswith(("triton", "torch.")):
        return item
    return item._replace(canonical=known, binds=known)


def _items(statement: Node, data: bytes) -> list[Imported]:
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
