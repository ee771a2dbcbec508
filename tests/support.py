"""What many tests share: source in, uses out, each as one readable line."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

from migrate.frontend import FileUses, frontend
from migrate.model import Use
from migrate.source import SourceFile

Write = Callable[[str, str], None]
"""Writes a file of a test's own rules: its path below rules/, its text (dedented)."""

HEADER = "name,verdict,to,args,cuda,since,until,note,source,checked\n"
OPERATORS = HEADER.replace("checked\n", "checked,chip,dtypes\n")


def source(code: str | bytes, language: str = "python", path: str = "a.py") -> SourceFile:
    """A source file from text (dedented, UTF-8) or from bytes as they are."""
    data = code if isinstance(code, bytes) else dedent(code).lstrip("\n").encode()
    return SourceFile(path, language, data)


def read(code: str | bytes, language: str = "python", path: str = "a.py") -> FileUses:
    """All that the language's frontend says of the code."""
    return frontend(language)(source(code, language, path))


def line_of(file: SourceFile, use: Use) -> str:
    """``LINE SYMBOL ROLE [context …]``."""
    context = f" [{' '.join(use.context)}]" if use.context else ""
    return f"{file.position(use.start)[0]} {use.symbol} {use.role}{context}"


def uses(code: str | bytes, language: str = "python", path: str = "a.py") -> list[str]:
    """The uses found in the code, a line each."""
    file = source(code, language, path)
    return [line_of(file, use) for use in frontend(language)(file).uses]
