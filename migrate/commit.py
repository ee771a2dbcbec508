"""The checked-out commit and where it comes from, read from git's files.

git itself is never run in a scanned tree, nor is its configuration obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

_ORIGIN = re.compile(r'^\[remote "origin"\]\s*$(?:\n(?!\[).*)*?\n\s*url\s*=\s*(\S+)', re.MULTILINE)
_URL = re.compile(
    r"(?:(https?|ssh|git)://(?:[^@/\s]*@)?|(?:[\w.-]+@)?(?=[\w.-]+:[^/:]))([\w.-]+(?::\d+)?[:/][^?#\s]*)$"
)
_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?$")


def head(root: Path) -> str:
    """The commit that the tree around ``root`` has checked out; "" outside git or where it can't be told."""
    return _read(root, _head)


def origin(root: Path) -> str:
    """The address of the remote ``origin``, without credentials; "" where there is none."""
    return _read(root, _origin)


def _read(root: Path, what: Callable[[Path], str]) -> str:
    for folder in (root.resolve(), *root.resolve().parents):
        place = folder / ".git"
        if place.exists():
            try:
                return what(_git_folder(place))
            except (OSError, UnicodeDecodeError):
                return ""
    return ""


def _origin(folder: Path) -> str:
    config = _common(folder) / "config"
    found = _ORIGIN.search(config.read_text("utf-8")) if config.is_file() else None
    address = _URL.match(found[1]) if found else None
    if address is None:
        return ""
    return f"{address[1]}://{address[2]}" if address[1] else f"ssh://{address[2].replace(':', '/', 1)}"


def _common(folder: Path) -> Path:
    """The folder that a worktree shares with its repository."""
    common = folder / "commondir"
    return folder / common.read_text("utf-8").strip() if common.is_file() else folder


def _git_folder(place: Path) -> Path:
    """The folder behind ``.git``, which is a file in a worktree or submodule."""
    if place.is_dir():
        return place
    return place.parent / place.read_text("utf-8").partition("gitdir:")[2].strip()


def _head(folder: Path) -> str:
    text = (folder / "HEAD").read_text("utf-8").strip()
    if _HASH.match(text):
        return text
    name = text.partition("ref:")[2].strip()
    if not name.startswith("refs/") or ".." in name:
        return ""
    base = _common(folder)
    for place in (folder / name, base / name):
        if place.is_file():
            found = place.read_text("utf-8").strip()
            return found if _HASH.match(found) else ""
    packed = base / "packed-refs"
    lines = packed.read_text("utf-8").splitlines() if packed.is_file() else []
    found = next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), "")
    return found if _HASH.match(found) else ""
