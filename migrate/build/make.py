"""Makefiles: variables that name CUDA's tools, paths, flags and libraries; recipes as shell text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.build.architectures import architecture_uses, lists_architectures
from migrate.deploy.shell import shell_uses
from migrate.flags import flag_uses
from migrate.frontend import FileUses
from migrate.model import Context, Use
from migrate.source import SourceFile
from migrate.vocabulary import command_symbol, env_symbol

_LINE = re.compile(rb"(?:[^\r\n\\]|\\\r?\n|\\.)+")
_ASSIGNMENT = re.compile(rb"\s*(?:export\s+|override\s+)*([\w.-]+)\s*(?:::?|\?|\+|!)?=\s*")
_REFERENCE = re.compile(rb"\$[({](\w+)[)}]")
_WORD = re.compile(rb"[^\s\"'=,;()$]+")
_CONDITION = re.compile(rb"\s*(ifeq|ifneq|ifdef|ifndef|else|endif)\b(.*)")
_CUDA = re.compile(rb"CUDA|NVCC|NVIDIA|CUBLAS", re.IGNORECASE)
_VENDOR = re.compile(rb"HIP|ROCM|MUSA|SYCL|ASCEND|NPU|CANN|MLU|MACA|VULKAN|METAL\b", re.IGNORECASE)


def find(source: SourceFile) -> FileUses:
    """The uses in a makefile, in order of their start."""
    data = source.data
    found: dict[tuple[int, str], Use] = {}
    conditions: list[bytes] = []
    for line in _LINE.finditer(data):
        start, end = _code(data, *line.span())
        if condition := _CONDITION.match(data, start, end):
            _step(conditions, condition)
            continue
        for use in _uses(data, start, end):
            found.setdefault((use.start, use.symbol), use._replace(context=_context(conditions)))
    return FileUses([found[key] for key in sorted(found)])


def _code(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The line without its comment."""
    at = data.find(b"#", start, end)
    while at > start and data[at - 1 : at] == b"\\":
        at = data.find(b"#", at + 1, end)
    return start, end if at < 0 or data[start : start + 1] == b"\t" else at


def _uses(data: bytes, start: int, end: int) -> Iterator[Use]:
    if data[start : start + 1] == b"\t":
        yield from shell_uses(data, start, end)
    elif assignment := _ASSIGNMENT.match(data, start, end):
        if symbol := env_symbol(assignment[1].decode()):
            yield Use(symbol, *assignment.span(1), "name")
        yield from _value(data, assignment.end(), end)
        if lists_architectures(assignment[1].decode()):
            yield from architecture_uses(data, assignment.end(), end)
    for reference in _REFERENCE.finditer(data, start, end):
        if symbol := env_symbol(reference[1].decode()):
            yield Use(symbol, *reference.span(1), "name")


def _value(data: bytes, start: int, end: int) -> Iterator[Use]:
    for word in _WORD.finditer(data, start, end):
        if symbol := command_symbol(word[0].decode("utf-8", "replace")):
            yield Use(symbol, word.end() - len(word[0].rpartition(b"/")[2]), word.end(), "command")
    yield from flag_uses(data, start, end)


def _step(conditions: list[bytes], condition: re.Match[bytes]) -> None:
    keyword, rest = condition[1], condition[2]
    if keyword == b"endif":
        if conditions:
            conditions.pop()
    elif keyword == b"else":
        if conditions:
            conditions[-1] = rest
    else:
        conditions.append(b"not" if keyword in (b"ifneq", b"ifndef") and not _CUDA.search(rest) else rest)


def _context(conditions: list[bytes]) -> tuple[Context, ...]:
    if any(_VENDOR.search(condition) for condition in conditions):
        return ("multi-vendor",)
    return ("guarded",) if any(_CUDA.search(condition) for condition in conditions) else ()
