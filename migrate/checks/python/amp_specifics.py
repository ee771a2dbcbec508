"""Automatic mixed precision through CUDA's own names: ``GradScaler``, ``custom_fwd``, ``custom_bwd``.

The scaler's fused operators may fall back to the CPU, and the names under ``torch.cuda.amp`` are bound to
CUDA.  Use ``torch.amp`` with a device type, and bf16, which needs no scaler.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = (
    "torch.cuda.amp.GradScaler",
    "torch.cuda.amp.grad_scaler.",
    "torch.amp.GradScaler",
    "torch.cuda.amp.custom_fwd",
    "torch.cuda.amp.custom_bwd",
    "torch.amp.custom_fwd",
    "torch.amp.custom_bwd",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        yield parsed.hazard("amp-specifics", reference.node)
