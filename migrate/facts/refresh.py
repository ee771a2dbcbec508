"""Rebuilds the lists of names, ``rules/sources/<library>.csv``, from the headers in PyPI's wheels.

A maintainer's command (``cuda-migrate rules refresh``); needs the network and the package pypi-simple.
Versions (``added``, ``deprecated``, ``removed``) and names that no longer stand in any header are kept
from the list as it is: the headers of one release can't tell them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path, PurePosixPath

from migrate.facts import data, sources, wheels
from migrate.facts.headers import declared
from migrate.facts.sources import Name

_MODULE_LIBRARY = {"cuda_fp16.h": "half-types", "cuda_bf16.h": "half-types", "cuda_fp8.h": "half-types",
                   "cuda_fp6.h": "half-types", "cuda_fp4.h": "half-types", "vector_types.h": "vector-types",
                   "vector_functions.h": "vector-types", "cuComplex.h": "vector-types"}  # fmt: skip
_DEVICE_MODULE = re.compile(
    r"crt/(device_functions|device_double_functions|math_functions|common_functions|sm_\d+_rt|device_fp128_functions)\.h"
    r"|(sm_\d+_(intrinsics|atomic_functions)|device_atomic_functions|surface_indirect_functions"
    r"|texture_indirect_functions|cuda_pipeline_primitives|cuda_awbarrier_primitives|math_constants)\.h"
)
_DEVICE_INNER = re.compile(
    r"__(\w*Atomic[A-Z]\w*|assert\w*|libcpp_\w+|cuda_\w+|float_simpl_\w+|nv_(memcpy_async|associate)_\w+|is(finite|inf|nan)\w*|finite\w*|signbit\w*|pm\d|cuda\w+)$"
)
_WARP = re.compile(
    r"__(shfl|ballot|any|all|activemask|syncwarp|match_(any|all)|reduce_\w+_sync|uni)(_|$)|__(activemask|syncwarp)$"
)
_HIDDEN_PATH = re.compile(
    r"(^|/)(detail|details|impl|nvtxDetail|generated|gpunetio|transport|gin|non_abi|device_host_transport"
    r"|third_party|internal|bin|native|tunable)/|^generated_|(^|/)__|_impl\.|^(openacc|openmp)/|_cusparse_stub\.h$",
    re.IGNORECASE,
)
_SHOWN = {"cutlass/detail/helper_macros.hpp": "cutlass/cutlass.h"}
"""Inner headers whose names are public, and the header that code includes for them."""
_GUARD = re.compile(r"_(H|HPP|CUH|H_|H__|INCLUDED)_*$|_H_\w*INCLUDED|^_")
_INTERNAL = re.compile(
    r"^(__internal_|__nv_internal|__cuda_\w*internal|cute::SM\d|cuda::abi::)|_(internal|impl)$|::(_|detail|impl|internal)"
    r"|::(\w+)::\3$|_string$"
)
_CUTLASS_INNER = re.compile(
    r"/(threadblock|warp|kernel|thread|collective|fusion|dispatch|atom|algorithm|experimental)/"
)
_BUILT_IN = {
    "threadIdx": "variable", "blockIdx": "variable", "blockDim": "variable", "gridDim": "variable",
    "__CUDA_ARCH__": "macro", "__CUDACC__": "macro", "__NVCC__": "macro", "__CUDACC_VER_MAJOR__": "macro",
    "__CUDACC_VER_MINOR__": "macro", "__CUDACC_VER_BUILD__": "macro", "__CUDACC_RDC__": "macro",
    "__CUDACC_EXTENDED_LAMBDA__": "macro", "__CUDA_ARCH_LIST__": "macro", "__CUDA_ARCH_FEAT_SM90_ALL": "macro",
    "__CUDACC_DEBUG__": "macro", "__CUDACC_RELAXED_CONSTEXPR__": "macro", "__NVCC_DIAG_PRAGMA_SUPPORT__": "macro",
    "__CUDA_API_VER_MAJOR__": "macro", "__CUDA_API_VERSION": "macro",
    "__global__": "qualifier", "__device__": "qualifier", "__host__": "qualifier", "__shared__": "qualifier",
    "__constant__": "qualifier", "__managed__": "qualifier", "__grid_constant__": "qualifier",
    "__launch_bounds__": "qualifier", "__cluster_dims__": "qualifier", "__maxnreg__": "qualifier",
    "__block_size__": "qualifier", "__align__": "qualifier", "__builtin_align__": "qualifier",
    "__noinline__": "qualifier", "__forceinline__": "qualifier",
    "__nv_is_extended_device_lambda_closure_type": "builtin",
    "__nv_is_extended_host_device_lambda_closure_type": "builtin",
}  # fmt: skip
"""What the compiler knows without a header (CUDA C++ Programming Guide, language extensions)."""

_UNSEEN = {
    "cuda-driver": {"CUDA_API_PER_THREAD_DEFAULT_STREAM": "cuda.h", "CUDA_FORCE_API_VERSION": "cuda.h"},
    "torch-cpp": {
        "at::kCUDA": "c10/core/DeviceType.h", "c10::kCUDA": "c10/core/DeviceType.h", "torch::kCUDA": "torch/types.h",
        "c10::DeviceType::CUDA": "c10/core/DeviceType.h", "c10::DispatchKey::CUDA": "c10/core/DispatchKey.h",
        "at::cuda::cub": "ATen/cuda/cub.cuh", "at::cuda::PhiloxCudaState": "ATen/cuda/PhiloxCudaState.h",
        "c10::cuda::CUDACachingAllocator": "c10/cuda/CUDACachingAllocator.h",
        "TORCH_LIBRARY_IMPL(CUDA)": "torch/library.h", "C10_WARP_SIZE": "c10/macros/Macros.h",
        "TORCH_CUDA_CU_API": "c10/macros/Export.h", "at::Tensor::is_cuda": "ATen/core/TensorBody.h",
        "at::Tensor::cuda": "ATen/core/TensorBody.h", "c10::Device::is_cuda": "c10/core/Device.h",
        "at::DeprecatedTypeProperties::is_cuda": "ATen/core/DeprecatedTypeProperties.h",
        "at::cuda::detail::getDefaultCUDAGenerator": "ATen/cuda/CUDAGeneratorImpl.h",
    },
    "half-types": {
        "__CUDA_NO_HALF_CONVERSIONS__": "cuda_fp16.h", "__CUDA_NO_HALF_OPERATORS__": "cuda_fp16.h",
        "__CUDA_NO_HALF2_OPERATORS__": "cuda_fp16.h", "__CUDA_NO_BFLOAT16_CONVERSIONS__": "cuda_bf16.h",
    },
    "thrust": {
        "thrust::device": "thrust/execution_policy.h", "thrust::host": "thrust/execution_policy.h",
        "thrust::seq": "thrust/execution_policy.h", "thrust::cuda::par": "thrust/system/cuda/execution_policy.h",
        "thrust::cuda::par_nosync": "thrust/system/cuda/execution_policy.h",
        "thrust::cuda::tag": "thrust/system/cuda/execution_policy.h",
        "thrust::omp::par": "thrust/system/omp/execution_policy.h",
        "thrust::tbb::par": "thrust/system/tbb/execution_policy.h", "THRUST_DEVICE_SYSTEM": "thrust/detail/config.h",
        "THRUST_DEVICE_SYSTEM_CUDA": "thrust/detail/config.h",
    },
}  # fmt: skip
"""Public names that the public headers bring in from inner ones or by a using directive."""

_NAMESPACES = {
    "thrust": ("thrust", "thrust::placeholders"), "cub": ("cub",), "libcudacxx": ("cuda", "cuda::std", "cuda::ptx"),
    "cooperative-groups": ("cooperative_groups",), "wmma": ("nvcuda", "nvcuda::wmma"), "cutlass": ("cutlass", "cute"),
    "cudnn-frontend": ("cudnn_frontend",), "nvtx": ("nvtx3",), "torch-cpp": ("at::cuda", "c10::cuda", "torch::cuda"),
}  # fmt: skip
"""Namespaces that using directives and aliases name."""

_PLAIN_C = frozenset(
    "abs acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp10 exp2 expm1 fabs fdim "
    "floor fma fmax fmin fmod frexp hypot ilogb isfinite isinf isinfd isnan isnand finite isnormal signbit signbitd "
    "signbitl isinfl isnanl finitel j0 j1 jn labs llabs "
    "ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround max min modf nan nearbyint nextafter pow "
    "remainder remquo rint round scalbln scalbn sin sincos sinh sqrt tan tanh tgamma trunc y0 y1 yn div ldiv lldiv "
    "clock assert printf fprintf vprintf malloc free memcpy memset new delete fpclassify isgreater isless rand srand "
    "all any ballot norm "
    "isgreaterequal islessequal islessgreater isunordered nexttoward float_t double_t lgamma_r powi powif".split()
)
"""Functions that plain C and C++ (or glibc) have too, or whose name is anybody's: no dependence on CUDA."""


