"""Tree-sitter, so that it hears a signal: its C code may run for minutes, and Python acts on an alarm or
an interrupt only where Python runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Parser, Tree

_SHORT = 1 << 16
"""So many bytes are parsed in less than a second, even where they are noise."""


def parse(parser: Parser, data: bytes) -> Tree:
    """The syntax tree.  Don't ask its nodes for their ``text``: of a large file, the parser sees the bytes through
    a function."""
    if len(data) <= _SHORT:
        return parser.parse(data)
    view = memoryview(data)
    try:
        return parser.parse(lambda offset, _: view[offset:], progress_callback=_no_end)
    except BaseException:
        parser.reset()  # or the next file would go on from here
        raise


def _no_end(*_: object) -> bool:
    return False
