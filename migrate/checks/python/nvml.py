"""Readings from NVML: ``pynvml``, and torch's utilization, temperature, power and clock.

No other vendor has NVML.  Each has a tool and mostly a library of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch", b"pynvml")

_NAMES = (
    "pynvml.",
    "torch.cuda.utilization",
    "torch.cuda.temperature",
    "torch.cuda.power_draw",
    "torch.cuda.clock_rate",
    "torch.cuda.device_memory_used",
    "torch.cuda.list_gpu_processes",
    "torch.cuda.memory_usage",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.calls(*_NAMES):
        yield parsed.hazard("nvml", reference.node)
