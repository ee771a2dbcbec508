"""Gives torch the simulated device under the target's name."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import torch
import torch.distributed as dist

from migrate.facts.targets import ask
from migrate.prove.build import NAME
from migrate.prove.device import simulated
from migrate.prove.plugin import Plugin
from migrate.prove.settings import Settings


@cache
def install(settings: Settings) -> Plugin:
    """Make the device known to torch; once a process."""
    extension = _load(settings.library)
    extension.configure(_visible(settings), settings.witness)
    torch.utils.rename_privateuse1_backend(settings.device)
    plugin = Plugin(settings, simulated(settings.device, extension))
    torch._register_device_module(settings.device, plugin.device)
    torch.utils.generate_methods_for_privateuse1_backend(for_storage=True)
    if dist.is_available():
        _register_backend(settings, extension)
    if settings.dtypes:
        from migrate.prove.dtypes import enforce

        enforce(settings)
    return plugin


def _load(path: str) -> ModuleType:
    loader = ExtensionFileLoader(NAME, path)
    spec = spec_from_file_location(NAME, path, loader=loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    sys.modules[NAME] = module
    return module


def _visible(settings: Settings) -> int:
    """The number of devices, as far as the target's own variable shows them."""
    variable = ask(settings.target).target.visible_devices
    listed = os.environ.get(variable) if variable else None
    return settings.devices if listed is None else min(settings.devices, len(listed.split(",")))


def _register_backend(settings: Settings, extension: ModuleType) -> None:
    name = settings.backend

    def create(store: Any, rank: int, size: int, timeout: Any) -> Any:
        return extension.Backend(dist.ProcessGroupGloo(store, rank, size, timeout), name)

    dist.Backend.register_backend(name, create, devices=[settings.device])
    setattr(dist, f"is_{name}_available", lambda: True)
