"""The versions that a repository itself asks for, beside those that a scan takes."""

from __future__ import annotations

import pytest

from migrate import stated
from migrate.model import Role, Use

TAKEN = {"cuda": "13.0", "torch": "2.13", "triton": "3.7"}


@pytest.mark.parametrize(
    ("symbol", "role", "detail", "said"),
    [
        ("package:torch", "requirement", "==2.1", "torch==2.1"),
        ("package:torch", "requirement", "== 2.13.1", ""),
        ("package:torch", "requirement", ">=2.1", ""),
        ("package:torch", "requirement", ">=2.1,<2.4", "torch>=2.1,<2.4"),
        ("package:torch", "requirement", "~=2.4.0", "torch~=2.4.0"),
        ("package:torch", "requirement", "===weird", ""),
        ("package:torch+cuda", "requirement", "==2.6.0+cu124", "cuda==12.4,torch==2.6"),
        ("package:torch+cuda", "requirement", "==2.13.0+cu130", ""),
        ("package:pytorch-cuda", "requirement", "=12.4", "cuda==12.4"),
        ("image:nvidia/cuda", "image", "12.4.1-cudnn-devel-ubuntu22.04", "cuda==12.4"),
        ("image:nvidia/cuda", "image", "latest", ""),
        ("image:pytorch/pytorch", "image", "2.1.0-cuda11.8-cudnn8-devel", "cuda==11.8,torch==2.1"),
        ("cmake:find_package(CUDA)", "call", "11.8", ""),
        ("cmake:find_package(CUDAToolkit)", "call", "14.0", "cuda>=14.0"),
        ("package:flash-attn", "requirement", "==2.6.3", ""),
    ],
)
def test_what_a_use_states(symbol: str, role: Role, detail: str, said: str) -> None:
    key = "tag" if role == "image" else "version"
    assert stated.others([Use(symbol, 0, 1, role, details=((key, detail),))], TAKEN) == said


def test_a_version_that_was_asked_for_is_not_argued_with() -> None:
    assert stated.others([Use("package:torch", 0, 1, "requirement", details=(("version", "==2.1"),))], {}) == ""


def test_many_are_cut() -> None:
    pins = [Use("package:torch", 0, 1, "requirement", details=(("version", f"==1.{n}"),)) for n in range(9)]
    assert stated.others(pins, TAKEN) == "torch==1.0,torch==1.1,torch==1.2,torch==1.3,torch==1.4,torch==1.5,…"
