"""Inline PTX: ``asm`` with NVIDIA's instructions.

Finds: each ``asm`` whose text is PTX, with its instructions. Assembly for the host's processor is left alone.

Why it matters: PTX is NVIDIA's instruction set. No other compiler takes it, and one porting tool drops it silently.

Instead: an intrinsic or plain C++ where there is one (lane id, bit fields, loads with cache hints); else a branch for
NVIDIA with another one beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.cpp.ptx import blocks
from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"asm",)


def find(unit: Unit) -> Iterator[Use]:
    """The blocks of inline PTX."""
    for block in blocks(unit):
        yield unit.hazard("inline-ptx", block.start, block.end, instructions=" ".join(block.instructions[:8]))
