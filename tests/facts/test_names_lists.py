"""The lists of CUDA's C and C++ names and the tables that speak of them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from migrate.facts import data, sources, targets
from migrate.facts.sources import library_of, names

LIBRARIES = [library for library in sources.of_scheme("c") if library != "fused-operators"]


@pytest.mark.parametrize("library", [*LIBRARIES, "headers"])
def test_every_library_has_a_list_and_its_names_find_back(library: str) -> None:
    found = names(library)
    assert found
    scheme = "include" if library == "headers" else "c"
    assert [name for name in found if library_of(f"{scheme}:{name}") != library] == []


@pytest.mark.parametrize(
    ("library", "kind", "wanted"),
    [
        ("cuda-runtime", "function", "cudaMalloc cudaMemcpyAsync cudaStreamCreate cudaGraphLaunch cudaProfilerStart"),
        ("cuda-runtime", "enumerator", "cudaMemcpyHostToDevice cudaSuccess cudaErrorMemoryAllocation"),
        ("cuda-driver", "function", "cuCtxCreate cuLaunchKernel cuMemAlloc cuMemAlloc_v2"),
        ("cublas", "function", "cublasSgemm cublasGemmEx cublasCreate"),
        ("nccl", "function", "ncclAllReduce ncclCommInitRank"),
        ("vector-types", "type", "float4 dim3 cuComplex cuDoubleComplex"),
        ("half-types", "type", "half __half2 nv_bfloat16 __nv_fp8_e4m3"),
        ("warp", "function", "__shfl_sync __ballot_sync __activemask __syncwarp __reduce_add_sync"),
        ("device-functions", "function", "__syncthreads atomicAdd __ldg __expf rsqrtf sincospif __fdividef tex2D"),
        ("device-functions", "qualifier", "__global__ __device__ __shared__ __launch_bounds__"),
        ("device-functions", "variable", "threadIdx blockIdx blockDim gridDim"),
        ("cub", "type", "cub::DeviceReduce cub::BlockReduce::TempStorage"),
        ("headers", "header", "cuda_runtime.h cublas_v2.h thrust/device_vector.h cub/cub.cuh ATen/cuda/CUDAContext.h"),
    ],
)
def test_well_known_names_are_listed(library: str, kind: str, wanted: str) -> None:
    assert {name: names(library)[name].kind for name in wanted.split()} == dict.fromkeys(wanted.split(), kind)


@pytest.mark.parametrize("name", "expf min max abs sqrtf printf malloc memcpy clock assert fabs std::sin".split())
def test_plain_c_is_no_dependence(name: str) -> None:
    assert not any(name in names(library) for library in LIBRARIES)


@pytest.mark.parametrize(
    ("name", "removed"),
    [
        ("cudaThreadSynchronize", "13.0"),
        ("cudaBindTexture", "12.0"),
        ("texture", "12.0"),
        ("cudaCGScopeMultiGrid", "13.0"),
    ],
)
def test_names_of_older_cuda_are_kept_with_their_end(name: str, removed: str) -> None:
    assert names(library_of(f"c:{name}"))[name].removed == removed


def _rows() -> list[tuple[str, str, str]]:
    found = []
    for target in targets.ids():
        for path in sorted((data.folder("rules") / "targets" / target).glob("*.csv")):
            if path.stem in LIBRARIES or path.stem == "headers":
                found.extend((target, path.stem, name) for name in _names(path))
    return found


def _names(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["name"] for row in csv.DictReader(file)]


def test_no_row_is_about_a_name_that_no_cuda_release_has() -> None:
    """A row names something listed, a member of something listed, a namespace of listed names, or a prefix."""
    unlisted = []
    for target, library, name in _rows():
        known = names(library)
        outer = name.rpartition("::")[0]
        if name.endswith("*") or name in known or outer in known or outer.rpartition("::")[0] in known:
            continue
        if not any(other.startswith(f"{name}::") for other in known):
            unlisted.append(f"{target}/{library}: {name}")
    assert unlisted == []
