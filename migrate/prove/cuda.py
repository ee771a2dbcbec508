"""Refuses what is left of CUDA in the user's code, where torch itself would pass over it in silence."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

import torch

from migrate.prove.settings import Settings

_QUESTIONS = frozenset("is_available device_count is_initialized is_bf16_supported".split())
"""Functions that code for several vendors asks rightly; the answer is that there is no CUDA."""


class CudaLeftError(RuntimeError):
    """The program uses CUDA."""


def refuse(settings: Settings) -> None:
    """From now on CUDA's names fail when the user's own code uses them."""
    for module in [found for name, found in sorted(sys.modules.items()) if _is_cuda(name)]:
        for name, value in list(vars(module).items()):
            if not _is_cuda(getattr(value, "__module__", "") or ""):
                continue
            if inspect.isfunction(value) and not name.startswith("_"):
                setattr(module, name, _guarded(settings, f"{module.__name__}.{name}", value))
            elif inspect.isclass(value) and inspect.isfunction(vars(value).get("__init__")):
                _guard_class(settings, value, f"{module.__name__}.{name}", lambda _: True)
    for owner, name in (
        (torch.amp.autocast_mode.autocast, "torch.autocast"),
        (torch.amp.GradScaler, "torch.amp.GradScaler"),
    ):
        _guard_class(settings, owner, name, _means_cuda)


def _is_cuda(module: str) -> bool:
    return module == "torch.cuda" or module.startswith("torch.cuda.")


def _means_cuda(bound: inspect.BoundArguments) -> bool:
    arguments = bound.arguments
    device = arguments.get("device_type", arguments.get("device"))
    return bool(arguments.get("enabled")) and str(device).startswith("cuda")


def _place(settings: Settings) -> str:
    """``FILE:LINE`` of the caller's caller, where it is the user's own code; "" elsewhere."""
    frame = sys._getframe(2)
    path = frame.f_code.co_filename
    return f"{path}:{frame.f_lineno}" if settings.is_user(path) else ""


def _guarded(settings: Settings, shown: str, function: Callable[..., Any]) -> Callable[..., Any]:
    question = function.__name__ in _QUESTIONS
    asked: set[str] = set()

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if place := _place(settings):
            if not question:
                raise CudaLeftError(f"{shown}() is called: the program runs on {settings.device}")
            if place not in asked:
                asked.add(place)
                print(f"cuda-migrate prove: {place}: asks {shown}(), and there is none", file=sys.stderr)
        return function(*args, **kwargs)

    return guarded


def _guard_class(settings: Settings, owner: type, shown: str, wrong: Callable[[inspect.BoundArguments], bool]) -> None:
    original = owner.__init__  # type: ignore[misc]
    if hasattr(original, "__wrapped__"):  # the same class under another name
        return
    signature = inspect.signature(original)

    @functools.wraps(original)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> None:
        if _place(settings):
            bound = signature.bind(self, *args, **kwargs)
            bound.apply_defaults()
            if wrong(bound):
                raise CudaLeftError(f"{shown} is made for cuda: the program runs on {settings.device}")
        original(self, *args, **kwargs)

    owner.__init__ = guarded  # type: ignore[misc]
