"""Reliance on CUDA's rules for streams: priorities and streams taken from elsewhere.

Priorities are ignored on some stacks, and a raw stream handle means nothing to them.  Order work by
explicit events.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)


def find(parsed: Module) -> Iterator[Use]:
    """Streams with a priority, and streams made from a handle."""
    for reference in parsed.calls("torch.cuda.Stream", "torch.cuda.ExternalStream"):
        call = reference.call
        if call is None:
            continue
        if reference.name.endswith("ExternalStream") or parsed.argument(call, "priority", 1) is not None:
            yield parsed.hazard("stream-semantics", reference.node)
