"""Whole programs: several processes, portable code, checkpoints, streams and memory, and how they are started."""

from __future__ import annotations

import pytest
from proving import Plain, Prove

pytestmark = pytest.mark.real

PARALLEL = """
    import os
    import torch
    import torch.distributed as dist
    import torch_npu
    from torch.nn.parallel import DistributedDataParallel

    def main(rank):
        torch.npu.set_device(rank)
        device = torch.device("npu", rank)
        dist.init_process_group("hccl", rank=rank, world_size=2)
        torch.manual_seed(0)
        net = DistributedDataParallel(torch.nn.Linear(4, 2).to(device), device_ids=[rank])
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for step in range(3):
            loss = net(torch.full((2, 4), rank + 1.0, device=device)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            dist.all_reduce(loss.detach())
        weights = [torch.empty_like(net.module.weight) for _ in range(2)]
        dist.all_gather(weights, net.module.weight.detach())
        dist.barrier()
        if rank == 0:
            print(dist.get_backend(), weights[0].device, torch.equal(*weights), net.module.weight.sum().item())
        dist.destroy_process_group()
"""

PORTABLE = """
    import torch

    device = torch.accelerator.current_accelerator() or torch.device("cpu")
    torch.manual_seed(0)
    net = torch.nn.Linear(4, 2).to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        print(net(torch.ones(1, 4, device=device)).dtype)
    print(net(torch.ones(1, 4, device=device)).tolist())
"""


def test_two_processes_of_torchrun_agree(prove: Prove) -> None:
    run = prove(
        PARALLEL + "\n    main(int(os.environ['LOCAL_RANK']))\n",
        start=("torchrun", "--standalone", "--nproc-per-node", "2", "program.py"),
    )
    assert run.code == 0, run.err
    assert run.out.startswith("hccl npu:0 True ")


def test_two_spawned_processes_agree(prove: Prove) -> None:
    started = """
    if __name__ == "__main__":
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29533")
        torch.multiprocessing.spawn(main, nprocs=2)
    """
    run = prove(PARALLEL + started)
    assert run.code == 0, run.err
    assert run.out.startswith("hccl npu:0 True ")


def test_a_failure_in_a_spawned_process_has_its_line(prove: Prove) -> None:
    run = prove(
        """
        import torch

        def child(rank):
            torch.ones(2, device=f"cuda:{rank}")

        if __name__ == "__main__":
            torch.multiprocessing.spawn(child, nprocs=2)
        """
    )
    assert run.code == 1
    assert "/program.py:5: cuda left behind" in run.verdict


def test_the_backend_takes_no_tensors_of_the_host(prove: Prove) -> None:
    run = prove(
        """
        import torch
        import torch.distributed as dist

        dist.init_process_group("hccl", init_method="file://" + __file__ + ".store", rank=0, world_size=1)
        dist.all_reduce(torch.ones(2, device="npu"))
        dist.all_reduce(torch.ones(2))
        """
    )
    assert run.code == 1
    assert "/program.py:7: " in run.verdict
    assert "No backend type associated with device type cpu" in run.verdict


def test_portable_code_runs_here_and_on_the_cpu(prove: Prove, plain: Plain) -> None:
    run = prove(PORTABLE, target="portable")
    assert run.code == 0, run.err
    assert run.out == plain(PORTABLE).out


def test_portable_code_finds_a_nameless_device(prove: Prove) -> None:
    run = prove(
        """
        import torch

        device = torch.accelerator.current_accelerator()
        module = torch.get_device_module(device)
        torch.accelerator.set_device_index(2)
        stream = torch.Stream(device=device)
        with stream:
            x = torch.ones(2, device=device)
        stream.synchronize()
        torch.accelerator.synchronize()
        print(torch.accelerator.device_count(), module.current_device(), x.device.index)
        print(torch.accelerator.memory_allocated() > 0, torch.distributed.get_default_backend_for_device(device))
        torch.ones(2, device="cuda")
        """,
        "--devices",
        "3",
        target="portable",
    )
    assert run.out.splitlines() == ["3 2 2", "True simccl"], run.err
    assert "/program.py:14: cuda left behind" in run.verdict


def test_checkpoints_keep_their_device_and_can_be_mapped(prove: Prove) -> None:
    run = prove(
        """
        import torch

        net = torch.nn.Linear(2, 2).to("npu:1")
        torch.save(net.state_dict(), "net.pt")
        for location in (None, "cpu", "npu:3", {"npu:1": "npu:0"}):
            print(torch.load("net.pt", map_location=location)["weight"].device)
        torch.load("net.pt", map_location="cuda:0")
        """
    )
    assert run.out.split() == ["npu:1", "cpu", "npu:3", "npu:0"], run.err
    assert "/program.py:8: cuda left behind" in run.verdict


def test_data_loaders_pin_memory_and_start_processes(prove: Prove) -> None:
    run = prove(
        """
        import torch
        import torch_npu
        from torch.utils.data import DataLoader, TensorDataset

        torch.ones(1, device="npu")
        data = TensorDataset(torch.arange(8.0))
        for (batch,) in DataLoader(data, batch_size=4, num_workers=2, pin_memory=True):
            print(batch.is_pinned(), batch.npu(non_blocking=True).sum().item())
        """
    )
    assert run.code == 0, run.err
    assert run.out.splitlines() == ["True 6.0", "True 22.0"]


def test_streams_events_memory_and_types_answer(prove: Prove) -> None:
    run = prove(
        """
        import torch
        import torch_npu

        start, stop = (torch.npu.Event(enable_timing=True) for _ in range(2))
        side = torch.npu.Stream()
        start.record()
        with torch.npu.stream(side):
            side.wait_stream(torch.npu.default_stream())
            print(torch.npu.current_stream() == side, isinstance(side, torch.npu.Stream))
        stop.record()
        torch.npu.synchronize()
        print(start.elapsed_time(stop) >= 0, start.query())
        before = torch.npu.memory_allocated()
        x = torch.npu.FloatTensor(256, 4)
        x.record_stream(side)
        print(torch.npu.memory_allocated() - before, isinstance(x, torch.npu.FloatTensor))
        del x
        print(torch.npu.memory_allocated() == before, torch.npu.max_memory_allocated() >= 4096)
        with torch.npu.device(2):
            print(torch.ones(1, device="npu").device, torch.npu.device_count())
        """
    )
    assert run.code == 0, run.err
    assert run.out.splitlines() == ["True True", "True True", "4096 True", "True True", "npu:2 8"]


def test_the_targets_own_variable_hides_devices(prove: Prove) -> None:
    run = prove(
        "import torch\nprint(torch.npu.device_count(), torch.ones(1, device='npu').item())\n",
        ASCEND_RT_VISIBLE_DEVICES="2,3",
    )
    assert run.out.split() == ["2", "1.0"], run.err


def test_the_command_says_what_it_runs_and_what_it_can_not_show(prove: Prove) -> None:
    run = prove(
        "import sys, torch_npu, torch\ntorch.ones(2).npu()\nprint(*sys.argv)\n",
        start=("program.py", "--steps", "3", "--target", "x"),
    )
    assert run.code == 0, run.err
    assert run.out == "program.py --steps 3 --target x\n"
    assert "runs program.py --steps 3 --target x (your code)" in run.verdict
    assert "not shown by this: operators" in run.verdict
