"""The tables of ROCm beside NVIDIA's headers of CUDA 12.6 and the HIP headers of Triton's wheel.

A call that the tables let through unasked has to fit the counterpart: for each number of arguments that CUDA
takes, either some declaration of HIP takes as many, or the row's template refuses the call.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

from migrate.facts import data, template, versions

pytestmark = pytest.mark.real

Counts = dict[str, set[tuple[int, int]]]
"""Function → the least and the greatest number of arguments of each of its declarations."""

CUDA = "12.6"
HEADERS = {"cuda-runtime": ("cuda_runtime_api.h", "cuda_runtime.h"), "cuda-driver": ("cuda.h",)}
HIP_HEADERS = (
    "hip_runtime_api.h",
    "hip_runtime.h",
    "amd_detail/amd_hip_runtime.h",
    "amd_detail/amd_channel_descriptor.h",
)

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DECLARED = re.compile(r"[\w*&>]\s+[*&]?(?P<name>(?:cuda|cu|hip)[A-Z]\w*)\s*\(")
_STATEMENT = re.compile(r"\b(?:return|else|new|define\s+\w*)\s*$")
_ALIAS = re.compile(r"#\s*define[ \t]+(cu\w+)[ \t]+(?:__CUDA_API_PT[DS][SZ]\()?(cu\w+)\)?[ \t]*$", re.MULTILINE)


def headers(package: str, *below: str) -> Path:
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"{package} isn't installed")
    return Path(next(iter(found.submodule_search_locations))).joinpath(*below)


def declared(files: Iterable[Path]) -> Counts:
    counts: Counts = {}
    for file in files:
        text = _COMMENT.sub("", file.read_text(encoding="utf-8", errors="replace"))
        for match in _DECLARED.finditer(text):
            inner = _parameters(text, match.end())
            after = text[match.end() + len(inner) + 1 :].lstrip()
            if after.startswith((";", "{")) and not _STATEMENT.search(text, 0, match.start("name")):
                counts.setdefault(match["name"], set()).add(_count(inner))
        for alias, function in _ALIAS.findall(text):
            if function in counts:
                counts[alias] = counts[function]
    return counts


def _parameters(text: str, start: int) -> str:
    """What stands up to the parenthesis that closes the one before ``start``."""
    depth = 1
    for at in range(start, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if not depth:
            return text[start:at]
    return text[start:]


def _count(inner: str) -> tuple[int, int]:
    if inner.strip() in ("", "void"):
        return 0, 0
    parts, depth = [""], 0
    for mark in inner:
        depth += (mark in "(<") - (mark in ")>")
        if mark == "," and not depth:
            parts.append("")
        else:
            parts[-1] += mark
    optional = sum("=" in part or "__dv(" in part or "__dparm(" in part for part in parts)
    return len(parts) - optional, len(parts)


@pytest.fixture(scope="module")
def hip() -> tuple[Counts, str]:
    """HIP's declarations, and the version that they are of."""
    folder = headers("triton", "backends", "amd", "include", "hip")
    version = dict(re.findall(r"HIP_VERSION_(MAJOR|MINOR) (\d+)", (folder / "hip_version.h").read_text()))
    return declared(folder / name for name in HIP_HEADERS), f"{version['MAJOR']}.{version['MINOR']}"


def table(library: str) -> list[dict[str, str]]:
    with (data.folder("rules") / "targets" / "rocm" / f"{library}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def applied(library: str, hip_version: str) -> list[dict[str, str]]:
    """The rows by which calls are written anew, for these versions."""
    now = versions.parse(hip_version)
    return [
        row
        for row in table(library)
        if row["verdict"] in ("rename", "rewrite")
        and versions.holds(row["cuda"], CUDA)
        and not (row["since"] and versions.parse(row["since"]) > now)
        and not (row["until"] and versions.parse(row["until"]) <= now)
    ]


def passed(args: str, given: int) -> int | None:
    """How many arguments the counterpart gets; None where the call is left alone."""
    if args in ("", "$*"):
        return given
    try:
        return len(template.fill(template.parse(args), [template.Given("", "")] * given))
    except template.ArgumentsError:
        return None


@pytest.mark.parametrize("library", HEADERS)
def test_every_call_that_is_renamed_fits_the_counterpart(library: str, hip: tuple[Counts, str]) -> None:
    counts, version = hip
    folder = headers("nvidia.cuda_runtime", "include")
    cuda = declared(folder / name for name in HEADERS[library])
    rows = [row for row in applied(library, version) if row["name"] in cuda and not row["to"].startswith("hiprtc")]
    assert len(rows) > 250
    assert [row["name"] for row in rows if row["to"] not in counts] == [], "not in this HIP: see the column since"
    wrong = []
    for row in rows:
        calls = {given for least, most in cuda[row["name"]] for given in range(least, most + 1)}
        fits = {given: passed(row["args"], given) for given in calls}
        if all(number is None for number in fits.values()):
            wrong.append(f"{row['name']}: the template takes no call")
        for given, number in fits.items():
            if number is not None and not any(least <= number <= most for least, most in counts[row["to"]]):
                wrong.append(f"{row['name']} with {given}: {row['to']} takes {sorted(counts[row['to']])}")
    assert wrong == []


@pytest.mark.parametrize("library", HEADERS)
def test_a_name_that_hip_declares_is_not_called_missing(library: str) -> None:
    """By AMD's spelling a name that may be the counterpart; whether it is, someone has to look."""
    folder = headers("triton", "backends", "amd", "include", "hip")
    public = [*folder.glob("*.h"), *(folder / "amd_detail").glob("amd_*.h")]
    text = "".join(_COMMENT.sub("", file.read_text(encoding="utf-8", errors="replace")) for file in public)
    known = set(re.findall(r"\bhip[A-Z]\w*", text))
    assert len(known) > 1000
    missing = [row["name"] for row in table(library) if row["verdict"] == "none"]
    assert [name for name in missing if not known.isdisjoint(spelled(name))] == []


def spelled(name: str) -> set[str]:
    """``cudaMalloc``, ``CUstream`` and ``CU_STREAM_DEFAULT`` as HIP would spell them."""
    words = re.sub(r"^(cuda|cu|CU)(?=[A-Za-z_])", "", name)
    if "_" in words and words.isupper():
        words = "".join(word.capitalize() for word in words.split("_"))
    words = words[:1].upper() + words[1:]
    return {f"hip{words}", f"hip{words}_t"}


def test_the_count_of_parameters() -> None:
    assert _count("void") == (0, 0)
    assert _count("int *a, void (*f)(int, int), size_t n __dv(0)") == (2, 3)
    assert _count("const T &symbol, enum cudaMemcpyKind kind = cudaMemcpyHostToDevice") == (1, 2)
