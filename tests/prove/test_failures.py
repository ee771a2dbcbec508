"""What would go wrong on the real device goes wrong here, with file and line of the user's code."""

from __future__ import annotations

import pytest
from proving import Prove

from migrate.facts import targets

pytestmark = pytest.mark.real

WRONG = {
    "move": ("torch.ones(2).cuda()", "cuda left behind"),
    "device argument": ("torch.ones(2, device='cuda')", "cuda left behind"),
    "call": ("torch.cuda.synchronize()", "cuda left behind"),
    "call that does nothing without CUDA": ("torch.cuda.manual_seed_all(0)", "cuda left behind"),
    "autocast that does nothing without CUDA": ("torch.autocast('cuda').__enter__()", "cuda left behind"),
    "old autocast": ("torch.cuda.amp.autocast()", "cuda left behind"),
    "scaler whose default is cuda": ("torch.amp.GradScaler()", "cuda left behind"),
    "stream": ("torch.cuda.Stream()", "cuda left behind"),
    "random numbers": ("torch.random.fork_rng(devices=[0], device_type='cuda')", "cuda left behind"),
    "random numbers of all devices": ("torch.random.fork_rng(device_type='cuda')", "cuda left behind"),
    "module": ("torch.nn.Linear(2, 2).cuda()", "cuda left behind"),
    "generator": ("torch.Generator(device='cuda')", "cuda left behind"),
    "nccl": (
        "torch.distributed.init_process_group('nccl', init_method=f'file://{__file__}.store', rank=0, world_size=1)",
        "nccl left behind",
    ),
    "numpy": ("torch.ones(2, device='npu').numpy()", "numpy can't read device memory"),
    "index": ("torch.ones(2, device='npu:8')", "no such device"),
    "selected index": ("torch.npu.set_device(9)", "no such device"),
    "host and device": ("torch.ones(2, device='npu') + torch.ones(2)", "tensors of different devices meet"),
    "two devices": (
        "torch.ones(2, 2, device='npu:0') @ torch.ones(2, 2, device='npu:1')",
        "tensors of different devices meet",
    ),
    "device indices": (
        "torch.ones(2)[torch.zeros(1, dtype=torch.long, device='npu')]",
        "tensors of different devices meet",
    ),
    "missing name": ("torch.npu.clock_rate()", "torch_npu 2.13.0 has no torch.npu.clock_rate"),
    "existing name": ("torch.npu.NPUGraph()", "torch.npu.NPUGraph exists in the plug-in, but"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_fails_at_its_line(prove: Prove, wrong: str) -> None:
    statement, meaning = WRONG[wrong]
    run = prove(f"import torch\n\ndef step():\n    {statement}\n\nstep()\n")
    assert run.code == 1
    assert "/program.py:4: " in run.verdict
    assert meaning in run.verdict


CAUGHT = {
    "move": "x.cuda()",
    "module": "torch.nn.Linear(2, 2).to('cuda')",
    "call": "torch.cuda.synchronize()",
    "stream": "torch.cuda.Stream()",
    "autocast": "torch.autocast('cuda').__enter__()",
    "random numbers": "torch.random.fork_rng(device_type='cuda')",
    "checkpoint": "torch.load(file, map_location='cuda')",
    "nccl": "torch.distributed.init_process_group('nccl', init_method='file:///nowhere', rank=0, world_size=1)",
}
"""What a program tries, and goes on without."""


def test_what_the_program_catches_fails_the_run(prove: Prove) -> None:
    lines = ["import io, torch", "x = torch.ones(2, device='npu')", "file = io.BytesIO()", "torch.save(x, file)"]
    for statement in CAUGHT.values():
        lines += ["file.seek(0)", f"try: {statement}", "except Exception: pass"]
    run = prove("\n".join([*lines, "print('the end')"]))
    assert (run.code, run.out) == (1, "the end\n")
    said = [line.rpartition("/program.py:")[2].split(": ")[:2] for line in run.verdict.splitlines()[1:-1]]
    meanings = ["nccl left behind" if name == "nccl" else "cuda left behind" for name in CAUGHT]
    assert said == [[str(6 + 3 * at), meaning] for at, meaning in enumerate(meanings)]
    assert run.verdict.endswith("went on to its end, but what is said above does not work on npu")


def test_a_worker_that_catches_it_fails_the_run(prove: Prove) -> None:
    run = prove(
        """
        import torch

        def child(rank):
            try:
                torch.ones(2).cuda()
            except Exception:
                torch.ones(2, device="npu")

        if __name__ == "__main__":
            torch.multiprocessing.spawn(child, nprocs=2)
        """
    )
    assert run.code == 1
    assert run.verdict.count("/program.py:6: cuda left behind: CudaLeftError: the device cuda is used") == 1


def test_what_is_said_of_an_error_is_said_once(prove: Prove) -> None:
    run = prove("import torch\ntorch.ones(2).cuda()\n")
    assert run.verdict.count("/program.py:2: cuda left behind") == 1
    assert run.verdict.endswith("failed on simulated npu (exit code 1)")


def test_questions_and_what_needs_no_cuda_are_fine(prove: Prove) -> None:
    run = prove(
        """
        import torch

        x = torch.ones(2, device="npu")
        print(x.device.type == "cuda", x.is_cuda, torch.cuda.is_available(), torch.device("cuda").type)
        with torch.random.fork_rng(devices=[], device_type="cuda"):
            with torch.random.fork_rng(devices=[0], device_type="npu"):
                print(torch.rand(1, device="npu").shape)
        """
    )
    assert run.code == 0, run.err
    assert run.out.splitlines() == ["False False False cuda", "torch.Size([1])"]


def test_a_program_that_never_uses_the_device_proves_nothing(prove: Prove) -> None:
    run = prove(
        """
        import torch

        device = "cuda" if torch.cuda.is_available() else "cpu"
        print(torch.ones(2, device=device).sum())
        """
    )
    assert run.code == 1
    assert "/program.py:4: asks torch.cuda.is_available(), and there is none" in run.verdict
    assert "never used npu: nothing is proved" in run.verdict


def test_a_forked_child_can_not_go_on_with_its_parents_device(prove: Prove) -> None:
    run = prove(
        """
        import multiprocessing
        import torch

        held = torch.ones(2, device="npu")

        def child():
            held.sum()

        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join()
        print(process.exitcode)
        """
    )
    assert run.out.strip() == "1"
    assert "Cannot re-initialize npu in forked subprocess" in run.err


def test_a_plug_in_that_torch_does_not_load_must_be_imported(prove: Prove) -> None:
    run = prove("import torch\ntorch.ones(2, device='musa')\n", target="musa")
    assert run.code == 1
    assert "/program.py:2: " in run.verdict


def test_what_a_closed_plug_in_offers_is_not_guessed(prove: Prove) -> None:
    run = prove("import torch, torch_gcu\ntorch.gcu.get_arch_list()\n", target="gcu")
    assert run.code == 1
    assert "no use of torch.gcu.get_arch_list is known" in run.verdict


@pytest.mark.parametrize("target", ["cann", "mlu", "musa", "gcu", "biren"])
def test_a_run_time_patch_that_is_not_here_says_so(prove: Prove, target: str) -> None:
    patch = targets.target(target).patch
    assert patch is not None
    run = prove("\n".join(["import torch", *patch.imports, "torch.ones(1).cuda()"]), target=target)
    assert run.code == 1
    line = len(patch.imports) + 1
    reason = "isn't installed" if target == "cann" else "can't run here"
    assert f"/program.py:{line}: failed: ImportError: {patch.module} {reason}" in run.verdict


def test_documented_dtype_limits_are_enforced_on_request(prove: Prove) -> None:
    program = "import torch\n\nx = torch.ones(2, dtype=torch.float64, device='npu')\nprint(x.add_(x).sum())\n"
    assert prove(program).code == 0
    run = prove(program, "--dtypes")
    assert run.code == 1
    assert "/program.py:4: " in run.verdict
    assert "torch.Tensor.add_ in torch_npu on A2 takes bf16 fp16 fp32 " in run.verdict