def refresh(libraries: Iterable[str], cache_dir: Path) -> dict[str, int]:
    """Rebuilds the lists of the libraries that name wheels and returns the number of names of each.

    Raises LookupError where PyPI lacks a wheel, OSError where it can't be read.
    """
    written: dict[str, int] = {}
    for library in libraries:
        found = _found(library, cache_dir)
        kept = {name: old for name, old in sources.names(library).items() if name not in found}
        for name, entry in found.items():
            if (old := sources.names(library).get(name)) is not None:
                found[name] = entry._replace(added=old.added, deprecated=old.deprecated)
        write(library, {**found, **kept})
        written[library] = len(found) + len(kept)
    return written


def _found(library: str, cache_dir: Path) -> dict[str, Name]:
    from migrate.facts import python_names

    if library in python_names.READERS:
        _, read = python_names.READERS[library]
        sources_in = partial(wheels.fetch, cache=cache_dir / "python", wanted=python_names.is_source)
        return {entry.name: entry for entry in read(sources_in(_wheels(library)[0])[1])[library]}
    return header_paths(cache_dir) if library == "headers" else scan(library, cache_dir)


def write(library: str, names: dict[str, Name]) -> None:
    """Writes a list, sorted by name."""
    path = data.folder("rules") / "sources" / f"{library}.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Name._fields)
        writer.writerows(names[name] for name in sorted(names))


