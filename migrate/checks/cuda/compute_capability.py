"""Code that depends on NVIDIA's compute capability.

Finds: comparisons of ``__CUDA_ARCH__``, of a device's ``major`` and ``minor``, requests for these attributes, and
architectures in strings (``sm_80``, ``compute_80``) that are handed to the run-time compiler.

Why it matters: other vendors report other numbers, so that the wrong branch is taken, silently.

Instead: test for the feature that the branch needs, or map the guard and its threshold together for each target.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.cpp.lexer import strings
from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"__CUDA_ARCH__", b"major", b"ompute", b"sm_")

_ID = "compute-capability"
_AFTER = re.compile(rb"\s*(?:[<>]=?|==|!=)\s*\w+")
_BEFORE = re.compile(rb"\w+\s*(?:[<>]=?|==|!=)\s*\Z")
_MEMBERS = tuple(re.compile(word + rb"\b(?:\s*(?:[<>]=?|==|!=|\*)\s*\w+)?") for word in (b"major", b"minor"))
_OWNER = re.compile(rb"\w*[pP]rop\w*(?:\(\))?\s*(?:\.|->)\s*\Z")
_ARCHITECTURES = tuple(re.compile(word + rb"_[0-9]{2,3}[af]?\b") for word in (b"sm", b"compute", b"lto"))
"""Each pattern begins with letters, so that a search jumps to them."""


def find(unit: Unit) -> Iterator[Use]:
    """The comparisons, the requests and the strings."""
    if not unit.is_cuda:
        return
    text = unit.text
    for use in unit.called("__CUDA_ARCH_*"):
        after = _AFTER.match(text, use.end)
        before = _BEFORE.search(text, max(0, use.start - 40), use.start)
        if after or before:
            yield unit.hazard(_ID, before.start() if before else use.start, after.end() if after else use.end)
    for match in (match for member in _MEMBERS for match in member.finditer(text)):
        if owner := _OWNER.search(text, max(0, match.start() - 60), match.start()):
            yield unit.hazard(_ID, owner.start(), match.end())
    for use in unit.called(
        "cudaDevAttrComputeCapability*", "CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*", "cuDeviceComputeCapability"
    ):
        yield unit.hazard(_ID, use.start, use.end)
    for match in (match for pattern in _ARCHITECTURES for match in pattern.finditer(unit.data)):
        start, end = match.span()
        if unit.data[start - 1 : start].isalnum() or unit.data[start - 1 : start] == b"_":
            continue
        if text[start:end].isspace() and _in_string(unit, start, end):
            yield unit.hazard(_ID, *match.span())


def _in_string(unit: Unit, start: int, end: int) -> bool:
    """Whether a blanked span is part of a string rather than of a comment, an #include or inline PTX."""
    line = unit.data.rfind(b"\n", 0, start) + 1
    return any(low <= start and end <= high for low, high in strings(unit.data, line, end + 200))
