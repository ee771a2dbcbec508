"""The plug-in's modules: they have the names that the real ones have, and say so of all others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from migrate.prove import names
from migrate.prove.device import SHELVES
from migrate.prove.settings import Settings


class PluginModule(ModuleType):
    """``torch.npu``, ``torch_npu`` or a module below them."""

    def __init__(self, name: str, resolve: Callable[[str], Any]) -> None:
        super().__init__(name, "Simulated by cuda-migrate prove.")
        self.__path__: list[str] = []  # so that modules below it can be imported
        self._resolve = resolve
        sys.modules[name] = self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._resolve(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class Plugin:
    """All modules of one target's plug-in.

    ``simulated`` holds, by dotted name below the device module, what can be used; ``everything``
    offers all of it, known of the plug-in or not (for ``portable``, which has none).
    """

    def __init__(self, settings: Settings, simulated: Mapping[str, Any]) -> None:
        self._target = settings.target.partition("@")[0].partition(":")[0]
        self._root = f"torch.{settings.device}"
        self._simulated = simulated
        self._plugin = settings.plugin
        self._known = names.known(self._target) if settings.plugin else None
        self.device = PluginModule(self._root, self._resolve)

    def package(self) -> ModuleType:
        """The module that ``import torch_npu`` gives."""
        package = PluginModule(self._plugin, self._resolve)
        setattr(package, self._root.partition(".")[2], self.device)
        return package

    def module(self, name: str) -> ModuleType | None:
        """The module ``name`` below the plug-in's, where there is one."""
        if self._known is None or name not in self._known:
            return None
        found = self._resolve(name)
        return found if isinstance(found, ModuleType) else None

    def _resolve(self, name: str) -> Any:
        below = name.removeprefix(f"{self._root}.")
        shelf, _, rest = below.partition(".")
        found = self._simulated.get(rest if shelf in SHELVES and rest else below)
        if self._known is None:
            if found is not None:
                return found
            if any(other.startswith(f"{below}.") for other in self._simulated):
                return PluginModule(name, self._resolve)
            raise AttributeError(f"no {name} is simulated")
        if name not in self._known:
            raise AttributeError(names.lacking(self._target, name))
        if found is not None:
            return found
        if name.rpartition(".")[2][0].isupper() or not any(other.startswith(f"{name}.") for other in self._known):
            return _stub(name)
        return PluginModule(name, self._resolve)


def _stub(name: str) -> type:
    """Something that the plug-in has and nothing here stands for: it can be named, not used."""

    def refuse(cls: type, *_: object, **__: object) -> None:
        raise NotImplementedError(f"{name} exists in the plug-in, but cuda-migrate prove does not simulate it")

    head, _, last = name.rpartition(".")
    return type(last, (), {"__new__": refuse, "__module__": head})
