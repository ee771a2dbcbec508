"""CUDA's words outside of code, and words that only look like them."""

from __future__ import annotations

import pytest

from migrate import vocabulary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flash_attn>=2.5", "package:flash-attn"),
        ("nvidia-cublas-cu12==12.1.3.1", "package:nvidia-cublas-cu12"),
        ("cupy-cuda12x", "package:cupy-cuda12x"),
        ("cudatoolkit-dev", "package:cudatoolkit-dev"),
        ("libnccl2", "package:libnccl2"),
        ("cuda-toolkit-12-1", "package:cuda-toolkit-12-1"),
        ("libcudnn8-dev", "package:libcudnn8-dev"),
        ("torch==2.1.0+cu118", "package:torch+cuda"),
        ("numpy", None),
        ("barracuda", None),
        ("cucumber", None),
        ("curl", None),
        ("", None),
    ],
)
def test_packages(text: str, expected: str | None) -> None:
    assert vocabulary.package_symbol(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CUDA_VISIBLE_DEVICES", "env:CUDA_VISIBLE_DEVICES"),
        ("NCCL_SOCKET_IFNAME", "env:NCCL_SOCKET_IFNAME"),
        ("TORCH_CUDA_ARCH_LIST", "env:TORCH_CUDA_ARCH_LIST"),
        ("CUDA_HOME", "env:CUDA_HOME"),
        ("OMP_NUM_THREADS", None),
        ("BARRACUDA_X", None),
    ],
)
def test_variables(text: str, expected: str | None) -> None:
    assert vocabulary.env_symbol(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nvidia-smi", "command:nvidia-smi"),
        ("/usr/local/cuda/bin/nvcc", "command:nvcc"),
        ("nvcc.exe", "command:nvcc"),
        ("python", None),
        ("nvm", None),
    ],
)
def test_commands(text: str, expected: str | None) -> None:
    assert vocabulary.command_symbol(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nvidia/cuda:12.1.0-devel-ubuntu22.04", ("image:nvidia/cuda", "12.1.0-devel-ubuntu22.04")),
        ("docker.io/nvidia/cuda", ("image:nvidia/cuda", "")),
        ("nvcr.io/nvidia/pytorch:24.01-py3", ("image:nvcr.io/nvidia/pytorch", "24.01-py3")),
        ("nvcr.io:443/nvidia/x@sha256:ab", None),
        ("ubuntu:22.04", None),
        ("localhost:5000/app:1", None),
    ],
)
def test_images(text: str, expected: tuple[str, str] | None) -> None:
    assert vocabulary.image_symbol(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://download.pytorch.org/whl/cu121", "index:download.pytorch.org/whl/cu*"),
        ("https://download.pytorch.org/whl/nightly/cu126/", "index:download.pytorch.org/whl/nightly/cu*"),
        ("https://download.pytorch.org/whl/cpu", None),
        ("https://pypi.org/simple", None),
        ("https://wheels.vllm.ai/rocm/nightly", None),
        ("https://docs.nvidia.com/datacenter/cloud-native", None),
        ("https://helm.ngc.nvidia.com/nvidia", "index:helm.ngc.nvidia.com/nvidia"),
        ("https://example.org/wheels/cu118/x", "index:example.org/wheels/cu*/x"),
    ],
)
def test_indexes(text: str, expected: str | None) -> None:
    assert vocabulary.index_symbol(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("libcudart.so.12", "lib:libcudart.so"),
        ("/usr/lib/libnccl.so.2", "lib:libnccl.so"),
        ("nvcuda.dll", "lib:nvcuda.dll"),
        ("libcurl.so", None),
        ("libcustom.so", None),
    ],
)
def test_libraries(text: str, expected: str | None) -> None:
    assert vocabulary.lib_symbol(text) == expected


def test_imports_and_architectures() -> None:
    assert vocabulary.import_symbol("flash_attn") == "package:flash-attn"
    assert vocabulary.import_symbol("numpy") is None
    assert vocabulary.arch_symbol("sm_90a") == "arch:sm_90a"
    assert vocabulary.arch_symbol("sm_x") is None
