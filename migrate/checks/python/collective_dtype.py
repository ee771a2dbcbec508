"""A collective on a dtype, or with a reduction, that not every collective library has.

Averages and bit operations are missing in some; 64-bit and boolean tensors fail in others.  Sum, then
divide; cast before the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from migrate.model import Use
from migrate.python.module import Module

MARKERS = (b"torch",)

_REDUCTIONS = tuple(f"torch.distributed.ReduceOp.{name}" for name in ("AVG", "BAND", "BOR", "BXOR", "PREMUL_SUM"))
_COLLECTIVES = ("torch.distributed.all_reduce", "torch.distributed.reduce", "torch.distributed.reduce_scatter_tensor")
_WIDE = re.compile(rb"\b(int64|long|float64|double|bool|uint8|LongTensor|DoubleTensor|BoolTensor|ByteTensor)\b")


def find(parsed: Module) -> Iterator[Use]:
    """The hazard's places in a file."""
    for reference in parsed.named(*_REDUCTIONS):
        yield parsed.hazard("collective-dtype", reference.node)
    for reference in parsed.calls(*_COLLECTIVES):
        tensor = parsed.argument(reference.call, "tensor", 0) if reference.call is not None else None
        if tensor is not None and _is_wide(parsed, tensor):
            yield parsed.hazard("collective-dtype", reference.node)


def _is_wide(parsed: Module, tensor: Node) -> bool:
    """Whether the file itself says that the tensor is 64 bits wide, boolean or of bytes."""
    if tensor.type != "identifier":
        return tensor.type == "call" and _WIDE.search(parsed.text(tensor)) is not None
    binding = parsed.binding(parsed.text(tensor), tensor.start_byte)
    value = parsed.value_of(binding) if binding is not None and binding.kind == "assign" else None
    return value is not None and value.type == "call" and _WIDE.search(parsed.text(value)) is not None
