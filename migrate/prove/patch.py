"""The vendor's own run-time patch, on the simulated plug-in: its file as installed, with what it takes from the
plug-in's inside put beside the simulated names.

Only torch_npu's is public as a wheel that can be installed without its device (``pip install --no-deps``).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

_SUPPORTED = "torch_npu.contrib.transfer_to_npu"


def refusal(name: str) -> str:
    """Why a patch can't run here, and what to do."""
    if name == _SUPPORTED:
        return f"{name} isn't installed; to run it on the simulated device: pip install --no-deps torch-npu"
    return (
        f"{name} can't run here: the vendor's patch is made for the real plug-in, and isn't simulated; prove what "
        "`rewrite --strategy portable` or `native` writes"
    )


def find(name: str) -> ModuleSpec | None:
    """The patch's own file, where it is installed and can be hosted."""
    folder = _installed()
    place = folder / "contrib" / "transfer_to_npu.py" if folder else None
    return spec_from_file_location(name, place) if name == _SUPPORTED and place and place.is_file() else None


def _installed() -> Path | None:
    """The folder of the real package, which is never imported."""
    spec = PathFinder.find_spec("torch_npu")
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def prepare(package: ModuleType) -> None:
    """What the patch asks of torch_npu besides its public names."""
    import torch

    def empty() -> None:
        """The host's memory is the device's here: there is nothing to give back."""

    activity = torch.profiler.ProfilerActivity
    inside: dict[str, dict[str, Any]] = {
        "_C": {"_npu_hostEmptyCache": empty},
        "_init.patches.monkey_patches": {"_apply_patches": _apply},
        "profiler": {
            "ProfilerActivity": SimpleNamespace(NPU=activity.PrivateUse1, CPU=activity.CPU),
            "_KinetoProfile": torch.profiler._KinetoProfile,
        },
        "utils": {"_dynamo": SimpleNamespace(use_jit_script=False)},
    }
    for path, values in inside.items():
        module = package
        for part in path.split("."):
            below = _module(f"{module.__name__}.{part}")
            setattr(module, part, below)
            module = below
        vars(module).update(values)


def _module(name: str) -> ModuleType:
    """The simulated module of that name, or one that is empty."""
    try:
        return import_module(name)
    except ImportError:
        module = sys.modules[name] = ModuleType(name)
        module.__path__ = []
        return module


def _apply(patches: Iterable[tuple[str, Any]]) -> None:
    """Put the plug-in's names in the place of torch's: of modules those of ``__all__``, as torch_npu does."""
    import torch

    for dotted, value in patches:
        *path, last = dotted.split(".")
        holder: Any = torch
        for part in path:
            holder = getattr(holder, part)
        if not isinstance(value, ModuleType) or not hasattr(holder, last):
            setattr(holder, last, value)
            continue
        for name in _public(value.__name__.removeprefix("torch.").removeprefix("torch_npu.")):
            setattr(getattr(holder, last), name, getattr(value, name))


def _public(module: str) -> list[str]:
    """``__all__`` of a module of the real package, read, not run."""
    folder = _installed()
    assert folder is not None
    place = folder.joinpath(*module.split("."))
    place = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    for statement in ast.parse(place.read_bytes()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(statement.value)]
    return []
