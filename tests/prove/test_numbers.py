"""Rewritten programs train on the simulated device, and print the digits they print on the CPU."""

from __future__ import annotations

import pytest
from proving import Plain, Prove

pytestmark = pytest.mark.real

TRAINER = """
    import torch
    {plugin}
    from torch import nn

    device = torch.device("{device}")
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.SiLU(), nn.Flatten(1), nn.Linear(288, 16), nn.LayerNorm(16),
        nn.Dropout(0.5), nn.GELU(), nn.Linear(16, 10),
    ).to(device)
    optimizer = {optimizer}(net.parameters(), lr=0.01)
    for step in range(5):
        images, labels = torch.randn(4, 3, 8, 8).to(device), torch.randint(10, (4,), device=device)
        loss = nn.functional.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        print(loss.item())
"""

READER = """
    import torch
    {plugin}
    from torch import nn

    torch.manual_seed(0)
    words = nn.Embedding(50, 16).to("{device}")
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True).to("{device}")
    memory = nn.LSTM(16, 16, batch_first=True).to("{device}")
    parameters = [*words.parameters(), *layer.parameters(), *memory.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=0.01)
    for step in range(5):
        loss = memory(layer(words(torch.randint(50, (4, 7), device="{device}"))))[0].square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item())
"""


@pytest.mark.parametrize("optimizer", ["torch.optim.SGD", "torch.optim.Adam"])
def test_a_convolutional_network_trains_with_the_cpus_digits(prove: Prove, plain: Plain, optimizer: str) -> None:
    run = prove(TRAINER.format(plugin="import torch_npu", device="npu:1", optimizer=optimizer))
    assert run.code == 0, run.err
    assert run.out == plain(TRAINER.format(plugin="", device="cpu", optimizer=optimizer)).out
    assert len(set(run.out.split())) == 5


def test_attention_and_recurrence_train_with_the_cpus_digits(prove: Prove, plain: Plain) -> None:
    run = prove(READER.format(plugin="import torch_musa", device="musa"), target="musa")
    assert run.code == 0, run.err
    assert run.out == plain(READER.format(plugin="", device="cpu")).out


def test_mixed_precision_casts_and_scales(prove: Prove) -> None:
    run = prove(
        """
        import torch
        import torch_mlu
        from torch.mlu.amp import GradScaler, autocast

        net = torch.nn.Linear(4, 1).to("mlu")
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        scaler = GradScaler(init_scale=2.0**40)
        for step in range(2):
            with autocast():
                product = net(torch.ones(2, 4, device="mlu"))
                loss = torch.nn.functional.mse_loss(product, torch.zeros_like(product))
            scaler.scale(loss * 2.0**90).backward()
            scaler.step(optimizer)
            scaler.update()
            print(product.dtype, loss.dtype, scaler.get_scale() < 2.0**40)
        with torch.autocast("mlu", dtype=torch.bfloat16):
            print((net.weight @ net.weight.T).dtype)
        """,
        target="mlu",
    )
    assert run.code == 0, run.err
    assert run.out.splitlines() == ["torch.float16 torch.float32 True"] * 2 + ["torch.bfloat16"]


def test_inference_mode_takes_parameters(prove: Prove) -> None:
    run = prove(
        """
        import torch

        net = torch.nn.Linear(4, 6).to("npu")
        with torch.inference_mode():
            parts = net(torch.ones(2, 4, device="npu")).view(2, 3, 2).unbind(1)
            print(parts[0].is_inference(), net.weight.t().is_inference())
        """
    )
    assert run.out.split() == ["True", "False"], run.err


def test_random_numbers_are_those_of_the_cpu(prove: Prove) -> None:
    run = prove(
        """
        import torch

        torch.manual_seed(3)
        host = torch.rand(4)
        torch.npu.manual_seed_all(3)
        print(torch.equal(host, torch.rand(4, device="npu").cpu()))
        state = torch.npu.get_rng_state()
        first = torch.rand(4, device="npu")
        torch.npu.set_rng_state(state)
        print(torch.equal(first, torch.rand(4, device="npu")))
        own = torch.rand(4, device="npu", generator=torch.Generator(device="npu").manual_seed(3))
        print(torch.equal(host, own.cpu()))
        """
    )
    assert run.out.split() == ["True"] * 3, run.err


def test_views_copies_and_results_share_memory_as_elsewhere(prove: Prove) -> None:
    run = prove(
        """
        import torch

        x = torch.zeros(2, 3, device="npu")
        x.view(6)[1:3] = 1
        x.t()[2].add_(5)
        x[torch.tensor([0, 1])] += 1
        print(x.cpu().tolist(), x.flatten().is_npu)
        out = torch.empty(0, device="npu")
        torch.add(x, x, out=out)
        print(out.shape, out.sum().item())
        print(x.to("npu:1").device, x.cpu().device, torch.zeros_like(x).device)
        print(torch.fft.hfft(torch.ones(4, device="npu")).conj().clone().shape)
        """
    )
    assert run.out.splitlines() == [
        "[[1.0, 2.0, 7.0], [1.0, 1.0, 6.0]] True",
        "torch.Size([2, 3]) 36.0",
        "npu:1 cpu npu:0",
        "torch.Size([6])",
    ], run.err


def test_a_module_that_moves_keeps_its_parameters(prove: Prove) -> None:
    """As with CUDA and with torch_npu: an optimizer made before the move goes on working."""
    run = prove(
        """
        import torch
        import torch_npu

        net = torch.nn.Linear(2, 1)
        weight, optimizer = net.weight, torch.optim.SGD(net.parameters(), lr=0.5)
        net.to("npu")
        before = weight.detach().clone()
        made, wanted = net(torch.ones(3, 2, device="npu")), torch.full((3, 1), 9.0, device="npu")
        torch.nn.functional.mse_loss(made, wanted).backward()
        optimizer.step()
        print(net.weight is weight, weight.device, torch.equal(before, weight))
        """
    )
    assert run.out.split() == ["True", "npu:0", "False"], run.err
    assert "Warning" not in run.err
