"""Random numbers made on the device.

Each stack has its own generator: the same seed gives other numbers, so losses don't match step by step.
For a comparison, draw on the CPU and move the result.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = tuple(
    f"torch.cuda.{name}"
    for name in (
        *("manual_seed", "manual_seed_all", "seed", "seed_all", "initial_seed"),
        *("get_rng_state", "get_rng_state_all", "set_rng_state", "set_rng_state_all"),
    )
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        yield parsed.hazard("rng-parity", reference.node)
    for reference in parsed.calls("torch.Generator"):
        call = reference.call
        device = parsed.argument(call, "device", 0) if call is not None else None
        if device is not None and b"cuda" in parsed.text(device):
            yield parsed.hazard("rng-parity", reference.node)
