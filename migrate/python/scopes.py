"""Scopes and what names are bound to in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from tree_sitter import Node

from migrate.regex import regex

MODULE = -1
"""The index of the module's own scope."""

_GLOBAL = regex(rb"^[ \t]+global[ \t]+(\w+(?:[ \t]*,[ \t]*\w+)*)", re.MULTILINE)
_PATTERNS = ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "as_pattern_target")


class Scope(NamedTuple):
    """A function, class or lambda: its byte span, its kind, its name and the scope around it."""

    start: int
    end: int
    kind: str
    name: bytes
    parent: int
    node: Node


class Binding(NamedTuple):
    """One place where a name gets a value: at which offset, in which scope, by what.

    ``kind`` is import, assign, unpack, loop, with, param or def.  ``canonical`` is the dotted name
    that an import brings in.
    """

    start: int
    scope: int
    kind: str
    node: Node
    canonical: str = ""


class Scopes:
    """The scopes of a file by offset."""

    def __init__(self, captures: dict[str, list[Node]], data: bytes) -> None:
        found: list[tuple[int, int, str, bytes, Node]] = []
        for kind in ("def", "class"):
            for name in captures.get(kind, ()):
                node = name.parent
                assert node is not None
                found.append((node.start_byte, node.end_byte, kind, data[name.start_byte : name.end_byte], node))
        found += [(node.start_byte, node.end_byte, "lambda", b"", node) for node in captures.get("lambda", ())]
        found.sort(key=lambda item: (item[0], -item[1]))
        self.all: list[Scope] = []
        self._edges: list[int] = []
        self._behind = [MODULE]
        open_scopes = [MODULE]
        for start, end, kind, text, node in found:
            self._close(open_scopes, start)
            self.all.append(Scope(start, end, kind, text, open_scopes[-1], node))
            open_scopes.append(len(self.all) - 1)
            self._edges.append(start)
            self._behind.append(open_scopes[-1])
        self._close(open_scopes, len(data))

    def _close(self, open_scopes: list[int], offset: int) -> None:
        """Note where the scopes end that do so up to an offset, and which is the innermost behind each."""
        while len(open_scopes) > 1 and self.all[open_scopes[-1]].end <= offset:
            self._edges.append(self.all[open_scopes.pop()].end)
            self._behind.append(open_scopes[-1])

    def at(self, offset: int) -> int:
        """The index of the innermost scope around an offset."""
        return self._behind[bisect_right(self._edges, offset)]

    def function(self, offset: int) -> Scope | None:
        """The innermost function (not lambda, not class) around an offset."""
        index = self.at(offset)
        while index >= 0 and self.all[index].kind != "def":
            index = self.all[index].parent
        return self.all[index] if index >= 0 else None

    def class_of(self, offset: int) -> int:
        """The index of the innermost class around an offset."""
        index = self.at(offset)
        while index >= 0 and self.all[index].kind != "class":
            index = self.all[index].parent
        return index


class Bindings:
    """Names and attributes of a file → where they are bound, in document order."""

    def __init__(self, captures: dict[str, list[Node]], data: bytes, scopes: Scopes) -> None:
        self._data = data
        self._scopes = scopes
        self._nodes: dict[bytes, list[tuple[Node, str]]] = {}
        self._imports: dict[bytes, list[Binding]] = {}
        self._found: dict[bytes, list[Binding]] = {}
        self._by_scope: dict[bytes, dict[int, list[Binding]]] = {}
        self.attributes: dict[bytes, list[Node]] = {}
        self._globals = {
            (name.strip(), scopes.at(match.start(1)))
            for match in (_GLOBAL.finditer(data) if b"global" in data else ())
            for name in match[1].split(b",")
        }
        self._targets(captures.get("target", ()))
        nodes = self._nodes
        for kind in ("param", "def", "class"):
            for node in captures.get(kind, ()):
                name = data[node.start_byte : node.end_byte]
                if name in nodes:
                    nodes[name].append((node, kind))
                else:
                    nodes[name] = [(node, kind)]

    def of(self, name: bytes) -> list[Binding]:
        """The bindings of a name."""
        known = self._found.get(name)
        if known is None:
            bindings = [self._binding(name, node, kind) for node, kind in self._nodes.get(name, ())]
            bindings += self._imports.get(name, ())
            bindings.sort(key=lambda binding: binding.start)
            known = self._found[name] = bindings
        return known

    def by_scope(self, name: bytes) -> dict[int, list[Binding]]:
        """The bindings of a name for each scope."""
        known = self._by_scope.get(name)
        if known is None:
            known = self._by_scope[name] = {}
            for binding in self.of(name):
                known.setdefault(binding.scope, []).append(binding)
        return known

    def imports(self) -> dict[bytes, list[Binding]]:
        """The names that imports bind."""
        return self._imports

    def imported(self, node: Node, name: bytes, canonical: str) -> None:
        """Record that an import binds a name."""
        scope = self._scope(name, node.start_byte)
        self._imports.setdefault(name, []).append(Binding(node.start_byte, scope, "import", node, canonical))
        self._found.pop(name, None)
        self._by_scope.pop(name, None)

    def _scope(self, name: bytes, offset: int) -> int:
        scope = self._scopes.at(offset)
        return MODULE if self._globals and (name, scope) in self._globals else scope

    def _binding(self, name: bytes, node: Node, kind: str) -> Binding:
        start = node.start_byte
        if kind in ("def", "class"):
            scope = self._scopes.at(start)
            return Binding(start, self._scopes.all[scope].parent if scope >= 0 else MODULE, "def", node)
        return Binding(start, self._scope(name, start), kind, node)

    def _targets(self, targets: Sequence[Node]) -> None:
        data, nodes, attributes = self._data, self._nodes, self.attributes
        for target in targets:
            kind = target.type
            if kind == "identifier":
                nodes.setdefault(data[target.start_byte : target.end_byte], []).append((target, "assign"))
            elif kind == "attribute":
                attributes.setdefault(data[target.start_byte : target.end_byte], []).append(target)
            elif kind in _PATTERNS:
                self._pattern(target, "with" if kind == "as_pattern_target" else "unpack")

    def _pattern(self, target: Node, kind: str) -> None:
        pending = list(target.named_children)
        while pending:
            node = pending.pop()
            if node.type == "identifier":
                self._nodes.setdefault(self._data[node.start_byte : node.end_byte], []).append((node, kind))
            elif node.type in _PATTERNS:
                pending += node.named_children
