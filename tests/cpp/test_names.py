"""Which names in CUDA C and C++ are uses, and which only look like it."""

from __future__ import annotations

from support import read, uses


def cuda(code: str | bytes, path: str = "a.cu") -> list[str]:
    """The uses by name; what the checks find is tested apart."""
    return [line for line in uses(code, "cuda", path) if not line.endswith(" hazard")]


def test_only_real_uses_are_found_among_lookalikes() -> None:
    code = r"""
        #include <cuda_runtime.h>
        // cudaMalloc(&p, n) in a line comment \
           cudaMalloc(&p, n) which goes on
        /* cudaFree(p) */
        const char* text = "cudaMemcpy(\"x\")";
        const char* raw = R"x(cudaMemset(p, 0, n) " )x";
        namespace my { int cudaFree(void* p); }
        struct Holder { void* cudaHostAlloc; int cudaStream; };
        #define APPLY(cudaMemset, x) cudaMemset(x)
        void work(Holder& h, Holder* q) {
            my::cudaFree(h.cudaHostAlloc);
            q->cudaStream = h.cudaStream;
            cudaFree(q->cudaHostAlloc);
            ::cudaDeviceReset();
            return ::cudaDeviceSynchronize();
        }
    """
    assert cuda(code) == [
        "1 include:cuda_runtime.h include",
        "13 c:cudaFree call",
        "14 c:cudaDeviceReset call",
        "15 c:cudaDeviceSynchronize call",
    ]


def test_a_local_declaration_shadows_in_its_block() -> None:
    code = """
        void f(int cudaGetDevice) { g(cudaGetDevice); }
        void h() { int cudaMalloc = 1; k(cudaMalloc); }
        void i() { cudaGetDevice(&d); cudaMalloc(&p, 1); }
    """
    assert cuda(code) == ["3 c:cudaGetDevice call", "3 c:cudaMalloc call"]


def test_own_names_are_declared_and_no_uses() -> None:
    found = read(
        """
        #define CUDA_CHECK(x) (x)
        class cudaBuffer;
        enum Mode { cudaFast, cudaSlow = 2 };
        static void cudaPrepare(cudaStream_t s);
        void (*cudaHook)(int) = nullptr;
        void f(cudaBuffer* b) { CUDA_CHECK(cudaPrepare(0)); g(cudaFast); }
        """,
        "cuda",
        "a.cu",
    )
    assert [use.symbol for use in found.uses] == ["c:cudaStream_t"]
    assert found.declares == ("c:CUDA_CHECK", "c:cudaBuffer", "c:cudaFast", "c:cudaHook", "c:cudaPrepare", "c:cudaSlow")


def test_a_name_that_no_list_holds_is_still_a_use() -> None:
    assert cuda("void f() { cudaBrandNewThing(1); }", "a.cpp") == ["1 c:cudaBrandNewThing call"]


def test_generic_names_count_in_cuda_code_only() -> None:
    code = "struct P { float4 a; }; void f() { float4 b = make_float4(1, 2, 3, 4); atomicAdd(&x, 1); }"
    assert cuda(code, "a.cpp") == []
    assert [line.split()[1] for line in cuda("#include <cuda_runtime.h>\n" + code, "a.cpp")] == [
        "include:cuda_runtime.h",
        "c:float4",
        "c:float4",
        "c:make_float4",
    ]
    assert "1 c:atomicAdd call" in cuda(code)


def test_generic_names_that_the_file_declares_are_its_own() -> None:
    assert cuda("struct float4 { float x; }; float4 f(float4 a);") == []


def test_hip_only_files_hold_no_cuda() -> None:
    code = '#include "hip/hip_runtime.h"\n__global__ void k(float4* p) { hipFree(p); atomicAdd(p, 1); }'
    assert cuda(code, "a.cpp") == []


def test_namespaces_aliases_and_using() -> None:
    code = """
        #include <thrust/device_vector.h>
        #include <cooperative_groups.h>
        namespace cg = cooperative_groups;
        using namespace nvcuda;
        using thrust::host_vector;
        thrust::device_vector<int> a;
        host_vector<int> b;
        cub::BlockReduce<int, 32> c;
        cg::thread_block d = cg::this_thread_block();
        wmma::fragment<wmma::matrix_a, 16, 16, 16, half> e;
        other::thrust::thing f;
    """
    assert cuda(code)[2:] == [
        "3 c:cooperative_groups import",
        "4 c:nvcuda import",
        "5 c:thrust::host_vector import",
        "6 c:thrust::device_vector type",
        "7 c:thrust::host_vector type",
        "8 c:cub::BlockReduce type",
        "9 c:cooperative_groups::thread_block type",
        "9 c:cooperative_groups::this_thread_block call",
        "10 c:nvcuda::wmma::fragment type",
        "10 c:nvcuda::wmma::matrix_a type",
        "10 c:half type",
    ]


