"""The hazard checks of Python, each with a place that has it and one that has not."""

from __future__ import annotations

import pytest
from support import uses


def hazards(code: str) -> list[str]:
    head = "import torch\nimport torch.distributed as dist\n"
    return [line.split()[1][7:] for line in uses(head + code + "\n") if "hazard:" in line]


@pytest.mark.parametrize(
    ("hazard", "code"),
    [
        ("compute-capability", "if torch.cuda.get_device_capability()[0] >= 8: pass"),
        ("compute-capability", "major, minor = torch.cuda.get_device_capability()\nif major >= 8: pass"),
        ("compute-capability", "p = torch.cuda.get_device_properties(0)\nif p.major > 7: pass"),
        ("device-equality", 'if x.device.type == "cuda": pass'),
        ("device-equality", "if x.is_cuda: pass"),
        ("cuda-available-gate", 'd = "cuda" if torch.cuda.is_available() else "cpu"'),
        ("float64", "x = torch.zeros(3, dtype=torch.float64)"),
        ("float64", "x = torch.zeros(3).double()"),
        ("complex-dtype", "torch.view_as_complex(x)"),
        ("complex-dtype", "torch.fft.rfft(x)"),
        ("float8", "x.to(torch.float8_e4m3fn)"),
        ("dynamic-shape", "torch.nonzero(x)"),
        ("dynamic-shape", "torch.zeros(3).unique()"),
        ("dynamic-shape", "torch.compile(f, dynamic=True)"),
        ("host-sync", "for x in data:\n    loss = f(x)\n    loss.backward()\n    total += loss.item()"),
        ("channels-last", "x.to(memory_format=torch.channels_last)"),
        ("collective-dtype", "dist.all_reduce(x, op=dist.ReduceOp.AVG)"),
        ("collective-dtype", "n = torch.zeros(1, dtype=torch.int64)\ndist.all_reduce(n)"),
        ("missing-collective", "dist.batch_isend_irecv(ops)"),
        ("torch-jit", "@torch.jit.script\ndef f(x): ..."),
        ("cuda-extension", "from torch.utils.cpp_extension import CUDAExtension\nCUDAExtension('a', [])"),
        ("nvml", "torch.cuda.utilization()"),
        ("cuda-graph", "g = torch.cuda.CUDAGraph()"),
        ("stream-semantics", "torch.cuda.Stream(priority=-1)"),
        ("event-timing", "torch.cuda.Event(enable_timing=True)"),
        ("precision-default", "torch.backends.cuda.matmul.allow_tf32 = True"),
        ("rng-parity", "torch.cuda.manual_seed(0)"),
        ("rng-parity", 'torch.Generator(device="cuda")'),
        ("fork-after-init", 'import multiprocessing as mp\ntorch.zeros(1)\nmp.set_start_method("fork")'),
        ("amp-specifics", "torch.cuda.amp.GradScaler()"),
    ],
)
def test_a_hazard(hazard: str, code: str) -> None:
    assert hazard in hazards(code)


@pytest.mark.parametrize(
    "code",
    [
        "print(torch.cuda.get_device_capability())",
        'if is_npu:\n    pass\nelif x.device.type == "cuda":\n    pass',
        "print(torch.cuda.is_available())",
        "if dtype == torch.float64: pass",
        "x.unique()",
        "torch.compile(f)",
        "for x in data:\n    total += f(x).item()",
        "dist.all_reduce(torch.zeros(1))",
        "torch.cuda.Stream()",
        "torch.cuda.Event()",
        "torch.Generator()",
        'import multiprocessing as mp\nmp.set_start_method("spawn")',
    ],
)
def test_no_hazard(code: str) -> None:
    assert hazards(code) == []
