"""Names looked up again in the real headers and wheels (network; the cache is kept between runs).

The cache folder is ``CUDA_MIGRATE_TEST_CACHE``, by default ``~/.cache/cuda-migrate/tests``.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from migrate.facts import data, refresh, sources, wheels

pytestmark = pytest.mark.real

LIBRARIES = [library for library, entry in sources.of_scheme("c").items() if "wheels" in entry]
ROCM_WHEELS = ("rocm-bindings-hip", "rocm-bindings-libraries", "rocm-bindings-systems")
DEBIAN_PACKAGES = ("libamdhip64-dev", "libhiprand-dev", "libhipsparse-dev", "librocm-smi-dev")


@pytest.fixture(scope="module")
def cache() -> Path:
    pytest.importorskip("pypi_simple", reason="needs the package pypi-simple (extra `refresh`)")
    default = Path.home() / ".cache" / "cuda-migrate" / "tests"
    return Path(os.environ.get("CUDA_MIGRATE_TEST_CACHE") or default)


def rows(target: str, source: str) -> list[dict[str, str]]:
    """The rows of a target's C tables whose evidence is the given source."""
    found = []
    for library in (*sources.of_scheme("c"), "headers"):
        path = data.folder("rules") / "targets" / target / f"{library}.csv"
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                found += [row for row in csv.DictReader(file) if row["source"].partition(":")[0] == source]
    return found


def words(files: Iterable[Path]) -> set[str]:
    found: set[str] = set()
    for file in files:
        found.update(re.findall(r"[A-Za-z_]\w*", file.read_text(encoding="utf-8", errors="replace")))
    return found


def counterpart(row: dict[str, str]) -> str:
    """The identifier that must stand in the target's headers: the last part of a qualified name."""
    return re.findall(r"[A-Za-z_]\w*", row["to"] or row["name"])[-1]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_list_is_what_the_pinned_wheels_declare(library: str, cache: Path) -> None:
    """Every name the headers declare is listed; what is listed beyond them is marked as removed, or is
    known from elsewhere: Windows headers, names that macros put together."""
    declared = refresh.scan(library, cache)
    listed = sources.names(library)
    assert sorted(declared.keys() - listed.keys()) == []
    beyond = {
        name
        for name, entry in listed.items()
        if name not in declared
        and not entry.removed
        and not re.search(r"(?i)d3d|vdpau|egl|WGL|^CU_FILE_|^__nv_fp128", name)
    }
    assert len(beyond) <= len(listed) * 0.03, sorted(beyond)[:50]


def test_ascendcl_names_stand_in_the_headers_of_torch_npu(cache: Path) -> None:
    _, folder = wheels.fetch("torch-npu==2.13.0", cache, wheels.is_header)
    include = folder / "torch_npu" / "include"
    known = words(include.rglob("*.h"))
    checked = rows("cann", "torch-npu-headers")
    assert len(checked) > 250
    missing = [
        row["name"]
        for row in checked
        if (not (include / row["to"]).is_file() and not (include / "third_party/acl/inc" / row["to"]).is_file())
        and counterpart(row) not in known
    ]
    assert missing == []


def test_ascend_operators_are_in_the_library_of_torch_npu(cache: Path) -> None:
    member = "torch_npu/lib/libtorch_npu.so"
    _, folder = wheels.fetch("torch-npu==2.13.0", cache / "lib", member.__eq__)
    symbols = set(re.findall(rb"aclnn[A-Z]\w+", (folder / member).read_bytes()))
    checked = rows("cann", "torch-npu-symbols")
    assert len(checked) > 40
    assert [row["to"] for row in checked if row["to"].encode() not in symbols] == []


def test_hip_names_stand_in_the_bindings_made_from_rocm_headers(cache: Path) -> None:
    known: set[str] = set()
    for wheel in ROCM_WHEELS:
        _, folder = wheels.fetch(f"{wheel}==10.0.0.0.1.2", cache, _is_declaration)
        known |= words(folder.rglob("*.pxd"))
    checked = [row for row in rows("rocm", "rocm-bindings-wheel") if row["verdict"] in ("same", "rename")]
    assert len(checked) > 4500
    assert [row["name"] for row in checked if counterpart(row) not in known] == []


def test_hip_names_stand_in_debian_headers(cache: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip("no apt-get or dpkg-deb: Debian's HIP headers can't be fetched here")
    folder = cache / "debian-hip"
    if not (folder / ".complete").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for package in DEBIAN_PACKAGES:
            fetched = subprocess.run(["apt-get", "download", package], cwd=folder, capture_output=True, text=True)
            if fetched.returncode:
                pytest.skip(f"apt-get download {package} failed: {fetched.stderr.strip()[-200:]}")
        for archive in folder.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(archive), str(folder)], check=True)
        (folder / ".complete").write_bytes(b"")
    known = words([*folder.rglob("*.h"), *folder.rglob("*.hpp")])
    checked = rows("rocm", "debian-hip")
    assert len(checked) > 400
    assert [row["name"] for row in checked if counterpart(row) not in known] == []


def _is_declaration(member: str) -> bool:
    return member.endswith(".pxd")
