"""The targets: one folder each in ``rules/targets/``, described by its ``target.toml``."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from migrate.errors import InputError, suggest
from migrate.facts import data, versions

FAMILIES = ("A", "B", "framework", "portable")
"""A keeps torch's device string ``cuda``; B has its own; the other two are what they say."""


class Patch(NamedTuple):
    """The vendor's module that makes torch.cuda mean its device while a program runs."""

    imports: tuple[str, ...]
    """The statements that apply it."""
    source: str
    checked: str
    before_torch: bool = False
    """Whether it has to come before torch itself."""
    effects: tuple[tuple[str, str], ...] = ()
    """Its side effects: an id of patches.toml, and the place in the source that shows it; empty where the source
    isn't public."""

    @property
    def module(self) -> str:
        """The dotted name of what the last statement imports."""
        return self.imports[-1].removeprefix("from ").removeprefix("import ").replace(" import ", ".")


class Target(NamedTuple):
    """One target, as its ``target.toml`` describes it."""

    id: str
    title: str
    zh: str
    vendor: str
    family: str
    inherits: str = ""
    """The target whose rows hold where this one has none of its own."""
    aliases: tuple[str, ...] = ()
    device: str = ""
    plugin: str = ""
    torch_module: str = ""
    backend: str = ""
    visible_devices: str = ""
    cli: str = ""
    warp_sizes: tuple[int, ...] = ()
    chips: tuple[str, ...] = ()
    default_chip: str = ""
    stack: str = ""
    """What the target's versions count: "CANN", "ROCm"."""
    versions: tuple[str, ...] = ()
    naming: tuple[tuple[str, str], ...] = ()
    """Naming rule (pattern, replacement), tried in order; good for a guess and no more."""
    source: str = ""
    patch: Patch | None = None
    """None where no such patch is attested."""


class Asked(NamedTuple):
    """A target as asked for: ``cann:A2@8.3``.  ``version`` is "" where the newest is meant."""

    label: str
    target: Target
    chip: str
    version: str

    @property
    def is_beyond(self) -> bool:
        """Whether the version is older or newer than any that the tables know."""
        if not self.version or not (known := [versions.minor(version) for version in self.target.versions]):
            return bool(self.version)
        return not min(known) <= versions.minor(self.version) <= max(known)


@cache
def ids() -> tuple[str, ...]:
    """The ids of all targets."""
    return tuple(sorted(path.parent.name for path in (data.folder("rules") / "targets").glob("*/target.toml")))


@cache
def target(name: str) -> Target:
    """The target with this id.  Raises InputError where its file has wrong keys."""
    where = f"rules/targets/{name}/target.toml"
    entry: dict[str, Any] = {
        key: tuple(tuple(item) if isinstance(item, list) else item for item in value)
        if isinstance(value, list)
        else value
        for key, value in data.toml(f"targets/{name}/target.toml").items()
    }
    if "patch" in entry:
        entry["patch"] = _patch(entry["patch"], where)
    for key in entry:
        if key not in Target._fields or key == "id":
            raise InputError(f"{where}: unknown key {key!r}{suggest(key, Target._fields[1:])}")
    try:
        return Target(name, **entry)
    except TypeError as error:
        raise InputError(f"{where}: {error}") from None


def _patch(entry: dict[str, Any], where: str) -> Patch:
    values = dict(entry, imports=tuple(entry.get("imports", ())), effects=tuple(entry.get("effects", {}).items()))
    try:
        return Patch(**values)
    except TypeError as error:
        raise InputError(f"{where}: [patch]: {error}") from None


@cache
def _by_name() -> dict[str, str]:
    return {alias: name for name in ids() for alias in (name, *target(name).aliases)}


def ask(text: str) -> Asked:
    """The target of ``NAME[:CHIP][@VERSION]``.  Raises InputError, with the nearest known name."""
    name, _, version = text.strip().partition("@")
    name, _, chip = name.partition(":")
    known = name if name in ids() else _by_name().get(name.lower())
    if known is None:
        raise InputError(f"unknown target {name!r}{suggest(name.lower(), ids())}")
    found = target(known)
    if chip and chip.upper() not in (names := {other.upper(): other for other in found.chips}):
        raise InputError(
            f"target {found.id!r} has no chip {chip!r}" + (suggest(chip, names.values()) if names else "; it has none")
        )
    chip = names[chip.upper()] if chip else ""
    if version:
        versions.parse(version)
    label = found.id + (f":{chip}" if chip else "") + (f"@{version}" if version else "")
    return Asked(label, found, chip or found.default_chip, version)


def ask_all(texts: tuple[str, ...]) -> tuple[Asked, ...]:
    """The targets of comma-separated lists, each once, in order; ``all`` stands for every target."""
    asked: dict[str, Asked] = {}
    for text in texts:
        for word in filter(None, (part.strip() for part in text.split(","))):
            for one in ids() if word == "all" else (word,):
                item = ask(one)
                asked.setdefault(item.label, item)
    if not asked:
        raise InputError(f"no target given; known: {', '.join(ids())}")
    return tuple(asked.values())
