"""``torch.jit``: script, trace and load.

Several vendors' run-time patches turn the decorator into a no-op, so code that relies on a compiled graph
runs eagerly without a word.  Remove it, or use ``torch.compile``.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = (
    "torch.jit.script",
    "torch.jit.trace",
    "torch.jit.trace_module",
    "torch.jit.load",
    "torch.jit.freeze",
    "torch.jit.optimize_for_inference",
    "torch.jit.script_method",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        yield parsed.hazard("torch-jit", reference.node, details=(("name", reference.name),))
