"""Complex numbers on the device: complex dtypes, ``view_as_complex``, ``polar``, ``torch.fft``.

Several stacks have no complex kernels, or send them to the CPU.  Rotary embeddings can be written with
real numbers; a Fourier transform can be split into its real and imaginary part.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = (
    "torch.complex32",
    "torch.complex64",
    "torch.complex128",
    "torch.chalf",
    "torch.cfloat",
    "torch.cdouble",
    "torch.complex",
    "torch.polar",
    "torch.view_as_complex",
    "torch.view_as_real",
    "torch.fft.",
    "torch.stft",
    "torch.istft",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        yield parsed.hazard("complex-dtype", reference.node)
