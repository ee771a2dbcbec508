"""Files are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from glob import escape
from pathlib import Path
from tempfile import NamedTemporaryFile

_SUFFIX = ".cuda-migrate"


def write(place: Path, pieces: Iterable[bytes]) -> None:
    """Write to a temporary file beside ``place``, then put it in its place; mode and owner of the old file are kept.

    A link stays a link: what it leads to is replaced.  Other hard links keep the old content.  A pipe or
    device is written to as it is.  Raises OSError, and whatever ``pieces`` raises; the old content stays then.
    """
    place = place.resolve()
    if place.exists() and not place.is_file():
        with place.open("wb") as stream:
            stream.writelines(pieces)
        return
    before = place.stat() if place.exists() else None
    with NamedTemporaryFile("wb", dir=place.parent, prefix=_prefix(place), suffix=_SUFFIX, delete=False) as file:
        made = Path(file.name)
        try:
            file.writelines(pieces)
            file.flush()
            if before:
                with suppress(PermissionError):  # only root gives files away
                    os.chown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), before.st_mode & 0o7777 if before else 0o666 & ~_umask())
            os.fsync(file.fileno())
            made.replace(place)
        except BaseException:
            made.unlink(missing_ok=True)
            raise


def clear(place: Path) -> None:
    """Remove the temporary files that killed writes to ``place`` left behind."""
    with suppress(OSError):
        for made in place.parent.glob(f"{escape(_prefix(place))}*{_SUFFIX}"):
            made.unlink(missing_ok=True)


def _prefix(place: Path) -> str:
    return f".{place.name[:100]}."


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
