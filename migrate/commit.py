"""The repository around a folder: its root, the checked-out commit and where it comes from, read from git's files.

git itself is never run in a scanned tree, nor is its configuration obeyed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from migrate.regex import regex

_SECTION = regex(r'\[remote "origin"\]')
_ADDRESS = regex(r"url\s*=\s*(\S+)")
_URL = regex(r"(?:(https?|ssh|git)://(?:[^@/\s]*@)?|(?:[\w.-]+@)?(?=[\w.-]+:[^/:]))([\w.-]+(?::\d+)?[:/][^?#\s]*)$")
_MOST = 10_000_000
_HASH = regex(r"[0-9a-f]{40}([0-9a-f]{24})?$")


def head(root: Path) -> str:
    """The commit that the tree around ``root`` has checked out; "" outside git or where it can't be told."""
    return _read(root, _head)


def origin(root: Path) -> str:
    """The address of the remote ``origin``, without credentials; "" where there is none."""
    return _read(root, _origin)


def prefix(root: Path) -> str:
    """What stands before a path below ``root`` (beside it, where it is a file) in the repository: ``sub/folder/``."""
    folder = root.resolve() if root.is_dir() else root.resolve().parent
    place = _repository(folder)
    return f"{folder.relative_to(place).as_posix()}/" if place and place != folder else ""


def is_in_repository(root: Path) -> bool:
    """Whether a folder or file lies in a repository."""
    return _repository(root if root.is_dir() else root.parent) is not None


def _repository(root: Path) -> Path | None:
    """The root of the repository around a path."""
    return next((folder for folder in (root.resolve(), *root.resolve().parents) if (folder / ".git").exists()), None)


def _read(root: Path, what: Callable[[Path], str]) -> str:
    place = _repository(root)
    try:
        return what(_git_folder(place / ".git")) if place else ""
    except (OSError, ValueError):
        return ""


def _origin(folder: Path) -> str:
    config = _common(folder) / "config"
    inside, url = False, ""
    for line in map(str.strip, _text(config).splitlines() if config.is_file() else ()):
        if line.startswith("["):
            inside = bool(_SECTION.match(line))
        elif inside and (found := _ADDRESS.match(line)):
            url = found[1]
    address = _URL.match(url)
    if address is None:
        return ""
    return f"{address[1]}://{address[2]}" if address[1] else f"ssh://{address[2].replace(':', '/', 1)}"


def _common(folder: Path) -> Path:
    """The folder that a worktree shares with its repository."""
    common = folder / "commondir"
    return folder / _text(common).strip() if common.is_file() else folder


def _text(place: Path) -> str:
    """The text of one of git's files, which in a hostile tree may be a pipe or endless.  Raises OSError."""
    if not place.is_file():
        raise OSError(f"{place}: not a regular file")
    with place.open("rb") as file:
        return file.read(_MOST).decode("utf-8")


def _git_folder(place: Path) -> Path:
    """The folder behind ``.git``, which is a file in a worktree or submodule."""
    if place.is_dir():
        return place
    return place.parent / _text(place).partition("gitdir:")[2].strip()


def _head(folder: Path) -> str:
    text = _text(folder / "HEAD").strip()
    if _HASH.match(text):
        return text
    name = text.partition("ref:")[2].strip()
    if not name.startswith("refs/") or ".." in name:
        return ""
    base = _common(folder)
    for place in (folder / name, base / name):
        if place.is_file():
            found = _text(place).strip()
            return found if _HASH.match(found) else ""
    packed = base / "packed-refs"
    lines = _text(packed).splitlines() if packed.is_file() else []
    found = next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), "")
    return found if _HASH.match(found) else ""
