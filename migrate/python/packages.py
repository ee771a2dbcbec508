"""Which top-level packages the frontend follows, and which names in them are only modules."""

from __future__ import annotations

from functools import cache

from migrate.facts.sources import library_of, names
from migrate.regex import regex
from migrate.vocabulary import import_symbol

_TORCH = ("torch", "torchvision", "triton")

_ALL_CUDA = ("cupy.", "cupyx.", "pycuda.", "pynvml.", "numba.cuda.", "tensorrt.", "cuda.", "cudf.", "cuml.")
"""Packages in which every name is CUDA's."""

CLOSED_MODULES = frozenset(
    f"torch{name}"
    for name in (
        *("", ".nn", ".nn.functional", ".nn.init", ".nn.utils", ".nn.modules", ".nn.parallel", ".nn.parameter"),
        *(".optim", ".optim.lr_scheduler", ".utils", ".utils.data", ".utils.data.distributed", ".utils.checkpoint"),
        *(".distributed", ".distributed.fsdp", ".autograd", ".autograd.profiler", ".profiler", ".amp", ".jit"),
        *(".linalg", ".fft", ".special", ".sparse", ".random", ".hub", ".onnx", ".fx", ".export", ".version"),
        *(".backends", ".multiprocessing", ".distributions", ".quantization", ".ao", ".overrides", ".library"),
        *(".accelerator", ".compiler", ".ops", ".testing", ".types", ".func", ".package", ".utils.tensorboard"),
    )
) | frozenset(
    {"torchvision", "torchvision.transforms", "torchvision.datasets", "torchvision.models", "torchvision.ops"}
)
"""Modules of torch that work everywhere; naming one of them is not a use, a name in it is."""

_PACKAGE_PARTS = 3
"""A package is named by at most so many parts of a dotted name."""

_MODULES_OF_TRITON = frozenset({"triton", "triton.language"})
_OTHER_VENDORS = regex(r"torch\.utils\.cpp_extension\.(ROCM_|HIP_|IS_HIP|MIOPEN|SYCL_|Sycl|_find_rocm|_find_sycl)")
"""Names beside CUDA's own that are for another vendor only."""


@cache
def top_symbol(package: str) -> str:
    """``package:…`` where a top-level or dotted module belongs to a package bound to CUDA, else ""."""
    return import_symbol(package) or ""


@cache
def is_ours(canonical: str) -> bool:
    """Whether a dotted name stems from torch, torchvision, triton or a package bound to CUDA."""
    if not canonical:
        return False
    top = canonical.partition(".")[0]
    return top in _TORCH or bool(top_symbol(top)) or bool(_package_below(canonical))


@cache
def package_of(canonical: str) -> str:
    """``package:…`` of a dotted name, by its longest prefix that a package claims; "" for torch itself."""
    return _package_below(canonical)


def _package_below(canonical: str) -> str:
    parts = canonical.split(".")
    for length in range(min(len(parts), _PACKAGE_PARTS), 0, -1):
        symbol = top_symbol(".".join(parts[:length]))
        if symbol:
            return symbol
    return ""


@cache
def use_symbol(canonical: str) -> str:
    """The symbol of a use of a name: its own where a list of names has it, else its package's."""
    package = package_of(canonical)
    if not package or library_of(f"py:{canonical}") or canonical.startswith(_ALL_CUDA):
        return f"py:{canonical}"
    return package


@cache
def is_module(canonical: str) -> bool:
    """Whether a name is a mere module, or another vendor's name, whose mention says nothing about CUDA."""
    if canonical in CLOSED_MODULES or canonical in _MODULES_OF_TRITON:
        return True
    return _OTHER_VENDORS.match(canonical) is not None


@cache
def bound_to_cuda(canonical: str) -> bool:
    """Whether a torch name belongs to the CUDA or Triton libraries (not to the general operators)."""
    return library_of(f"py:{canonical}") in ("torch-cuda", "triton")


@cache
def star_members(module: str) -> frozenset[bytes]:
    """Names that a star import of a module brings in, by the lists of names."""
    prefix = f"{module}."
    libraries = ("torch-cuda", "torch-operators", "triton", "fused-operators")
    return frozenset(
        name[len(prefix) :].encode()
        for library in libraries
        for name in names(library)
        if name.startswith(prefix) and "." not in name[len(prefix) :]
    )
