"""A warp of 32 threads written into the code.

Finds: lane and warp numbers computed with 32, 31 or 5 (``threadIdx.x % 32``, ``tid & 31``, ``tid >> 5``),
constants such as ``WARP_SIZE = 32``, shuffle reductions that start at offset 16, shuffles of width 32 and
one-slot-a-lane shared arrays of 32.

Why it matters: a warp has 64 threads on several targets and 128 on some; such code then adds up half of the
lanes, and nothing says so.

Instead: take the width from ``warpSize`` (or a template parameter set for each target), let loops start at
half of it, and size arrays for the most warps that a block can have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"32", b"31", b"0x1f", b"16")

_ID = "warp-size-32"
_NUMBERS = tuple(re.compile(number) for number in (rb"3[12][uU]?\b", rb"0x1[fF][uU]?\b", rb"5[uU]?\b"))
_OPERATOR = re.compile(rb"(?:[%/=&{]|>>)\s*\Z")
_SPLITS = frozenset((b"%32", b"/32", b"&31", b"&0x1f", b">>5"))
_THREAD = re.compile(rb"(?:threadIdx\s*\.\s*[xyz]|\b\w*(?:lane|warp|tid|thread_?id|thread_idx)\w*)\s*\)?\s*\Z", re.I)
_WIDTH = re.compile(rb"\b\w*warp_?(?:size|threads)\w*\s*\Z", re.I)
_LOOP = re.compile(rb"for\s*\([^;{}()]{0,60}=\s*16u?\s*;[^;{}]{1,40};[^;{}()]{0,40}(?:>>=\s*1|/=\s*2)")
_DEFINED = re.compile(rb"WARP_?(SIZE|THREADS)|THREADS_PER_WARP", re.I)
_SLOTS = re.compile(rb"__shared__\s+(?:[\w:<>]+\s+){1,3}(\w+)\s*\[\s*32\s*\]")
_LANE = re.compile(rb"warp|lane|reduc|partial|shared|smem", re.I)
_SHUFFLE = re.compile(r"c:__shfl(_up|_down|_xor)?(_sync)?$")


def find(unit: Unit) -> Iterator[Use]:
    """The places where the width of a warp is written as a number."""
    if not unit.is_cuda:
        return
    yield from _macros(unit)
    for match in _LOOP.finditer(unit.text):
        yield unit.hazard(_ID, *match.span())
    for match in _SLOTS.finditer(unit.text):
        if _LANE.search(match[1]):
            yield unit.hazard(_ID, *match.span())
    yield from _numbers(unit)
    for use in unit.uses:
        if _SHUFFLE.match(use.symbol) and use.args:
            place = 2 if use.symbol.endswith("_sync") else 1
            offset, width = use.args[place : place + 1], use.args[place + 1 : place + 2]
            if width and unit.text[width[0].start : width[0].end] == b"32":
                yield unit.hazard(_ID, width[0].start, width[0].end)
            elif offset and unit.text[offset[0].start : offset[0].end] == b"16":
                yield unit.hazard(_ID, offset[0].start, offset[0].end)


def _numbers(unit: Unit) -> Iterator[Use]:
    """Lane and warp numbers that are computed with 32, and constants that are named after the warp's size."""
    text = unit.text
    for number in (number for pattern in _NUMBERS for number in pattern.finditer(text)):
        at = number.start()
        operator = _OPERATOR.search(text, max(0, at - 20), at)
        if operator is None:
            continue
        written = operator[0].strip() + number[0].rstrip(b"uU").lower()
        if written in _SPLITS:
            before = _THREAD.search(text, max(0, operator.start() - 60), operator.start())
        elif written in (b"=32", b"{32"):
            before = _WIDTH.search(text, max(0, operator.start() - 60), operator.start())
        else:
            continue
        if before:
            yield unit.hazard(_ID, before.start(), number.end())


def _macros(unit: Unit) -> Iterator[Use]:
    """Macros that are named after the warp's size."""
    for macro in unit.pre.macros:
        body = unit.text[macro.body : macro.body_end].strip(b" \t()")
        if body in (b"32", b"32u", b"32U") and _DEFINED.search(macro.name):
            yield unit.hazard(_ID, macro.start, macro.end)
