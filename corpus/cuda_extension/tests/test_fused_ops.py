import pytest
import torch
from fused_ops import masked_softmax, rms_norm, scatter_add

DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])


@pytest.mark.parametrize("device", DEVICES)
def test_gradients_of_rms_norm(device):
    x = torch.randn(3, 8, dtype=torch.float64, device=device, requires_grad=True)
    weight = torch.randn(8, dtype=torch.float64, device=device, requires_grad=True)
    assert torch.autograd.gradcheck(rms_norm, (x, weight))


@pytest.mark.parametrize("device", DEVICES)
def test_masked_softmax(device):
    scores = torch.randn(2, 5, device=device)
    y = masked_softmax(scores, torch.tensor([2, 5], device=device))
    assert y[0, 2:].abs().sum() == 0
    torch.testing.assert_close(y.sum(dim=1).cpu(), torch.ones(2))


@pytest.mark.parametrize("device", DEVICES)
def test_scatter_add(device):
    y = scatter_add(torch.tensor([1.0, 2.0, 4.0], device=device), torch.tensor([0, 2, 0], device=device), 3)
    assert y.tolist() == [5.0, 0.0, 2.0]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_half_precision():
    x = torch.randn(4, 256).cuda().half()
    weight = torch.ones(256).half().to("cuda")
    expected = rms_norm(x.float().cpu(), weight.float().cpu())
    torch.testing.assert_close(rms_norm(x, weight).float().cpu(), expected, atol=1e-2, rtol=1e-2)
    torch.cuda.synchronize()
