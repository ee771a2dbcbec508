"""Whether a git work tree can take back what a rewrite does: asked of git, with nothing of the repository run.

No hooks, no file-system monitor, no content filters and no external diff: files that may differ are
hashed as they are (so line ends that git converts count as a change; ``--force`` is for that).
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks")


def unsaved(root: Path, paths: Iterable[str]) -> list[str]:
    """What would be mixed up with a rewrite of ``paths`` (relative to ``root``): changed files that git tracks
    below ``root``, and paths that it doesn't track.  Empty outside of a work tree, or without git."""
    folder = root if root.is_dir() else root.parent
    if _git(folder, "rev-parse", "--is-inside-work-tree") != ["true\n"]:
        return []
    tracked: dict[str, str] = {}
    for entry in _git(folder, "ls-files", "-s", "-z"):
        about, _, name = entry.partition("\t")
        tracked[name] = about.split()[1]
    staged = _git(folder, "diff-index", "--cached", "--no-ext-diff", "--name-only", "--relative", "-z", "HEAD")
    touched = _git(folder, "diff-files", "--no-ext-diff", "--name-only", "--relative", "-z")
    changed = {name for name in touched if _hash(folder, name) != tracked.get(name)}
    return sorted(changed | set(staged) | {path for path in paths if path not in tracked})


def _hash(folder: Path, name: str) -> str:
    return "".join(_git(folder, "hash-object", "--no-filters", "--", name)).strip()


def _git(folder: Path, *arguments: str) -> list[str]:
    """The answer, split at NUL bytes; nothing where git has none."""
    try:
        done = subprocess.run([*_GIT, *arguments], cwd=folder, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [part for part in done.stdout.decode("utf-8", "surrogateescape").split("\0") if part]
