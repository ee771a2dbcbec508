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


CHANGES = {
    "jit-script": ("torch.jit.script(f) is f", "True"),
    "jit-script-method": ("torch.jit.script_method(f) is f", "True"),
    "device-type": ("x.device.type == 'cuda', torch.device('cuda').type == 'cuda'", "(False, True)"),
    "double-is-float": ("torch.cuda.DoubleTensor is torch.npu.FloatTensor", "True"),
    "profiler": ("torch.profiler.ProfilerActivity.CUDA.name", "NPU"),
    "cuda-version": ("torch.version.cuda", "None"),
    "backend-switched": ("dist.all_reduce(x), x.tolist()", "(None, [1.0])"),
    "backend-name": ("dist.get_backend()", "hccl"),
    "no effect": ("x.is_cuda, torch.cuda.is_available(), torch.cuda.current_device()", "(True, True, 0)"),
}
"""Effect → an expression, and what it gives."""

PROGRAM = f"""{HEAD}
import torch.distributed as dist

dist.init_process_group("nccl", init_method="tcp://127.0.0.1:29517", rank=0, world_size=1)
x = torch.ones(1, device="cuda")
f = lambda x: x
"""
LEFT = ("nvtx.range_push('a')", "comm.broadcast(x, [0])", "memory.memory_allocated()", "streams.Stream()")


def said(prove: Prove, wheel: str, lines: list[str], code: int = 0) -> list[str]:
    run = prove(PROGRAM + "\n".join(lines) + "\ndist.destroy_process_group()\n", PYTHONPATH=wheel)
    assert run.code == code, run.err
    return run.out.split("\n")[:-1]


def test_what_it_changes(prove: Prove, wheel: str) -> None:
    printed = said(prove, wheel, [f"print(({expression}))" for expression, _ in CHANGES.values()])
    assert dict(zip(CHANGES, printed, strict=True)) == {name: given for name, (_, given) in CHANGES.items()}


def test_what_it_leaves_fails(prove: Prove, wheel: str) -> None:
    lines = [f"try: print(torch.cuda.{name})\nexcept Exception: print('fails')" for name in LEFT]
    assert said(prove, wheel, lines, code=1) == ["fails"] * len(LEFT)


def test_the_real_package_is_never_imported(prove: Prove, tmp_path: Path) -> None:
    place = tmp_path / "site" / "torch_npu"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("raise SystemExit('it ran')\n")
    run = prove("import torch\nprint(torch.ones(1, device='npu').tolist())\n", PYTHONPATH=str(place.parent))
    assert (run.code, run.out) == (0, "[1.0]\n")