def scan(library: str, cache_dir: Path) -> dict[str, Name]:
    """The public names of a C or C++ library, by name, from the headers of its wheels."""
    found: dict[str, Name] = {}
    aliases: dict[str, Name] = {}
    for wheel in _wheels(library):
        for name, entry in _names(wheel, cache_dir).items():
            if _library(entry) == library and _public(entry):
                (aliases if entry.kind == "alias" else found).setdefault(name, entry)
    for name, entry in aliases.items():
        found.setdefault(name, entry._replace(kind=_alias_kind(name, found)))
    found = {name: entry for name, entry in found.items() if not _member_type(entry, found)}
    if library == "device-functions":
        for name, kind in _BUILT_IN.items():
            found[name] = Name(name, kind, "")
    if library == "torch-cpp":
        for name, entry in list(found.items()):
            if re.fullmatch(r"c10::cuda::\w+", name):
                found.setdefault(name.replace("c10", "at"), entry._replace(name=name.replace("c10", "at")))
    for name, module in _UNSEEN.get(library, {}).items():
        found.setdefault(name, Name(name, _unseen_kind(name), module))
    for name in _NAMESPACES.get(library, ()):
        found[name] = Name(name, "namespace", "")
    if library == "warp":
        found["warpSize"] = Name("warpSize", "variable", "device_launch_parameters.h")
    return found


def _unseen_kind(name: str) -> str:
    if re.search(r"::(is_)?cuda$", name):
        return "function"
    return "macro" if name.isupper() else "enumerator" if name.endswith("CUDA") else "type"


def _member_type(entry: Name, found: dict[str, Name]) -> bool:
    """Whether a name is a class's member type, of which only CUB's TempStorage matters."""
    outer, _, last = entry.name.rpartition("::")
    return (
        outer in found
        and entry.kind in ("type", "class")
        and last != "TempStorage"
        and found[outer].kind in ("type", "class")
    )


def header_paths(cache_dir: Path) -> dict[str, Name]:
    """Every public header of all libraries, as code includes it."""
    found: dict[str, Name] = {}
    for library in sources.of_scheme("c"):
        for wheel in _wheels(library):
            for path, _ in _headers(wheel, cache_dir):
                if _cuda_header(library, path) and (library == "torch-cpp" or not _HIDDEN_PATH.search(path)):
                    found.setdefault(path, Name(path, "header", path))
    return found


def _wheels(library: str) -> tuple[str, ...]:
    return tuple(data.toml("libraries.toml")[library].get("wheels", ()))


def _cuda_header(library: str, path: str) -> bool:
    """Whether a header belongs to CUDA: of torch's, only those of its CUDA interface."""
    if library != "torch-cpp":
        return True
    return path.startswith(("ATen/cuda/", "ATen/cudnn/", "c10/cuda/", "THC/", "torch/csrc/cuda/")) or bool(
        re.search(
            r"ATen/native/(cuda|cudnn)/|CUDA(Functions|Blas|Generator)\w*\.h$|inductor/cpp_wrapper/(device_internal/)?cuda\.h$"
            r"|distributed/c10d/(NCCL|ProcessGroupNCCL|cuda/)",
            path,
        )
    )


def _headers(wheel: str, cache_dir: Path) -> Iterator[tuple[str, Path]]:
    _, folder = _fetched(wheel, cache_dir)
    for path in sorted(folder.rglob("*")):
        member = path.relative_to(folder).as_posix()
        if path.is_file() and wheels.is_header(member):
            yield wheels.include_path(PurePosixPath(member).parts), path


@cache
def _fetched(wheel: str, cache_dir: Path) -> tuple[str, Path]:
    return wheels.fetch(wheel, cache_dir, wheels.is_header)


