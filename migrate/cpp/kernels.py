"""Kernels and their launches, and which parts of a file run on the device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrate.cpp.lexer import after_template, arguments, closing, template_start
from migrate.model import Arg

_QUALIFIER = re.compile(rb"\b(__global__|__device__)\b")
_HEAD = re.compile(rb"([A-Za-z_][\w:]*(?:##\w+)*)\s*(?:<[^;{}()]*>\s*)?\(|[;{}=]|\boperator\b")
_SKIPPED = frozenset(
    b"__launch_bounds__ __cluster_dims__ __maxnreg__ __attribute__ __align__ alignas __block_size__ decltype noexcept "
    b"__declspec typename enable_if_t requires if switch while for".split()
)
_AFTER = re.compile(rb"[{;:]|\bwhere\b")
_WORD = re.compile(rb"[A-Za-z_]\w*|<<<")
_LAUNCH = re.compile(rb"(?<!<)<<<(?!<)")
_TOKENS = re.compile(rb">>>|<<<|[(){}\[\],;]")
_CALLEE = re.compile(rb"([A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*)\s*\Z")

_FEATURES = {
    "shared-memory": rb"__shared__|extern_shared",
    "warp-shuffle": rb"__shfl\w*|__reduce_\w+_sync",
    "warp-vote": rb"__ballot\w*|__any_sync|__all_sync|__any|__all|__activemask|__match_\w+",
    "atomics": rb"atomic[A-Z]\w*|gpuAtomic\w+|fastAtomicAdd",
    "ptx": rb"asm|__asm__|__asm",
    "tensor-core": rb"wmma|nvcuda|mma_sync|load_matrix_sync|ldmatrix\w*|mma_m\w+|wgmma\w*",
    "texture": rb"tex[123]D\w*|texCubemap\w*|surf[123]D\w*|cudaTextureObject_t|cudaSurfaceObject_t",
    "dynamic-parallelism": rb"<<<|cudaLaunchDevice\w*",
    "cooperative-groups": rb"cooperative_groups|cg|this_thread_block|this_grid|tiled_partition|coalesced_threads",
    "async-copy": rb"__pipeline_\w+|memcpy_async|cp_async\w*",
    "fp64": rb"double\d?",
    "half": rb"__half\w*|half2?|__h(add|mul|fma|sub|max|min|div)\w*",
    "bf16": rb"(__)?nv_bfloat16\w*",
    "fp8": rb"__nv_fp8\w*",
    "complex": rb"cu(Double|Float)?Complex",
    "random": rb"curand\w*",
    "synchronisation": rb"__syncthreads\w*|__syncwarp|__threadfence\w*",
    "printf": rb"printf",
    "assert": rb"assert|CUDA_KERNEL_ASSERT",
}
_BY_WORD = re.compile(
    b"|".join(b"(?P<%s>%s)" % (name.replace("-", "_").encode(), pattern) for name, pattern in _FEATURES.items())
)
_known: dict[bytes, str] = {}


class Function(NamedTuple):
    """A function that runs on the device: a kernel or a ``__device__`` function with a body.

    ``start`` and ``end`` span the name, ``body`` and ``body_end`` the braces; ``head`` is where its qualifier stands.
    """

    name: str
    start: int
    end: int
    head: int
    body: int
    body_end: int
    kernel: bool


class Launch(NamedTuple):
    """``name<<<grid, block, shared, stream>>>(arguments)``: the whole expression's span and its parts."""

    name: str
    start: int
    end: int
    args: tuple[Arg, ...]


def functions(text: bytes) -> list[Function]:
    """The device functions that the text defines, in order."""
    found: list[Function] = []
    end = 0
    for match in _QUALIFIER.finditer(text):
        if match.start() >= end and (function := _function(text, match)):
            if found and found[-1].start == function.start:
                continue
            found.append(function)
            end = function.body
    return found


def _function(text: bytes, qualifier: re.Match[bytes]) -> Function | None:
    at, limit = qualifier.end(), qualifier.end() + 4000
    while match := _HEAD.search(text, at, limit):
        word = match[1]
        if word is None:
            if match[0] != b"operator":
                return None
            opening = text.find(b"(", match.end(), limit)
            return _with_body(text, qualifier, ("operator", *match.span()), opening) if opening >= 0 else None
        opening = match.end() - 1
        if word not in _SKIPPED and not (word.isupper() and _before_name(text, opening)):
            return _with_body(text, qualifier, (word.decode("ascii"), *match.span(1)), opening)
        at = closing(text, opening) + 1
        if at == 0:
            return None
    return None


