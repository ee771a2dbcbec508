"""Times measured with device events: ``Event(enable_timing=True)`` and ``elapsed_time``.

Some stacks return zero or raise.  Measure with the host's clock around a synchronisation.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)


def find(parsed: Module) -> Iterator[Use]:
    """Events made for timing."""
    for reference in parsed.calls("torch.cuda.Event"):
        timing = parsed.argument(reference.call, "enable_timing", 0) if reference.call is not None else None
        if timing is not None and timing.type == "true":
            yield parsed.hazard("event-timing", reference.node)
