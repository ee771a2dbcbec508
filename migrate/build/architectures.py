"""Lists of GPU architectures as numbers: ``75;80-real;90-virtual`` of CMake, ``7.5;8.0+PTX`` of torch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.model import Use

_NAME = re.compile(r"(\w*CUDA_(\w+_)?ARCH(ITECTURES?|S|_LIST|_BIN|_PTX)?|CUDAARCHS)$")
_NUMBER = re.compile(
    rb"(?<![\w.+-])(?:(?P<number>\d{2,3}[af]?)(?P<kind>-real|-virtual)?|(?P<major>\d{1,2})\.(?P<minor>\d)(?P<letter>[af]?)(?P<ptx>\+PTX)?)(?![\w.-])"
)


def lists_architectures(name: str) -> bool:
    """Whether a variable or property of this name lists GPU architectures."""
    return _NAME.match(name) is not None


def architecture_uses(data: bytes, start: int, end: int) -> Iterator[Use]:
    """The architectures in a list: ``80`` and ``8.0`` are ``arch:sm_80``, ``90-virtual`` is ``arch:compute_90``."""
    for match in _NUMBER.finditer(data, start, end):
        number = (match["number"] or match["major"] + match["minor"] + match["letter"]).decode()
        kind = "compute" if match["kind"] == b"-virtual" else "sm"
        details = (("ptx", "yes"),) if match["ptx"] else ()
        yield Use(f"arch:{kind}_{number}", *match.span(), "config", details=details)
