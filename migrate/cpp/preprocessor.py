"""What the preprocessor's lines say: headers, macros with their bodies, and the conditions around code."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from migrate.model import CONTEXTS, Context

_DIRECTIVE = re.compile(rb"#[ \t]*([a-z_]+)\b([^\n\\]*(?:\\.[^\n\\]*)*)", re.S)
_HEADER = re.compile(rb'[ \t]*[<"]([^>"\n]+)[>"]')
_INCLUDES = frozenset((b"include", b"include_next", b"import"))
_TEXT = frozenset((b"error", b"warning", b"pragma", b"line", *_INCLUDES))
"""Directives whose words aren't code."""
_DEFINE = re.compile(rb"[ \t]+([A-Za-z_]\w*)(?:\(([^()]*)\))?")

_VENDOR = re.compile(
    rb"\b(?:USE_ROCM|\w*USE_HIP\w*|\w+_USE_ROCM|__HIP\w*__|__HIP_PLATFORM_\w+|HIP_VERSION|HIPCC|WITH_HIP|ENABLE_HIP"
    rb"|__HIPCC__|HIP_ENABLED|TORCH_HIP_VERSION|ROCM_VERSION|\w*USE_MUSA\w*|__MUSACC__|__MUSA_ARCH__|MUSA_VERSION"
    rb"|MUSART_VERSION|__MACACC__|__MACA_ARCH__|USE_MACA|USE_DCU|USE_COREX|__ILUVATAR__|USE_ILUVATAR|USE_CANN"
    rb"|USE_NPU|USE_ASCEND|USE_MLU|__BANG_ARCH__|USE_SYCL|SYCL_LANGUAGE_VERSION|__SYCL_DEVICE_ONLY__|USE_XPU"
    rb"|USE_KUNLUN|__XPU__|CUPY_USE_HIP|XGBOOST_USE_HIP|__DPCPP__|__GCU_ARCH__|USE_GCU)\b"
)
_CUDA = re.compile(
    rb"\b(?:__CUDACC\w*__|__NVCC__|__NVCOMPILER\w*|__CUDA_ARCH\w*|CUDART_VERSION|CUDA_VERSION|CUDNN_VERSION|CUDNN_MAJOR"
    rb"|NCCL_VERSION_CODE|\w*USE_CUDA|\w*USE_CUDNN|\w*USE_NCCL|\w*WITH_CUDA|\w*WITH_GPU|\w*HAVE_CUDA|\w*ENABLE_CUDA"
    rb"|\w*CUDA_ENABLED|\w*USE_GPU|CUTLASS_ARCH_\w+_ENABLED|__CUDA__)\b"
)
_NEGATED = re.compile(rb"!\s*(?:defined\s*\(?\s*)?$")


class Macro(NamedTuple):
    """``#define NAME(params) body``: the span of the name and of the body."""

    name: bytes
    start: int
    end: int
    params: frozenset[bytes]
    body: int
    body_end: int


class Include(NamedTuple):
    """An included header: its path and the path's span."""

    path: str
    start: int
    end: int


@dataclass
class _Group:
    """One ``#if`` … ``#endif``: its branches as (keyword, condition, start of the branch)."""

    branches: list[tuple[bytes, bytes, int]]
    outer: frozenset[Context]


@dataclass
class Preprocessor:
    """The directives of one file.

    ``guards``: spans of the conditions of #if, #ifdef and the like.  ``texts``: spans of the
    directives whose words aren't code.
    """

    includes: list[Include] = field(default_factory=list)
    texts: list[tuple[int, int]] = field(default_factory=list)
    macros: list[Macro] = field(default_factory=list)
    guards: list[tuple[int, int]] = field(default_factory=list)
    _starts: list[int] = field(default_factory=lambda: [0])
    _contexts: list[frozenset[Context]] = field(default_factory=lambda: [frozenset()])
    _bodies: list[int] = field(default_factory=list)
    _guard_starts: list[int] = field(default_factory=list)

    def context(self, offset: int) -> frozenset[Context]:
        """What the conditions around an offset say."""
        return self._contexts[bisect_right(self._starts, offset) - 1]

    def ordered(self, offset: int, *more: Context) -> tuple[Context, ...]:
        """The context at an offset and what else is known, in the order in which a use lists them."""
        found = self.context(offset)
        if not found and not more:
            return ()
        return tuple(context for context in CONTEXTS if context in found or context in more)

    def macro_at(self, offset: int) -> Macro | None:
        """The macro in whose body (or name) the offset stands."""
        at = bisect_right(self._bodies, offset) - 1
        if at < 0:
            return None
        macro = self.macros[at]
        return macro if offset < macro.body_end else None

    def in_guard(self, offset: int) -> bool:
        """Whether the offset stands in the condition of a directive."""
        at = bisect_right(self._guard_starts, offset) - 1
        return at >= 0 and offset < self.guards[at][1]


