"""A parsed Python file: its tree, scopes, bindings, and the questions that finders and checks ask it."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from tree_sitter import Node

from migrate.model import Arg, Context, Role, Use
from migrate.python.context import Regions
from migrate.python.flow import Flow
from migrate.python.grammar import child_at, errors, parse, structure
from migrate.python.imports import Imported, imported
from migrate.python.scopes import MODULE, Binding, Bindings, Scopes
from migrate.python.words import standing
from migrate.regex import regex
from migrate.source import SourceFile

_LITERAL = regex(rb"""[rRbBuU]{0,2}("{3}|'{3}|["'])(.*)\1""", re.DOTALL)
_DOTTED = regex(rb"([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)")
_KEYWORD = regex(rb"([A-Za-z_]\w*)[ \t]*=[ \t]*(?![ \t\r\n\\#=])(?=.)")
"""The start of a keyword argument, up to its value."""
_DYNAMIC = frozenset((b"getattr", b"__import__", b"import_module", b"importlib.import_module"))

_MAX_DEPTH = 1_500
_SAMPLE = 32

_ALIAS_DEPTH = 12
"""How many names may stand between a name and the import it stems from."""


def _last_of_chain(value: Node | None) -> Node | None:
    """The value of ``a = b = value``."""
    while value is not None and value.type == "assignment":
        value = value.child_by_field_name("right")
    return value


class Reference(NamedTuple):
    """One resolved use of an imported name: its canonical dotted name and its span.

    ``node`` is the expression (identifier, attribute or ``getattr`` call); ``call`` the call of it.
    """

    name: str
    start: int
    end: int
    node: Node
    call: Node | None


class Module:
    """A Python file as the finders and the checks see it."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.data = source.data
        self.tree = parse(source.data)
        self.root = self.tree.root_node
        self.captures = structure(self.root)
        self.scopes = Scopes(self.captures, self.data)
        self.bindings = Bindings(self.captures, self.data, self.scopes)
        self.imports: list[Imported] = []
        self.references: list[Reference] = []
        self.uses: list[Use] = []
        statements = self.captures.get("import", [])
        self._import_starts = [node.start_byte for node in statements]
        self._import_ends = [node.end_byte for node in statements]
        self._imports_end = max(self._import_ends, default=0)
        for statement in statements:
            for item in imported(statement, self.data, source.path):
                self.imports.append(item)
                if item.bound:
                    self.bindings.imported(item.node, item.bound, item.binds)
        self.deep = False
        self._climbs = 0
        self._values: dict[int, Node | None] = {}
        self._resolved: dict[int, str] = {}

    @cached_property
    def errors(self) -> list[Node]:
        """What could not be parsed."""
        return errors(self.root)

    @cached_property
    def words(self) -> frozenset[bytes]:
        """The literals that finders look for and that stand in the file."""
        return standing(self.data)

    @cached_property
    def imports_standard_library_alone(self) -> bool:
        """Whether nothing else is imported, or nothing at all."""
        return all(item.canonical.partition(".")[0] in sys.stdlib_module_names for item in self.imports)

    @cached_property
    def extension_imports(self) -> list[int]:
        """Offsets of imports of compiled extensions bound to CUDA."""
        return [item.node.start_byte for item in self.imports if item.is_extension]

    @cached_property
    def extension_names(self) -> list[bytes]:
        """Names bound to compiled extensions bound to CUDA."""
        return [item.bound for item in self.imports if item.bound and item.is_extension]

    @cached_property
    def flow(self) -> Flow:
        """The kinds of values by local flow."""
        return Flow(self)

    @cached_property
    def regions(self) -> Regions:
        """The guarded, fallback, multi-vendor and dead regions of the file."""
        return Regions(self)

    def release(self) -> None:
        """Let go of the tree and of all that was remembered; the module can't be used any more."""
        self.__dict__.clear()

    def is_deep(self, node: Node) -> bool:
        """Whether nodes of this file lie so deep that climbing from them takes too long; sampled."""
        self._climbs += 1
        if not self.deep and self._climbs % _SAMPLE == 0:
            cursor = self.root.walk()
            at = node.start_byte
            while cursor.goto_first_child_for_byte(at) is not None and cursor.depth <= _MAX_DEPTH:
                pass
            self.deep = cursor.depth > _MAX_DEPTH
        return self.deep

    def text(self, node: Node) -> bytes:
        """The bytes of a node."""
        return self.data[node.start_byte : node.end_byte]

    def node(self, start: int, end: int) -> Node | None:
        """The smallest named node that covers a span."""
        return self.root.named_descendant_for_byte_range(start, end)

    def import_at(self, offset: int) -> int:
        """Which import statement starts last before an offset, by its number; -1 where none does."""
        return bisect_right(self._import_starts, offset) - 1

    def in_import(self, offset: int) -> bool:
        """Whether an offset lies in an import statement."""
        if offset >= self._imports_end:
            return False
        index = self.import_at(offset)
        return index >= 0 and offset < self._import_ends[index]

    def binding(self, name: bytes, offset: int) -> Binding | None:
        """What a name means at an offset: the binding that Python's scoping (and the order of lines) picks."""
        by_scope = self.bindings.by_scope(name)
        if not by_scope:
            return None
        scope = self.scopes.at(offset)
        innermost = True
        while True:
            here = by_scope.get(scope)
            if here and (innermost or scope == MODULE or self.scopes.all[scope].kind != "class"):
                if len(here) == 1 and here[0].kind in ("import", "param", "def"):
                    return here[0]
                return self._latest(here, offset if innermost else len(self.data))
            if scope == MODULE:
                return None
            scope = self.scopes.all[scope].parent
            innermost = False

    def _latest(self, bindings: list[Binding], offset: int) -> Binding:
        """The last binding before the offset; a stand-in (``X = None``) only where there is no other.

        In ``x = x.cuda()`` the right x is the older one.
        """
        stand_in: Binding | None = None
        for binding in reversed(bindings):
            if binding.start >= offset:
                continue
            kind = binding.kind
            if kind == "import" and not binding.canonical:
                stand_in = stand_in or binding
            elif kind in ("assign", "unpack"):
                value = self.value_of(binding)
                if value is None:
                    return binding
                if value.type in ("none", "false"):
                    stand_in = stand_in or binding
                elif not binding.start < value.start_byte <= offset < value.end_byte:
                    return binding
            else:
                return binding
        return stand_in or bindings[0]

    def value_of(self, binding: Binding) -> Node | None:
        """The right-hand side of an assignment (also one that unpacks); None for other bindings."""
        start = binding.start
        if start not in self._values:
            self._values[start] = self._value(binding.node)
        return self._values[start]

    def _value(self, target: Node) -> Node | None:
        node: Node | None = target.parent
        for _ in range(6):
            if node is None:
                return None
            kind = node.type
            if kind in ("assignment", "for_statement"):
                return _last_of_chain(node.child_by_field_name("right"))
            if kind == "named_expression":
                return node.child_by_field_name("value")
            node = node.parent
        return None

    def resolve(self, node: Node | None, depth: int = 0) -> str:
        """The canonical dotted name of an expression ("torch.cuda.amp.autocast"); "" where it has none."""
        if node is None or depth >= _ALIAS_DEPTH:
            return ""
        if chain := _DOTTED.fullmatch(self.data, node.start_byte, node.end_byte):
            base = self._resolve_name(chain[1], node.start_byte, depth)
            return base + chain[2].decode() if base else ""
        suffix: list[str | Node] = []
        while node is not None:
            kind = node.type
            if kind == "identifier":
                base = self._resolve_name(self.text(node), node.start_byte, depth)
                return self._dotted(base, suffix) if base else ""
            if kind == "attribute":
                suffix.append(node)
                node = node.child_by_field_name("object")
            elif kind == "parenthesized_expression":
                node = child_at(node, 0)
            elif kind == "call":
                inner = self._dynamic(node)
                if inner is None:
                    return ""
                node, name_text = inner
                if node is None:
                    return self._dotted(name_text, suffix)
                suffix.append(name_text)
            else:
                return ""
        return ""

    def _dotted(self, base: str, suffix: list[str | Node]) -> str:
        """A name with those of the attributes of it, of which the last comes first."""
        parts = [base]
        for item in reversed(suffix):
            name = item if isinstance(item, str) else item.child_by_field_name("attribute")
            parts.append(self.text(name).decode("utf-8", "replace") if isinstance(name, Node) else name or "")
        return ".".join(parts)

    def _dynamic(self, call: Node) -> tuple[Node | None, str] | None:
        """``getattr(x, "name")`` as (x, name); ``import_module("m")`` and ``__import__("m")`` as (None, m)."""
        function = call.child_by_field_name("function")
        name = self.text(function) if function is not None else b""
        if name not in _DYNAMIC:
            return None
        arguments = call.child_by_field_name("arguments")
        if arguments is None or arguments.type != "argument_list":
            return None
        values = arguments.named_children
        if name == b"getattr" and len(values) >= 2 and (text := self.literal(values[1])) is not None:
            return values[0], text
        if name != b"getattr" and values:
            text = self.literal(values[0])
            return (None, text) if text and not text.startswith(".") else None
        return None

    def _resolve_name(self, name: bytes, offset: int, depth: int) -> str:
        binding = self.binding(name, offset)
        if binding is None:
            return ""
        if binding.kind == "import":
            return binding.canonical
        if binding.kind != "assign":
            return ""
        key = binding.start
        if key not in self._resolved:
            self._resolved[key] = ""  # a name defined by itself has no meaning
            value = self.value_of(binding)
            if value is not None and value.type == "conditional_expression":
                value = child_at(value, 0)
            self._resolved[key] = self.resolve(value, depth + 1)
        return self._resolved[key]

    def literal(self, node: Node | None) -> str | None:
        """The text of a plain string literal; None for anything else, f-strings too."""
        if node is None or node.type != "string":
            return None
        match = _LITERAL.fullmatch(self.text(node))
        return match.group(2).decode("utf-8", "replace") if match else None

    def arguments(self, call: Node | None) -> tuple[Arg, ...]:
        """The arguments of a call: keyword and span of the value."""
        arguments = call.child_by_field_name("arguments") if call is not None else None
        if arguments is None or arguments.type != "argument_list":
            return ()
        data = self.data
        found: list[Arg] = []
        for item in arguments.named_children:
            start, end = item.start_byte, item.end_byte
            if keyword := _KEYWORD.match(data, start, end):
                found.append(Arg(keyword[1].decode("utf-8", "replace"), keyword.end(), end))
            elif (kind := item.type) == "keyword_argument":
                name, value = item.child_by_field_name("name"), item.child_by_field_name("value")
                if name is not None and value is not None:
                    found.append(Arg(self.text(name).decode("utf-8", "replace"), value.start_byte, value.end_byte))
            elif kind != "comment":
                found.append(Arg("", start, end))
        return tuple(found)

    def argument(self, call: Node, keyword: str, position: int = -1) -> Node | None:
        """The value of one argument by keyword, or else by position."""
        arguments = call.child_by_field_name("arguments")
        if arguments is None or arguments.type != "argument_list":
            return None
        index = 0
        for item in arguments.named_children:
            if item.type == "keyword_argument":
                name = item.child_by_field_name("name")
                if name is not None and self.text(name) == keyword.encode():
                    return item.child_by_field_name("value")
            elif item.type != "comment":
                if index == position:
                    return item
                index += 1
        return None

    def calls(self, *names: str) -> Iterator[Reference]:
        """The calls among :meth:`named`."""
        return (reference for reference in self.named(*names) if reference.call is not None)

    def named(self, *names: str) -> Iterator[Reference]:
        """The references to the names, called or not; a name that ends in "." stands for all below it."""
        index = self._index
        for name in names:
            if name.endswith("."):
                for known, references in index.items():
                    if known.startswith(name):
                        yield from references
            else:
                yield from index.get(name, ())

    @cached_property
    def _index(self) -> dict[str, list[Reference]]:
        index: dict[str, list[Reference]] = {}
        for reference in self.references:
            index.setdefault(reference.name, []).append(reference)
        return index

    @cached_property
    def method_calls(self) -> dict[bytes, list[Node]]:
        """All called methods (the attribute, of which the name is the end) by their name."""
        data = self.data
        index: dict[bytes, list[Node]] = defaultdict(list)
        for node in self.captures.get("method", ()):
            end = node.end_byte
            index[data[data.rfind(b".", 0, end) + 1 : end].strip(b" \t\r\n\\")].append(node)
        return index

    def methods(self, *names: bytes) -> Iterator[tuple[Node, Node]]:
        """Calls of methods by name, as (the method's identifier, the call), in no certain order."""
        for name in names:
            for attribute in self.method_calls.get(name, ()):
                node, call = attribute.child_by_field_name("attribute"), attribute.parent
                if node is not None and call is not None:
                    yield node, call

    def use(
        self,
        symbol: str,
        node: Node,
        role: Role,
        *,
        call: Node | None = None,
        context: tuple[Context, ...] = (),
        details: tuple[tuple[str, str], ...] = (),
    ) -> Use:
        """A use at a node, with the call's arguments and the context of its place."""
        start, end = node.start_byte, node.end_byte
        around = self.regions.at(start, end, context)
        return Use(symbol, start, end, role, self.arguments(call), around, details)

    def device_tests(self) -> Iterator[Use]:
        """The comparisons with a device string and the readings of ``is_cuda`` found in this file."""
        for use in self.uses:
            if use.symbol.endswith(".is_cuda") or (use.symbol == "device:cuda" and use.role == "compare"):
                yield use

    def hazard(self, name: str, node: Node, *, details: tuple[tuple[str, str], ...] = ()) -> Use:
        """A hazard at a node."""
        return self.use(f"hazard:{name}", node, "hazard", details=details)
