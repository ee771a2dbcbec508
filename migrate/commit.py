"""The checked-out commit, read from git's files; git itself is never run in a scanned tree."""

from __future__ import annotations

import re
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?$")


def head(root: Path) -> str:
    """The commit that the tree around ``root`` has checked out; "" outside git or where it can't be told."""
    for folder in (root.resolve(), *root.resolve().parents):
        place = folder / ".git"
        if place.exists():
            try:
                return _head(_git_folder(place))
            except (OSError, UnicodeDecodeError):
                return ""
    return ""


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
    common = folder / "commondir"
    base = folder / common.read_text("utf-8").strip() if common.is_file() else folder
    for place in (folder / name, base / name):
        if place.is_file():
            found = place.read_text("utf-8").strip()
            return found if _HASH.match(found) else ""
    packed = base / "packed-refs"
    lines = packed.read_text("utf-8").splitlines() if packed.is_file() else []
    found = next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), "")
    return found if _HASH.match(found) else ""
