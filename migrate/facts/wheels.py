"""Reads single files out of wheels on PyPI without downloading the wheels (``cuda-migrate rules refresh``).

NVIDIA's wheels weigh up to 600 MB and their headers a few.  A wheel is a zip archive with its directory
at the end, so HTTP range requests fetch only what is asked for; the files stay in a cache folder.
"""

from __future__ import annotations

import io
import urllib.request
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

_BLOCK = 1 << 20
_TIMEOUT_S = 120


class _Remote(io.RawIOBase):
    """A file behind an address, read in blocks of one MiB by range requests."""

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size, self._at = url, size, 0
        self._blocks: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fills the buffer from one block; 0 at the end."""
        number, start = divmod(self._at, _BLOCK)
        if self._at >= self._size:
            return 0
        if number not in self._blocks:
            self._blocks[number] = self._fetch(number * _BLOCK, min(self._size, (number + 1) * _BLOCK))
        part = self._blocks[number][start : start + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _fetch(self, start: int, end: int) -> bytes:
        request = urllib.request.Request(self._url, headers={"Range": f"bytes={start}-{end - 1}"})
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            if answer.status != 206:
                raise OSError(f"{self._url}: the server ignores range requests (status {answer.status})")
            content: bytes = answer.read()
        return content


def version_of(wheel: str) -> str:
    """The version in a wheel's file name."""
    return wheel.split("-")[1]


def newest(requirement: str) -> tuple[str, str, int]:
    """File name, address and size in bytes of the newest Linux x86-64 (or pure) wheel that a
    requirement such as ``nvidia-cublas`` or ``torch==2.13.0`` allows.

    Needs the package pypi-simple.  Raises LookupError where PyPI has no such wheel.
    """
    from packaging.requirements import Requirement
    from packaging.version import InvalidVersion, Version
    from pypi_simple import PyPISimple

    wanted = Requirement(requirement)
    found: list[tuple[Version, str, str, int]] = []
    with PyPISimple() as client:
        for package in client.get_project_page(wanted.name).packages:
            name = package.filename
            fits = name.endswith(".whl") and (("x86_64" in name and "linux" in name) or name.endswith("-any.whl"))
            if not fits or package.is_yanked or not package.version:
                continue
            try:
                version = Version(package.version)
            except InvalidVersion:
                continue
            if wanted.specifier.contains(version) and package.size:
                found.append((version, name, package.url, package.size))
    if not found:
        raise LookupError(f"PyPI has no Linux wheel for {requirement}")
    _, name, url, size = max(found)
    return name, url, size


def fetch(requirement: str, cache: Path, wanted: Callable[[str], object]) -> tuple[str, Path]:
    """Puts the wanted members of the newest fitting wheel below ``cache/<wheel file name>/`` and
    returns the wheel's file name and that folder.  A folder that is complete is not fetched again.

    Raises OSError where the server doesn't answer, LookupError where there is no such wheel.
    """
    name, url, size = newest(requirement)
    folder = cache / name
    done = folder / ".complete"
    if not done.is_file():
        with zipfile.ZipFile(io.BufferedReader(_Remote(url, size), _BLOCK)) as archive:
            members = sorted((entry for entry in archive.infolist() if wanted(entry.filename)), key=_place)
            for member in members:
                _store(folder, member.filename, archive.read(member))
        folder.mkdir(parents=True, exist_ok=True)
        done.write_bytes(b"")
    return name, folder


def _place(entry: zipfile.ZipInfo) -> int:
    return entry.header_offset


def _store(folder: Path, member: str, content: bytes) -> None:
    path = PurePosixPath(member)
    if path.is_absolute() or ".." in path.parts:
        raise OSError(f"{folder.name}: member {member!r} leaves the archive")
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def is_header(member: str) -> bool:
    """Whether a wheel's member is a C or C++ header (or one of C++'s headers without suffix)."""
    path = PurePosixPath(member)
    in_include = "include" in path.parts[:-1]
    return (
        in_include
        and not member.endswith("/")
        and path.suffix in ("", ".h", ".hpp", ".cuh", ".inl")
        and path.name != "LICENSE"
    )


def include_path(member: Iterable[str]) -> str:
    """How code includes a header: its path below the first ``include`` folder (and CUDA's ``cccl``)."""
    parts = list(member)
    below = parts[parts.index("include") + 1 :]
    return "/".join(below[1:] if below[:1] == ["cccl"] else below)
