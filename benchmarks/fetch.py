"""Real projects from PyPI, as sdists or wheels.  Only downloads and unpacks: no build code is run."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
from packaging.version import Version

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage

CACHE = Path(__file__).parent / ".cache"
LIMIT = 700_000_000
"""Bytes: larger files are not worth their download here."""


def fetch(name: str) -> Path:
    """The folder with the unpacked newest release of a project: its sdist, or a wheel where there is none.

    ``name`` may carry a version, ``deepspeed==0.15.0``.  Raises LookupError where PyPI has neither.
    """
    project, _, wanted = name.partition("==")
    folder = CACHE / name
    if (folder / ".complete").is_file():
        return folder
    try:
        from pypi_simple import PyPISimple
    except ModuleNotFoundError:
        sys.exit("the benchmarks fetch projects from PyPI: pip install --editable '.[refresh]', or run make benchmark")
    folder.mkdir(parents=True, exist_ok=True)
    with PyPISimple() as client:
        package = _choose(client.get_project_page(project).packages, wanted)
        archive = CACHE / package.filename
        print(f"fetching {package.filename} ({(package.size or 0) / 1e6:.0f} MB)", file=sys.stderr)
        client.download_package(package, archive)
    _unpack(archive, folder)
    archive.unlink()
    (folder / ".complete").write_text(package.filename)
    return folder


def release(folder: Path) -> str:
    """The file name that was fetched into the folder."""
    return (folder / ".complete").read_text()


def _choose(packages: list[DistributionPackage], wanted: str) -> DistributionPackage:
    rank = {"sdist": 2, "wheel": 1}
    found = []
    for package in packages:
        if package.package_type not in rank or not package.version or (package.size or 0) > LIMIT or package.is_yanked:
            continue
        try:
            version = Version(package.version)
        except (ValueError, InvalidSdistFilename, InvalidWheelFilename):
            continue
        if wanted and version != Version(wanted):
            continue
        linux = "linux" in package.filename and "x86_64" in package.filename
        fits = linux or package.package_type == "sdist" or "any.whl" in package.filename
        if fits and (wanted or not version.is_prerelease):
            found.append((version, rank[package.package_type], package.filename, package))
    if not found:
        raise LookupError("no release on PyPI")
    return max(found, key=lambda item: item[:3])[3]


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack without following links or leaving the folder."""
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as content:
            content.extractall(folder)
    else:
        with tarfile.open(archive) as content:
            content.extractall(folder, filter="data")