def read(data: bytes, masked: bytes) -> Preprocessor:
    """Read all directives of a file: its bytes, and the same with comments and strings blanked."""
    result = Preprocessor()
    stack: list[_Group] = []
    for match in _DIRECTIVE.finditer(masked):
        keyword, at = match[1], match.start()
        if masked[masked.rfind(b"\n", 0, at) + 1 : at].strip():
            continue  # such as the operator # in a macro's body
        if keyword in _TEXT:
            result.texts.append(match.span())
            if keyword in _INCLUDES and (header := _HEADER.match(masked, match.start(2))):
                start, end = header.span(1)
                path = data[start:end].decode("utf-8", "replace").strip()
                result.includes.append(Include(path, start, end))
        elif keyword == b"define":
            _define(result, match)
        elif keyword.startswith(b"if"):
            stack.append(_Group([(keyword, match[2], match.end())], result._contexts[-1]))
            _guard(result, match)
            _enter(result, stack[-1])
        elif stack and keyword == b"endif":
            group = stack.pop()
            _vendor_pair(result, group, at)
            _change(result, at, group.outer)
        elif stack and keyword.startswith(b"el"):
            _guard(result, match)
            stack[-1].branches.append((keyword, match[2], match.end()))
            _enter(result, stack[-1])
    return result


def _define(result: Preprocessor, match: re.Match[bytes]) -> None:
    head = _DEFINE.match(match.string, match.start(2), match.end())
    if not head:
        return
    params = frozenset(word.strip() for word in (head[2] or b"").split(b","))
    result.macros.append(Macro(head[1], *head.span(1), params, head.end(), match.end()))
    result._bodies.append(head.start(1))


def _guard(result: Preprocessor, match: re.Match[bytes]) -> None:
    result.guards.append(match.span(2))
    result._guard_starts.append(match.start(2))


def _change(result: Preprocessor, at: int, contexts: frozenset[Context]) -> None:
    if result._contexts[-1] != contexts:
        result._starts.append(at)
        result._contexts.append(contexts)


def _enter(result: Preprocessor, group: _Group) -> None:
    """A branch begins: what its condition, and those before it, say of the code in it."""
    keyword, condition, at = group.branches[-1]
    added: set[Context] = set()
    earlier = group.branches[:-1]
    value = _constant(condition) if keyword in (b"if", b"elif") else None
    first = _constant(earlier[0][1]) if earlier and earlier[0][0] == b"if" else None
    if value is False or first is True:
        added.add("dead")
    if keyword == b"else":
        if any(_asks(word, text, _CUDA) for word, text, _ in earlier):
            added.add("fallback")
        if any(_asks(word, text, _CUDA, negated=True) for word, text, _ in earlier):
            added.add("guarded")
    elif _asks(keyword, condition, _CUDA) or _asks(keyword, condition, _VENDOR, negated=True):
        added.add("guarded")
    elif _asks(keyword, condition, _CUDA, negated=True) and not _asks(keyword, condition, _VENDOR):
        added.add("fallback")
    _change(result, at, group.outer | added)


def _vendor_pair(result: Preprocessor, group: _Group, end: int) -> None:
    """Where one of several branches is another vendor's, each has that vendor's case beside it.

    A single branch that asks for another vendor is that vendor's own code.
    """
    conditions = group.branches
    if not any(_VENDOR.search(text) for _, text, _ in conditions):
        return
    if len(conditions) == 1 and not _asks(*conditions[0][:2], _VENDOR):
        return
    start = conditions[0][2]
    first = bisect_right(result._starts, start) - 1
    if result._starts[first] < start:
        _split(result, first, start)
        first += 1
    for index in range(first, len(result._starts)):
        if result._starts[index] < end:
            result._contexts[index] |= {"multi-vendor"}


def _split(result: Preprocessor, index: int, at: int) -> None:
    result._starts.insert(index + 1, at)
    result._contexts.insert(index + 1, result._contexts[index])


def _constant(condition: bytes) -> bool | None:
    """The value of ``#if 0`` and ``#if 1``; None where it isn't constant."""
    return {b"0": False, b"1": True, b"false": False, b"true": True}.get(condition.strip())


def _asks(keyword: bytes, condition: bytes, names: re.Pattern[bytes], negated: bool = False) -> bool:
    """Whether the condition holds only where one of the names is set (or, negated, where none is)."""
    if keyword == b"else":
        return False
    found = names.search(condition)
    if not found:
        return False
    absent = keyword in (b"ifndef", b"elifndef") or bool(_NEGATED.search(condition, 0, found.start()))
    return absent == negated
