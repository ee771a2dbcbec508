"""Literals of which one must stand in a file, else it holds nothing for us and isn't parsed.

One pass of Aho-Corasick over the bytes.  A language that isn't listed is always parsed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

_NVIDIA = (b"cuda", b"CUDA", b"Cuda", b"nccl", b"NCCL", b"nvidia", b"NVIDIA", b"cudnn", b"CUDNN", b"nvcc", b"NVCC")
_PACKAGES = (
    *(b"torch", b"triton", b"cupy", b"nvml", b"tensorrt", b"TensorRT", b"onnxruntime", b"flash", b"xformers"),
    *(b"bitsandbytes", b"apex", b"pyopencl", b"numba", b"rmm", b"cudf", b"cuml", b"deepspeed", b"gpustat", b"nvtx"),
)

MARKERS: dict[str, tuple[bytes, ...]] = {
    "python": (*_NVIDIA, *_PACKAGES, b"nsys", b"cublas", b"cufft", b"gpu"),
    "notebook": (*_NVIDIA, *_PACKAGES),
    "cuda": (
        *_NVIDIA,
        *(b"<<<", b"cublas", b"cufft", b"curand", b"cusolver", b"cusparse", b"cutensor", b"nvml", b"nvtx", b"cupti"),
        *(b"thrust", b"cub::", b"nvrtc", b"nvjpeg", b"npp", b"cuFile", b"cuvid", b"NvEnc", b"nvshmem", b"cutlass"),
        *(b"cute::", b"cooperative_groups", b"__global__", b"__device__", b"THC", b"cuCtx", b"cuMem", b"cuDevice"),
        *(b"cuModule", b"cuLaunch", b"cuStream", b"cuEvent", b"cuInit", b"cuda_", b"__syncthreads", b"CUdevice"),
    ),
    "config": (
        *_NVIDIA,
        *_PACKAGES,
        *(b"Nvidia", b"gpu", b"GPU", b"nvcr", b"sm_", b"compute_", b"image", b"Image", b"IMAGE", b"pip", b"conda"),
        *(b"apt-get", b"mamba", b"vllm", b"_8bit", b"_32bit", b"_bnb", b"/cu1", b"gres", b"requirements", b"packages"),
        *(b"dependencies", b"nsys", b"ncu", b"sglang"),
    ),
}


_STEP, _OVERLAP = 1 << 16, 32
"""A file is searched piece by piece, so that a hit near its start ends the search."""


@cache
def _automaton(language: str) -> BytesAhoCorasick:
    from ahocorasick_rs import BytesAhoCorasick

    return BytesAhoCorasick(MARKERS[language])


def marked(language: str, data: bytes) -> bool:
    """Whether the file can hold a use at all."""
    if language not in MARKERS:
        return True
    automaton = _automaton(language)
    pieces = (data[max(0, at - _OVERLAP) : at + _STEP] for at in range(0, len(data), _STEP))
    return any(automaton.find_matches_as_indexes(piece) for piece in pieces)
