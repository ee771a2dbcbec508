"""A CUDA extension built by a setup script or at run time.

This is where a port costs most: the sources need the target's compiler, and where it has no CUDA
compiler, new kernels.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = (
    "torch.utils.cpp_extension.CUDAExtension",
    "torch.utils.cpp_extension.load",
    "torch.utils.cpp_extension.load_inline",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.calls(*_NAMES):
        yield parsed.hazard("cuda-extension", reference.node)
