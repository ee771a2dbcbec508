"""Names of Python packages, read without importing: on a package of the test's own, then on the real wheels."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from textwrap import dedent

import pytest

from migrate.facts import data, python_names, sources, wheels

PACKAGE = {
    "torch/__init__.py": "from torch import cuda\n__all__ = ['get_device_module']\ndef get_device_module(): ...\n",
    "torch/cuda/__init__.py": """
        from .streams import Event as Event, _hidden
        from .memory import *
        __all__ = ["Event", "FloatTensor"]
        __all__ += ["is_available"]
        if True:
            def is_available(): ...
        """,
    "torch/cuda/streams.py": """
        class Event:
            def record(self): ...
            def _own(self): ...
        """,
    "torch/cuda/memory.py": "def empty_cache(): ...\ndef _private(): ...\n",
    "torch/cuda/broken.py": "def (:\n",
    "torch/_C/_VariableFunctions.pyi": "def add(input, other): ...\n",
    "torch/_C/__init__.pyi": "class TensorBase:\n    def abs(self): ...\nclass Hidden: ...\n",
}


def unpacked(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    return folder


def test_names_of_torch_cuda(tmp_path: Path) -> None:
    found = {entry.name: entry for entry in python_names.torch(unpacked(tmp_path, PACKAGE))["torch-cuda"]}
    listed = {name: entry.kind for name, entry in found.items() if entry.module.startswith("torch.cuda")}
    assert listed == {
        "torch.cuda.Event": "class",
        "torch.cuda.Event.record": "method",
        "torch.cuda.FloatTensor": "data",
        "torch.cuda.empty_cache": "function",
        "torch.cuda.is_available": "function",
        "torch.cuda.memory.empty_cache": "function",
        "torch.cuda.streams.Event": "class",
    }
    assert "torch.cuda.memory._private" not in found


def test_names_of_operators(tmp_path: Path) -> None:
    found = {entry.name for entry in python_names.torch(unpacked(tmp_path, PACKAGE))["torch-operators"]}
    assert {"torch.add", "torch.Tensor.abs", "torch.get_device_module"} <= found
    assert "torch.Hidden" not in found


def test_a_module_without_all_gives_what_it_defines(tmp_path: Path) -> None:
    unpacked(tmp_path, {"triton/language/math.py": "from .core import x\ndef exp(): ...\ndef _y(): ...\n"})
    assert [entry.name for entry in python_names.triton(tmp_path)["triton"]] == ["triton.language.math.exp"]


@pytest.fixture(scope="module")
def cache() -> Path:
    pytest.importorskip("pypi_simple", reason="needs the package pypi-simple (extra `refresh`)")
    default = Path.home() / ".cache" / "cuda-migrate" / "tests"
    return Path(os.environ.get("CUDA_MIGRATE_TEST_CACHE") or default) / "python"


def words(requirement: str, pattern: str, cache: Path) -> set[str]:
    """The identifiers in those members of a wheel whose path fits."""
    _, folder = wheels.fetch(requirement, cache, lambda member: bool(re.search(pattern, member)))
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*") if path.is_file())
    return {word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text)}


def counterparts(target: str, prefix: str, *tables: str) -> set[str]:
    """The counterparts in a target's tables that are names of the given package."""
    found: set[str] = set()
    for table in tables:
        path = data.folder("rules") / "targets" / target / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            found.update(row["to"] for row in csv.DictReader(file) if re.match(prefix, row["to"]))
    return found


def missing(names: set[str], known: set[str]) -> list[str]:
    return sorted(name for name in names if name.rpartition(".")[2] not in known)


@pytest.mark.real
@pytest.mark.parametrize("library", ["torch-cuda", "torch-operators", "triton"])
def test_a_list_is_what_the_wheel_holds(library: str, cache: Path) -> None:
    package, read = python_names.READERS[library]
    requirement = data.toml("libraries.toml")[library]["wheels"][0]
    _, folder = wheels.fetch(requirement, cache, lambda member: bool(python_names.is_source(member)))
    listed = {name for name, entry in sources.names(library).items() if not entry.removed}
    assert package == requirement.partition("==")[0]
    assert listed == {entry.name for entry in read(folder)[library]}


@pytest.mark.real
def test_torch_npu_has_what_the_tables_name(cache: Path) -> None:
    known = words("torch-npu==2.13.0", r"^torch_npu/(?!include/).*\.(py|pyi|yaml)$|^torchnpugen/.*\.(py|yaml)$", cache)
    names = counterparts("cann", r"torch(_npu|\.npu)\.[\w.]+$", "torch-cuda", "fused-operators", "packages")
    assert len(names) > 150
    assert missing(names, known) == []


@pytest.mark.real
def test_torch_has_the_portable_names(cache: Path) -> None:
    known = words("torch==2.13.0", r"^torch/.*\.pyi?$", cache)
    names = counterparts("portable", r"torch\.[\w.]+$", "torch-cuda", "fused-operators", "backend", "packages")
    assert len(names) > 50
    assert missing(names, known) == []


@pytest.mark.real
def test_mindspore_has_the_counterparts(cache: Path) -> None:
    known = words("mindspore==2.10.0", r"^mindspore/.*\.pyi?$", cache)
    names = counterparts("mindspore", r"mindspore\.", "torch-cuda", "torch-operators")
    assert len(names) > 800
    assert missing(names, known) == []
