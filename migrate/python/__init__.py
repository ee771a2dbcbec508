"""The Python frontend: bytes in, uses out.

Parse once with tree-sitter; take the structure from one query; follow names from the imports by
literal searches; look at the tree only where a search hits.  Nothing scanned is imported or run.
"""

from __future__ import annotations

import gc
import re
from typing import TYPE_CHECKING

from migrate.frontend import FileUses
from migrate.model import Skip
from migrate.source import DecodeError, SourceFile

_OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]")

if TYPE_CHECKING:
    from tree_sitter import Node


def find(source: SourceFile) -> FileUses:
    """The uses in a Python file, in order of their start; parse errors are told as problems.

    The cycle collector rests meanwhile: it would walk many thousand live nodes again and again, and
    the cycles of a module are cut by hand.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return _find(source)
    finally:
        if collects:
            gc.enable()


def _find(source: SourceFile) -> FileUses:
    from migrate import checks
    from migrate.python import build_scripts, devices, embedded, methods, names, parameters, references, strings, triton
    from migrate.python.module import Module

    module = Module(_ascii(source))
    references.collect(module)
    found = module.uses
    for finder in (names, methods, devices, strings, triton, embedded, build_scripts):
        found += finder.find(module)
    found += list(checks.run("python", source.data, module))
    unique = {(use.start, use.end, use.symbol): use for use in parameters.replace(module, found)}
    ordered = [unique[key] for key in sorted(unique)]
    problems = _problems(source, module.errors)
    if module.deep:
        problems.append(Skip("", "parse-error", "nested too deeply: not every string was followed"))
    module.release()
    return FileUses(ordered, (), tuple(problems))


def _ascii(source: SourceFile) -> SourceFile:
    """The file as the parser, which takes UTF-8, can read it: in other encodings each character outside of
    ASCII becomes as many letters as it has bytes, so that all spans stay."""
    if source.encoding in ("utf-8", "utf-8-sig") or source.data.isascii():
        return source
    try:
        pieces = _OUTSIDE_ASCII.sub(lambda match: "x" * len(match.group().encode(source.encoding)), source.text)
    except (DecodeError, UnicodeError):
        return source
    data = pieces.encode("ascii")
    return SourceFile(source.path, source.language, data) if len(data) == len(source.data) else source


def _problems(source: SourceFile, errors: list[Node]) -> list[Skip]:
    problems: list[Skip] = []
    if not source.data.isascii() or source.encoding not in ("utf-8", "utf-8-sig"):
        try:
            _ = source.text
        except DecodeError as error:
            problems.append(Skip("", "parse-error", str(error)))
    if errors:
        first = min(errors, key=lambda node: node.start_byte)
        line = first.start_point[0] + 1
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        problems.append(Skip("", "parse-error", f"line {line}: not valid Python 3{more}"))
    return problems
