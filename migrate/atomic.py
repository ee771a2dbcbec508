"""Files are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile


def write(place: Path, pieces: Iterable[bytes]) -> None:
    """Write to a temporary file beside ``place``, then put it in its place; the old file's mode is kept.

    A link stays a link: what it leads to is replaced.  A pipe or device is written to as it is.
    Raises OSError, and whatever ``pieces`` raises; the old content stays then.
    """
    place = place.resolve()
    if place.exists() and not place.is_file():
        with place.open("wb") as stream:
            stream.writelines(pieces)
        return
    mode = place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask()
    with NamedTemporaryFile("wb", dir=place.parent, prefix=f".{place.name[:100]}.", delete=False) as file:
        made = Path(file.name)
        try:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
            made.chmod(mode)
            made.replace(place)
        except BaseException:
            made.unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
