"""requirements, pyproject, Pipfile, setup.cfg, conda, make."""

from __future__ import annotations

from support import read, uses


def spans(code: str, language: str, path: str) -> list[tuple[str, str]]:
    """Symbol and the text that a rewrite would replace."""
    data = code.encode()
    return [(use.symbol, data[use.start : use.end].decode()) for use in read(data, language, path).uses]


def test_requirements() -> None:
    code = (
        "--extra-index-url https://download.pytorch.org/whl/cu121\r\n"
        "torch==2.1.0+cu121  # the CUDA build\r\n"
        "flash-attn>=2.5,<3 ; python_version > '3.8'\r\n"
        "# bitsandbytes\n"
        "numpy\n"
        "xformers @ https://example.org/xformers-0.0.23-cp310-none-any.whl\n"
        "-r cupy.txt\n"
        "nvidia-cublas-cu12 == 12.1 --hash=sha256:0\n"
    )
    assert spans(code, "requirements", "requirements.txt") == [
        ("index:download.pytorch.org/whl/cu*", "https://download.pytorch.org/whl/cu121"),
        ("package:torch+cuda", "torch==2.1.0+cu121"),
        ("package:flash-attn", "flash-attn>=2.5,<3"),
        ("package:xformers", "xformers @ https://example.org/xformers-0.0.23-cp310-none-any.whl"),
        ("package:nvidia-cublas-cu12", "nvidia-cublas-cu12 == 12.1"),
    ]


def test_pyproject() -> None:
    code = """
[project]
description = "flash-attn for all"
dependencies = ["numpy", "flash-attn>=2"]  # "bitsandbytes"
[project.optional-dependencies]
gpu = [
    "cupy-cuda12x",  # ]
    "xformers[x]",
]
[tool.poetry.dependencies]
python = "^3.10"
bitsandbytes = "^0.43"
[[tool.uv.index]]
url = "https://download.pytorch.org/whl/cu124"
[tool.other]
name = "apex"
"""
    assert spans(code, "pyproject", "pyproject.toml") == [
        ("package:flash-attn", "flash-attn>=2"),
        ("package:cupy-cuda12x", "cupy-cuda12x"),
        ("package:xformers", "xformers[x]"),
        ("package:bitsandbytes", "bitsandbytes"),
        ("index:download.pytorch.org/whl/cu*", "https://download.pytorch.org/whl/cu124"),
    ]


def test_setup_cfg_and_pipfile() -> None:
    code = (
        "[metadata]\nname = apex\n[options]\ninstall_requires =\n    numpy\n    flash-attn >= 2 # x\npackages = apex\n"
    )
    assert spans(code, "pyproject", "setup.cfg") == [("package:flash-attn", "flash-attn >= 2")]
    assert spans('[packages]\ncupy = "*"\n', "pyproject", "Pipfile") == [("package:cupy", "cupy")]


def test_conda() -> None:
    code = """
channels:
  - nvidia  # first
  - conda-forge
dependencies:
  - python=3.10
  - pytorch-cuda=12.1
  - nvidia::cuda-toolkit >=12
  - pip:
      - --extra-index-url https://download.pytorch.org/whl/cu121
      - flash-attn==2.5.0
  - cudnn
"""
    assert spans(code, "conda", "environment.yml") == [
        ("index:conda:nvidia", "nvidia"),
        ("package:pytorch-cuda", "pytorch-cuda=12.1"),
        ("index:conda:nvidia", "nvidia"),
        ("package:cuda-toolkit", "cuda-toolkit >=12"),
        ("index:download.pytorch.org/whl/cu*", "https://download.pytorch.org/whl/cu121"),
        ("package:flash-attn", "flash-attn==2.5.0"),
        ("package:cudnn", "cudnn"),
    ]
    recipe = "requirements:\n  build:\n    - {{ compiler('cuda') }}\n    - cudatoolkit\nabout:\n  home: x\n"
    assert [symbol for symbol, _ in spans(recipe, "conda", "meta.yaml")] == ["package:cuda-nvcc", "package:cudatoolkit"]


def test_make() -> None:
    code = """
# NVCC = nvcc
CUDA_HOME ?= /usr/local/cuda
NVCC := $(CUDA_HOME)/bin/nvcc
LDLIBS = -lcudart -lm
ifdef USE_CUDA
FLAGS = -arch=sm_80
endif
all: app.o
\t$(NVCC) -c app.cu
\tnvidia-smi
"""
    assert uses(code, "make", "Makefile") == [
        "2 env:CUDA_HOME name",
        "2 flag:/usr/local/cuda string",
        "3 env:NVCC name",
        "3 env:CUDA_HOME name",
        "3 command:nvcc command",
        "4 lib:libcudart.so flag",
        "6 flag:-arch flag [guarded]",
        "6 arch:sm_80 flag [guarded]",
        "9 env:NVCC name",
        "10 command:nvidia-smi command",
    ]


def test_variables_of_conda_recipes() -> None:
    recipe = """
        build:
          string: py_{{ environ['CUDA_VERSION'] }}_{{ environ.get('PYTHON_VERSION') }}
          script_env:
            - FORCE_CUDA
            - HOME
        requirements:
          host:
            - python
        """
    assert uses(recipe, "conda", "meta.yaml") == ["2 env:CUDA_VERSION name", "4 env:FORCE_CUDA name"]


def test_architectures_in_makefiles() -> None:
    assert uses("TORCH_CUDA_ARCH_LIST ?= 8.0;9.0+PTX\nVERSION = 8.0\n", "make", "Makefile") == [
        "1 env:TORCH_CUDA_ARCH_LIST name",
        "1 arch:sm_80 config",
        "1 arch:sm_90 config",
    ]


def test_a_command_in_a_path_is_spanned_without_it() -> None:
    assert spans("CC_GPU = /opt/bin/nvcc -O3\n", "make", "Makefile") == [("command:nvcc", "nvcc")]
