"""CUDA C and C++ under HIP's names: source in, source out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from migrate.cli import main
from migrate.engine import ScanOptions, scan
from migrate.facts.targets import ask_all
from migrate.rewrite.changes import FilePlan
from migrate.rewrite.goal import Goal
from migrate.rewrite.plan import plans

Renamed = Callable[..., str]


def planned(root: Path, target: str, unsafe: bool) -> dict[str, FilePlan]:
    asked = ask_all((target,))
    report = scan(root, ScanOptions(asked, cache=False))
    return {plan.path: plan for plan in plans(root, report, Goal(asked[0], asked[0], unsafe, rename=True))}


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., FilePlan]:
    def made(code: str, target: str = "rocm", unsafe: bool = False, name: str = "a.cpp", **others: str) -> FilePlan:
        for path, text in {name: code, **{key.replace("__", "."): text for key, text in others.items()}}.items():
            (tmp_path / path).write_bytes(dedent(text).lstrip("\n").encode())
        return planned(tmp_path, target, unsafe).get(name, FilePlan(name, (tmp_path / name).read_bytes()))

    return made


@pytest.fixture
def renamed(plan: Callable[..., FilePlan], tmp_path: Path) -> Renamed:
    """The text after the changes; a second plan for it changes nothing."""

    def text(code: str, target: str = "rocm", unsafe: bool = False, name: str = "a.cpp", **others: str) -> str:
        result = plan(code, target, unsafe, name, **others).result
        (tmp_path / name).write_bytes(result)
        again = planned(tmp_path, target, unsafe).get(name)
        assert again is None or again.edits == [], "a second run changes something"
        return result.decode()

    return text


def same(text: str, expected: str) -> None:
    assert text == dedent(expected).lstrip("\n")


@pytest.mark.parametrize("target", ["rocm", "dcu"])
def test_names_and_headers(renamed: Renamed, target: str) -> None:
    code = """
        #include <cuda_runtime.h>  // the run-time
        #include "cublas_v2.h"

        #define CHECK(call) do { cudaError_t e = (call); if (e != cudaSuccess) fail(cudaGetErrorString(e)); } while (0)

        void run(cublasHandle_t handle, cudaStream_t stream) {
          CHECK(cudaStreamSynchronize(stream));
          cublasSetStream(handle, stream);
        }
    """
    same(
        renamed(code, target, unsafe=target == "dcu"),
        """
        #include <hip/hip_runtime.h>  // the run-time
        #include "hipblas/hipblas.h"

        #define CHECK(call) do { hipError_t e = (call); if (e != hipSuccess) fail(hipGetErrorString(e)); } while (0)

        void run(hipblasHandle_t handle, hipStream_t stream) {
          CHECK(hipStreamSynchronize(stream));
          hipblasSetStream(handle, stream);
        }
        """,
    )


def test_what_only_looks_like_a_name_stays(renamed: Renamed) -> None:
    code = """
        #include <cuda_runtime.h>
        // cudaFree frees, as cudaMalloc allocates
        namespace my { void cudaFree(void*); }
        struct Pool { void cudaMalloc(int); int cudaSuccess; };
        const char* help = "call cudaFree";
        void run(Pool& pool, void* p) {
          pool.cudaMalloc(pool.cudaSuccess); /* cudaSuccess */
          my::cudaFree(p);
          cudaFree(p);
        }
    """
    expected = dedent(code).lstrip("\n").replace("<cuda_runtime.h>", "<hip/hip_runtime.h>")
    assert renamed(code) == expected.replace("  cudaFree(p);", "  hipFree(p);")


def test_arguments_that_only_cuda_has_a_default_for_are_written(renamed: Renamed) -> None:
    code = """
        #include <cuda_runtime.h>
        void run(cudaGraphExec_t* exec, cudaGraph_t graph, const float* table, float* x) {
          cudaGraphInstantiate(exec, graph);
          cudaGraphInstantiate(exec, graph, cudaGraphInstantiateFlagUpload /* at once */);
          cudaMemcpyToSymbolAsync(table, *&x, 16);
        }
    """
    same(
        renamed(code),
        """
        #include <hip/hip_runtime.h>
        void run(hipGraphExec_t* exec, hipGraph_t graph, const float* table, float* x) {
          hipGraphInstantiateWithFlags(exec, graph, 0);
          hipGraphInstantiateWithFlags(exec, graph, hipGraphInstantiateFlagUpload /* at once */);
          hipMemcpyToSymbolAsync(table, *&x, 16, 0, hipMemcpyHostToDevice, 0);
        }
        """,
    )


def test_a_call_with_more_arguments_than_the_counterpart_takes_stays(plan: Callable[..., FilePlan]) -> None:
    made = plan(
        """
        #include <cuda_runtime.h>
        void run(cudaGraphExec_t* exec, cudaGraph_t graph, cudaEvent_t* event) {
          cudaGraphInstantiate(exec, graph, nullptr, nullptr, 0);
          cudaEventCreate(event, 2);
          auto create = &cudaEventCreate;
        }
        """
    )
    assert [(left.finding.use.symbol, left.reason) for left in made.left] == [
        ("c:cudaGraphInstantiate", "arguments"),
        ("c:cudaEventCreate", "arguments"),
        ("c:cudaEventCreate", "value"),
    ]


def test_a_header_is_included_once(renamed: Renamed) -> None:
    code = """
        #include <cooperative_groups.h>
        #include <cooperative_groups/reduce.h>
        #include <cuda_runtime.h>
        #include <hip/hip_runtime.h>
        #include <vector>
    """
    same(
        renamed(code),
        """
        #include <hip/hip_cooperative_groups.h>
        #include <hip/hip_runtime.h>
        #include <vector>
        """,
    )


KERNEL = "__global__ void scale(float* x) { x[threadIdx.x] *= 2; }\nvoid run(float* x) { cudaFree(x); }\n"


def test_what_nvcc_includes_unasked_is_included(renamed: Renamed) -> None:
    code = f'#ifdef MPI\n#include <mpi.h>\n#endif\n#include "local.h"\r\n#include <vector>\n{KERNEL}'
    assert renamed(code, name="a.cu", local__h="#pragma once\n").startswith(
        '#ifdef MPI\n#include <mpi.h>\n#endif\n#include <hip/hip_runtime.h>\r\n#include "local.h"'
    )


def test_it_is_not_where_a_header_of_the_repository_has_it(renamed: Renamed) -> None:
    code = f'#include "local.h"\n{KERNEL}'
    text = renamed(code, name="a.cu", local__h='#include "deep.h"\n', deep__h="#include <cuda_runtime.h>\n")
    assert text == code.replace("cudaFree", "hipFree")


def test_namespaces_and_their_aliases(renamed: Renamed) -> None:
    code = """
        #include <cub/cub.cuh>
        namespace bits = cub;
        void a() { cub::DeviceReduce::Sum(); }
        void b() { bits::DeviceReduce::Sum(); }
        void c() {
          using namespace cub;
          DeviceReduce::Sum();
        }
    """
    same(
        renamed(code),
        """
        #include <hipcub/hipcub.hpp>
        namespace bits = hipcub;
        void a() { hipcub::DeviceReduce::Sum(); }
        void b() { bits::DeviceReduce::Sum(); }
        void c() {
          using namespace hipcub;
          DeviceReduce::Sum();
        }
        """,
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("__shfl_down_sync(0xffffffff, x, 16)", "__shfl_down_sync(~0ULL, x, 16)"),
        ("__ballot_sync(0xFFFFFFFFu, x > 0)", "__ballot_sync(~0ULL, x > 0)"),
        ("__shfl_xor_sync(mask(), x, 1)", "__shfl_xor_sync(static_cast<unsigned long long>(mask()), x, 1)"),
        ("__any_sync(0xffffffffffffffffULL, x)", "__any_sync(0xffffffffffffffffULL, x)"),
    ],
)
def test_lane_masks_have_64_bits(renamed: Renamed, before: str, after: str) -> None:
    code = "#include <cuda_runtime.h>\n__device__ int f(int x) { return %s; }\n"
    assert before in renamed(code % before, name="a.cu")
    assert after in renamed(code % before, name="a.cu", unsafe=True)


def test_what_has_no_counterpart_is_left_with_the_reason(plan: Callable[..., FilePlan]) -> None:
    code = "#include <cuda_runtime.h>\n#if CUDART_VERSION >= 12000\nint n = __CUDA_ARCH__;\n#endif\n"
    left = plan(code).left
    assert [(item.finding.use.symbol, item.reason) for item in left] == [
        ("c:CUDART_VERSION", "verdict"),
        ("c:__CUDA_ARCH__", "verdict"),
    ]


def test_python_and_scripts_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import torch\n\nx = torch.ones(1).cuda()\n")
    (tmp_path / "b.cpp").write_text("#include <cuda_runtime.h>\n")
    assert list(planned(tmp_path, "rocm", unsafe=True)) == ["b.cpp"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "mlu"], "--strategy rename knows no C and C++ names of mlu; it does for rocm, dcu"),
        (["--target", "rocm", "--todo"], "--strategy rename leaves no such comments"),
    ],
)
def test_what_it_can_not_do_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (tmp_path / "a.cpp").write_text("#include <cuda_runtime.h>\n")
    with pytest.raises(SystemExit) as end:
        main(["rewrite", str(tmp_path), "--strategy", "rename", "--check", *arguments])
    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_the_summary_speaks_of_c_and_of_what_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.cu").write_text(
        '#include <cuda_runtime.h>\n__device__ void f() { int x; asm volatile("mov.u32 %0, %%laneid;" : "=r"(x)); }\n'
    )
    (tmp_path / "a.sh").write_text("nvidia-smi\n")
    with pytest.raises(SystemExit):
        main(["rewrite", str(tmp_path), "--target", "rocm", "--strategy", "rename", "--check"])
    said = capsys.readouterr().err
    assert "rocm: 1 uses changed in 1 files" in said
    assert "PTX" in said
    assert "all but C and C++ is left out, build files too: 1 uses" in said
