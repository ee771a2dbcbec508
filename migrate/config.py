"""Settings: ``[tool.cuda-migrate]`` of the nearest pyproject.toml, overruled by the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from migrate import selection
from migrate.errors import InputError, suggest
from migrate.facts import targets, versions
from migrate.facts.data import tomllib
from migrate.gitignore import Patterns

DEFAULT_TARGETS = ("portable", "cann", "rocm")


class Config(NamedTuple):
    """The settings of a project.  Names as in the file, with ``_`` for ``-``."""

    target: tuple[str, ...] = DEFAULT_TARGETS
    torch: str = ""
    cuda: str = ""
    triton: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """Patterns in the form of .gitignore, relative to the pyproject.toml's folder."""
    vendored: bool = False
    extra_rules: tuple[str, ...] = ()
    """Folders, relative to the pyproject.toml that names them."""
    max_file_size: float = 20.0
    """Megabytes."""
    file_timeout: float = 30.0
    """Seconds."""
    jobs: int = 0
    """Worker processes; 0 for one a processor."""
    lang: str = "en"
    folder: Path | None = None
    """That of the pyproject.toml; no setting."""

    def way_to(self, root: Path) -> str:
        """What stands before a path below ``root`` for the patterns in ``exclude``: ``sub/folder/``."""
        place = root.resolve()
        return f"{place.relative_to(self.folder).as_posix()}/" if self.folder and place != self.folder else ""


_RANGES: dict[str, tuple[float, float]] = {
    "max_file_size": (0, 1_000_000),
    "file_timeout": (0.001, 86_400),
    "jobs": (0, 1_000),
}
"""Least and most of each number, in its unit."""

_SETTINGS = tuple(field for field in Config._fields if field != "folder")


def load(start: Path) -> Config:
    """The settings that hold for a path.  Raises InputError with file, key and cure."""
    for folder in (start.resolve(), *start.resolve().parents):
        place = folder / "pyproject.toml"
        if place.is_file() and (table := _table(place)) is not None:
            return _config(table, place)
    return Config()


def _shown(place: Path) -> str:
    """The file's path for people: from the current folder, where it lies below that."""
    here = Path.cwd()
    return str(place.relative_to(here) if place.is_relative_to(here) else place)


def _table(place: Path) -> dict[str, Any] | None:
    """Our table in the file; None where it has none."""
    content = place.read_bytes()
    if b"cuda-migrate" not in content:
        return None
    try:
        tools = tomllib.loads(content.decode("utf-8")).get("tool", {})
    except (ValueError, RecursionError) as error:  # of bad syntax or encoding; of a number or a nesting out of bounds
        if b"[tool.cuda-migrate" not in content:
            return None
        raise InputError(f"{_shown(place)}: not valid TOML: {error}") from None
    found = tools.get("cuda-migrate") if isinstance(tools, dict) else None
    if found is None or isinstance(found, dict):
        return found
    raise InputError(f"{_shown(place)}: tool.cuda-migrate must be a table")


def _config(table: dict[str, Any], place: Path) -> Config:
    values: dict[str, Any] = {}
    for key, value in table.items():
        name, where = key.replace("-", "_"), f"{_shown(place)}: tool.cuda-migrate.{key}"
        if name not in _SETTINGS:
            known = (field.replace("_", "-") for field in _SETTINGS)
            raise InputError(f"{_shown(place)}: unknown setting tool.cuda-migrate.{key}{suggest(key, known)}")
        values[name] = _value(value, Config._field_defaults[name], where)
        _usable(name, values[name], where)
        if name == "extra_rules":
            values[name] = tuple(_rules(folder, place.parent, where) for folder in values[name])
    return Config(**values, folder=place.parent)


def _usable(name: str, value: Any, where: str) -> None:
    """Raises InputError, with the place, for a value of the right kind that its setting can't have."""
    in_range(name, value, where)
    if name == "lang" and value not in ("en", "zh"):
        raise InputError(f'{where} must be "en" or "zh"')
    if name in ("select", "ignore"):
        selection.usable(value, where)
    if name == "exclude":
        usable_patterns(value, where)
    try:
        if name == "target":
            targets.ask_all(value)
        if name in ("torch", "cuda", "triton") and value:
            versions.parse(value)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def in_range(name: str, value: Any, where: str) -> None:
    """Raises InputError, with the place, for a number that its setting can't have."""
    if name in _RANGES:
        least, most = _RANGES[name]
        if not least <= value <= most:
            raise InputError(f"{where} must be between {least} and {most:,}")


def usable_patterns(patterns: Iterable[str], where: str) -> None:
    """Raises InputError, with the place, for a pattern of .gitignore's form that can't match anything."""
    for pattern in patterns:
        if not Patterns((pattern,)):
            raise InputError(f"{where}: pattern {pattern!r} can't match anything; write it as in .gitignore")


def _rules(folder: str, base: Path, where: str) -> str:
    """A folder of rules.  A repository that somebody scans must not make us read what lies elsewhere."""
    place = base / folder
    for found in (place, *place.glob("*/*.csv")):
        if not found.resolve().is_relative_to(base):
            shown = folder if found == place else f"{folder}/{found.relative_to(place).as_posix()}"
            raise InputError(f"{where}: {shown!r} lies outside the folder of this file; name such rules by --rules")
    return str(place)


def _value(value: Any, default: Any, where: str) -> Any:
    """The value in the type of its default; a string stands for a list of one."""
    if isinstance(default, tuple):
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise InputError(f"{where} must be a list of strings")
        return tuple(items)
    if type(value) is not type(default) and not (type(default) is float and type(value) is int):
        kind = {bool: "true or false", float: "a number", int: "a whole number", str: "a string in quotes"}
        raise InputError(f"{where} must be {kind[type(default)]}")
    return value
