"""Every use of a name that stems from torch, triton or a CUDA package, by its canonical name.

Names are followed from the imports: a literal search for each bound name, the tree only at the hits.
A name that gets such a value (``amp = torch.cuda.amp``) is followed in turn.
"""

from __future__ import annotations

import re
from functools import cache

from tree_sitter import Node

from migrate.facts.sources import library_of, names
from migrate.python.grammar import child_at
from migrate.python.module import Module, Reference
from migrate.python.packages import CLOSED_MODULES, is_ours, package_of, star_members
from migrate.regex import regex

_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_CHAIN = regex(rb"(?:(?:[ \t\r\n]|\\\r?\n)*\.(?:[ \t\r\n]|\\\r?\n)*[A-Za-z_]\w*)+")
_BLANKS = frozenset(b" \t\r\n\\")
_BLANK = regex(rb"[ \t\\\r\n]+")
_TRIM = regex(r"^(torch\.version\.\w+|torch\.(?:cuda\.)?\w+Tensor|torch\.profiler\.ProfilerActivity\.\w+)\.")
_DUNDER = regex(r"\.__(?!version__|init__)\w+__.*$")


def collect(module: Module) -> None:
    """Fill ``module.references``, in document order."""
    pending = _roots(module)
    done: set[bytes] = set()
    found = _dynamic_imports(module)
    for reference in found:
        _follow(module, reference, pending)
    while pending:
        name = pending.pop()
        if name not in done:
            done.add(name)
            found += _of_name(module, name, pending)
    for text, canonical in _held(module, found).items():
        found += _of_attribute(module, text, canonical)
    found.sort(key=lambda reference: (reference.start, reference.end))
    module.references = found


def _roots(module: Module) -> list[bytes]:
    names = [
        name
        for name, bindings in module.bindings.imports().items()
        if any(is_ours(binding.canonical) for binding in bindings)
    ]
    for item in module.imports:
        if not item.bound and is_ours(item.canonical):
            names += _star(module, item.canonical, item.node)
    return names


def _star(module: Module, canonical: str, node: Node) -> list[bytes]:
    """Names that ``from module import *`` brings in and the file uses."""
    members = star_members(canonical)
    if not members:
        return []
    words = {word for word in re.findall(rb"(?<![\w.])[A-Za-z_]\w*", module.data) if word in members}
    for word in words:
        if not module.bindings.of(word):
            module.bindings.imported(node, word, f"{canonical}.{word.decode()}")
    return list(words)


def _of_name(module: Module, name: bytes, pending: list[bytes]) -> list[Reference]:
    data, length = module.data, len(name)
    bindings = module.bindings.of(name)
    constant = _constant(module, name)
    bound_at = {binding.node.start_byte for binding in bindings}
    found: list[Reference] = []
    at = data.find(name)
    while at >= 0:
        end = at + length
        before = data[at - 1] if at else 10
        after = data[end] if end < len(data) else 10
        if before not in _WORD and before != 46 and after not in _WORD and at not in bound_at:
            reference = _at(module, at, end, constant)
            if reference is not None:
                found.append(reference)
                _follow(module, reference, pending)
        at = data.find(name, end)
    return found


def _held(module: Module, found: list[Reference]) -> dict[bytes, str]:
    """Attributes that always hold the same name of ours: ``self.torch = torch``."""
    held: dict[bytes, str] = {}
    for reference in found:
        if reference.call is not None or not _is_after_equals(module.data, reference.start):
            continue
        parent = reference.node.parent
        if parent is not None and parent.type == "assignment":
            left = parent.child_by_field_name("left")
            if left is not None and left.type == "attribute" and parent.child_by_field_name("right") == reference.node:
                held[module.text(left)] = reference.name
    for text in list(held):
        targets = module.bindings.attributes.get(text, ())
        values = [target.parent.child_by_field_name("right") for target in targets if target.parent is not None]
        if any(module.resolve(value) != held[text] for value in values):
            del held[text]
    return held


def _of_attribute(module: Module, text: bytes, canonical: str) -> list[Reference]:
    data = module.data
    targets = {target.start_byte for target in module.bindings.attributes.get(text, ())}
    found: list[Reference] = []
    at = data.find(text)
    while at >= 0:
        end = at + len(text)
        before, after = data[at - 1] if at else 10, data[end] if end < len(data) else 10
        if before not in _WORD and before != 46 and after not in _WORD and at not in targets:
            reference = _at(module, at, end, canonical)
            if reference is not None:
                found.append(reference)
        at = data.find(text, end)
    return found


def _constant(module: Module, name: bytes) -> str:
    """The canonical name where it is the same at every place of the file, else ""."""
    bindings = module.bindings.of(name)
    canonicals = {binding.canonical for binding in bindings if binding.kind == "import"}
    if len(canonicals) == 1 and all(binding.kind == "import" and binding.scope < 0 for binding in bindings):
        return canonicals.pop()
    return ""


def _at(module: Module, start: int, end: int, constant: str) -> Reference | None:
    if module.in_import(start):
        return None
    data = module.data
    chain = _CHAIN.match(data, end)
    stop = chain.end() if chain else end
    node = _name_at(module, start, stop)
    if node is None and chain is not None:
        node, chain, stop = _name_at(module, start, end), None, end
    if node is None:
        return None
    if chain is None and _is_name_of_keyword(node, data, stop):
        return None
    canonical = constant
    if not canonical:
        base = module.node(start, end)
        canonical = module.resolve(base) if base is not None and base.type == "identifier" else ""
        if not is_ours(canonical):
            return None
    if chain is not None:
        canonical += _suffix(chain.group())
    return _finish(module, canonical, node, start, stop)


