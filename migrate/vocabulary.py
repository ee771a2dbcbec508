"""CUDA's words outside of code: packages, variables, commands, images, indexes, libraries, architectures.

What is on the lists in ``rules/sources/`` or looks like NVIDIA's by its name has a symbol; nothing
here knows a target.
"""

from __future__ import annotations

import re
from functools import cache

from migrate.facts.sources import names
from migrate.regex import regex

_PACKAGE = regex(
    r"(nvidia|cuda|cudatoolkit|cudnn|tensorrt|pycuda|cupy)(?![a-z])[a-z0-9-]*$|[a-z0-9-]+-cu(da)?1\d[x\d]*$"
    r"|lib(cudnn|cublas|cufft|cusparse|cusolver|nccl|nvinfer|nvjpeg|npp)[a-z0-9-]*$"
)
_NAME = regex(r"\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")
_LOCAL_CUDA = regex(r"\+cu(da)?\d+")
_ENV = regex(
    r"(CUDA|CUDNN|CUBLAS|CUBLASLT|CUFFT|CUSPARSE|CUSOLVER|CUTLASS|CUPY|NCCL|NVTE|NVSHMEM|NVIDIA|NVCC|NVTX|TENSORRT|TRT"
    r"|RAPIDS|NUMBA_CUDA|PYTORCH_CUDA|TORCH_CUDA|TORCH_CUDNN|TORCH_NCCL|PYTORCH_NVML|CUFILE|CUPTI)_[A-Z0-9_]+$"
    r"|CUDA(ARCHS|CXX|FLAGS|HOSTCXX)$"
)
_COMMAND = regex(
    r"nvidia-[a-z-]+$|nvcc$|nsys(-ui)?$|ncu(-ui)?$|nvprof$|nvvp$|cuda-(gdb(server)?|memcheck|uninstaller)$|nv(disasm|prune|link|cc_wrapper)$"
)
_IMAGE = regex(r"(nvcr\.io/.+|(docker\.io/)?nvidia/.+|.*/nvidia/cuda.*)$")
_LIB = regex(
    r"(lib(cuda|cudart|cudadevrt|cublas|cublasLt|cudnn\w*|cufft\w*|curand|cusolver\w*|cusparse\w*|cutensor\w*|nccl|nvrtc[\w-]*"
    r"|nvidia-ml|nvToolsExt|nvinfer\w*|nvjpeg|nvJitLink|cupti|cufile|npp\w+|nvshmem\w*|c10_cuda|torch_cuda\w*)(_static)?"
    r"\.(so|a|dylib))|((cuda|cudart|cublas|cublasLt|cudnn|cufft|curand|cusolver|cusparse|nvrtc|nvml|nvcuda|nccl)[\w]*\.(dll|lib))$"
)
_OTHER_INDEX = regex(r"/(rocm|cpu|xpu|npu)(?![a-z])")
"""A part of an index that holds builds for something else than CUDA."""

_NVIDIA_INDEX = regex(r"((developer\.download|pypi|urm|[\w.-]*ngc)\.nvidia\.com|nvidia\.github\.io)/")
_SONAME = regex(r"(\.so)(\.[0-9]+)+$")
_CUDA_LABEL = regex(r"cu(da)?\d+(\.\d+)?(?=$|[/._+-])")
_ARCH = regex(r"(sm|compute|lto)_(\d{2,3}[af]?)$")


@cache
def _import_names() -> dict[str, str]:
    return {module: f"package:{name}" for name, entry in names("packages").items() for module in entry.module.split()}


@cache
def _patterns(library: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The listed names that hold a ``*``, as regular expressions."""
    starred = (name for name in names(library) if "*" in name)
    return tuple((re.compile(re.escape(name).replace(r"\*", r"[^/]*") + r"$"), name) for name in starred)


def canonical_package(name: str) -> str:
    """A package's name in the form of PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def package_symbol(requirement: str) -> str | None:
    """The symbol of a package bound to CUDA, from its name or a whole requirement (pip, conda or apt).

    A torch pinned to a CUDA build (``torch==2.1.0+cu118``) is ``package:torch+cuda``.
    """
    match = _NAME.match(requirement)
    if match is None:
        return None
    name = canonical_package(match[1])
    if name in ("torch", "torchvision", "torchaudio") and _LOCAL_CUDA.search(requirement):
        return f"package:{name}+cuda"
    if name in names("packages"):
        return f"package:{name}"
    listed = next((known for pattern, known in _patterns("packages") if pattern.match(name)), None)
    return f"package:{listed or name}" if listed or _PACKAGE.match(name) else None


@cache
def import_symbol(module: str) -> str | None:
    """The symbol of the package that an importable module belongs to: ``flash_attn`` → ``package:flash-attn``."""
    return _import_names().get(module)


@cache
def package_of(name: str) -> str:
    """The symbol of the package that a dotted Python name is in, by its longest importable prefix; else ""."""
    while name:
        if symbol := import_symbol(name):
            return symbol
        name = name.rpartition(".")[0]
    return ""


@cache
def env_symbol(name: str) -> str | None:
    """The symbol of an environment variable."""
    return f"env:{name}" if name in names("env") or _ENV.match(name) else None


@cache
def command_symbol(word: str) -> str | None:
    """The symbol of a command, by its name or path: ``/usr/local/cuda/bin/nvcc`` → ``command:nvcc``."""
    name = word.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    return f"command:{name}" if name in names("commands") or _COMMAND.match(name) else None


def image_symbol(reference: str) -> tuple[str, str] | None:
    """The symbol of a container image, and its tag (or digest): ``nvidia/cuda:12.1.0-base`` →
    (``image:nvidia/cuda``, ``12.1.0-base``)."""
    name, _, digest = reference.strip().partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    repository = (head + slash + last).removeprefix("docker.io/").removeprefix("library/")
    if repository not in names("images"):
        listed = next((known for pattern, known in _patterns("images") if pattern.match(repository)), None)
        if listed is None and not _IMAGE.match(repository):
            return None
    return f"image:{repository}", tag or digest


def index_symbol(url: str) -> str | None:
    """The symbol of a package index or download address, ``cuXXX`` in it as ``cu*``:
    ``https://download.pytorch.org/whl/cu121`` → ``index:download.pytorch.org/whl/cu*``."""
    place = re.sub(r"^[a-z+]+://([^/@]*@)?", "", url.strip()).rstrip("/")
    general = _CUDA_LABEL.sub("cu*", place)
    if _OTHER_INDEX.search(place):
        return None
    for name in names("indexes"):
        if general == name or place == name or general.startswith(name + "/") or place.startswith(name + "/"):
            return f"index:{name}"
    listed = next((known for pattern, known in _patterns("indexes") if pattern.match(place)), None)
    if listed:
        return f"index:{listed}"
    if _NVIDIA_INDEX.match(place):
        return f"index:{'/'.join(place.split('/')[:3])}"
    return f"index:{general}" if general != place else None


@cache
def lib_symbol(filename: str) -> str | None:
    """The symbol of a shared or static library, by file name without its version:
    ``libcudart.so.12`` → ``lib:libcudart.so``."""
    name = _SONAME.sub(r"\1", filename.replace("\\", "/").rpartition("/")[2])
    return f"lib:{name}" if name in names("libs") or _LIB.match(name) else None


@cache
def arch_symbol(word: str) -> str | None:
    """The symbol of a GPU architecture: ``sm_80`` → ``arch:sm_80``, ``compute_90a`` → ``arch:compute_90a``."""
    return f"arch:{word}" if _ARCH.match(word) else None
