"""Time measured between two events on the device.

Finds: ``cudaEventElapsedTime`` and ``cuEventElapsedTime``.

Why it matters: some run times return zero or an error, so that what is tuned or logged by it goes wrong.

Instead: synchronise and take the host's clock where the target has no timed events.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"Elapsed",)


def find(unit: Unit) -> Iterator[Use]:
    """The calls."""
    for use in unit.called("cudaEventElapsedTime*", "cuEventElapsedTime*"):
        yield unit.hazard("event-timing", use.start, use.end)
