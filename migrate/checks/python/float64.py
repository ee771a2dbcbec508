"""64-bit floating point on the device.

Most inference chips have no float64: an error, or silently float32.  Use float32, or an island on the CPU.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = ("torch.float64", "torch.double", "torch.cuda.DoubleTensor")


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        parent = reference.node.parent
        aliased = not parsed.text(reference.node).endswith((b"64", b"ouble", b"DoubleTensor"))
        if not aliased and (parent is None or parent.type not in ("comparison_operator", "pair")):
            yield parsed.hazard("float64", reference.node)
    for name, call in parsed.methods(b"double"):
        function = call.child_by_field_name("function")
        receiver = function.child_by_field_name("object") if function is not None else None
        if parsed.flow.kind(receiver):
            yield parsed.hazard("float64", name)
