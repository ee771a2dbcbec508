"""Brings the planned files out: in place, or as a copy in another folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from migrate import atomic
from migrate.errors import InputError
from migrate.rewrite.changes import FilePlan
from migrate.rewrite.journal import Journal


class Failure(NamedTuple):
    """A file that could not be written, and why."""

    path: str
    reason: str


def in_place(root: Path, plans: Iterable[FilePlan], journal: Journal) -> list[Failure]:
    """Write each changed file, whole or not at all.  Returns those that could not be written.

    Helper modules come first, and nothing that may import one is written without it.
    """
    changed = [plan for plan in plans if plan.edits]
    journal.begin(changed)
    failed: list[Failure] = []
    for plan in sorted(changed, key=lambda plan: bool(plan.changes)):
        missing = next((failure.path for failure in failed if plan.changes and failure.path in _helpers(changed)), "")
        if reason := f"not written without {missing}" if missing else _replace(root, plan):
            failed.append(Failure(plan.path, reason))
    if not failed:
        journal.end()
    return failed


def _helpers(plans: Iterable[FilePlan]) -> set[str]:
    return {plan.path for plan in plans if not plan.changes}


def _replace(root: Path, plan: FilePlan) -> str:
    """Put the new content in the place of the old one; the reason where that can't be done."""
    place = base(root) / plan.path
    try:
        if plan.is_new:
            is_as_before = not os.path.lexists(place)
        else:
            is_as_before = place.resolve() == _resolved(root, plan.path) and place.read_bytes() == plan.data
        if not is_as_before:
            return "changed since it was scanned; run again"
        if not plan.is_new and not (place.stat().st_mode & 0o222 and os.access(place, os.W_OK)):
            return "read-only; make it writable (chmod u+w) and run again"
        atomic.write(place, [plan.result])
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _resolved(root: Path, path: str) -> Path:
    """Where a file must be: no link below the root may have come into its way.  A root may be a link itself."""
    return root.resolve() / path if root.is_dir() else root.resolve()


def to_folder(root: Path, plans: Iterable[FilePlan], folder: Path) -> list[Failure]:
    """Write the changed files below another folder, at their own paths.

    Raises InputError where the folder lies in the scanned tree, or holds one of them already.
    """
    if root.is_dir() and folder.resolve().is_relative_to(root.resolve()):
        raise InputError(f"{str(folder)!r} lies in what is scanned; name a folder outside of it with --output-dir")
    changed = [plan for plan in plans if plan.edits]
    for plan in changed:
        if os.path.lexists(folder / plan.path):
            raise InputError(f"{str(folder / plan.path)!r} exists; name an empty folder with --output-dir")
        for above in Path(plan.path).parents:
            if (folder / above).is_symlink() and folder / above != folder:
                raise InputError(
                    f"{str(folder / above)!r} is a link to elsewhere; name an empty folder with --output-dir"
                )
    failed = []
    for plan in changed:
        place = folder / plan.path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(place, [plan.result])
            if not plan.is_new:
                place.chmod((base(root) / plan.path).stat().st_mode & 0o777)
        except OSError as error:
            failed.append(Failure(plan.path, error.strerror or str(error)))
    return failed


def base(root: Path) -> Path:
    """What the plans' paths are relative to: the root, or the folder of the only file."""
    return root if root.is_dir() else root.parent
