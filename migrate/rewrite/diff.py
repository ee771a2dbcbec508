"""The changes as a patch that ``git apply`` takes, byte for byte."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from difflib import unified_diff

from migrate.rewrite.changes import FilePlan

_ODD = re.compile(rb'[\x00-\x1f\x7f-\xff"\\]')
_SHORT = {b"\n": b"\\n", b"\t": b"\\t", b"\r": b"\\r", b'"': b'\\"', b"\\": b"\\\\"}


def patch(plans: Iterable[FilePlan], prefix: str = "") -> Iterator[bytes]:
    """A unified diff of all planned edits, with git's headers; bytes, as files may have any encoding.

    ``prefix`` stands before the paths: git takes them from the root of the repository, wherever it runs.
    """
    for plan in plans:
        if plan.edits:
            yield from _file(plan, prefix + plan.path)


def _file(plan: FilePlan, path: str) -> Iterator[bytes]:
    old, new = _name("a", path), _name("b", path)
    yield b"diff --git %s %s\n" % (old, new)
    if plan.is_new:
        yield b"new file mode 100644\n"
    end = b"\t\n" if b" " in old else b"\n"  # or a name would end at its first space
    yield b"--- " + (b"/dev/null\n" if plan.is_new else old + end)
    yield b"+++ " + new + end
    hunks = unified_diff(_lines(plan.data), _lines(plan.result))
    next(hunks), next(hunks)  # its own header, which takes text only
    for line in hunks:
        yield line.encode("latin-1")
        if not line.endswith("\n"):
            yield b"\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    """Lines by ``\\n`` alone, as git knows no other line ends; one character a byte."""
    lines = [line + "\n" for line in data.decode("latin-1").split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _name(side: str, path: str) -> bytes:
    """A path as git writes it: quoted where it holds what would end it, or bytes outside of ASCII."""
    name = os.fsencode(f"{side}/{path}")
    quoted = _ODD.sub(lambda match: _SHORT.get(match[0]) or b"\\%03o" % ord(match[0]), name)
    return b'"%s"' % quoted if quoted != name else name
