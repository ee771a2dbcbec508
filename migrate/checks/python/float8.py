"""8-bit floating point dtypes.

Only the newest devices have them, and not every one of the formats.  Keep a bf16 or int8 path beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = (
    "torch.float8_e4m3fn",
    "torch.float8_e5m2",
    "torch.float8_e4m3fnuz",
    "torch.float8_e5m2fnuz",
    "torch.float8_e8m0fnu",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        yield parsed.hazard("float8", reference.node)
