"""The changes as a patch that ``git apply`` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from migrate.rewrite.changes import FilePlan

_QUOTED = {ord("\n"): "\\n", ord("\t"): "\\t", ord('"'): '\\"', ord("\\"): "\\\\"}


def patch(plans: Iterable[FilePlan]) -> Iterator[bytes]:
    """A unified diff of all planned edits, with git's headers; bytes, as files may have any encoding."""
    for plan in plans:
        if plan.edits:
            yield from _file(plan)


def _file(plan: FilePlan) -> Iterator[bytes]:
    old, new = _lines(plan.data), _lines(plan.result)
    a, b = _name(f"a/{plan.path}"), _name(f"b/{plan.path}")
    yield f"diff --git {a} {b}\n".encode()
    if plan.is_new:
        yield b"new file mode 100644\n"
    for line in unified_diff(old, new, "/dev/null" if plan.is_new else a, b):
        yield line.encode("latin-1") if line.startswith((" ", "+", "-")) and line[1:3] != "--" else line.encode()
        if not line.endswith("\n"):
            yield b"\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    """Lines by ``\\n`` alone, one character a byte: git knows no other line ends."""
    return [line + "\n" for line in data.decode("latin-1").split("\n")][:-1] + _rest(data)


def _rest(data: bytes) -> list[str]:
    last = data.rpartition(b"\n")[2].decode("latin-1")
    return [last] if last else []


def _name(path: str) -> str:
    """A path as git writes it: quoted where it holds what would end it."""
    quoted = path.translate(_QUOTED)
    return f'"{quoted}"' if quoted != path else path
