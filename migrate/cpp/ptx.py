"""Inline PTX: which ``asm`` is NVIDIA's, and which instructions it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrate.cpp.lexer import closing, strings
from migrate.cpp.unit import Unit

_ASM = re.compile(rb"\b(?:asm|__asm__|__asm)\b\s*(?:volatile|__volatile__|VOLATILE)?\s*(?:goto\s*)?(\()")
_INSTRUCTION = re.compile(
    rb"(?:^|[\s;{\"])(?:@!?%?\w+\s+)?((?:[a-z][a-z0-9]*)(?:\.[a-z0-9_]+(?:::[a-z0-9_]+)*)+|trap|exit|brkpt|membar|bra)"
    rb"(?=[\s;\"\\]|$)"
)
_REGISTER = re.compile(
    rb"%%?(?:laneid|warpid|smid|nsmid|clock(?:64|_hi)?|globaltimer\w*|lanemask_\w+|ctaid|tid|dynamic_smem_size|cluster\w+)\b"
)


class Block(NamedTuple):
    """One ``asm(...)`` with PTX: its span and its instructions, each once, in order."""

    start: int
    end: int
    instructions: tuple[str, ...]


def blocks(unit: Unit) -> Iterator[Block]:
    """The inline PTX of a unit."""
    if not unit.is_cuda or b"asm" not in unit.text:
        return
    for match in _ASM.finditer(unit.text):
        end = closing(unit.text, match.start(1))
        if end < 0:
            continue
        content = b"\n".join(unit.data[low + 1 : high - 1] for low, high in strings(unit.data, match.end(), end))
        found = tuple(
            dict.fromkeys(
                word.decode("ascii")
                for word in _INSTRUCTION.findall(content.replace(b"\\n", b"\n").replace(b"\\t", b" "))
            )
        )
        named = unit.function_at(match.start()) is not None and not content
        if found or named or _REGISTER.search(content):
            yield Block(match.start(), end + 1, found)
