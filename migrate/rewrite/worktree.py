"""Whether a git work tree can take back what a rewrite does: asked of git, with nothing of the repository run.

No hooks, no file-system monitor, no content filters, no external diff, no fetching of what a partial clone
lacks.  Files that may differ are hashed as they are (so line ends that git converts count as a change;
``--force`` is for that).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from migrate import commit
from migrate.errors import InputError
from migrate.escape import visible
from migrate.rewrite.write import base

_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks")
_NO_FETCH = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "LC_ALL": "C"}
_FILTER = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
_DIFF = ("--no-ext-diff", "--ignore-submodules", "--name-only", "--relative", "-z")
_SHOWN = 3


def refuse_unsaved(root: Path, paths: Iterable[str], is_ours: Callable[[str], bool]) -> None:
    """Raises InputError where git couldn't give back what stands below ``root`` now, or can't say so.

    ``paths`` (relative to ``root``) are to be written; ``is_ours`` tells what an unfinished rewrite left.
    """
    if not commit.is_in_repository(root):
        return
    try:
        found = [path for path in unsaved(root, paths) if not is_ours(path)]
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr.decode(errors="replace") if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise InputError(f"git can't say whether all is committed: {said.strip()}; use --force") from None
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        names = ", ".join(visible(path) for path in found[:_SHOWN])
        raise InputError(f"git has no copy of what stands here now: {names}{more}; commit them first, or use --force")


def unsaved(root: Path, paths: Iterable[str]) -> list[str]:
    """What would be mixed up with a rewrite of ``paths``: changed files that git tracks at or below ``root``, and
    paths that it doesn't track.  Raises OSError, CalledProcessError where git gives no answer."""
    folder = base(root)
    below = () if root.is_dir() else (f":(literal){root.name}",)
    environment = os.environ | _NO_FETCH
    environment |= _without_filters(_git(folder, environment, "config", "-z", "--name-only", "--list"))
    tracked: dict[str, str] = {}
    for entry in _git(folder, environment, "ls-files", "-s", "-z", "--", *below):
        about, _, name = entry.partition("\t")
        tracked[name] = about.split()[1]
    touched = _git(folder, environment, "diff-files", *_DIFF, "--", *below)
    changed = {name for name in touched if not _is_blob(folder / name, tracked.get(name, ""))}
    head = _git(folder, environment, "rev-list", "--all", "-n", "1")
    staged = _git(folder, environment, "diff-index", "--cached", *_DIFF, "HEAD", "--", *below) if head else [*tracked]
    return sorted(changed | set(staged) | {path for path in paths if path not in tracked})


def _without_filters(keys: Iterable[str]) -> dict[str, str]:
    """Variables that take the commands of the repository's content filters away."""
    filters = {key.rpartition(".")[0] for key in keys if key.startswith("filter.")}
    settings = [(f"{name}.{key}", value) for name in sorted(filters) for key, value in _FILTER]
    given = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdigit() else 0
    made = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for index, (key, value) in enumerate(settings, first):
        made |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return made


def _is_blob(place: Path, name: str) -> bool:
    """Whether a file's bytes are what git holds under this name."""
    algorithm = hashlib.sha256 if len(name) == 64 else hashlib.sha1
    try:
        data = os.fsencode(place.readlink()) if place.is_symlink() else place.read_bytes()
    except OSError:
        return False
    return algorithm(b"blob %d\0" % len(data) + data).hexdigest() == name


def _git(folder: Path, environment: dict[str, str], *arguments: str) -> list[str]:
    """The answer, split at NUL bytes."""
    done = subprocess.run([*_GIT, *arguments], cwd=folder, env=environment, capture_output=True, check=True)
    return [part for part in os.fsdecode(done.stdout).split("\0") if part]
