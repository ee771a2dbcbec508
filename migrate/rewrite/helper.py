"""The helper module of portable code for torch before 2.6: its text, its place, and how files import it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from migrate.errors import InputError
from migrate.facts import targets
from migrate.files import language
from migrate.model import Edit
from migrate.rewrite.changes import FilePlan
from migrate.rewrite.entries import SCRIPT
from migrate.rewrite.older import DEFAULT_BACKEND, DEVICE_MODULE, DEVICE_TYPE, HELPERS

_STEMS = ("_accelerator", "_torch_accelerator")
_HEAD = '"""The accelerator of this process.  Written by cuda-migrate: torch has torch.accelerator from 2.6 on."""'
_RELATIVE = re.compile(rb"^\s*from \.", re.MULTILINE)


class Home(NamedTuple):
    """A helper module: its path below the root, and the name that it is imported by."""

    path: str
    module: str


class Homes:
    """The helper modules of a tree: one in each top-level package that needs it, or beside the scripts."""

    def __init__(self, root: Path) -> None:
        self._root = root if root.is_dir() else root.parent
        self._used: dict[Home, set[str]] = {}
        self._scripts: dict[Path, bool] = {}

    def of(self, path: str, data: bytes) -> Home:
        """The helper module for a file.  Raises InputError where its names are taken."""
        folder = (self._root / path).parent
        if language(path) == "notebook":  # it runs in its own folder
            return self._home(folder, "")
        package = self._package(folder)
        if package and not self._is_script_of(package, data):
            return self._home(package, self._dotted(package))
        return self._home(folder if package else self._beside(folder), "")

    def use(self, home: Home, texts: Iterable[str]) -> None:
        """Note the helper's names in the texts that were written into a file."""
        used = set(names(texts))
        if used:
            self._used.setdefault(home, set()).update(used)

    def plans(self) -> Iterator[FilePlan]:
        """The helper modules that are new or need more than they have.  Raises InputError for one that was edited."""
        for home, used in sorted(self._used.items()):
            place = self._root / home.path
            data = place.read_bytes() if place.is_file() else b""
            known = {name for name in HELPERS if re.search(rf"^(def )?{name}\b", data.decode(), re.MULTILINE)}
            if used <= known:
                continue
            if data and data.decode() != text(known):
                missing = ", ".join(sorted(used - known))
                raise InputError(f"{home.path}: was edited and lacks {missing}; add it, or remove the file")
            new = text(used | known)
            yield FilePlan(home.path, data, [Edit(0, len(data), new)], is_new=not data)

    def _home(self, folder: Path, package: str) -> Home:
        for stem in _STEMS:
            place = folder / f"{stem}.py"
            if not place.exists() or place.read_bytes().startswith(_HEAD.encode()):
                path = place.relative_to(self._root).as_posix()
                return Home(path, f"{package}.{stem}" if package else stem)
        taken = " and ".join(f"{stem}.py" for stem in _STEMS)
        raise InputError(f"{folder.relative_to(self._root).as_posix()}: {taken} exist; rename one of them")

    def _package(self, folder: Path) -> Path | None:
        """The outermost package around a folder, as far as the root; None where the folder is in no package."""
        found = None
        while (folder / "__init__.py").is_file():
            found = folder
            if folder == self._root:
                break
            folder = folder.parent
        return found

    def _dotted(self, package: Path) -> str:
        """A package's full name, of which a part may lie above the root."""
        package = package.resolve()
        names = [package.name]
        while (package.parent / "__init__.py").is_file():
            package = package.parent
            names.insert(0, package.name)
        return ".".join(names)

    def _is_script_of(self, package: Path, data: bytes) -> bool:
        """Whether a file in a package is run as a script, and so can't import the package it lies in."""
        own = re.search(rf"^\s*(from|import) {re.escape(package.name)}\b".encode(), data, re.MULTILINE)
        return bool(SCRIPT.search(data)) and not own and not _RELATIVE.search(data)

    def _beside(self, folder: Path) -> Path:
        """The nearest folder with scripts around a module: Python finds modules beside the script that runs."""
        around = [folder, *folder.parents]
        for place in around[: around.index(self._root) + 1]:
            if self._has_scripts(place):
                return place
        return folder

    def _has_scripts(self, folder: Path) -> bool:
        if folder not in self._scripts:
            files = (place for place in sorted(folder.glob("*.py")) if place.is_file())
            self._scripts[folder] = any(SCRIPT.search(place.read_bytes()) for place in files)
        return self._scripts[folder]


def names(texts: Iterable[str]) -> list[str]:
    """The helper's names in texts, in the order of an import."""
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    return [name for name in HELPERS if name in words]


def text(used: Iterable[str]) -> str:
    """The module with the names used."""
    plugins = [target for name in targets.ids() if (target := targets.target(name)).family == "B"]
    filled = {
        "$types": "from types import ModuleType\n" if DEVICE_MODULE in used else "",
        "$plugins": ", ".join(f'"{target.plugin}"' for target in plugins),
        "$backends": ", ".join(f'"{target.device}": "{target.backend}"' for target in plugins),
        "$ignored": "# cuda-migrate: ignore[*]",
    }
    made = "\n\n".join(part for name, part in _PARTS.items() if name in (DEVICE_TYPE, *used))
    for key, value in filled.items():
        made = made.replace(key, value)
    return made


_PARTS = {
    DEVICE_TYPE: f'''{_HEAD}

from importlib import import_module
from importlib.util import find_spec
$types
import torch


def _device_type() -> str:
    """``cuda``, the device of the plug-in that is installed, or ``cpu``."""
    if torch.cuda.is_available():  $ignored
        return "cuda"  $ignored
    for plugin in ($plugins):
        if find_spec(plugin):
            import_module(plugin)
    name = torch._C._get_privateuse1_backend_name()
    module = getattr(torch, name, None)
    return name if module is not None and module.device_count() else "cpu"


{DEVICE_TYPE} = _device_type()
''',
    DEFAULT_BACKEND: f'''def {DEFAULT_BACKEND}(device_type: str = {DEVICE_TYPE}) -> str:
    """The collective back end of a type of device."""
    $ignored
    backends = {{"cuda": "nccl", $backends}}
    return backends.get(device_type, "gloo")
''',
    DEVICE_MODULE: f'''def {DEVICE_MODULE}() -> ModuleType:
    """``torch.cuda``, or the plug-in's module, which has the same names; without an accelerator ``torch.cuda``."""
    return torch.cuda if {DEVICE_TYPE} == "cpu" else getattr(torch, {DEVICE_TYPE})  $ignored
''',
}
"""The text by the names it defines.  What it says of CUDA is right as it stands, and no finding of a scan."""