@cache
def _names(wheel: str, cache_dir: Path) -> dict[str, Name]:
    """All names in a wheel's headers; the first header that declares one (public ones first) counts."""
    found: dict[str, Name] = {}
    headers = [(path, file) for path, file in _headers(wheel, cache_dir) if _readable(wheel, path)]
    public = {path for path, _ in headers}
    for path, file in sorted(headers, key=_rank):
        module = _public_module(path, public)
        for name, kind in declared(file.read_text(encoding="utf-8", errors="replace")):
            known = found.get(name)
            if known is None or (known.kind in ("alias", "macro") and kind not in ("alias", "macro")):
                found[name] = Name(name, kind, module if known is None else known.module)
    return found


def _rank(item: tuple[str, Path]) -> tuple[bool, bool, str]:
    """Public headers first; last those that repeat names of others: half types, device run time."""
    path = item[0].removesuffix("pp")
    late = path in _MODULE_LIBRARY or path == "cuda_device_runtime_api.h"
    return bool(_HIDDEN_PATH.search(path)), late, item[0]


def _readable(wheel: str, path: str) -> bool:
    if wheel.startswith("torch"):
        return _cuda_header("torch-cpp", path) and "/detail/" not in path
    if wheel.startswith("nvidia-cuda-cccl"):
        return "/detail/" not in path and (not re.search(r"(^|/)(__|_[a-z])", path) or path.startswith("cuda/"))
    if re.search(r"cute/arch/mma_sm|mma_traits|copy_traits|copy_sm", path):
        return False
    return path.startswith("cooperative_groups/details/") or path in _SHOWN or not _HIDDEN_PATH.search(path)


def _public_module(path: str, public: set[str]) -> str:
    """The header to include for what stands in an inner one: ``cuda/std/__atomic/x.h`` → ``cuda/std/atomic``."""
    if match := re.match(r"(cuda(?:/std)?)/__(\w+?)(?:/|$)", path):
        outer = f"{match[1]}/{match[2]}"
        return outer if outer in public else match[1] + "/"
    plain = path.removesuffix("pp")
    return plain if path.endswith(".hpp") and plain in public else _SHOWN.get(path, path)


def _library(entry: Name) -> str:
    """The library an extracted name belongs to: by its look, else by its header."""
    if _WARP.match(entry.name) or entry.name == "warpSize":
        return "warp"
    if re.match(r"__hadd$|__half|__nv_(half|bfloat16|fp[468](?!\d))|__NV_(E\dM|NOSAT|SATF)", entry.name):
        return "half-types"
    if re.match(r"atomic[A-Z]|__(ld|st)(g|ca|cg|cs|lu|cv|wb|wt)$", entry.name):
        return "device-functions"
    if entry.module in _MODULE_LIBRARY and not entry.name.startswith(("CUDART_", "cuda")):
        return _MODULE_LIBRARY[entry.module]
    if _DEVICE_MODULE.match(entry.module) and not entry.name.startswith(("cuda", "CUDART_")):
        return "device-functions"
    return next((library for pattern, library in sources._patterns("c") if pattern.search(entry.name)), "")


def _public(entry: Name) -> bool:
    name = entry.name
    if (
        _INTERNAL.search(name)
        or _DEVICE_INNER.match(name)
        or (re.search(r"_params(_st)?$", name) and entry.module.startswith("generated_"))
    ):
        return False
    if entry.kind in ("macro", "alias") and (_GUARD.search(name) or name.startswith("__")):
        return False
    library = _library(entry)
    if library == "torch-cpp" and re.search(r"::(native|tunable|jit)(::|$)|^THCP|^get_|python_", name):
        return False
    if library == "cutlass" and _CUTLASS_INNER.search(entry.module):
        return False
    if library == "device-functions":
        plain = name[:-1] if name[-1:] in "fl" and name[:-1] in _PLAIN_C else name
        return (
            entry.kind in ("function", "alias")
            and not _DEVICE_INNER.match(name)
            and plain not in _PLAIN_C
            and not re.match(r"_[a-zA-Z]|___", name)
            and "::" not in name
        )
    if library == "half-types" and not re.match(r"__|h2?[a-z]|nv_|make_", name):
        return False
    if library in ("half-types", "warp", "vector-types"):
        return (
            not re.match(r"IF_DEVICE|_[a-zA-Z]|__(CUDA(?!_NO_)|NV_(?!E\dM|NOSAT|SATF)|internal)", name)
            and "::" not in name
        )
    return not name.startswith("_")


def _alias_kind(name: str, found: dict[str, Name]) -> str:
    """A renaming macro is a function or type where its versioned form is one; else a macro."""
    for suffix in ("_v2", "_v3", "_v4", "_v1", "_v2_st", "_st", "_64", "_ptsz"):
        if (versioned := found.get(name + suffix)) is not None:
            return versioned.kind
    return "macro"
