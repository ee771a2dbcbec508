"""A lane mask of 32 bits.

Finds: ``0xffffffff`` (also by a macro or constant, or as ``-1`` and ``~0u``) as the mask of a shuffle, vote or match
function; the result of ``__ballot_sync`` or ``__activemask`` kept in 32 bits; ``__popc`` and ``__ffs`` of such a
result.

Why it matters: with 64 lanes the upper half takes no part or is cut off. ROCm 7 refuses to compile such masks.

Instead: a mask type of 64 bits where the warp is wide, and ``__popcll`` and ``__ffsll``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"_sync", b"__ballot", b"__activemask")

_ID = "lane-mask-32"
_MASK = re.compile(
    rb"\(?\s*(?:\(?(?:unsigned(?: int)?|uint32_t)\)?\s*)?(?:0[xX][fF]{8}[uUlL]*|-1|~0[uU]?|UINT_MAX|UINT32_MAX)\s*\)?"
)
_FUNCTION = re.compile(r"c:__(shfl|any|all|ballot|match|reduce|syncwarp)\w*$")
_ALL = re.compile(rb"\(?0[xX][fF]{8}[uUlL]*\)?")
_FULL = re.compile(rb"0[xX][fF]{8}[uUlL]*\b")
_NAMED = re.compile(
    rb"\b(?:unsigned(?:\s+int)?|uint32_t|int|uint|auto)\s+(?:const\s+)?(\w*(?:mask|full)\w*)\s*=\s*\Z", re.I
)
_KEPT = re.compile(
    rb"\b(?:unsigned(?:\s+int)?|uint32_t|int32_t|int|uint)\s+(?:const\s+)?\w+\s*=\s*(?:\(\w+\)\s*)?__(?:ballot(?:_sync)?|activemask)\s*\("
    rb"|\b__(?:popc|ffs|clz)\s*\(\s*__(?:ballot(?:_sync)?|activemask)\s*\("
)


def find(unit: Unit) -> Iterator[Use]:
    """The masks, and the results that are cut to 32 bits."""
    if not unit.is_cuda:
        return
    text = unit.text
    for use in unit.uses:
        if use.args and _FUNCTION.match(use.symbol) and not use.symbol.startswith("c:__shfl_sync_"):
            mask = use.args[0]
            if _MASK.fullmatch(text, mask.start, mask.end):
                yield unit.hazard(_ID, mask.start, mask.end)
    for macro in unit.pre.macros:
        if _ALL.fullmatch(text[macro.body : macro.body_end].strip()):
            yield unit.hazard(_ID, macro.start, macro.end)
    for full in _FULL.finditer(text):
        if named := _NAMED.search(text, max(0, full.start() - 80), full.start()):
            yield unit.hazard(_ID, *named.span(1))
    if b"__ballot" in text or b"__activemask" in text:
        for match in _KEPT.finditer(text):
            yield unit.hazard(_ID, *match.span())
