"""In what surroundings a use stands: behind a capability test, in its fallback, beside another vendor, dead."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, get_args

from ahocorasick_rs import BytesAhoCorasick, Implementation
from tree_sitter import Node

from migrate.model import Context
from migrate.python.capability import own_tests
from migrate.regex import regex

if TYPE_CHECKING:
    from migrate.python.module import Module

_CAPABILITY = regex(
    rb"""cuda\s*\.\s*is_available|\.is_cuda\b|["']cuda\b|cuda_is_available|is_(torch_)?cuda_available|cuda_available"""
    rb"""|\b(use|has|have|with|enable|using)_?(cuda|gpu)\b|version\s*\.\s*cuda\b|cuda\s*\.\s*device_count"""
    rb"""|(?<![\w.])\w*(CUDA|GPU)_?AVAILABLE|\b(HAS|HAVE|USE)_(CUDA|GPU|TRITON|NCCL|FLASH\w*)\b|is_nccl_available"""
)
_NEGATED_BEFORE = regex(rb"""(\bnot\s+\(*[\w.\[\]]*|!=\s*)$""")
_NEGATED_AFTER = regex(rb"""["']?(:\d+)?["']?(\(\))?\s*(!=|not\s+in\b|is\s+None|==\s*0\b|<\s*1\b)""")
_OTHER_VENDOR = regex(
    rb"""(?i)(?<![a-z])(torch_)?(npu|mlu|xpu|musa|hpu|sdaa|gcu|supa|rocm|hip|mps|ipex|maca|corex)(?![a-z])"""
)
_WORDS = (
    *(b"cuda", b"gpu", b"triton", b"nccl", b"flash"),
    *(b"npu", b"mlu", b"xpu", b"musa", b"hpu", b"sdaa", b"gcu", b"supa", b"rocm", b"hip", b"mps", b"ipex", b"maca"),
    b"corex",
)
"""In small letters, what one of stands in all that the patterns find."""

_DEAD = (b"False", b"0", b"(False)", b"(0)")
_DEAD_TERNARY = regex(rb"\bif\b(?:[\s\\(]|#[^\n]*)*(?:False|0)")
_LEAVES = ("return_statement", "raise_statement", "continue_statement", "break_statement")
_ORDER = {context: rank for rank, context in enumerate(get_args(Context))}
_EXTENSION = regex(rb"(?<![\w.])(\w*_cuda|_C|\w*_ext|\w*_kernels)\s*\.\s*\w+\s*\(")


_VENDOR_STRING = regex(rb"""["'](npu|mlu|xpu|musa|hpu|sdaa|gcu|supa|mps)["':]""")
_CONTAINERS = ("list", "tuple", "set", "dictionary", "pair", "pattern_list", "expression_list")
_CONTAINER_BYTES = 2000


def beside_other_vendor(module: Module, node: Node) -> bool:
    """Whether a list, tuple or dictionary around the node also names another vendor's device."""
    parent = node.parent
    for _ in range(3):
        if parent is None or parent.type not in _CONTAINERS:
            return False
        if parent.end_byte - parent.start_byte <= _CONTAINER_BYTES and _VENDOR_STRING.search(module.text(parent)):
            return True
        parent = parent.parent
    return False


@cache
def _words() -> BytesAhoCorasick:
    return BytesAhoCorasick(_WORDS, implementation=Implementation.DFA)


