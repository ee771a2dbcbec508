"""Flags, libraries and requirements in Python scripts that build."""

from __future__ import annotations

from tests.support import uses


def test_flags_of_the_compiler() -> None:
    code = """
    import torch.utils.cpp_extension
    flags = ["-O3", "-U__CUDA_NO_HALF_OPERATORS__", f"-gencode=arch=compute_{n},code=sm_{n}"]
    flags += ["-gencode", "arch=compute_90,code=sm_90", "--ptxas-options=-v"]
    libraries = ["cublas", "curl"]
    home = os.environ.get("SDK", "/usr/local/cuda-12.4")
    print("built with -gencode and sm_90")
    """
    assert [use for use in uses(code) if " py:" not in use] == [
        "2 flag:-U__CUDA_NO_HALF_OPERATORS__ flag",
        "2 flag:-gencode flag",
        "3 flag:-gencode flag",
        "3 arch:compute_90 flag",
        "3 arch:sm_90 flag",
        "3 flag:-Xptxas flag",
        "4 lib:libcublas.so string",
        "5 flag:/usr/local/cuda string",
    ]


def test_flags_only_where_a_script_builds() -> None:
    assert uses('words = ["-lineinfo", "sm_90"]  # cuda') == []


def test_requirements() -> None:
    code = """
    from setuptools import setup
    install_requires = ["torch>=2.0", "numpy"]
    install_requires.append("nvidia-ml-py")
    extras = {}
    extras["test"] = ["bitsandbytes", "deepspeed>=0.9"]
    extras["all"] = extras["deepspeed"]
    setup(
        name="deepspeed",
        packages=["deepspeed"],
        keywords=["torch", "triton"],
        install_requires=install_requires,
        extras_require={"triton": ["xformers ; sys_platform == 'linux'"]},
    )
    """
    assert uses(code, path="setup.py") == [
        "2 package:torch requirement",
        "3 package:nvidia-ml-py requirement",
        "5 package:bitsandbytes requirement",
        "5 package:deepspeed requirement",
        "12 package:xformers requirement",
    ]
