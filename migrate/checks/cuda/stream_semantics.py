"""Streams used in ways that not every target has.

Finds: the legacy and the per-thread default stream by name, launches that name no stream (they run on the default
stream, which other streams wait for), priorities, streams that don't synchronise with the default one, host
callbacks, waits on memory values, and ``cudaStreamQuery``.

Why it matters: a queue of another vendor may lack priorities, queries or callbacks, and its default stream may order
work differently: a race, or an error.

Instead: name the stream in every launch, and order streams by events.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"<<<", b"Stream", b"STREAM", b"LaunchHostFunc")

_ID = "stream-semantics"
_NAMES = (
    *("cudaStreamPerThread", "cudaStreamLegacy", "CU_STREAM_PER_THREAD", "CU_STREAM_LEGACY", "cudaStreamNonBlocking"),
    *("cudaStreamCreateWithPriority", "cuStreamCreateWithPriority", "cudaDeviceGetStreamPriorityRange"),
    *("cuCtxGetStreamPriorityRange", "cudaStreamAddCallback", "cuStreamAddCallback", "cudaLaunchHostFunc*"),
    *(
        "cuLaunchHostFunc*",
        "cuStreamWaitValue*",
        "cuStreamWriteValue*",
        "cuStreamBatchMemOp*",
        "CU_STREAM_NON_BLOCKING",
    ),
    *("cudaStreamQuery", "cuStreamQuery"),
)


def find(unit: Unit) -> Iterator[Use]:
    """The names, and the launches on the default stream."""
    for use in unit.called(*_NAMES):
        yield unit.hazard(_ID, use.start, use.end)
    for use in unit.uses:
        if use.role == "launch" and all(arg.keyword != "stream" for arg in use.args):
            yield unit.hazard(_ID, use.start, use.end, kind="default-stream")
