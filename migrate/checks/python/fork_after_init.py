"""Worker processes made by fork in a program that uses the device.

Where a device can't be initialised again in a forked process, the worker fails.  Use ``spawn``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"multiprocessing",)

_FORK = re.compile(rb"(set_start_method|get_context)\s*\(\s*(?:method\s*=\s*)?[\"']fork[\"']")


def find(parsed: Module) -> Iterator[Use]:
    """``set_start_method("fork")`` and ``get_context("fork")`` in files that use torch."""
    if not any(reference.name.startswith("torch.") for reference in parsed.references):
        return
    for match in _FORK.finditer(parsed.data):
        node = parsed.node(*match.span(1))
        if node is not None and node.type == "identifier":
            yield parsed.hazard("fork-after-init", node)
