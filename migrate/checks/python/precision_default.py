"""Switches of precision and determinism: TF32, cuDNN's choice of algorithm, deterministic algorithms.

They are ignored or spelled otherwise elsewhere, so results differ by 1e-4 to 1e-3 in fp32 products.  Set
the target's own switch.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = (
    "torch.backends.cuda.matmul.",
    "torch.backends.cudnn.benchmark",
    "torch.backends.cudnn.deterministic",
    "torch.backends.cudnn.allow_tf32",
    "torch.backends.cudnn.conv.",
    "torch.backends.cudnn.fp32_precision",
    "torch.backends.fp32_precision",
    "torch.set_float32_matmul_precision",
    "torch.use_deterministic_algorithms",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        yield parsed.hazard("precision-default", reference.node)
