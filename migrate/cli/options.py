"""What several commands share: options, targets and versions, where output goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from migrate import pool, selection
from migrate.config import Config, in_range, load, usable_patterns
from migrate.engine import ScanOptions
from migrate.errors import InputError, suggest
from migrate.facts import targets, versions
from migrate.files import WalkOptions

LANG = "migrate.lang"
"""Where click's context keeps the language of errors."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def target_option(required: bool = False) -> Decorator:
    """``--target``; several by commas or by repetition."""
    return click.option(
        *("-t", "--target", "target"),
        multiple=True,
        required=required,
        metavar="NAME[:CHIP][@VERSION],…",
        help="Targets: cann:A2@8.3, rocm, … or all (see `cuda-migrate targets`).",
    )


def version_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--torch``, ``--cuda``, ``--triton``: the versions that the code base is written for."""
    for source, name in (("triton", "Triton"), ("cuda", "CUDA"), ("torch", "PyTorch")):
        text = f"{name} version that the code is written for."
        function = click.option(f"--{source}", default=None, metavar="VERSION", help=text)(function)
    return function


def lang_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--lang``: the language of texts for people."""

    def known(_: click.Context, __: click.Parameter, lang: str | None) -> str | None:
        _speak(lang)
        return lang

    text = "Language of the texts."
    kinds = click.Choice(["en", "zh"])
    return click.option("--lang", type=kinds, default=None, help=text, callback=known, is_eager=True)(function)


def _speak(lang: str | None) -> None:
    """From now on the command's errors are told in this language; None says nothing."""
    context = click.get_current_context(silent=True)
    if lang and context:
        context.meta[LANG] = lang


def rules_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--rules``: the user's own tables."""
    return click.option(
        *("--rules", "extra_rules"),
        multiple=True,
        metavar="DIR",
        help="Folder with your own tables, DIR/<target>/<library>.csv; they win over the built-in ones.",
    )(function)


def exclude_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--exclude``: patterns of paths to leave out."""

    def usable(_: click.Context, __: click.Parameter, patterns: tuple[str, ...]) -> tuple[str, ...]:
        usable_patterns(patterns, "--exclude")
        return patterns

    text = "Leave out, in the form of .gitignore, relative to PATH."
    return click.option("--exclude", multiple=True, metavar="PATTERN", help=text, callback=usable)(function)


def checks_option(name: str, text: str) -> Decorator:
    """An option that takes names of checks; unknown ones are refused."""

    def known(_: click.Context, __: click.Parameter, patterns: tuple[str, ...]) -> tuple[str, ...]:
        selection.usable(patterns, name)
        return patterns

    return click.option(name, multiple=True, metavar="CHECK", help=text, callback=known)


def overrule(config: Config, given: dict[str, Any]) -> Config:
    """The configuration with what the command line says; None and () say nothing.  Its patterns are
    relative to what is scanned."""
    for name, value in given.items():
        if value is not None:
            in_range(name, value, f"--{name.replace('_', '-')}")
    if given.get("exclude"):
        config = config._replace(folder=None)
    config = config._replace(**{key: value for key, value in given.items() if value not in (None, ())})
    _speak(config.lang)
    return config


def here(given: dict[str, Any]) -> Config:
    """The settings of the current folder with what the command line says; its targets are all, where it names none."""
    return overrule(load(Path())._replace(target=("all",)), given)


def root(path: str) -> Path:
    """The folder or the file to scan.  Raises InputError for what is neither."""
    place = Path(path)
    if not place.exists():
        raise InputError(f"{path!r} does not exist")
    if not (place.is_dir() or place.is_file()):
        raise InputError(f"{path!r} is neither a folder nor a regular file (a pipe, socket or device)")
    return place


def asked(config: Config) -> tuple[targets.Asked, ...]:
    """The targets of the configuration."""
    return targets.ask_all(config.target)


def source_versions(config: Config) -> dict[str, str]:
    """The versions that the user gave.  Raises InputError for what is no version."""
    given = {"torch": config.torch, "cuda": config.cuda, "triton": config.triton}
    for version in filter(None, given.values()):
        versions.parse(version)
    return {source: version for source, version in given.items() if version}


def folders(config: Config) -> tuple[Path, ...]:
    """The user's folders of tables.  Raises InputError for one that isn't there or can't be used."""
    if not config.extra_rules:
        return ()
    from migrate.facts import check

    places = tuple(Path(folder) for folder in config.extra_rules)
    for place in places:
        if not place.is_dir():
            raise InputError(f"folder of rules {str(place)!r} does not exist")
        for table in sorted(place.glob("*/*.csv")):
            target = table.parent.name
            if target not in targets.ids():
                raise InputError(f"{table}: there is no target {target!r}{suggest(target, targets.ids())}")
            if not table.is_file():
                raise InputError(f"{table}: not a regular file")
            check.usable(table, str(table))
    return places


def scan_options(root: Path, settings: Config, cache: bool = True, minor: bool = False) -> ScanOptions:
    """How to scan ``root`` by the settings."""
    return ScanOptions(
        targets=asked(settings),
        versions=source_versions(settings),
        walk=WalkOptions(
            exclude=settings.exclude,
            above=settings.way_to(root),
            vendored=settings.vendored,
            max_bytes=int(settings.max_file_size * 1e6),
        ),
        select=settings.select,
        minor=minor,
        ignore=settings.ignore,
        rules=folders(settings),
        jobs=settings.jobs or pool.default_jobs(),
        cache=cache,
        file_seconds=settings.file_timeout,
    )


def write(pieces: Iterable[str], output: str | None) -> None:
    """Write to the file, whole or not at all, or to standard output, in UTF-8."""
    if output is None:
        stream = sys.stdout
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
        for piece in pieces:
            stream.write(piece)
        return
    place = Path(output)
    if not place.parent.is_dir():
        raise InputError(f"folder {str(place.parent)!r} of the output does not exist; create it first")
    if place.is_dir():
        raise InputError(f"output {output!r} is a folder; name a file")
    from migrate import atomic

    atomic.write(place, (piece.encode("utf-8", "backslashreplace") for piece in pieces))


def use_color() -> bool:
    """Whether standard output is a terminal that may be coloured (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
