"""Literals of which one must stand in a file, else it holds nothing for us and isn't parsed.

One pass of Aho-Corasick over the bytes.  A language that isn't listed is always parsed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from migrate.facts.sources import names
from migrate.regex import regex

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

_NVIDIA = (b"cuda", b"CUDA", b"Cuda", b"nccl", b"NCCL", b"nvidia", b"cudnn", b"CUDNN", b"nvcc", b"NVCC")
_PACKAGES = (
    *(b"cupy", b"nvml", b"tensorrt", b"TensorRT", b"onnxruntime", b"xformers", b"bitsandbytes"),
    *(b"pyopencl", b"gpustat", b"nvtx"),
)
_COMMON = (b"torch", b"triton", b"apex", b"numba", b"rmm", b"cudf", b"cuml", b"deepspeed", b"gpu")
"""Words that also stand in files which have nothing to do with CUDA; in Python it takes more than these."""

MARKERS: dict[str, tuple[bytes, ...]] = {
    "python": (
        *_NVIDIA,
        *_PACKAGES,
        *(b"nsys", b"cublas", b"cufft"),
        *(b"NVIDIA_", b'"flash', b"'flash", b"flash_att", b"flash-att"),  # a licence names NVIDIA
    ),
    "notebook": (*_NVIDIA, *_PACKAGES, *_COMMON, b"NVIDIA", b"flash"),
    "cuda": (
        *_NVIDIA,
        b"NVIDIA",
        *(b"<<<", b"cublas", b"cufft", b"curand", b"cusolver", b"cusparse", b"cutensor", b"nvml", b"nvtx", b"cupti"),
        *(b"thrust", b"cub::", b"nvrtc", b"nvjpeg", b"npp", b"cuFile", b"cuvid", b"NvEnc", b"nvshmem", b"cutlass"),
        *(b"cute::", b"cooperative_groups", b"__global__", b"__device__", b"THC", b"cuCtx", b"cuMem", b"cuDevice"),
        *(b"cuModule", b"cuLaunch", b"cuStream", b"cuEvent", b"cuInit", b"cuda_", b"__syncthreads", b"CUdevice"),
    ),
    "config": (
        *_NVIDIA,
        *_PACKAGES,
        *_COMMON,
        b"NVIDIA",
        b"flash",
        *(b"Nvidia", b"GPU", b"nvcr", b"sm_", b"compute_", b"image", b"Image", b"IMAGE", b"pip", b"conda"),
        *(b"apt-get", b"mamba", b"vllm", b"_8bit", b"_32bit", b"_bnb", b"/cu1", b"gres", b"requirements", b"packages"),
        *(b"dependencies", b"nsys", b"ncu", b"sglang"),
    ),
}


_STEP, _OVERLAP = 1 << 12, 32
"""A file is searched piece by piece, so that a hit near its start ends the search."""


_IMPORT = regex(rb"\n[ \t]*(?:from|import)[ \t][^\n]*|\n[ \t]*torch\w*,?[ \t]*(?=[\r\n#])")
_ELSEWHERE = (b"setup(", b"_requires", b"import_module(", b"__import__(", b"importorskip(", b'"gpu', b"'gpu", b"-gpu")
"""How else than by an import statement Python code names a package or asks for a GPU."""


def _dfa(words: Iterable[bytes]) -> BytesAhoCorasick:
    from ahocorasick_rs import BytesAhoCorasick, Implementation

    return BytesAhoCorasick(words, implementation=Implementation.DFA)


@cache
def _automaton(language: str) -> BytesAhoCorasick:
    return _dfa(MARKERS[language])


@cache
def _modules() -> tuple[bytes, ...]:
    """The top-level modules of torch and of the packages bound to CUDA; short names, which stand in
    many a word, only as they are imported."""
    modules = {module.partition(".")[0] for entry in names("packages").values() for module in entry.module.split()}
    words = {"torch", "torchvision", *modules}
    short = (f"{verb} {word}" for word in words if len(word) < 5 for verb in ("import", "from"))
    return tuple(sorted(word.encode() for word in (*short, *(word for word in words if len(word) > 4))))


@cache
def _imported() -> BytesAhoCorasick:
    return _dfa(_modules())


@cache
def _mentioned() -> BytesAhoCorasick:
    """Finds all that a Python file needs one of, so that one pass is enough for most."""
    return _dfa(sorted({*MARKERS["python"], *_modules(), b"gpu"}))


def marked(language: str, data: bytes) -> bool:
    """Whether the file can hold a use at all."""
    if language not in MARKERS:
        return True
    if language != "python":
        return _stands(_automaton(language), data)
    return _stands(_mentioned(), data) and (_imports(data) or _stands(_automaton(language), data))


def _stands(automaton: BytesAhoCorasick, data: bytes) -> bool:
    pieces = (data[max(0, at - _OVERLAP) : at + _STEP] for at in range(0, len(data), _STEP))
    return any(automaton.find_matches_as_indexes(piece) for piece in pieces)


def _imports(data: bytes) -> bool:
    """Whether Python code imports a package bound to CUDA, and doesn't only mention it in a text."""
    statements = (match[0] for match in _IMPORT.finditer(b"\n" + data))
    return any(_stands(_imported(), statement) for statement in statements) or any(word in data for word in _ELSEWHERE)
