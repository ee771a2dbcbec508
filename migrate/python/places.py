"""Where a string literal flows to: an argument, a default, a comparison, a key, a text for people, …"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tree_sitter import Node

from migrate.model import Role
from migrate.python.module import Module
from migrate.regex import regex

Kind = Literal[
    "argument", "keyword", "parameter", "assign", "pair", "key", "return", "compare", "index", "loop", "text", "other"
]

ROLES: dict[str, Role] = {
    "argument": "argument",
    "keyword": "argument",
    "parameter": "default",
    "pair": "config",
    "compare": "compare",
}
"""The role of a use by its place; "string" for the others."""

_CLIMB = 40
_THROUGH = frozenset(
    "string concatenated_string interpolation list tuple set expression_list parenthesized_expression binary_operator "
    "boolean_operator not_operator await list_splat unary_operator format_specifier string_content".split()
)
_TEXT_KEYWORDS = regex(
    rb"(?i)^(help|description|desc|msg|message|reason|doc|title|label|text|epilog|summary|comment|metavar|hint|"
    rb"short_help|warning|error|match)$"
)
_TEXT_CALLS = regex(
    rb"(?i)^(print|pprint|info|warn|warning|warning_once|warn_once|info_once|debug|error|critical|exception|log|write|"
    rb"log_dist|log_dist_once|rank_zero_\w+|echo|secho|fail|skip|skipif|xfail|logging|print_\w+|fatal|"
    rb"\w*(error|exception|warning))$"
)
_SAME_TEXT = frozenset((b"format", b"strip", b"lower", b"upper", b"encode", b"join", b"replace"))


class Place(NamedTuple):
    """Where a value ends up: ``name`` is the keyword, parameter, target, key or the other operand's text.

    ``node`` is the outermost expression that still is the value; ``call`` the call it is given to,
    ``position`` where it stands there (-1 for a keyword).
    """

    kind: Kind
    name: bytes
    node: Node
    call: Node | None = None
    position: int = -1


def place_of(module: Module, node: Node) -> Place:
    """Follow a value outward, through brackets, concatenation, branches and formatting, to its use."""
    if module.is_deep(node):
        return Place("other", b"", node)
    child = node
    parent = node.parent
    for _ in range(_CLIMB):
        if parent is None:
            break
        kind = parent.type
        if kind == "pair" and parent.child_by_field_name("value") == child:
            name = _plain(module, parent.child_by_field_name("key"))
            if name:
                return Place("pair", name, child)
        elif kind == "pair":
            return Place("key", b"", child)
        elif kind == "conditional_expression":
            parts = parent.named_children
            if len(parts) > 1 and parts[1] == child:
                return Place("other", b"", child)
        elif kind == "attribute":
            call = parent.parent
            method = parent.child_by_field_name("attribute")
            if method is None or call is None or call.type != "call" or module.text(method) not in _SAME_TEXT:
                return Place("other", b"", child)
            child, parent = call, call.parent
            continue
        elif kind not in _THROUGH and kind != "dictionary":
            return _end(module, child, parent)
        child, parent = parent, parent.parent
    return Place("other", b"", child)


def _end(module: Module, child: Node, parent: Node) -> Place:
    kind = parent.type
    finder = _ENDS.get(kind)
    return finder(module, child, parent) if finder else Place("other", b"", child)


def _argument(module: Module, child: Node, parent: Node) -> Place:
    call = parent.parent
    if call is None or call.type != "call":
        return Place("other", b"", child)
    name = _callee(module, call)
    if _TEXT_CALLS.match(name):
        return Place("text", name, child, call)
    if name == b"param":  # pytest.param is its value, with marks
        return place_of(module, call)
    positional = [item for item in parent.named_children if item.type not in ("keyword_argument", "comment")]
    index = positional.index(child) if child in positional else -1
    return Place("argument", name, child, call, index)


def _keyword(module: Module, child: Node, parent: Node) -> Place:
    arguments = parent.parent
    call = arguments.parent if arguments is not None else None
    name = _plain(module, parent.child_by_field_name("name"))
    if _TEXT_KEYWORDS.match(name):
        return Place("text", name, child, call)
    return Place("keyword", name, child, call if call is not None and call.type == "call" else None)


def _parameter(module: Module, child: Node, parent: Node) -> Place:
    return Place("parameter", _plain(module, parent.child_by_field_name("name")), child)


def _assign(module: Module, child: Node, parent: Node) -> Place:
    left = parent.child_by_field_name("left") or parent.child_by_field_name("name")
    if left is None or left == child:
        return Place("other", b"", child)
    return Place("assign", target_name(module, left), child)


def _loop(module: Module, child: Node, parent: Node) -> Place:
    left = parent.child_by_field_name("left")
    if left is None or parent.child_by_field_name("right") != child:
        return Place("other", b"", child)
    return Place("loop", target_name(module, left), child)


def _return(module: Module, child: Node, parent: Node) -> Place:
    scope = module.scopes.function(parent.start_byte)
    return Place("return", scope.name if scope is not None else b"", child)


def _compare(module: Module, child: Node, parent: Node) -> Place:
    others = [module.text(item) for item in parent.named_children if item != child]
    return Place("compare", b" ".join(others)[:400], child)


def _index(module: Module, child: Node, parent: Node) -> Place:
    value = parent.child_by_field_name("value")
    if value is None or value == child:
        return Place("other", b"", child)
    return Place("index", module.text(value)[-200:], child, parent)


def _case(module: Module, child: Node, parent: Node) -> Place:
    node: Node | None = parent
    for _ in range(12):
        if node is None or node.type == "match_statement":
            break
        node = node.parent
    subject = node.child_by_field_name("subject") if node is not None else None
    return Place("compare", module.text(subject)[:400] if subject is not None else b"", child)


def _text(_module: Module, child: Node, _parent: Node) -> Place:
    return Place("text", b"", child)


_ENDS = {
    "argument_list": _argument,
    "keyword_argument": _keyword,
    "default_parameter": _parameter,
    "typed_default_parameter": _parameter,
    "assignment": _assign,
    "augmented_assignment": _assign,
    "named_expression": _assign,
    "for_statement": _loop,
    "for_in_clause": _loop,
    "return_statement": _return,
    "comparison_operator": _compare,
    "subscript": _index,
    "case_pattern": _case,
    "expression_statement": _text,
    "module": _text,
    "raise_statement": _text,
    "assert_statement": _text,
    "print_statement": _text,
}


def _callee(module: Module, call: Node) -> bytes:
    """The last name of what a call calls."""
    function = call.child_by_field_name("function")
    if function is None:
        return b""
    name = function.child_by_field_name("attribute") if function.type == "attribute" else function
    return module.text(name)[-80:] if name is not None else b""


def target_name(module: Module, left: Node) -> bytes:
    """The last name of an assignment's target: ``self.device`` → device, ``cfg["device"]`` → device."""
    if left.type == "attribute":
        return _plain(module, left.child_by_field_name("attribute"))
    if left.type == "subscript":
        return _plain(module, left.child_by_field_name("subscript"))
    return module.text(left)[:200]


def _plain(module: Module, node: Node | None) -> bytes:
    """A name or a key as bytes: quotes removed; "" for anything computed."""
    if node is None:
        return b""
    if node.type == "identifier":
        return module.text(node)
    text = module.literal(node)
    return text.encode() if text is not None else b""
