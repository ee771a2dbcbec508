"""Refuses what is left of CUDA in the user's code, where torch itself would pass over it in silence."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch

from migrate.prove import failures
from migrate.prove.settings import Settings

_FAILING = ((torch.distributed, "init_process_group"), (torch, "load"))
"""Functions that fail by themselves where they are asked for CUDA."""

_LEFT = ("cuda left behind", "nccl left behind")

_QUESTIONS = frozenset("is_available device_count is_initialized is_bf16_supported".split())
"""Functions that code for several vendors asks rightly; the answer is that there is no CUDA."""


_Wrong = Callable[[inspect.BoundArguments], bool]


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
            elif inspect.isclass(value):
                _guard_class(settings, value, f"{module.__name__}.{name}", lambda _: True)
    for owner, name in (
        (torch.amp.autocast_mode.autocast, "torch.autocast"),
        (torch.amp.GradScaler, "torch.amp.GradScaler"),
    ):
        _guard_class(settings, owner, name, _means_cuda)
    torch.random.fork_rng = _checked(settings, torch.random.fork_rng, "torch.random.fork_rng", _means_cuda)
    torch.cuda._lazy_init = _started(settings, torch.cuda._lazy_init)
    for module, name in _FAILING:
        if hasattr(module, name):
            setattr(module, name, _remembering(settings, getattr(module, name)))


def _is_cuda(module: str) -> bool:
    return module == "torch.cuda" or module.startswith("torch.cuda.")


def _means_cuda(bound: inspect.BoundArguments) -> bool:
    arguments = bound.arguments
    device = arguments.get("device_type", arguments.get("device"))
    used = arguments.get("enabled") and arguments.get("devices") not in ([], ())
    return bool(used) and str(device).startswith("cuda")


def _place(settings: Settings, *, through: tuple[str, ...] = ()) -> str:
    """``FILE:LINE`` of the caller's caller, where it is the user's own code; "" elsewhere.  Callers in the packages
    ``through`` (each with its dot) are passed over."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and f"{frame.f_globals.get('__name__', '')}.".startswith(through):
        frame = frame.f_back
    if frame is None or not settings.is_user(path := frame.f_code.co_filename):
        return ""
    return f"{path}:{frame.f_lineno}"


def _left(settings: Settings, place: str, what: str) -> CudaLeftError:
    """The error to raise, remembered for the end of the run."""
    error = CudaLeftError(f"{what}: the program runs on {settings.device}")
    failures.remember(settings, place, error)
    return error


def _guarded(settings: Settings, shown: str, function: Callable[..., Any]) -> Callable[..., Any]:
    question = function.__name__ in _QUESTIONS
    asked: set[str] = set()

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if place := _place(settings):
            if not question:
                raise _left(settings, place, f"{shown}() is called")
            if place not in asked:
                asked.add(place)
                print(f"cuda-migrate prove: {place}: asks {shown}(), and there is none", file=sys.stderr)
        return function(*args, **kwargs)

    return guarded


def _guard_class(settings: Settings, owner: type, shown: str, wrong: _Wrong) -> None:
    for name in ("__new__", "__init__"):
        original = getattr(owner, name)
        if inspect.isfunction(original) and name in vars(owner) and not hasattr(original, "__wrapped__"):
            checked = _checked(settings, original, shown, wrong)
            setattr(owner, name, staticmethod(checked) if name == "__new__" else checked)


def _checked(settings: Settings, function: Callable[..., Any], shown: str, wrong: _Wrong) -> Callable[..., Any]:
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if place := _place(settings):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            if wrong(bound):
                raise _left(settings, place, f"{shown} is made for cuda")
        return function(*args, **kwargs)

    return checked


def _started(settings: Settings, function: Callable[[], None]) -> Callable[[], None]:
    """What torch calls before it puts anything on a CUDA device: ``x.cuda()``, ``device="cuda"``."""

    @functools.wraps(function)
    def started() -> None:
        if place := _place(settings, through=("torch.", "migrate.prove.")):
            raise _left(settings, place, "the device cuda is used")
        function()

    return started


def _remembering(settings: Settings, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def remembering(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if failures.meaning(str(error)) in _LEFT and (place := _place(settings)):
                failures.remember(settings, place, error)
            raise

    return remembering
