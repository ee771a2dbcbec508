"""Kernels, launches, and CUDA source inside other files."""

from __future__ import annotations

from support import read

from migrate.cpp import find_in
from migrate.model import Use


def found(code: bytes, role: str) -> list[Use]:
    return [use for use in read(code, "cuda", "a.cu").uses if use.role == role and use.symbol.startswith("kernel:")]


def parts(code: bytes, use: Use) -> list[tuple[str, bytes]]:
    return [(arg.keyword, code[arg.start : arg.end]) for arg in use.args]


def test_a_launch_lists_its_configuration_then_its_arguments() -> None:
    code = b"void f() { ns::add<float, 4><<<dim3((n + 1) / 2, 1), 256, 0, s.get()>>>(x, g(y, z), n); }"
    (use,) = found(code, "launch")
    assert use.symbol == "kernel:cuda:add"
    assert code[use.start : use.end].startswith(b"ns::add<float, 4><<<")
    assert code[use.start : use.end].endswith(b"(x, g(y, z), n)")
    assert parts(code, use) == [
        ("grid", b"dim3((n + 1) / 2, 1)"),
        ("block", b"256"),
        ("shared", b"0"),
        ("stream", b"s.get()"),
        ("", b"x"),
        ("", b"g(y, z)"),
        ("", b"n"),
    ]


def test_a_launch_in_a_macro_is_found() -> None:
    code = b"#define RUN(k, ...) \\\n  k<<<GRID(n), BLOCK>>>(__VA_ARGS__)\nRUN(add, x);"
    uses = [use for use in read(code, "cuda", "a.cu").uses if use.symbol == "kernel:cuda:k"]
    assert [use.role for use in uses] == ["macro body"]
    assert parts(code, uses[0]) == [("grid", b"GRID(n)"), ("block", b"BLOCK"), ("", b"__VA_ARGS__")]


def test_shifts_and_merge_marks_are_no_launches() -> None:
    assert found(b"<<<<<<< HEAD\nint x = a << 3; std::cout << b << c;\n>>>>>>> other\n", "launch") == []


def test_a_kernel_has_its_size_and_features() -> None:
    code = b"""template <typename T>
__global__ __launch_bounds__(256, 2) void
reduce(const T* __restrict__ x, double* out) {
  __shared__ T part[32];
  T v = __shfl_down_sync(~0u, x[threadIdx.x], 1);
  __syncthreads();
  if (threadIdx.x == 0) atomicAdd(out, v);
}
__global__ void prototype(int* x);
static __device__ int helper() { return 1; }
"""
    (use,) = found(code, "definition")
    assert use.symbol == "kernel:cuda:reduce"
    assert code[use.start : use.end] == b"reduce"
    assert dict(use.details) == {"lines": "7", "features": "shared-memory warp-shuffle atomics fp64 synchronisation"}


def test_a_kernel_that_launches_another() -> None:
    (use,) = found(b"__global__ void a() { b<<<1, 1>>>(); }", "definition")
    assert "dynamic-parallelism" in dict(use.details)["features"].split()


def test_kernels_written_by_macros_keep_their_pasted_name() -> None:
    (use,) = found(b"#define K(op) __global__ void k_##op(float* x) { x[0] = op(x[0]); }", "definition")
    assert use.symbol == "kernel:cuda:k_##op"


def test_source_inside_another_file_has_that_files_offsets() -> None:
    data = b'code = """__global__ void k(float4* p) { p[threadIdx.x] = make_float4(0, 0, 0, 0); }"""\ncudaMalloc'
    start, end = data.index(b"__global__"), data.rindex(b'"""')
    uses = find_in(data, start, end)
    assert [(use.symbol, data[use.start : use.end]) for use in uses] == [
        ("c:__global__", b"__global__"),
        ("kernel:cuda:k", b"k"),
        ("c:float4", b"float4"),
        ("c:threadIdx", b"threadIdx"),
        ("c:make_float4", b"make_float4"),
    ]
    assert [data[arg.start : arg.end] for arg in uses[-1].args] == [b"0"] * 4
