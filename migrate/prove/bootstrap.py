"""Makes the device appear in a Python process when it imports torch, or the plug-in."""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from migrate.facts import targets
from migrate.prove import failures, patch
from migrate.prove.settings import Settings, from_environment

_AUTOLOADED = ("", "torch_npu")
"""Plug-ins that `import torch` itself imports (torch_npu's wheel declares a ``torch.backends`` entry
point); of the others no such thing is known, so the program must import them.  "" has no plug-in."""


def start() -> None:
    """Called first in every process of the run."""
    settings = from_environment()
    failures.report(settings)
    sys.meta_path.insert(0, _Finder(settings))


class _Finder(MetaPathFinder, Loader):
    """Adds to the import of torch, and makes the plug-in's modules."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        known = targets.ask(settings.target).target.patch
        self._patch = known.module if known else ""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name == "torch":
            return self._torch()
        plugin = self._settings.plugin
        if plugin and name == plugin:
            return ModuleSpec(name, self, is_package=True)
        below = name.startswith((f"{plugin}.", f"torch.{self._settings.device}.")) and plugin
        if below and name != self._patch and self._module(name):
            return ModuleSpec(name, self, is_package=True)
        if f"{self._patch}.".startswith(f"{name}.") and self._patch:  # also of a package that has nothing else
            return self._patched()
        return None

    def _patched(self) -> ModuleSpec:
        if (spec := patch.find(self._patch)) is None:
            raise ImportError(patch.refusal(self._patch))
        patch.prepare(importlib.import_module(self._settings.plugin))
        return spec

    def _torch(self) -> ModuleSpec | None:
        spec = PathFinder.find_spec("torch")
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def and_more(module: ModuleType) -> None:
            execute(module)
            from migrate.prove import cuda

            cuda.refuse(self._settings)
            if self._settings.plugin in _AUTOLOADED:
                self._install()

        spec.loader.exec_module = and_more  # type: ignore[method-assign]
        return spec

    def _install(self) -> None:
        from migrate.prove.simulation import install

        install(self._settings)

    def _module(self, name: str) -> ModuleType | None:
        from migrate.prove.simulation import install

        return install(self._settings).module(name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        importlib.import_module("torch")
        from migrate.prove.simulation import install

        plugin = install(self._settings)
        return plugin.package() if spec.name == self._settings.plugin else plugin.module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Its names appear as they are asked for."""
