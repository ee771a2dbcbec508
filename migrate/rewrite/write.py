"""Brings the planned files out: in place, or as a copy in another folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from migrate import atomic
from migrate.errors import InputError
from migrate.rewrite.changes import FilePlan


def in_place(root: Path, plans: Iterable[FilePlan]) -> list[tuple[str, str]]:
    """Write each changed file, whole or not at all.  Returns the paths that could not be written, with the reason."""
    failed = []
    for plan in plans:
        if not plan.edits:
            continue
        place = _base(root) / plan.path
        try:
            if place.exists() if plan.is_new else place.read_bytes() != plan.data:
                failed.append((plan.path, "changed since it was scanned; run again"))
                continue
            atomic.write(place, [plan.result])
        except OSError as error:
            failed.append((plan.path, error.strerror or str(error)))
    return failed


def to_folder(root: Path, plans: Iterable[FilePlan], folder: Path) -> list[tuple[str, str]]:
    """Write the changed files below another folder, at their own paths.

    Raises InputError where the folder holds one of them already.
    """
    changed = [plan for plan in plans if plan.edits]
    for plan in changed:
        if (folder / plan.path).exists():
            raise InputError(f"{str(folder / plan.path)!r} exists; name an empty folder with --output-dir")
    failed = []
    for plan in changed:
        place = folder / plan.path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(place, [plan.result])
            if not plan.is_new:
                place.chmod((_base(root) / plan.path).stat().st_mode & 0o777)
        except OSError as error:
            failed.append((plan.path, error.strerror or str(error)))
    return failed


def _base(root: Path) -> Path:
    """What the plans' paths are relative to: the root, or the folder of the only file."""
    return root if root.is_dir() else root.parent
