"""Container files: base images, variables, RUN, and what is not an image or a use."""

from __future__ import annotations

import pytest
from support import read, uses


def docker(code: str | bytes) -> list[str]:
    """The uses in a Dockerfile."""
    return uses(code, "docker", "Dockerfile")


def images(code: str) -> list[tuple[str, str]]:
    """Symbol and tag of each image."""
    found = read(code, "docker", "Dockerfile").uses
    return [(use.symbol, dict(use.details).get("tag", "")) for use in found if use.role == "image"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("FROM nvidia/cuda:12.1.0-base\n", [("image:nvidia/cuda", "12.1.0-base")]),
        (
            "FROM --platform=linux/amd64 nvcr.io/nvidia/pytorch:24.01-py3 AS x\n",
            [("image:nvcr.io/nvidia/pytorch", "24.01-py3")],
        ),
        ("ARG TAG=24.07\nFROM nvcr.io/nvidia/pytorch:${TAG}\n", [("image:nvcr.io/nvidia/pytorch", "24.07")]),
        ("ARG V\nFROM nvidia/cuda:${V:-12.2}-devel\n", [("image:nvidia/cuda", "12.2-devel")]),
        ("ARG BASE=nvidia/cuda:12.1\nFROM ${BASE}\n", [("image:nvidia/cuda", "12.1")]),
        ("FROM python:3.11\nCOPY --from=nvidia/cuda:12.1 /a /b\n", [("image:nvidia/cuda", "12.1")]),
        ("FROM nvidia/cuda:12.1 AS base\nFROM base\nCOPY --from=base /a /b\n", [("image:nvidia/cuda", "12.1")]),
        ("from docker.io/nvidia/cuda@sha256:abcd\n", [("image:nvidia/cuda", "sha256:abcd")]),
        ("FROM python:3.11\n", []),
        ("FROM me/barracuda:1\n", []),
        ("# FROM nvidia/cuda:12.1\n", []),
    ],
)
def test_images(code: str, expected: list[tuple[str, str]]) -> None:
    assert images(code) == expected


def test_the_span_of_an_image_is_its_reference() -> None:
    code = b"FROM nvidia/cuda:12.1.0-base AS x\r\n"
    (use,) = read(code, "docker", "Dockerfile").uses
    assert code[use.start : use.end] == b"nvidia/cuda:12.1.0-base"


def test_variables_and_commands() -> None:
    code = r"""
    FROM python:3.11
    ENV CUDA_HOME=/usr/local/cuda \
        NCCL_DEBUG=INFO
    ENV NVIDIA_VISIBLE_DEVICES all
    ARG TORCH_CUDA_ARCH_LIST="8.0 9.0+PTX"
    RUN apt-get update && apt-get install -y \
        # what NCCL needs
        libnccl2 \
        curl
    RUN --mount=type=cache,target=/root pip install flash-attn
    RUN ["nvidia-smi", "-L"]
    HEALTHCHECK --interval=5s CMD nvidia-smi
    CMD ["python", "a.py", "--device", "cuda:0"]
    """
    assert docker(code) == [
        "2 env:CUDA_HOME config",
        "2 flag:/usr/local/cuda string",
        "3 env:NCCL_DEBUG config",
        "4 env:NVIDIA_VISIBLE_DEVICES config",
        "5 env:TORCH_CUDA_ARCH_LIST config",
        "5 arch:sm_80 config",
        "5 arch:sm_90 config",
        "8 package:libnccl2 requirement",
        "10 package:flash-attn requirement",
        "11 command:nvidia-smi command",
        "12 command:nvidia-smi command",
        "13 device:cuda argument",
    ]


@pytest.mark.parametrize(
    "code",
    [
        'FROM a\nLABEL title="needs nvidia-smi"\n',
        "FROM a\nRUN echo nvidia-smi --gpus all\n",
        "FROM a\nWORKDIR /opt/cudatools\n",
        'FROM a\nRUN CUDA_DASH=$(date) && echo "$CUDA_DASH"\n',
        "FROM a\n# docker run --gpus all\n",
    ],
)
def test_look_alikes(code: str) -> None:
    assert docker(code) == []


def test_a_here_document_is_run() -> None:
    assert docker("FROM a\nRUN <<EOF\nnvidia-smi\nEOF\n") == ["3 command:nvidia-smi command"]


def test_labels_of_nvidia() -> None:
    assert docker('FROM a\nLABEL com.nvidia.volumes.needed="nvidia_driver"\n') == ["2 resource:docker:nvidia config"]


@pytest.mark.parametrize(
    "code", [b"FROM", b"FROM \\\n" * 9000, b"RUN " + b"$(" * 50_000, b"ENV A=" * 9000, b"\xff\xfe\n"]
)
def test_broken_files_are_read_to_their_end(code: bytes) -> None:
    assert read(code, "docker", "Dockerfile").uses == []
