"""Words of nvcc, the linker and the toolkit's places in text that holds flags."""

from __future__ import annotations

import pytest

from migrate.flags import flag_uses


def words(text: str) -> list[str]:
    """``SYMBOL ROLE SPAN`` of each use in the text."""
    data = text.encode()
    return [f"{use.symbol} {use.role} {data[use.start : use.end].decode()}" for use in flag_uses(data, 0, len(data))]


def test_generated_code_has_a_flag_and_its_architectures() -> None:
    assert words("-gencode arch=compute_80,code=[sm_80,compute_80]") == [
        "flag:-gencode flag -gencode",
        "arch:compute_80 flag compute_80",
        "arch:sm_80 flag sm_80",
        "arch:compute_80 flag compute_80",
    ]
    assert words("-gencode=arch=compute_90a,code=sm_90a")[0] == "flag:-gencode flag -gencode"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-arch=sm_70", ["flag:-arch flag -arch", "arch:sm_70 flag sm_70"]),
        ("-arch sm_70", ["flag:-arch flag -arch", "arch:sm_70 flag sm_70"]),
        ("--gpu-architecture=compute_75", ["flag:-arch flag --gpu-architecture", "arch:compute_75 flag compute_75"]),
        ("-arch=native", ["flag:-arch flag -arch"]),
        ("-arch x86_64", []),
        ("-march=native", []),
        ("--use_fast_math", ["flag:-use_fast_math flag --use_fast_math"]),
        ("-Xcompiler -fPIC", ["flag:-Xcompiler flag -Xcompiler"]),
        ("-D__CUDA_NO_HALF_OPERATORS__", ["flag:-D__CUDA_NO_HALF_OPERATORS__ flag -D__CUDA_NO_HALF_OPERATORS__"]),
        ("-x cu", ["flag:-x flag -x"]),
        ("-x c++", []),
    ],
)
def test_flags(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_links_paths_and_library_files() -> None:
    assert words("-L/usr/local/cuda-12.1/lib64 -lcudart -lcublasLt -lm -lcurl /x/libnccl.so.2") == [
        "flag:/usr/local/cuda string /usr/local/cuda-12.1",
        "lib:libcudart.so flag -lcudart",
        "lib:libcublasLt.so flag -lcublasLt",
        "lib:libnccl.so string libnccl.so.2",
    ]


@pytest.mark.parametrize(
    "text", ["/usr/local/cudacheck", "my_sm_80", "sm_80_kernel", "x-gencodes", "libfoo.so", "sm_1"]
)
def test_look_alikes(text: str) -> None:
    assert words(text) == []
