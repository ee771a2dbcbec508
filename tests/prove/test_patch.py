"""Huawei's run-time patch itself, from its wheel, on the simulated device: it shows the side effects that
``rules/patches.toml`` names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from proving import Prove

pytestmark = pytest.mark.real

HEAD = "import torch\nimport torch_npu\nfrom torch_npu.contrib import transfer_to_npu\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with torch_npu's files, none of which can be imported without the device."""
    folder = str(tmp_path_factory.mktemp("wheel"))
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", folder, "torch-npu==2.13.0"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"torch-npu can't be installed here: {made.stderr.strip()[-200:]}")
    return folder


def said(prove: Prove, wheel: str, program: str) -> list[str]:
    run = prove(HEAD + program, PYTHONPATH=wheel)
    assert run.code == 0, run.err
    return run.out.split("\n")[:-1]


@pytest.mark.parametrize(
    ("effect", "program", "printed"),
    [
        ("jit-script", "f = lambda x: x\nprint(torch.jit.script(f) is f)", "True"),
        ("jit-script-method", "f = lambda x: x\nprint(torch.jit.script_method(f) is f)", "True"),
        ("device-type", "d = torch.device('cuda')\nprint(x.device.type == 'cuda', d.type == 'cuda')", "False True"),
        ("profiler", "print(torch.profiler.ProfilerActivity.CUDA.name)", "NPU"),
        ("double-is-float", "print(torch.cuda.DoubleTensor is torch.npu.FloatTensor)", "True"),
        ("cuda-version", "print(torch.version.cuda)", "None"),
        ("not an effect", "print(x.is_cuda, torch.cuda.is_available(), torch.cuda.current_device())", "True True 0"),
    ],
)
def test_what_it_changes(prove: Prove, wheel: str, effect: str, program: str, printed: str) -> None:
    assert said(prove, wheel, f"x = torch.ones(1, device='cuda')\n{program}\n") == [printed], effect


def test_the_back_end_is_called_hccl(prove: Prove, wheel: str) -> None:
    program = """
import torch.distributed as dist
dist.init_process_group("nccl", init_method="tcp://127.0.0.1:29517", rank=0, world_size=1)
x = torch.ones(2).cuda()
dist.all_reduce(x)
print(dist.get_backend(), x.tolist())
dist.destroy_process_group()
"""
    assert said(prove, wheel, program) == ["hccl [1.0, 1.0]"]


@pytest.mark.parametrize("name", ["nvtx.range_push('a')", "comm.broadcast(x, [0])"])
def test_what_it_leaves_fails(prove: Prove, wheel: str, name: str) -> None:
    run = prove(f"{HEAD}x = torch.ones(1).cuda()\ntorch.cuda.{name}\n", PYTHONPATH=wheel)
    assert run.code == 1
    assert "/program.py:5: " in run.verdict


def test_the_real_package_is_never_imported(prove: Prove, tmp_path: Path) -> None:
    place = tmp_path / "site" / "torch_npu"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("raise SystemExit('it ran')\n")
    run = prove("import torch\nprint(torch.ones(1, device='npu').tolist())\n", PYTHONPATH=str(place.parent))
    assert (run.code, run.out) == (0, "[1.0]\n")
