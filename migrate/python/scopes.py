"""Scopes and what names are bound to in them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import NamedTuple

from tree_sitter import Node

from migrate.regex import regex

MODULE = -1
"""The index of the module's own scope."""

_GLOBAL = regex(rb"global[ \t]+(\w+(?:[ \t]*,[ \t]*\w+)*)")
_START = attrgetter("start")
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
        found = [
            (node.start_byte, -node.end_byte, kind, node)
            for kind in ("def", "class", "lambda")
            for node in captures.get(kind, ())
        ]
        found.sort(key=itemgetter(0, 1))
        self.all: list[Scope] = []
        self.names: dict[bytes, list[Node]] = defaultdict(list)
        """The names of functions and classes, as they stand in their definitions."""
        self._edges: list[int] = []
        self._behind = [MODULE]
        open_scopes = [MODULE]
        for start, end, kind, node in found:
            self._close(open_scopes, start)
            name = node.child_by_field_name("name") if kind != "lambda" else None
            text = data[name.start_byte : name.end_byte] if name is not None else b""
            if name is not None:
                self.names[text].append(name)
            self.all.append(Scope(start, -end, kind, text, open_scopes[-1], node))
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
        self._captures = captures
        self._imports: dict[bytes, list[Binding]] = {}
        self._found: dict[bytes, list[Binding]] = {}
        self._by_scope: dict[bytes, dict[int, list[Binding]]] = {}
        self._globals = {
            (name.strip(), scopes.at(match.start(1)))
            for match in _GLOBAL.finditer(data)
            if data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()].isspace()
            for name in match[1].split(b",")
        }
        self._nodes = {
            "assign": self._by_text(captures.get("target", ())),
            "param": self._by_text(captures.get("param", ())),
            "def": scopes.names,
            "unpack": self._by_text(_names_in(captures.get("pattern", ()))),
            "with": self._by_text(_names_in(captures.get("as", ()))),
        }

    def _by_text(self, nodes: Iterable[Node]) -> dict[bytes, list[Node]]:
        data = self._data
        index: dict[bytes, list[Node]] = defaultdict(list)
        for node in nodes:
            index[data[node.start_byte : node.end_byte]].append(node)
        return index

    @cached_property
    def attributes(self) -> dict[bytes, list[Node]]:
        """Attributes, by their whole text, where they get a value."""
        return dict(self._by_text(self._captures.get("attribute", ())))

    def of(self, name: bytes) -> list[Binding]:
        """The bindings of a name."""
        known = self._found.get(name)
        if known is None:
            known = self._found[name] = list(self._imports.get(name, ()))
            for kind, index in self._nodes.items():
                if name in index:
                    known += [self._binding(name, node, kind) for node in index[name]]
            if len(known) > 1:
                known.sort(key=_START)
        return known

    def by_scope(self, name: bytes) -> dict[int, list[Binding]]:
        """The bindings of a name for each scope."""
        known = self._by_scope.get(name)
        if known is None:
            known = self._by_scope[name] = defaultdict(list)
            for binding in self.of(name):
                known[binding.scope].append(binding)
        return known

    def imports(self) -> dict[bytes, list[Binding]]:
        """The names that imports bind."""
        return self._imports

    def imported(self, node: Node, name: bytes, canonical: str) -> None:
        """Record that an import binds a name."""
        start, scope, kind, _, _ = self._binding(name, node, "import")
        self._imports.setdefault(name, []).append(Binding(start, scope, kind, node, canonical))
        self._found.pop(name, None)
        self._by_scope.pop(name, None)

    def _binding(self, name: bytes, node: Node, kind: str) -> Binding:
        start = node.start_byte
        scope = self._scopes.at(start)
        if kind == "def":
            scope = self._scopes.all[scope].parent if scope >= 0 else MODULE
        elif self._globals and (name, scope) in self._globals:
            scope = MODULE
        return Binding(start, scope, kind, node)


def _names_in(patterns: Iterable[Node]) -> Iterator[Node]:
    """The names that get a value in patterns, in no certain order."""
    for pattern in patterns:
        pending = pattern.named_children
        while pending:
            node = pending.pop()
            kind = node.type
            if kind == "identifier":
                yield node
            elif kind in _PATTERNS:
                pending += node.named_children
