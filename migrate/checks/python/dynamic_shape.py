"""Shapes that depend on data: ``nonzero``, ``unique``, ``masked_select``, ``torch.compile(dynamic=True)``.

Stacks that compile a graph compile again for each new shape; the first steps can take minutes.  Pad to
buckets, or switch the compilation of operators off.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.flow import TENSOR
from migrate.python.module import Module

MARKERS = (b"torch",)

_SHAPES = ("nonzero", "unique", "unique_consecutive", "masked_select", "argwhere")


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.calls(*(f"torch.{name}" for name in _SHAPES)):
        yield parsed.hazard("dynamic-shape", reference.node)
    for name, call in parsed.methods(*(name.encode() for name in _SHAPES)):
        function = call.child_by_field_name("function")
        receiver = function.child_by_field_name("object") if function is not None else None
        if parsed.flow.kind(receiver) == TENSOR:
            yield parsed.hazard("dynamic-shape", name)
    for reference in parsed.calls("torch.compile"):
        dynamic = parsed.argument(reference.call, "dynamic") if reference.call is not None else None
        if dynamic is not None and dynamic.type == "true":
            yield parsed.hazard("dynamic-shape", reference.node)
