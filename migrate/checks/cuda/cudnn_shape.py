"""Code written to the shape of cuDNN's C interface.

Finds: the first call of a ``cudnn…`` function in a file, with the number of calls.

Why it matters: another vendor's library may be shaped otherwise (muDNN is a set of C++ classes), so that a table of
names helps with next to nothing.

Instead: keep the DNN calls behind an interface of your own, and write it anew for such a target.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"cudnn",)


def find(unit: Unit) -> Iterator[Use]:
    """The first call."""
    calls = [use for use in unit.called("cudnn*") if use.role in ("call", "macro body")]
    if calls:
        yield unit.hazard("cudnn-shape", calls[0].start, calls[0].end, calls=str(len(calls)))
