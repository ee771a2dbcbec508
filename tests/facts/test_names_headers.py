"""Names out of header text: header in, declared names out."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from migrate.facts import wheels
from migrate.facts.headers import declared
from migrate.facts.wheels import include_path, is_header, version_of


def names(text: str) -> list[str]:
    return [f"{entry.kind} {entry.name}" for entry in dict.fromkeys(declared(dedent(text)))]


def test_functions_between_export_macros() -> None:
    text = """
        extern __host__ cudaError_t CUDARTAPI cudaMalloc(void **devPtr, size_t size);
        CUBLASAPI cublasStatus_t CUBLASWINAPI cublasCreate_v2(cublasHandle_t* handle);
        __device__ __CUDA_DEPRECATED("old") int __any(int cond);
    """
    assert names(text) == ["function cudaMalloc", "function cublasCreate_v2", "function __any"]


def test_types_and_enumerators() -> None:
    text = """
        typedef struct CUstream_st *CUstream;
        typedef struct { int x; } CUDA_MEMCPY2D_v2;
        typedef CUDA_MEMCPY2D_v2 CUDA_MEMCPY2D;
        typedef void (CUDART_CB *cudaHostFn_t)(void *userData);
        typedef struct pruneInfo *pruneInfo_t CUSPARSE_DEPRECATED_TYPE;
        typedef enum cudaError_enum { CUDA_SUCCESS = 0, CUDA_ERROR_INVALID_VALUE = (1 << 2), } CUresult;
    """
    assert names(text) == [
        "type CUstream_st",
        "type CUstream",
        "type CUDA_MEMCPY2D_v2",
        "type CUDA_MEMCPY2D",
        "type cudaHostFn_t",
        "type pruneInfo",
        "type pruneInfo_t",
        "type cudaError_enum",
        "enumerator CUDA_SUCCESS",
        "enumerator CUDA_ERROR_INVALID_VALUE",
        "type CUresult",
    ]


def test_namespaces_templates_and_members() -> None:
    text = """
        namespace cub {
        template <typename T, int BLOCK = (32 > 16) ? 1 : 2>
        class BlockReduce {
            int hidden;
        public:
            struct TempStorage : Uninitialized<T> {};
            static T Sum(T input) { return input; }
            T Reduce(T input);
        };
        namespace detail { struct Secret; }
        }
        CUB_NAMESPACE_BEGIN
        struct DeviceScan { static cudaError_t ExclusiveSum(void* d); };
        CUB_NAMESPACE_END
    """
    assert names(text) == [
        "class cub::BlockReduce",
        "type cub::BlockReduce::TempStorage",
        "function cub::BlockReduce::Sum",
        "type cub::DeviceScan",
        "function cub::DeviceScan::ExclusiveSum",
    ]


def test_macros_and_renaming_macros() -> None:
    text = """
        #define CUDA_VERSION 13000
        #define cuMemAlloc cuMemAlloc_v2
        #define LONG_ONE(x) \\
            do { int cudaInside; } while (0)
    """
    assert names(text) == ["macro CUDA_VERSION", "alias cuMemAlloc", "function cuMemAlloc_v2", "macro LONG_ONE"]


def test_all_branches_of_a_conditional_count_unless_braces_cross_them() -> None:
    assert names("#if A\nint f(int);\n#else\nint g(int);\n#endif") == ["function f", "function g"]
    assert names("#if A\nstruct S : B {\n#else\nstruct S {\n#endif\nint x;\n};\nint h(int);") == [
        "type S",
        "function h",
    ]


@pytest.mark.parametrize("text", ["// int f(int);", "/* int f(int); */", 'const char* s = "int f(int);";'])
def test_comments_and_strings_declare_nothing(text: str) -> None:
    assert "function f" not in names(text)


def test_unbalanced_text_ends() -> None:
    assert names("namespace a { struct b { ") == ["type a::b"]
    assert names("}}}} int f(int);") == ["function f"]
    assert names("enum { A, B") == ["enumerator A", "enumerator B"]


def test_members_of_a_wheel() -> None:
    assert is_header("nvidia/cu13/include/cublas_v2.h")
    assert is_header("nvidia/cu13/include/cccl/cuda/std/atomic")
    assert not is_header("nvidia/cu13/include/")
    assert not is_header("nvidia/cu13/lib/libcublas.so.13")
    assert include_path(("nvidia", "cu13", "include", "cccl", "cub", "cub.cuh")) == "cub/cub.cuh"
    assert version_of("nvidia_cublas-13.10.0.20-py3-none-manylinux1_x86_64.whl") == "13.10.0.20"


def test_a_member_that_leaves_the_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="leaves the archive"):
        wheels._store(tmp_path / "out", "../include/evil.h", b"int f(int);")
    assert list(tmp_path.iterdir()) == []
