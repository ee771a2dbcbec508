"""CUDA graphs: capture and replay.

Other stacks have them under other class names, with other limits on what can be captured, or not at all.
Keep a path without capture.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_NAMES = (
    "torch.cuda.CUDAGraph",
    "torch.cuda.graph",
    "torch.cuda.graphs.",
    "torch.cuda.make_graphed_callables",
    "torch.cuda.is_current_stream_capturing",
    "torch.cuda.graph_pool_handle",
)


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_NAMES):
        yield parsed.hazard("cuda-graph", reference.node)
