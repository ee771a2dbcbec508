"""The memory format ``channels_last``.

Stacks with private layouts ignore it or copy, and some give wrong results on tensors that are not
contiguous.  Make it a setting per target and test it.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = (
    "torch.channels_last",
    "torch.channels_last_3d",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        yield parsed.hazard("channels-last", reference.node)
