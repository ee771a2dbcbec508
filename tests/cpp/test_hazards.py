"""Each hazard of CUDA code: a place that has it, and one that only looks like it."""

from __future__ import annotations

import pytest
from support import read, source, uses

CASES = {
    "warp-size-32": [
        ("__global__ void k() { int w = threadIdx.x / 32; }", "threadIdx.x / 32"),
        ("__device__ int f(int tid) { return tid & 31; }", "tid & 31"),
        ("#include <cuda_runtime.h>\n#define WARP_SIZE 32", "WARP_SIZE"),
        ("__device__ void f() { for (int o = 16; o > 0; o >>= 1) g(o); }", "for (int o = 16; o > 0; o >>= 1"),
        ("__device__ int f(int v) { return __shfl_xor_sync(m, v, 16); }", "16"),
        ("__device__ int f(int v) { return __shfl_sync(m, v, 0, 32); }", "32"),
        ("__device__ void f() { __shared__ float warp_sums[32]; }", "__shared__ float warp_sums[32]"),
        ("__device__ void f() { constexpr int kWarpSize = 32; }", "kWarpSize = 32"),
        ("__device__ int f(int bits) { return bits & 31; }", None),
        ("// threadIdx.x / 32\n__global__ void k() { int w = threadIdx.x / warpSize; }", None),
    ],
    "lane-mask-32": [
        ("__device__ int f(int v) { return __shfl_down_sync(0xffffffff, v, 1); }", "0xffffffff"),
        ("#define FULL 0xFFFFFFFFu\n__device__ int f(int v) { return __any_sync(FULL, v); }", "FULL"),
        ("__device__ int f() { return __popc(__activemask()); }", "__popc(__activemask("),
        ("__device__ int f(int v) { return __shfl_down_sync(mask, v, 1); }", None),
        ("__device__ int f(int v) { return g(0xffffffff, v); }", None),
    ],
    "inline-ptx": [
        ('__device__ int f() { int r; asm volatile("mov.u32 %0, %laneid;" : "=r"(r)); return r; }', "asm volatile("),
        ('#include <cuda.h>\nint f() { int r; asm volatile("cpuid" : "=a"(r)); return r; }', None),
        ('// asm("mov.u32 %0, 1;")\n__global__ void k() {}', None),
    ],
    "tensor-core": [
        ("#include <mma.h>\n", "mma.h"),
        ("__global__ void k() { nvcuda::wmma::mma_sync(d, a, b, c); }", "nvcuda::wmma::mma_sync"),
        ('__device__ void f() { asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {}, {};"); }', "asm("),
        ("int wmma_sync; __global__ void k() {}", None),
    ],
    "compute-capability": [
        ("#if __CUDA_ARCH__ >= 800\n#endif", "__CUDA_ARCH__ >= 800"),
        ("#if 700 <= __CUDA_ARCH__\n#endif", "700 <= __CUDA_ARCH__"),
        ("#include <cuda.h>\nbool f() { return prop.major >= 8; }", "prop.major >= 8"),
        ('#include <nvrtc.h>\nconst char* o = "--gpu-architecture=compute_80";', "compute_80"),
        ("#include <cuda.h>\nbool f() { return version.major >= 8; }", None),
        ("#include <cuda.h>\n// needs sm_80\nint sm_80;", None),
    ],
    "stream-semantics": [
        ("void f() { k<<<1, 2>>>(); }", "k<<<1, 2>>>()"),
        ("void f() { cudaStreamAddCallback(s, g, p, 0); }", "cudaStreamAddCallback"),
        ("void f() { k<<<1, 2, 0, s>>>(); }", None),
    ],
    "event-timing": [
        ("void f() { cudaEventElapsedTime(&ms, a, b); }", "cudaEventElapsedTime"),
        ("void f() { timer.cudaEventElapsedTime(); }", None),
    ],
    "managed-memory": [
        ("void f() { cudaMallocManaged(&p, n); }", "cudaMallocManaged"),
        ("__managed__ int x;", "__managed__"),
        ("void f() { cudaMalloc(&p, n); }", None),
    ],
    "texture-and-nested-launch": [
        ("__device__ float f(cudaTextureObject_t t) { return 0; }", "cudaTextureObject_t"),
        ("__device__ float f(T t) { return tex2D<float>(t, 1, 2); }", "tex2D"),
        ("__global__ void a() { b<<<1, 1, 0, s>>>(); }", "b<<<1, 1, 0, s>>>()"),
        ("#include <cooperative_groups.h>", "cooperative_groups.h"),
        ("void a() { b<<<1, 1, 0, s>>>(); }", None),
    ],
    "library-beyond-blas": [
        ("#include <cufft.h>\nvoid f() { cufftExecC2C(p, a, b, CUFFT_FORWARD); }", "cufftExecC2C"),
        ("void f() { cusparseCreate(&h); cusparseDestroy(h); }", "cusparseCreate"),
        ("void f() { cublasCreate(&h); }", None),
    ],
    "cudnn-shape": [
        ("void f() { cudnnCreate(&h); cudnnDestroy(h); }", "cudnnCreate"),
        ("cudnnHandle_t h;", None),
    ],
}


@pytest.mark.parametrize(
    ("check", "code", "text"), [(check, *case) for check, cases in CASES.items() for case in cases]
)
def test_hazard(check: str, code: str, text: str | None) -> None:
    file = source(code, "cuda", "a.cu")
    found = [use for use in read(code, "cuda", "a.cu").uses if use.symbol == f"hazard:{check}"]
    spans = [file.data[use.start : use.end].decode() for use in found]
    assert len(spans) == (text is not None)
    assert all(span.startswith(text or "") for span in spans)


def test_a_rank_in_the_grid_takes_no_cooperation() -> None:
    code = """
        #include <cooperative_groups.h>
        namespace cg = cooperative_groups;
        __global__ void k() {
            auto i = cg::this_grid().thread_rank();
            cg::this_grid().sync();
        }
    """
    found = [line for line in uses(code, "cuda", "a.cu") if "texture-and-nested-launch" in line]
    assert [line.partition(" ")[0] for line in found] == ["1", "5"]
