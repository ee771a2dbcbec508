"""Tensor-core code.

Finds: the matrix API ``nvcuda::wmma``, PTX such as ``mma.sync``, ``ldmatrix``, ``cp.async``, ``wgmma`` and ``tcgen05``,
and the headers of wmma, CUTLASS and CuTe.

Why it matters: other chips have other matrix units, with other tile shapes, register layouts and number types.

Instead: a library call (GEMM, convolution, attention), or a kernel for each target behind one interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.cpp.ptx import blocks
from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"mma", b"ldmatrix", b"cp.async", b"tcgen05", b"cut")

_ID = "tensor-core"
_PTX = re.compile(r"^(wg|w)?mma\.|^ldmatrix|^stmatrix|^cp\.async|^tcgen05")
_HEADER = re.compile(r"^include:(mma\.h$|cutlass/|cute/)")


def find(unit: Unit) -> Iterator[Use]:
    """The headers, the calls of wmma and the PTX."""
    for use in unit.uses:
        wmma = use.symbol.startswith("c:nvcuda::wmma::") and use.symbol.endswith(("_sync", "::fragment"))
        if wmma or _HEADER.match(use.symbol):
            yield unit.hazard(_ID, use.start, use.end)
    for block in blocks(unit):
        if any(_PTX.match(word) for word in block.instructions):
            yield unit.hazard(_ID, block.start, block.end)
