"""Enforces the dtype limits that a target documents for the operators of its chips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import torch
from torch.overrides import TorchFunctionMode, resolve_name

from migrate.facts import tables, versions
from migrate.facts.targets import ask
from migrate.prove.settings import Settings

_WORDS = {
    torch.bfloat16: "bf16",
    torch.bool: "bool",
    torch.complex64: "complex64",
    torch.complex128: "complex128",
    torch.float16: "fp16",
    torch.float32: "fp32",
    torch.float64: "fp64",
    torch.int16: "int16",
    torch.int32: "int32",
    torch.int64: "int64",
    torch.int8: "int8",
    torch.uint8: "uint8",
}


def enforce(settings: Settings) -> None:
    """From now on a call by a documented name fails where a device tensor's dtype isn't listed for it."""
    _Limits(settings).__enter__()


class _Limits(TorchFunctionMode):
    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._asked = ask(settings.target)
        self._device = settings.device
        self._allowed = cache(self._look_up)

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        del types
        name = resolve_name(function)
        if name and (allowed := self._allowed(name)):
            for dtype in _deciding(
                {
                    tensor.dtype
                    for tensor in _tensors((*args, *(kwargs or {}).values()))
                    if tensor.device.type == self._device
                }
            ):
                if _WORDS.get(dtype) not in allowed.split():
                    where = f"{self._asked.target.plugin}{f' on {self._asked.chip}' if self._asked.chip else ''}"
                    raise TypeError(f"{name} in {where} takes {allowed}, not {_WORDS.get(dtype, dtype)}")
        return function(*args, **(kwargs or {}))

    def _look_up(self, name: str) -> str:
        """The documented dtypes, space-separated; "" where there is no limit."""
        for row in tables.built_in(self._asked.target.id, "torch-operators").rows(name):
            here = not row.chip or self._asked.chip in row.chip.split()
            if here and versions.holds(row.cuda, torch.__version__.partition("+")[0]):
                return row.dtypes
        return ""


def _deciding(dtypes: set[torch.dtype]) -> list[torch.dtype]:
    """The dtypes an operator's list speaks of: beside floating-point tensors the others are indices."""
    floating = [dtype for dtype in dtypes if dtype.is_floating_point or dtype.is_complex]
    return floating or list(dtypes)


def _tensors(values: Any) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)
