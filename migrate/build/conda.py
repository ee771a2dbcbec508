"""conda: environment files and recipes.  Other YAML under these names goes to the configuration frontend."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.build.requirements import requirement_uses
from migrate.frontend import FileUses, frontend
from migrate.model import Use
from migrate.source import SourceFile
from migrate.vocabulary import env_symbol, index_symbol, package_symbol

_OURS = re.compile(rb"^(dependencies|channels|requirements):", re.MULTILINE)
_LINE = re.compile(rb"[^\r\n]+")
_KEY = re.compile(rb"(\s*)(-\s+)?([\w-]+):\s*(?:#.*)?$")
_ITEM = re.compile(rb"\s*-\s+[\"']?([^\"'\r\n#]+)")
_SPEC = re.compile(rb"(?:([\w.-]+)::)?([A-Za-z_][\w.-]*)\s*([ =<>!~][^#\r\n]*)?")
_COMPILER = re.compile(rb"compiler\([\"']cuda[\"']\)")
_ENVIRON = re.compile(rb"environ(?:\.get\(|\[)[ ]*[\"'](\w+)[\"']")
_OPTION = re.compile(rb"(?:--(?:extra-)?index-url|--find-links|-f|-i)[\s=]+(\S+)")


def find(source: SourceFile) -> FileUses:
    """The uses in a conda file, in order of their start."""
    if not _OURS.search(source.data):
        return frontend("config")(source)
    return FileUses(list(_uses(source.data)))


def _uses(data: bytes) -> Iterator[Use]:
    key, pip, pip_indent = b"", False, 0
    for line in _LINE.finditer(data):
        if named := _KEY.match(data, *line.span()):
            indent = len(named[1])
            if named[3] == b"pip" and named[2]:
                pip, pip_indent = True, indent
            else:
                key, pip = named[3], pip and indent > pip_indent
            continue
        for compiler in _COMPILER.finditer(data, *line.span()):
            yield Use("package:cuda-nvcc", *compiler.span(), "requirement", details=(("manager", "conda"),))
        for variable in _ENVIRON.finditer(data, *line.span()):
            if symbol := env_symbol(variable[1].decode()):
                yield Use(symbol, *variable.span(1), "name")
        item = _ITEM.match(data, *line.span())
        if item is None:
            continue
        if pip and len(line[0]) - len(line[0].lstrip()) <= pip_indent:
            pip = False
        start, end = item.start(1), item.start(1) + len(item[1].rstrip())
        if pip:
            yield from _pip(data, start, end)
        elif key == b"script_env":
            if symbol := env_symbol(data[start:end].decode("utf-8", "replace")):
                yield Use(symbol, start, end, "name")
        elif key == b"channels":
            yield from _channel(data, start, end)
        else:
            yield from _conda(data, start, end)


def _pip(data: bytes, start: int, end: int) -> Iterator[Use]:
    if option := _OPTION.match(data, start, end):
        if symbol := index_symbol(option[1].decode("utf-8", "replace")):
            yield Use(symbol, *option.span(1), "requirement")
    else:
        yield from requirement_uses(data, start, end)


def _channel(data: bytes, start: int, end: int) -> Iterator[Use]:
    name = data[start:end].decode("utf-8", "replace").rpartition("/")[2]
    if name.lower() in ("nvidia", "rapidsai", "rapidsai-nightly"):
        yield Use(f"index:conda:{name.lower()}", start, end, "requirement")


def _conda(data: bytes, start: int, end: int) -> Iterator[Use]:
    spec = _SPEC.match(data, start, end)
    if spec is None:
        return
    if spec[1] and spec[1].lower() in (b"nvidia", b"rapidsai"):
        yield Use(f"index:conda:{spec[1].decode().lower()}", *spec.span(1), "requirement")
    if symbol := package_symbol(spec[2].decode()):
        version = (spec[3] or b"").decode("utf-8", "replace").strip()
        details = (("manager", "conda"), *((("version", version),) if version else ()))
        stop = spec.start() + len(spec[0].rstrip())
        yield Use(symbol, spec.start(2), stop, "requirement", details=details)