def _before_name(text: bytes, opening: int) -> bool:
    """Whether the parentheses after an all-capitals word are a macro's in front of the function's name."""
    end = closing(text, opening)
    return end >= 0 and text[end + 1 : end + 40].lstrip()[:1] not in (b"{", b";", b"")


def _with_body(text: bytes, qualifier: re.Match[bytes], name: tuple[str, int, int], opening: int) -> Function | None:
    end = closing(text, opening)
    if end < 0 or not (after := _AFTER.search(text, end, end + 400)) or after[0] != b"{":
        return None
    body_end = closing(text, after.start())
    if body_end < 0:
        return None
    kernel = b"__global__" in text[qualifier.start() : name[1]]
    return Function(*name, qualifier.start(), after.start(), body_end + 1, kernel)


def features(text: bytes, data: bytes, function: Function) -> list[str]:
    """What a device function makes use of, by the words in its parameters and body."""
    span = function.end, function.body_end
    found = {feature for word in set(_WORD.findall(text, *span)) if (feature := _feature(word))}
    if "ptx" in found and re.search(rb"\bw?g?mma\.|ldmatrix|tcgen05", data[span[0] : span[1]]):
        found.add("tensor-core")
    return [name for name in _FEATURES if name in found]


def _feature(word: bytes) -> str:
    if (known := _known.get(word)) is None:
        match = _BY_WORD.fullmatch(word)
        known = _known[word] = (match.lastgroup or "").replace("_", "-") if match else ""
    return known


def launches(text: bytes) -> Iterator[Launch]:
    """The launches ``<<<…>>>``, in order."""
    for match in _LAUNCH.finditer(text):
        if launch := _launch(text, match.start()):
            yield launch


def _launch(text: bytes, at: int) -> Launch | None:
    depth, start = 0, at + 3
    config: list[tuple[int, int]] = []
    for token in _TOKENS.finditer(text, at + 3, at + 20_000):
        if token[0] in b"({[":
            depth += 1
        elif token[0] in b")}]":
            depth -= 1
        elif depth == 0 and token[0] in (b",", b">>>"):
            config.append((start, token.start()))
            start = token.end()
        if token[0] == b">>>" and depth == 0:
            return _called(text, at, config, token.end())
        if depth < 0 or token[0] == b"<<<" or (token[0] == b";" and depth == 0):
            return None
    return None


def _called(text: bytes, at: int, config: list[tuple[int, int]], end: int) -> Launch | None:
    name, start = _callee(text, at)
    keywords = ("grid", "block", "shared", "stream")
    args = [Arg(word, *_stripped(text, span)) for word, span in zip(keywords, config, strict=False)]
    opening = end + len(text[end : end + 200]) - len(text[end : end + 200].lstrip())
    if text[opening : opening + 1] == b"(":
        spans, closed = arguments(text, opening)
        if closed >= 0:
            end = closed + 1
            args.extend(Arg("", *span) for span in spans)
    return Launch(name, start, end, tuple(args))


def _callee(text: bytes, at: int) -> tuple[str, int]:
    """The launched kernel's name (with its namespace, without template arguments) and where it starts."""
    end = len(text[:at].rstrip()) if at < 200 else at - 200 + len(text[at - 200 : at].rstrip())
    if text[end - 1 : end] == b">" and (opening := template_start(text, end - 1)) >= 0:
        end = opening
    if match := _CALLEE.search(text, max(0, end - 300), end):
        return re.sub(rb"\s+", b"", match[1]).decode("ascii"), match.start()
    return "", end


def _stripped(text: bytes, span: tuple[int, int]) -> tuple[int, int]:
    piece = text[span[0] : span[1]]
    left = len(piece) - len(piece.lstrip())
    return span[0] + left, span[0] + left + len(piece.strip())


def template_call(text: bytes, end: int) -> int:
    """The offset of the call's parenthesis after a name that ends at ``end``; -1 where it isn't called."""
    at = end
    while text[at : at + 1].isspace():
        at += 1
    if text[at : at + 1] == b"<" and text[at : at + 3] != b"<<<":
        at = after_template(text, at)
        while text[at : at + 1].isspace():
            at += 1
    return at if text[at : at + 1] == b"(" else -1