def _name_at(module: Module, start: int, stop: int) -> Node | None:
    """The identifier or attribute that stands at a span, or begins there."""
    node = module.root.named_descendant_for_byte_range(start, stop)
    if node is None or node.type not in ("identifier", "attribute") or node.start_byte != start:
        return None
    return node


def _finish(module: Module, canonical: str, node: Node, start: int, stop: int) -> Reference | None:
    name = _leaf(canonical)
    if name != canonical:
        for _ in range(canonical.count(".") - name.count(".")):
            inner = node.child_by_field_name("object")
            if inner is None:
                break
            node = inner
        return Reference(name, start, node.end_byte, node, None)
    following = _following(module.data, stop)
    if following == b"(":
        parent = node.parent
        return Reference(canonical, start, stop, node, parent if parent is not None and parent.type == "call" else None)
    named = _getattr(module, canonical, node) if following == b"," else None
    return named or Reference(canonical, start, stop, node, None)


def _following(data: bytes, at: int) -> bytes:
    """The next byte that is no blank."""
    following = data[at : at + 1]
    while following in (b" ", b"\t"):
        at += 1
        following = data[at : at + 1]
    return following


@cache
def _suffix(chain: bytes) -> str:
    """A chain of attributes without blanks and line breaks in it."""
    return _BLANK.sub(b"", chain).decode("utf-8", "replace")


def _getattr(module: Module, canonical: str, node: Node) -> Reference | None:
    """``getattr(torch, "cuda")`` and ``hasattr``, with the attributes and the call that follow."""
    arguments = node.parent
    call = arguments.parent if arguments is not None and arguments.type == "argument_list" else None
    function = call.child_by_field_name("function") if call is not None and call.type == "call" else None
    if call is None or function is None or module.text(function) not in (b"getattr", b"hasattr"):
        return None
    values = arguments.named_children if arguments is not None else []
    text = module.literal(values[1]) if len(values) > 1 and values[0] == node else None
    if not text:
        return None
    expression, name = call, f"{canonical}.{text}"
    for _ in range(8):
        parent = expression.parent
        if parent is None or parent.type != "attribute":
            break
        attribute = parent.child_by_field_name("attribute")
        if attribute is None or attribute == expression:
            break
        expression, name = parent, f"{name}.{module.text(attribute).decode('utf-8', 'replace')}"
    parent = expression.parent
    called = parent if parent is not None and parent.type == "call" and child_at(parent, 0) == expression else None
    return Reference(_leaf(name), expression.start_byte, expression.end_byte, expression, called)


@cache
def _leaf(canonical: str) -> str:
    """The name without attributes of its value: ``torch.version.cuda.split`` is ``torch.version.cuda``."""
    match = _TRIM.match(canonical)
    if match:
        return match.group(1)
    return _DUNDER.sub("", canonical) if ".__" in canonical else canonical


def _is_name_of_keyword(node: Node, data: bytes, stop: int) -> bool:
    if _following(data, stop) != b"=":
        return False
    parent = node.parent
    return parent is not None and parent.type == "keyword_argument" and child_at(parent, 0) == node


def _is_after_equals(data: bytes, at: int) -> bool:
    """Whether an equals sign stands before an offset, as it does before every assigned value."""
    at -= 1
    while at >= 0 and data[at] in _BLANKS:
        at -= 1
    return data[at : at + 1] == b"="


def _follow(module: Module, reference: Reference, pending: list[bytes]) -> None:
    """Where the reference is the value of an assignment, follow the assigned name too."""
    if reference.call is not None or not _is_after_equals(module.data, reference.start):
        return
    node, parent = reference.node, reference.node.parent
    if parent is not None and parent.type == "conditional_expression" and child_at(parent, 0) == node:
        node, parent = parent, parent.parent
    if parent is None or parent.type != "assignment" or parent.child_by_field_name("right") != node:
        return
    left = parent.child_by_field_name("left")
    if left is not None and left.type == "identifier" and not _is_value(reference.name, module, reference.start):
        pending.append(module.text(left))


def _is_value(name: str, module: Module, offset: int) -> bool:
    """Whether a name holds a mere value, such as a version: read once, it is used no more.  Of what no list holds,
    that is taken of what a function keeps in a variable (``i = cuda.threadIdx.x``)."""
    listed = names(library_of(f"py:{name}")).get(name)
    if listed is not None:
        return listed.kind in ("attribute", "data")
    return bool(package_of(name)) and "." in name and module.scopes.function(offset) is not None


def _dynamic_imports(module: Module) -> list[Reference]:
    """``importlib.import_module("torch.cuda")`` and ``__import__`` of modules that are ours."""
    if module.words.isdisjoint((b"import_module", b"__import__")):
        return []
    found: list[Reference] = []
    for match in re.finditer(rb"\b(?:import_module|__import__)\s*\(", module.data):
        node = module.node(match.start(), match.start() + 4)
        call: Node | None = node
        for _ in range(3):
            if call is not None and call.type != "call":
                call = call.parent
        if call is None or call.type != "call":
            continue
        name = module.resolve(call)
        if name and is_ours(name) and name not in CLOSED_MODULES:
            found.append(Reference(name, call.start_byte, call.end_byte, call, None))
    return found
