"""pip's requirements files, and the reading of one requirement that other manifests share."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.frontend import FileUses
from migrate.model import Use
from migrate.source import SourceFile
from migrate.vocabulary import index_symbol, package_symbol

_LINE = re.compile(rb"[^\r\n]+")
_COMMENT = re.compile(rb"(^|\s)#.*")
_OPTION = re.compile(rb"\s*(--(?:extra-)?index-url|--find-links|--trusted-host|-i|-f)[\s=]+(\S+)")
_REQUIREMENT = re.compile(rb"\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(\(?[=<>!~](?:(?!\s--)[^;#\r\n])*|@\s*\S+)?")
_WHEEL = re.compile(rb"(?<![\w.])([A-Za-z0-9][\w.]*)-(\d[\w.+!%]*)-[\w.-]+\.whl")


def find(source: SourceFile) -> FileUses:
    """The uses in a requirements file, in order of their start."""
    uses = [use for line in _LINE.finditer(source.data) for use in _line(source.data, line.start(), line.end())]
    return FileUses(uses)


def _line(data: bytes, start: int, end: int) -> Iterator[Use]:
    if comment := _COMMENT.search(data, start, end):
        end = comment.start()
    if option := _OPTION.match(data, start, end):
        if symbol := index_symbol(option[2].decode("utf-8", "replace")):
            yield Use(symbol, *option.span(2), "requirement")
    elif not data[start:end].lstrip().startswith(b"-"):
        yield from requirement_uses(data, start, end)


def requirement_uses(data: bytes, start: int, end: int) -> Iterator[Use]:
    """The use in one requirement (PEP 508, or the address of a wheel); its span leaves out the marker."""
    if wheel := _WHEEL.search(data, start, end):
        name, version = (wheel[group].decode().replace("%2B", "+") for group in (1, 2))
        if symbol := package_symbol(f"{name}=={version}"):
            head = _REQUIREMENT.match(data, start, end)
            first = head.start(1) if head and head[3] else wheel.start()
            yield Use(symbol, first, wheel.end(), "requirement", details=(("version", f"=={version}"),))
        return
    found = _REQUIREMENT.match(data, start, end)
    if found is None:
        return
    text = found[0].decode("utf-8", "replace").strip()
    if symbol := package_symbol(text):
        specifier = (found[3] or b"").decode("utf-8", "replace").strip().strip("()")
        details = (("version", specifier),) if specifier else ()
        stop = found.start(1) + len(found[0][found.start(1) - found.start() :].rstrip())
        yield Use(symbol, found.start(1), stop, "requirement", details=details)
