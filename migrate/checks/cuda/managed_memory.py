"""Managed memory, registered host memory, and memory shared between processes.

Finds: ``cudaMallocManaged``, ``__managed__``, prefetch and advice, ``cudaHostRegister``, ``cudaIpc…``, and the driver's
functions of the same kind.

Why it matters: few targets move pages by themselves; where the call is missing the program doesn't compile.

Instead: explicit copies, and pinned buffers from the target's own allocator.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"anaged", b"Mem", b"Host", b"Ipc")

_NAMES = (
    *("cudaMallocManaged", "__managed__", "cudaMemPrefetchAsync*", "cudaMemAdvise*", "cudaMemRangeGetAttribute*"),
    *("cudaHostRegister", "cudaIpc*", "cuMemAllocManaged", "cuMemPrefetchAsync*", "cuMemAdvise*", "cuMemHostRegister*"),
    *("cuIpc*", "cudaMemPrefetchBatchAsync", "cudaMemAttachGlobal", "cuMemRangeGetAttribute*"),
)


def find(unit: Unit) -> Iterator[Use]:
    """The names."""
    for use in unit.called(*_NAMES):
        yield unit.hazard("managed-memory", use.start, use.end)
