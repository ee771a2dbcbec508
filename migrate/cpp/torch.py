"""PyTorch's C++ interface where CUDA stands in a method's name or a macro's argument, not in a name of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.cpp.unit import Unit
from migrate.model import Use

_INCLUDED = re.compile(r"^(torch|ATen|c10)/")
_SPELLED = re.compile(rb"\b(?:torch|at|c10)::")
_IS_CUDA = re.compile(rb"is_cuda(?=\s*\(\s*\))")
_TO_CUDA = re.compile(rb"cuda(?=\(\s*\))")
_RECEIVER = re.compile(rb"(?:(\w+)(\s*\(\s*\))?\s*)?(?:\.|->)\s*\Z")
_DISPATCHED = re.compile(
    rb"TORCH_LIBRARY_IMPL\s*\(\s*\w+\s*,\s*(?:\w+::)*(?:Autograd|Autocast|Quantized|Sparse(?:Csr)?|NestedTensor)?(CUDA)\s*,"
)


def uses(unit: Unit) -> Iterator[Use]:
    """``x.is_cuda()``, ``x.device().is_cuda()``, ``x.cuda()`` and the dispatch key of TORCH_LIBRARY_IMPL."""
    text = unit.text
    if b"is_cuda" not in text and b"cuda(" not in text and b"TORCH_LIBRARY_IMPL" not in text:
        return
    if not any(_INCLUDED.match(include.path) for include in unit.includes) and not _SPELLED.search(text):
        return
    for match in _IS_CUDA.finditer(text):
        if receiver := _receiver(text, match.start()):
            yield unit.use(f"c:{_owner(receiver)}::is_cuda", *match.span(), "call")
    for match in _TO_CUDA.finditer(text):
        if _receiver(text, match.start()):
            yield unit.use("c:at::Tensor::cuda", *match.span(), "call")
    for match in _DISPATCHED.finditer(text):
        yield unit.use("c:TORCH_LIBRARY_IMPL(CUDA)", *match.span(1), "argument")


def _receiver(text: bytes, at: int) -> re.Match[bytes] | None:
    return _RECEIVER.search(text, max(0, at - 80), at)


def _owner(receiver: re.Match[bytes]) -> str:
    """The class whose method is called: a tensor's, but for ``x.device().is_cuda()`` and ``x.type().is_cuda()``."""
    name, called = receiver[1] or b"", bool(receiver[2])
    if name in (b"device", b"device_") or name.endswith(b"_device"):
        return "c10::Device"
    return "at::DeprecatedTypeProperties" if called and name == b"type" else "at::Tensor"
