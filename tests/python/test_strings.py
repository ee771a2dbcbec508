"""Strings that carry a dependency: back ends, tensor types, variables, tools, libraries, providers."""

from __future__ import annotations

import pytest
from support import uses


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('dist.init_process_group("nccl")', "backend:nccl argument"),
        ('dist.init_process_group(backend="nccl", rank=0)', "backend:nccl argument"),
        ('if dist.get_backend() == "nccl": pass', "backend:nccl compare"),
        ('def f(backend: str = "nccl"): ...', "backend:nccl default"),
        ('parser.add_argument("--dist-backend", default="nccl")', "backend:nccl default"),
        ('cfg = dict(backend="nccl")', "backend:nccl argument"),
        ('init("cpu:gloo,cuda:nccl")', "backend:nccl argument"),
        ('x.type("torch.cuda.FloatTensor")', "py:torch.cuda.FloatTensor string"),
        ('if x.type() == "torch.cuda.HalfTensor": pass', "py:torch.cuda.HalfTensor compare"),
        ('os.environ["CUDA_VISIBLE_DEVICES"] = "0"', "env:CUDA_VISIBLE_DEVICES name"),
        ('os.environ.get("NCCL_DEBUG")', "env:NCCL_DEBUG argument"),
        ('os.getenv("CUDA_HOME")', "env:CUDA_HOME argument"),
        ('os.environ.setdefault("CUDA_LAUNCH_BLOCKING", "1")', "env:CUDA_LAUNCH_BLOCKING argument"),
        ('if "CUDA_HOME" in os.environ: pass', "env:CUDA_HOME compare"),
        ('run({"CUDA_VISIBLE_DEVICES": "0"})', "env:CUDA_VISIBLE_DEVICES config"),
        ('os.system("CUDA_VISIBLE_DEVICES=0 python a.py")', "env:CUDA_VISIBLE_DEVICES string"),
        ('subprocess.run(["nvidia-smi", "-L"])', "command:nvidia-smi command"),
        ('subprocess.check_output("nvidia-smi -q", shell=True)', "command:nvidia-smi command"),
        ('subprocess.run(["/usr/local/cuda/bin/nvcc", "-V"])', "command:nvcc command"),
        ('import subprocess\nshutil.which("nvcc")', "command:nvcc command"),
        ('import ctypes\nctypes.CDLL("libcudart.so.12")', "lib:libcudart.so string"),
        ('import ctypes\nctypes.util.find_library("cudart")', "lib:libcudart.so string"),
        ('ort.InferenceSession(m, providers=["CUDAExecutionProvider"])', "device:CUDAExecutionProvider argument"),
        ("DataLoader(d, pin_memory=True)", "py:torch.Tensor.pin_memory argument"),
        ('cfg = {"pin_memory": True}', "py:torch.Tensor.pin_memory config"),
    ],
)
def test_a_string_that_carries_a_dependency(code: str, expected: str) -> None:
    assert expected in [line.partition(" ")[2].partition(" [")[0] for line in uses(code + "\n")]


@pytest.mark.parametrize(
    "code",
    [
        'print("nccl")',
        'raise RuntimeError("nccl")',
        'logger.info("set CUDA_VISIBLE_DEVICES=0")',
        'parser.add_argument("-x", help="CUDA_VISIBLE_DEVICES")',
        'import subprocess\nprint("nvidia-smi failed")',
        'import subprocess\nraise OSError("nvcc not found")',
        '"""torch.cuda.FloatTensor"""',
        "DataLoader(d, pin_memory=False)",
        'x = {"nccl": 1}',
    ],
)
def test_a_text_for_people_is_no_use(code: str) -> None:
    assert uses(code + "\n") == []


def test_variables_as_keywords_of_a_call() -> None:
    code = """
    import os, subprocess
    env = dict(os.environ, CUDA_VISIBLE_DEVICES="0", NCCL_DEBUG="INFO")
    with patch_environment(PYTORCH_NVML_BASED_CUDA_CHECK="1"):
        pass
    Options(CUDA_ENABLED=True)
    """
    assert uses(code) == [
        "2 env:CUDA_VISIBLE_DEVICES argument",
        "2 env:NCCL_DEBUG argument",
        "3 env:PYTORCH_NVML_BASED_CUDA_CHECK argument",
    ]


def test_keys_of_the_profiler() -> None:
    code = """
    from torch.profiler import profile
    with profile() as prof:
        pass
    prof.key_averages().table(sort_by="self_cuda_time_total")
    total = sum(event.cuda_time_total for event in prof.key_averages())
    self.cuda_time_total = total
    log("cuda_time_total is", total)
    """
    key = "py:torch.autograd.profiler_util.FunctionEvent"
    assert [use for use in uses(code) if key in use] == [
        f"4 {key}.self_cuda_time_total argument",
        f"5 {key}.cuda_time_total name",
    ]
