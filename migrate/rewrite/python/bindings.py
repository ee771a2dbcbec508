"""Which names of a file its imports bind, and where else those names stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst

from migrate.rewrite.changes import Span
from migrate.rewrite.python.tree import Tree

_NOT_READ = (cst.Attribute, cst.ImportAlias, cst.AsName, cst.ImportFrom, cst.Import)


class Item(NamedTuple):
    """One thing that an import statement brings in."""

    statement: cst.Import | cst.ImportFrom
    alias: cst.ImportAlias
    canonical: str
    local: str
    """The name that it is bound to; of ``import a.b``, that is ``a``."""
    name: Span
    """The span of the imported name, without ``as``."""

    @property
    def binds(self) -> str:
        """The dotted name that the local name stands for."""
        plain = isinstance(self.statement, cst.Import) and self.alias.asname is None
        return self.canonical.partition(".")[0] if plain else self.canonical


class Bindings:
    """The imports of a file."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.items: list[Item] = []
        self.uses_torch = False
        """Whether the file works with torch's objects, though it may not import it."""
        statements: list[cst.Import | cst.ImportFrom] = [*tree.nodes(cst.Import), *tree.nodes(cst.ImportFrom)]
        for statement in statements:
            self.items += _items(tree, statement)
        self.items.sort(key=lambda item: item.name)
        self._places: dict[str, list[cst.Name]] | None = None

    def of(self, local: str) -> list[Item]:
        """The items that bind a local name."""
        return [item for item in self.items if item.local == local]

    def spelled(self, dotted: str) -> str:
        """A dotted name by the longest module-level binding that begins it; "" where there is none."""
        best = ""
        length = 0
        for item in self.items:
            binds = item.binds
            fits = dotted == binds or dotted.startswith(binds + ".")
            if (
                fits
                and len(binds) > length
                and self.is_global(item)
                and len({i.binds for i in self.of(item.local)}) == 1
            ):
                best, length = item.local + dotted[len(binds) :], len(binds)
        return best

    def is_global(self, item: Item) -> bool:
        """Whether the import runs when the module is imported, outside of functions and classes."""
        return self.tree.enclosing(item.statement, cst.FunctionDef, cst.ClassDef, cst.Lambda) is None

    def occurrences(self, name: str) -> list[cst.Name]:
        """Where a name stands as a variable: read, assigned, as a parameter; not in imports, not as an
        attribute or a keyword."""
        if self._places is None:
            self._places = {}
            for node in self.tree.nodes(cst.Name):
                if self._is_variable(node):
                    self._places.setdefault(node.value, []).append(node)
        return self._places.get(name, [])

    def _is_variable(self, node: cst.Name) -> bool:
        parent = self.tree.parent(node)
        if isinstance(parent, cst.Attribute):
            return parent.value is node and not any(
                isinstance(up, _NOT_READ[1:]) for up in self.tree.ancestors(parent) if not isinstance(up, cst.Attribute)
            )
        if isinstance(parent, cst.Arg):
            return parent.value is node
        return not isinstance(parent, _NOT_READ)


def _items(tree: Tree, statement: cst.Import | cst.ImportFrom) -> Iterator[Item]:
    prefix = ""
    if isinstance(statement, cst.ImportFrom):
        if statement.relative or statement.module is None or isinstance(statement.names, cst.ImportStar):
            return
        prefix = dotted(statement.module) + "."
        names = statement.names
    else:
        names = statement.names
    for alias in names:
        name = dotted(alias.name)
        bound = alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else ""
        local = bound or (name.partition(".")[0] if not prefix else name)
        yield Item(statement, alias, prefix + name, local, tree.span(alias.name))


def dotted(node: cst.BaseExpression) -> str:
    """``a.b.c`` of a name or of attributes of names; "" for everything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr.value}"
    return ""
