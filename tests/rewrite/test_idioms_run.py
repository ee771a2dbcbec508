"""The ways in which scripts speak of CUDA, rewritten and run on the simulated device of each target."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = pytest.mark.real

PROGRAM = dedent("""
    import argparse
    import io
    import os
    import tempfile

    import torch
    import torch.distributed as dist
    from torch.cuda import device_count, synchronize
    from torch.cuda.amp import GradScaler, autocast

    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0,1")
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda", choices=["cpu", "cuda"])
    parser.add_argument("--backend", default="nccl", choices=["nccl", "gloo"])
    args = parser.parse_args()
    BACKENDS = {"cuda": "nccl", "cpu": "gloo"}


    def pick():
        if torch.cuda.is_available():
            return "cuda"
        return "cpu"


    def checkpoints(rank):
        file = io.BytesIO()
        torch.save({"w": torch.ones(2).cuda()}, file)

        def load(where):
            file.seek(0)
            return torch.load(file, map_location=where)["w"]

        for where in ("cuda:%d" % rank, f"cuda:{rank}", "cuda:{}".format(rank), torch.device("cuda", rank)):
            assert load(where).device.index == rank
        assert load({"cuda:0": "cuda:%d" % rank}).device.index == rank
        assert load(lambda storage, _: storage.cuda(rank)).device.index == rank


    def types():
        x = torch.cuda.FloatTensor([1.0, 2.0])
        y = torch.ones(2).type("torch.cuda.FloatTensor")
        assert x.is_cuda and not torch.ones(1).is_cuda
        assert (x + y).sum().item() == 5


    def keywords(device):
        torch.cuda.set_device(device=device)
        torch.cuda.synchronize(device=device)
        torch.cuda.reset_peak_memory_stats(device=device)
        assert torch.cuda.memory_allocated(device=device) <= torch.cuda.max_memory_allocated(device=device)
        side = torch.cuda.Stream(device=device)
        with torch.cuda.stream(side):
            x = torch.ones(2, device=device)
        torch.cuda.current_stream(device=device).wait_stream(side)
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        end.record()
        end.synchronize()
        torch.cuda.empty_cache()
        assert x.sum().item() == 2 and begin.elapsed_time(end) >= 0


    def half():
        model = torch.nn.Linear(2, 2).cuda()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scaler = GradScaler(init_scale=2.0, enabled=True)
        by_keyword = autocast(enabled=True, dtype=torch.float16)
        for context in (by_keyword, torch.cuda.amp.autocast(True, torch.float16, True)):
            with context:
                loss = model(torch.ones(1, 2, device="cuda")).sum()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()


    def seeds():
        torch.manual_seed(1)
        torch.cuda.manual_seed_all(1)
        torch.Generator(device="cuda").manual_seed(3)


    def collectives(folder):
        if args.backend == "nccl":
            torch.cuda.set_device(0)
        backend = BACKENDS[torch.device(args.device).type]
        assert backend == args.backend
        dist.init_process_group(backend, init_method=f"file://{folder}/rendezvous", rank=0, world_size=1)
        x = torch.ones(1).cuda()
        dist.all_reduce(x)
        assert x.item() == 1
        dist.destroy_process_group()


    assert args.device in ("cpu", "cuda")
    assert pick() == torch.device(args.device).type
    checkpoints(1)
    types()
    keywords(torch.device("cuda", 0))
    half()
    seeds()
    with tempfile.TemporaryDirectory() as folder:
        collectives(folder)
    synchronize()
    print("devices:", device_count())
""").lstrip()


@pytest.fixture(autouse=True)
def _own_cache() -> None:
    """Unlike other tests, these use the user's cache: the simulated device is built once."""


@pytest.mark.parametrize("target", ["portable", "cann", "mlu", "musa", "gcu", "biren"])
def test_the_idioms(tmp_path: Path, target: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    run(tmp_path, "rewrite", ".", "--target", target, "--write", "--unsafe")
    assert re.findall(r"torch\.cuda|[\"']cuda[\"':]|nccl", program.read_text()) == []
    printed = run(tmp_path, "prove", ".", "--target", target, "--devices", "2", "--", program.name)
    assert "devices: 2\n" in printed


def run(folder: Path, *command: str) -> str:
    """What a command of cuda-migrate prints; it has to end well."""
    done = subprocess.run(
        [sys.executable, "-m", "migrate", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