def test_torch_cpp_names() -> None:
    code = """
        #include <ATen/cuda/CUDAContext.h>
        auto s = at::cuda::getCurrentCUDAStream();
        c10::cuda::CUDAGuard guard(x.device());
        C10_CUDA_CHECK(cudaGetLastError());
        auto t = y.to(torch::kCUDA);
    """
    assert cuda(code, "a.cpp") == [
        "1 include:ATen/cuda/CUDAContext.h include",
        "2 c:at::cuda::getCurrentCUDAStream call",
        "3 c:c10::cuda::CUDAGuard type",
        "4 c:C10_CUDA_CHECK call",
        "4 c:cudaGetLastError call",
        "5 c:torch::kCUDA name",
    ]


def test_scoped_enumerators_are_found_with_their_type() -> None:
    assert cuda("auto k = cudaMemcpyKind::cudaMemcpyHostToDevice;") == [
        "1 c:cudaMemcpyKind type",
        "1 c:cudaMemcpyHostToDevice name",
    ]


def test_macro_bodies() -> None:
    code = """
        #define FREE(p) \\
            do { cudaFree(p); } while (0)
        #define RESET cudaDeviceReset()
        #define KIND cudaMemcpyHostToDevice
    """
    assert cuda(code) == [
        "2 c:cudaFree macro body",
        "3 c:cudaDeviceReset macro body",
        "4 c:cudaMemcpyHostToDevice macro body",
    ]


def test_arguments_of_calls() -> None:
    code = b"void f() { cudaMemcpy(dst, g<a, b>(src, 1), n * sizeof(T), cudaMemcpyDefault); }"
    use = read(code, "cuda", "a.cu").uses[0]
    assert [code[arg.start : arg.end] for arg in use.args] == [
        b"dst",
        b"g<a, b>(src, 1)",
        b"n * sizeof(T)",
        b"cudaMemcpyDefault",
    ]


def test_using_a_namespace_does_not_claim_the_file_s_own_names() -> None:
    code = """
        #include <cute/tensor.hpp>
        using namespace cute;
        template <class Shape> int f(Shape s, int stride) { return ceil_div(s, stride); }
        bool is_valid() { return uint32_t(1); }
    """
    assert cuda(code)[1:] == ["2 c:cute import", "3 c:cute::ceil_div call"]


def test_telling_names_count_without_a_cuda_header() -> None:
    assert cuda("DISPATCH(kHalf, __half);", "a.cpp") == ["1 c:__half type"]


def test_cuda_names_rebuilt_on_hip_stand_beside_another_vendor() -> None:
    code = '#include "hip/hip_runtime.h"\ncudaError_t wrap(cudaStream_t s);\n'
    assert cuda(code, "a.h") == ["2 c:cudaError_t type [multi-vendor]", "2 c:cudaStream_t type [multi-vendor]"]


def test_headers_by_list_and_by_name() -> None:
    code = """
        #include <cuda/std/tuple>
        #include "cuda/own_helpers.h"
        #include "own/cuda.h"
        #  include <cublas_of_the_future.h>
        /* #include <cudnn.h> */
        #include <ATen/cuda/CUDAContext.h>
        #error "cudaFree is missing"
    """
    assert cuda(code) == [
        "1 include:cuda/std/tuple include",
        "4 include:cublas_of_the_future.h include",
        "6 include:ATen/cuda/CUDAContext.h include",
    ]


def test_names_that_fit_a_pattern_by_chance_need_cuda_code() -> None:
    code = "// no cuda here\nclass CUserDialog : public CUnit { int cuCount; };"
    assert cuda(code, "a.cpp") == []
    assert cuda("void f() { cuNewDriverCall(1); }") == ["1 c:cuNewDriverCall call"]


def test_a_product_with_a_device_function_declares_nothing() -> None:
    code = "__global__ void k(float opac) { float a = min(0.9f, opac * __expf(-opac)); }"
    assert "1 c:__expf call" in cuda(code)


def test_a_name_of_the_global_namespace_takes_no_using_directive() -> None:
    code = "#include <cuda/barrier>\nusing namespace thrust;\nusing B = ::cuda::barrier<::cuda::thread_scope_block>;\n"
    found = " ".join(uses(code, "cuda", "a.cu"))
    assert "c:cuda::barrier" in found
    assert "thrust::cuda" not in found