class Regions:
    """The file's regions with a context, found from its conditions."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._spans: list[tuple[int, int, Context]] = []
        self._own = own_tests(module)
        for condition in module.captures.get("condition", ()):
            self._condition(condition)
        for ternary in module.captures.get("ternary", ()):
            self._ternary(ternary)
        for error in module.errors:
            self._add(error.start_byte, max(error.end_byte, error.start_byte + 1), "parse-error")

    def at(self, start: int, end: int, also: tuple[Context, ...] = ()) -> tuple[Context, ...]:
        """The contexts of a span, in the model's order."""
        if not self._spans and len(also) < 2:
            return also
        found = {
            context
            for low, high, context in self._spans
            if (low < end and start < high if context == "parse-error" else low <= start and end <= high)
        }
        return tuple(sorted(found.union(also), key=_ORDER.__getitem__))

    def _add(self, start: int, end: int, context: Context) -> None:
        self._spans.append((start, end, context))

    def _span(self, node: Node | None, context: Context) -> None:
        if node is not None:
            self._add(node.start_byte, node.end_byte, context)

    def _condition(self, condition: Node) -> None:
        text = self._module.text(condition)
        dead = text in _DEAD
        capability, other = self._asked(text) if len(text) <= 2000 else (None, None)
        if not dead and not capability and not other:
            return
        clause = condition.parent
        if clause is None:
            return
        consequence = clause.child_by_field_name("consequence")
        if dead:
            self._span(consequence, "dead")
        if not capability and not other:
            return
        statement = clause.parent if clause.type == "elif_clause" else clause
        if statement is None:
            return
        alternatives = statement.children_by_field_name("alternative")
        if other:
            self._span(consequence, "multi-vendor")
        if not capability:
            return
        if any(self._names_other_vendor(branch) for branch in (statement, *alternatives)):
            self._add(statement.start_byte, statement.end_byte, "multi-vendor")
        negated = _negated(text, capability)
        self._span(consequence, "fallback" if negated else "guarded")
        for branch in alternatives:
            if branch.type == "else_clause" and branch.start_byte > condition.start_byte:
                self._span(branch, "guarded" if negated else "fallback")
        if negated and clause is statement and not alternatives and consequence is not None:
            end = self._rest_of_block(statement, consequence)
            if b"is_cuda" in capability.group() and self._calls_extension(statement.end_byte, end):
                self._span(condition, "extension-guard")
        if consequence is not None and self._calls_extension(consequence.start_byte, consequence.end_byte):
            self._span(condition, "extension-guard")

    def _asked(self, text: bytes) -> tuple[re.Match[bytes] | None, re.Match[bytes] | None]:
        """Where a condition asks for CUDA, in the usual words or in the file's own, and where for another vendor."""
        capability = other = None
        if _words().find_matches_as_indexes(text.lower()):
            capability, other = _CAPABILITY.search(text), _OTHER_VENDOR.search(text)
        if capability is None and self._own is not None:
            capability = self._own.search(text)
        return capability, other

    def _names_other_vendor(self, branch: Node) -> bool:
        condition = branch.child_by_field_name("condition")
        return condition is not None and _OTHER_VENDOR.search(self._module.text(condition)) is not None

    def _rest_of_block(self, statement: Node, consequence: Node) -> int:
        """``if not available: return`` guards what follows it, up to the end that is given back."""
        last = consequence.named_child(consequence.named_child_count - 1) if consequence.named_child_count else None
        block = statement.parent
        if last is None or last.type not in _LEAVES or block is None:
            return statement.end_byte
        self._add(statement.end_byte, block.end_byte, "guarded")
        return block.end_byte

    def _calls_extension(self, start: int, end: int) -> bool:
        module = self._module
        text = module.data[start : min(end, start + 4000)]
        if _EXTENSION.search(text):
            return True
        return any(start <= offset < end for offset in module.extension_imports) or any(
            re.search(rb"(?<![\w.])" + re.escape(name) + rb"\b", text) for name in module.extension_names
        )

    def _ternary(self, ternary: Node) -> None:
        whole = self._module.text(ternary)
        if self._asked(whole) == (None, None) and not _DEAD_TERNARY.search(whole):
            return
        parts = [child for child in ternary.named_children if child.type != "comment"]
        if len(parts) != 3:
            return
        body, condition, other = parts
        text = self._module.text(condition)
        if text in _DEAD:
            self._span(body, "dead")
        capability, other_vendor = self._asked(text)
        if other_vendor:
            self._span(body, "multi-vendor")
        if capability:
            negated = _negated(text, capability)
            self._span(body, "fallback" if negated else "guarded")
            if other.type != "conditional_expression":
                self._span(other, "guarded" if negated else "fallback")
            if _OTHER_VENDOR.search(whole):
                self._span(ternary, "multi-vendor")


def _negated(text: bytes, capability: re.Match[bytes]) -> bool:
    """Whether a condition asks that the capability is missing."""
    before, after = text[: capability.start()], text[capability.end() :]
    return _NEGATED_BEFORE.search(before) is not None or _NEGATED_AFTER.match(after) is not None
