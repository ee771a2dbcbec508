"""Collectives that other collective libraries lack or emulate by a costlier one.

``gather`` may be an ``all_gather`` underneath: memory and time grow with the number of ranks.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = (
    "torch.distributed.gather",
    "torch.distributed.gather_object",
    "torch.distributed.scatter_object_list",
    "torch.distributed.batch_isend_irecv",
    "torch.distributed.all_to_all_single",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        yield parsed.hazard("missing-collective", reference.node)
