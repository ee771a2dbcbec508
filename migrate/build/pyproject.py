"""pyproject.toml, Pipfile and setup.cfg: dependencies of all kinds, and package indexes.

Read line by line, so that a file which isn't valid TOML still says what it can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.build.requirements import requirement_uses
from migrate.frontend import FileUses
from migrate.model import Use
from migrate.source import SourceFile
from migrate.vocabulary import index_symbol, package_symbol

_LINE = re.compile(rb"[^\r\n]+")
_SECTION = re.compile(rb"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(#.*)?$")
_KEY = re.compile(rb"""\s*(["']?)([\w.-]+)\1\s*=(?!=)\s*""")
_STRING = re.compile(rb""""((?:[^"\\]|\\.)*)"|'([^']*)'""")
_LIST_KEYS = re.compile(
    rb"(dependencies|requires|install_requires|setup_requires|tests_require|extras_require|requirements|dev-dependencies)$"
)
_LIST_SECTIONS = re.compile(rb"(optional-dependencies|dependency-groups|options\.extras_require|extras)$")
_NAME_SECTIONS = re.compile(rb"(poetry\.(group\.[\w-]+\.)?(dev-)?dependencies|^(dev-)?packages|pixi\.\S*dependencies)$")


def find(source: SourceFile) -> FileUses:
    """The uses in a manifest, in order of their start."""
    lines = _setup_cfg(source.data) if source.path.endswith(".cfg") else _toml(source.data)
    return FileUses(list(lines))


def _toml(data: bytes) -> Iterator[Use]:
    section, key, depth = b"", b"", 0
    for line in _LINE.finditer(data):
        start, end = line.start(), _end(data, *line.span())
        if not depth and (head := _SECTION.match(data, start, end)):
            section = head[1].strip()
            continue
        if not depth and (named := _KEY.match(data, start, end)):
            key, start = named[2], named.end()
            if _NAME_SECTIONS.search(section):
                yield from _named(data, named, end)
        strings = list(_STRING.finditer(data, start, end))
        for string in strings:
            group = 1 if string[1] is not None else 2
            text = string[group].decode("utf-8", "replace")
            if symbol := index_symbol(text) if "://" in text else None:
                yield Use(symbol, *string.span(group), "requirement")
            elif _LIST_KEYS.search(key) or _LIST_SECTIONS.search(section):
                yield from requirement_uses(data, *string.span(group))
        bare = _STRING.sub(b"", data[start:end])
        depth = max(0, depth + bare.count(b"[") - bare.count(b"]"))


def _named(data: bytes, named: re.Match[bytes], end: int) -> Iterator[Use]:
    """``torch = "^2.1"`` of Poetry and Pipenv: the key is the package."""
    value = _STRING.search(data, named.end(), end)
    version = (value[1] or value[2] or b"").decode("utf-8", "replace") if value else ""
    if symbol := package_symbol(f"{named[2].decode()} {version}"):
        yield Use(symbol, *named.span(2), "requirement", details=(("version", version),) if version else ())


def _setup_cfg(data: bytes) -> Iterator[Use]:
    section, key = b"", b""
    for line in _LINE.finditer(data):
        start, end = line.start(), _end(data, *line.span())
        if head := _SECTION.match(data, start, end):
            section, key = head[1].strip(), b""
            continue
        if data[start : start + 1] not in b" \t" and (named := _KEY.match(data, start, end)):
            key, start = named[2], named.end()
        if _LIST_KEYS.search(key) or _LIST_SECTIONS.search(section):
            yield from requirement_uses(data, start, end)


def _end(data: bytes, start: int, end: int) -> int:
    """Where the line ends without its comment; a ``#`` inside quotes is none."""
    at = start
    while (mark := data.find(b"#", at, end)) >= 0:
        before = data[start:mark]
        if before.count(b'"') % 2 == 0 and before.count(b"'") % 2 == 0:
            return mark
        at = mark + 1
    return end
