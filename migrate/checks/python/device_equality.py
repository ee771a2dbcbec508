"""A test for the device ``cuda``: ``device.type == "cuda"``, ``"cuda" in str(device)``, ``x.is_cuda``.

On a stack with a device string of its own the test says no without an error, and the slow path or the
CPU is taken.  Ask ``torch.accelerator``, or test against the set of types that the code supports.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"cuda",)


def find(parsed: Module) -> Iterator[Use]:
    """The tests that have no other vendor beside them."""
    for use in parsed.device_tests():
        if "multi-vendor" not in use.context:
            yield use._replace(symbol="hazard:device-equality", role="hazard", details=())
